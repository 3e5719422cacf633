"""What a kWh costs: typed prices, regulated prices, offers."""
