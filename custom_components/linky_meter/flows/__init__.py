"""The forms of set-up, options, prices and offers."""
