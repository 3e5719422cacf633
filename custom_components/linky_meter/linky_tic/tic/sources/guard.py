"""What nobody expected: it ends no reading, and is told once."""

from __future__ import annotations

from collections.abc import Callable
import logging

_MOST_KINDS = 32


class Guard:
    """Logs each kind of unexpected exception once, with its traceback.

    Its own words stay out: they may name a port or a host.
    """

    def __init__(self, logger: logging.Logger, where: str) -> None:
        """``where`` begins the log line."""
        self._logger, self._where = logger, where
        self._told: set[type[Exception]] = set()

    def tell(self, err: Exception) -> None:
        """Log an exception, unless one of its kind was logged before."""
        kind = type(err)
        if kind not in self._told and len(self._told) < _MOST_KINDS:
            self._told.add(kind)
            told = RuntimeError(kind.__name__).with_traceback(err.__traceback__)
            self._logger.error("%s: unexpected error", self._where, exc_info=told)

    def call[*Args](self, callback: Callable[[*Args], object], *args: *Args) -> None:
        """Call back; what is raised there goes no further."""
        try:
            callback(*args)
        except Exception as err:  # noqa: BLE001
            self.tell(err)
