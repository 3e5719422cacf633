"""The forms that find a meter: port, server, search, what was heard."""
