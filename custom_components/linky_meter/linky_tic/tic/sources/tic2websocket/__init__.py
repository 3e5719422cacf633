"""A client of Enedis's TIC2WebSocket server, both releases."""
