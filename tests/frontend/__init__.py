"""What the browser is given, without a browser."""
