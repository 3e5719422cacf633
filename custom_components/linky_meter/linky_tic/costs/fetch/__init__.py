"""Prices and colours from public sources."""
