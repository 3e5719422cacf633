"""Tests of what opens and watches sources, and of what may be said of them."""
