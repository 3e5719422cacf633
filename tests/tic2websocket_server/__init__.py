"""A TIC2WebSocket server of ours: both wire formats, and every oddity on demand."""

from .formats import Format, Json, ServedTic, WireGroup, parse_groups
from .replay import Exchange, ReplayServer
from .server import Tic2WebSocketServer

__all__ = [
    "Exchange",
    "Format",
    "Json",
    "ReplayServer",
    "ServedTic",
    "Tic2WebSocketServer",
    "WireGroup",
    "parse_groups",
]
