"""Another integration of the same meter, and how ours takes its place."""
