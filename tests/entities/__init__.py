"""What the entities show, and where."""
