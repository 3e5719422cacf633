"""Sensors of a day, a month, a calendar year and a bill."""
