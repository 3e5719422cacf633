"""Tests of the load manager in Home Assistant."""
