"""Where frames come from in Home Assistant, and what keeps them from coming."""
