"""A day through the real recorder."""
