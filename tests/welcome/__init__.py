"""Tests of the last page of the set-up and of what it sets up."""
