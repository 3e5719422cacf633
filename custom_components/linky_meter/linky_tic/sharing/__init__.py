"""Meters shared with other programs: a TIC2WebSocket server, metrics, readings."""
