"""Tests of bytes to frames."""
