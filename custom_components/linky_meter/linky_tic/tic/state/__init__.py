"""What is known of one meter: its trusted groups, and what outlives a restart."""
