"""A port that is lost, found again, or somebody else's."""
