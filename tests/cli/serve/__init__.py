"""The commands that share a meter, and those that read from a server."""
