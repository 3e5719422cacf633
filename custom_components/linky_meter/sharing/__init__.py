"""The entry's meter, shared with programs that are not Home Assistant."""
