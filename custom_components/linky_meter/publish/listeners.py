"""Who is told of a reading: those for whom something in it is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import compress
from operator import ne

from homeassistant.core import CALLBACK_TYPE

from ..linky_tic.tic.fields import Fields

type Keys = tuple[str, ...]
"""The reading's keys that a listener looks at."""

_NOBODY: frozenset[int] = frozenset()


class Listeners:
    """The listeners of one meter, found by the keys that they look at."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._all: dict[int, CALLBACK_TYPE] = {}
        self._every: set[int] = set()
        self._by_key: dict[str, set[int]] = {}
        self._new: set[int] = set()
        self._last = 0

    def add(self, listener: CALLBACK_TYPE, keys: Keys | None) -> Callable[[], None]:
        """Add a listener, return what removes it.

        One without ``keys`` is told of every reading, and one of no key of none but the
        first.
        """
        self._last += 1
        number = self._last
        self._all[number] = listener
        self._new.add(number)
        looks_at = frozenset(keys or ())
        if keys is None:
            self._every.add(number)
        for key in looks_at:
            self._by_key.setdefault(key, set()).add(number)

        def remove() -> None:
            del self._all[number]
            self._new.discard(number)
            self._every.discard(number)
            for key in looks_at:
                self._by_key[key].discard(number)
                if not self._by_key[key]:
                    del self._by_key[key]

        return remove

    @property
    def anybody(self) -> bool:
        """Whether somebody is to be told of the next reading, whatever it says."""
        return bool(self._every or self._new)

    def all_told(self) -> None:
        """Note that everyone was told, those that are new too."""
        self._new.clear()

    def moved(self, before: Fields, now: Fields) -> Iterator[str]:
        """Yield the keys that somebody looks at and that differ between two readings."""
        keys = self._by_key
        return compress(
            keys, map(ne, map(before.get, keys), map(now.get, keys), strict=True)
        )

    def concerned(self, keys: Iterable[str]) -> list[CALLBACK_TYPE]:
        """Return whom a reading concerns, in the order in which they came.

        These are the listeners of every reading, those of these keys, and those that
        are new.
        """
        found = self._every | self._new
        self.all_told()
        for key in keys:
            found |= self._by_key.get(key, _NOBODY)
        return [self._all[number] for number in sorted(found)]
