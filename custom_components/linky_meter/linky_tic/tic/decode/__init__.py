"""Bytes of a line to groups and frames."""
