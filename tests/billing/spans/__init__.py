"""Sums by day, month, year and bill, and what exports bring."""
