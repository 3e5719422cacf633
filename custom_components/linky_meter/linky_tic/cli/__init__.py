"""The command line ``linky-tic``: the meter without Home Assistant."""

from __future__ import annotations

from .commands.main import main

__all__ = ["main"]
