"""A take-over from linkytic itself, as it is published."""
