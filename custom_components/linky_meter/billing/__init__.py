"""Prices, costs and offers in Home Assistant."""
