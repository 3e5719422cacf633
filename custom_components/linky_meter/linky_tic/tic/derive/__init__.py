"""What follows from what is trusted: power, tariffs, the breaker, energy."""
