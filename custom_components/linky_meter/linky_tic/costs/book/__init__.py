"""Ledger and prices together: fed with what a meter shows, and looked at."""
