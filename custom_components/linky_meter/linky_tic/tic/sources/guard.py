"""What nobody expected: it ends no reading, and is told once."""

from __future__ import annotations

from collections.abc import Callable
import logging

_MOST_KINDS = 32


class UnexpectedError(Exception):
    """Stands in the log for an error whose words may name a port, a host or a key."""


def without_words(err: BaseException) -> UnexpectedError:
    """Return what tells where an error was and of which kind, and nothing it says."""
    return UnexpectedError(type(err).__qualname__).with_traceback(err.__traceback__)


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
            self._logger.error(
                "%s: unexpected error", self._where, exc_info=without_words(err)
            )

    def call[*Args](self, callback: Callable[[*Args], object], *args: *Args) -> None:
        """Call back; what is raised there goes no further."""
        try:
            callback(*args)
        except Exception as err:  # noqa: BLE001
            self.tell(err)
