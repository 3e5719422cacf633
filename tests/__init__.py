"""Tests of Linky Meter."""
