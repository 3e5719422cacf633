"""Virtual registers: the energy as the windows of an offer sort it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ..calendar.schedule import Schedule
from ..errors import CorruptStoreError, refusing
from .rows import KEPT_DAYS, index_of, whole
from .samples import Booking

type Sorted = dict[date, dict[int, int]]
"""Wh by day and index of a schedule."""


@dataclass
class VirtualRegisters:
    """One set of registers for each schedule that some offer has.

    Registers belong to what their windows say: an offer whose windows change starts
    anew, and two offers with the same windows share.
    """

    schedules: dict[str, Schedule] = field(default_factory=dict)
    days: dict[str, Sorted] = field(default_factory=dict)

    def copy(self) -> VirtualRegisters:
        """Return registers to read from, which stay as these are now."""
        return VirtualRegisters(
            dict(self.schedules),
            {
                key: {day: dict(row) for day, row in days.items()}
                for key, days in self.days.items()
            },
        )

    def want(self, schedules: Iterable[Schedule | None]) -> None:
        """Sort by these from now on; what no offer needs any more is forgotten."""
        self.schedules = {one.key: one for one in schedules if one is not None}
        self.days = {key: self.days.get(key, {}) for key in self.schedules}

    def go_on_with(
        self, schedules: Iterable[tuple[Schedule | None, Schedule | None]]
    ) -> None:
        """Sort by others from now on, each given with the one that it replaces.

        Days that were sorted by the hours of then stay as they are.
        """
        both = list(schedules)
        for old, new in both:
            if old is not None and new is not None and old != new:
                self.days[new.key] = self.days.get(old.key, {})
        self.want(new for _, new in both)

    def feed(self, bookings: Iterable[Booking]) -> None:
        """Sort what the ledger booked, a gap by time."""
        for booking in bookings:
            for key, schedule in self.schedules.items():
                sorted_days = self.days[key]
                for day, index, wh in schedule.sort(
                    booking.start, booking.end, booking.wh
                ):
                    row = sorted_days.setdefault(day, {})
                    row[index] = row.get(index, 0) + wh

    def day(self, schedule: Schedule, day: date) -> Mapping[int, int]:
        """Return the Wh of a day by index of a schedule."""
        return self.days.get(schedule.key, {}).get(day, {})

    def trim(self, today: date) -> None:
        """Forget what is older than the ledger's rows may be."""
        before = today - timedelta(days=KEPT_DAYS + 31)
        self.days = {
            key: {day: row for day, row in days.items() if day >= before}
            for key, days in self.days.items()
        }

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            key: {
                day.isoformat(): {str(index): wh for index, wh in row.items()}
                for day, row in sorted(days.items())
            }
            for key, days in self.days.items()
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> VirtualRegisters:
        """Return what ``as_dict`` gave, to be told what to sort by.

        Raise CorruptStoreError.
        """
        with refusing(CorruptStoreError, "registers"):
            return cls(
                days={
                    str(key): {
                        date.fromisoformat(day): {
                            index_of(index): whole(wh) for index, wh in row.items()
                        }
                        for day, row in days.items()
                    }
                    for key, days in data.items()
                }
            )
