"""What the month costs, will cost, and would cost on other offers."""
