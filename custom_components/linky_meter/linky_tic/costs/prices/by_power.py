"""Prices at the power that was subscribed on each day.

The meter tells its power (PREF, ISOUSC), so a change of it is known to the day, and what
was paid before stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from ..calendar.days import held
from .prices import Prices, Quote

type Powers = Sequence[tuple[date, int]]
"""From which day on which power was subscribed, kVA; in order."""


class PricesByPower:
    """Lists of prices of several powers, each for its days."""

    def __init__(self, powers: Powers, of: Callable[[int], Prices]) -> None:
        """Take the powers, of which there is at least one, and what a power costs."""
        self._powers = tuple(powers)
        self._lists: dict[int | None, Prices] = {
            power: of(power) for _, power in self._powers
        }

    def _on(self, day: date) -> Prices:
        return self._lists[held(self._powers, day)]

    def price(self, day: date, calendar: str, index: int) -> Quote | None:
        """Return the price of a kWh, None when it is not known."""
        return self._on(day).price(day, calendar, index)

    def subscription(self, day: date, calendar: str) -> Quote | None:
        """Return the subscription of a month, None when it is not known."""
        return self._on(day).subscription(day, calendar)
