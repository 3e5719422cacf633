"""The command that runs: its callbacks, outputs, and what is late."""
