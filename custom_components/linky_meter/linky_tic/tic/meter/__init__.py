"""Frames in, readings out: one meter."""
