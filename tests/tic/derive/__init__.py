"""Tests of what follows from several labels."""
