"""Tests of what is believed."""
