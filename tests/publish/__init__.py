"""Tests of what is shown when."""
