"""Each step on the way of a frame, and of a reload, fails once."""
