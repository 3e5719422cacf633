"""What ``linky-tic run`` logs: words of ours, nothing private."""

from __future__ import annotations

import logging
import sys

from .messages import Language, say

_LOGGER = logging.getLogger(__name__)

# Their words may name ports and hosts
_SILENCED = ("aiohttp", "asyncio", "serialx")


class Log:
    """Says things in a language; from any thread."""

    def __init__(self, lang: Language, name: str = "") -> None:
        """``name`` tells which of several meters it is about."""
        self.lang = lang
        self._start = f"{name}: " if name else ""

    def info(self, key: str, **words: object) -> None:
        """Say that something is well."""
        _LOGGER.info("%s%s", self._start, say(key, self.lang, **words))

    def warning(self, key: str, **words: object) -> None:
        """Say that something is not."""
        _LOGGER.warning("%s%s", self._start, say(key, self.lang, **words))


def set_up(level: str) -> None:
    """Log to standard error, what callbacks log too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
