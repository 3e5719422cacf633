"""The household watched: base load, unusual use, and the grid's incidents."""
