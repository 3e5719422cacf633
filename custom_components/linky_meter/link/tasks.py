"""What runs as long as an entry is loaded: it survives what nobody thought of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from contextlib import suppress
from functools import partial
import logging
from typing import Never

from ..linky_tic.tic.sources.guard import Guard, end_if_cancelled, without_words

_LOGGER = logging.getLogger(__name__)


class Unexpected(Guard):
    """A ``with`` block that goes on after any error, and says what is tried again."""

    words = "Unexpected error: %s failed; it is tried again"

    def __init__(self, what: str, expected: tuple[type[Exception], ...] = ()) -> None:
        """Take what may fail, as the log is to say it."""
        super().__init__(_LOGGER, what, expected)


class Listeners:
    """Calls back whoever asked for it, each whatever the others do.

    One that fails is logged with its traceback, and no more until it worked again.
    """

    def __init__(self, what: str) -> None:
        """Take what may fail, as the log is to say it."""
        self._what = what
        self._failures: dict[Hashable, int] = {}

    def call(self, listeners: Mapping[Hashable, Callable[[], object]]) -> None:
        """Call all; the key of each tells it from the others, as long as it is there."""
        for key, listener in list(listeners.items()):
            try:
                listener()
            except Exception as err:  # noqa: BLE001
                self._count(key, err)
            else:
                if count := self._failures.pop(key, 0):
                    _LOGGER.info("%s works again, after %s failures", self._what, count)
        for key in self._failures.keys() - listeners.keys():
            del self._failures[key]

    def _count(self, key: Hashable, err: Exception) -> None:
        count = self._failures[key] = self._failures.get(key, 0) + 1
        if count == 1:
            _LOGGER.error(Unexpected.words, self._what, exc_info=without_words(err))


class Followers[*Args]:
    """Whoever asked to be called back, each called whatever the others do."""

    def __init__(self, what: str) -> None:
        """Take what may fail, as the log is to say it."""
        self._calling = Listeners(what)
        self._there: dict[object, Callable[[*Args], object]] = {}

    def add(self, follower: Callable[[*Args], object]) -> Callable[[], None]:
        """Call back each time; return what ends that."""
        key = object()
        self._there[key] = follower

        def remove() -> None:
            self._there.pop(key, None)

        return remove

    def call(self, *args: *Args) -> None:
        """Call all."""
        self._calling.call(
            {key: partial(follower, *args) for key, follower in self._there.items()}
        )


class Backoff:
    """Waits that double from one try to the next, up to a longest one."""

    def __init__(self, first: float, longest: float) -> None:
        """Take both in seconds."""
        self.wait = first
        """Seconds before the next try."""
        self._first = first
        self._longest = longest

    def reset(self) -> None:
        """Begin with the first wait again."""
        self.wait = self._first

    async def sleep(self) -> None:
        """Wait before the next try."""
        await asyncio.sleep(self.wait)
        self.wait = min(self.wait * 2, self._longest)


async def keep_running(
    step: Callable[[], Awaitable[None]],
    backoff: Backoff,
    unexpected: Unexpected,
    *,
    expected: tuple[type[Exception], ...],
) -> Never:
    """Do a step again and again, for ever; each time it ends or raises, wait first.

    What it is ``expected`` to raise is no news.
    """
    while True:
        with unexpected, suppress(*expected):
            await step()
        end_if_cancelled()
        await backoff.sleep()


async def once_more(
    step: Callable[[], Awaitable[object]], unexpected: Unexpected
) -> None:
    """Do a step that must not be left undone: once more if it fails strangely."""
    for _ in range(2):
        with unexpected:
            await step()
            return
