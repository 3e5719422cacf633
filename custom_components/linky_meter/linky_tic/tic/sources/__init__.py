"""Where frames come from: serial ports, and TIC2WebSocket servers."""
