"""What people ask of a meter: by an action, or in words."""
