"""A meter's frames: labels and bytes as it sends them."""
