"""Tests of what electricity costs."""
