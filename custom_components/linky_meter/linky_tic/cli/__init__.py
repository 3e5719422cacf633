"""The command line ``linky-tic``: the meter without Home Assistant."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]

_INTERRUPTED = 130  # Exit.INTERRUPTED, before it is imported


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, return its exit code.

    What it needs is loaded here: that takes a second on a small machine, in which
    Ctrl-C has to end it as quietly as later.
    """
    try:
        from .commands.main import main as run  # noqa: PLC0415

        return run(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
