"""The load manager: its rules, and simulated winter evenings beside an oracle."""
