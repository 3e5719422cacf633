"""A meter shared with many programs at once."""
