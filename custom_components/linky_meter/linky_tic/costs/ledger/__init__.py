"""The energy of each day and index, exact to the Wh."""
