"""The forms of prices, contracts and offers."""
