"""The past of a simulated house, as statistics of Home Assistant."""
