"""Prices ahead."""
