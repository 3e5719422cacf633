"""What nobody expected: it ends no reading, and is told once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
from types import TracebackType

_MOST_PLACES = 32

type Place = tuple[type[BaseException], str, int]
"""The kind of an exception, and the file and line that raised it."""


class UnexpectedError(Exception):
    """Stands in the log for an error whose words may name a port, a host or a key."""


def without_words(err: BaseException) -> UnexpectedError:
    """Return what tells where an error was and of which kind, and nothing it says."""
    return UnexpectedError(type(err).__qualname__).with_traceback(err.__traceback__)


def place_of(err: BaseException) -> Place:
    """Return what tells whether an exception is news."""
    traceback = err.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return type(err), "", 0
    return type(err), traceback.tb_frame.f_code.co_filename, traceback.tb_lineno


def end_if_cancelled() -> None:
    """Raise CancelledError in a task that was cancelled and did not end of it.

    An exception on the way out takes the place of the cancellation. What goes on for ever
    whatever is raised asks here each time: whoever cancelled it waits for its end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class Guard:
    """Logs each kind of unexpected exception once from each place, with its traceback.

    Its own words stay out: they may name a port or a host. What is ``expected`` passes.
    """

    words = "%s: unexpected error"
    """The log line, with the place of ``where``."""

    def __init__(
        self,
        logger: logging.Logger,
        where: str,
        expected: tuple[type[Exception], ...] = (),
    ) -> None:
        self._logger, self._where, self._expected = logger, where, expected
        self._told: set[Place] = set()

    def tell(self, err: Exception) -> None:
        """Log an exception, unless one of its kind from there was logged before."""
        place = place_of(err)
        if place not in self._told and len(self._told) < _MOST_PLACES:
            self._told.add(place)
            self._logger.error(self.words, self._where, exc_info=without_words(err))

    def __enter__(self) -> None:
        """Begin what may fail."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        err: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        """Log an exception, which goes no further."""
        if not isinstance(err, Exception) or isinstance(err, self._expected):
            return False
        self.tell(err)
        return True

    def call[*Args](self, callback: Callable[[*Args], object], *args: *Args) -> None:
        """Call back; what is raised there goes no further."""
        with self:
            callback(*args)
