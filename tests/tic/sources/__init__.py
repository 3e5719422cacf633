"""Tests of ports and servers."""
