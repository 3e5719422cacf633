"""How many wrong values a damaged line gets into a reading."""
