"""Our entry takes the place of another integration that reads the same meter."""
