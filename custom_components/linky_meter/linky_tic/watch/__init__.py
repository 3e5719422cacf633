"""The household watched: its base load, use that is unusual, and the grid's faults."""
