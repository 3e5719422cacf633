"""Fuzzing: bytes from outside, and what must hold whatever they are."""
