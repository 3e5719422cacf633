"""Tests of costs, prices and offers in Home Assistant."""
