"""Prices, contracts and offers as tables and forms have them."""
