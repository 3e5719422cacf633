"""Many meters on one machine."""
