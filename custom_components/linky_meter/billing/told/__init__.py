"""What entities of others tell: alert days, and prices that change by the hour."""
