"""A meter's life: faults through real pseudo-terminals, and what is left after them."""
