"""What the ledger keeps: a row per day, and months whose rows are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple

from ..calendar.days import length
from ..errors import CorruptStoreError, spared
from .peaks import Peak

KEPT_DAYS = 400
"""Days whose rows are kept, so that a price that arrives late still corrects them."""
TOLERANCE = timedelta(minutes=10)
"""A day that lacks no more than this is complete."""


class Flag(StrEnum):
    """What is to be known about a day."""

    INTERPOLATED = "interpolated"
    """Its energy comes from a gap that was shared over several days by time."""
    SPIKE = "spike"
    """A register jumped and was taken up again without counting the jump."""
    METER_CHANGED = "meter_changed"
    CALENDAR_CHANGED = "calendar_changed"
    CLOCK_STEPPED = "clock_stepped"
    BACKFILLED = "backfilled"
    """Its energy comes from elsewhere, before the ledger began."""
    IMPORTED = "imported"
    """From a file, which the user may take out again."""
    LEARNED = "learned"
    """From before the ledger began, and told when sums of all time were shown already."""


UNCOUNTED = frozenset({Flag.IMPORTED, Flag.LEARNED})
"""What no sum of all time counts: it would seem to be paid at once."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a price belongs to."""

    calendar: str
    index: int


type Energy = dict[Key, int]
"""Wh by calendar and index."""


@dataclass
class DayRow:
    """The energy of one French day."""

    energy: Energy = field(default_factory=dict)
    max_power: int | None = None
    """The greatest SMAXSN of the day, VA."""
    covered: timedelta = timedelta()
    """How much of the day was observed, or lies in a gap that was shared out."""
    flags: set[Flag] = field(default_factory=set)
    peak: Peak | None = None
    """How loaded the connection was; None for days kept before that was."""
    exported: int = 0
    """Wh that were fed in."""

    def copy(self) -> DayRow:
        """Return a row that stays as this is now."""
        return DayRow(
            dict(self.energy),
            self.max_power,
            self.covered,
            set(self.flags),
            self.peak.copy() if self.peak else None,
            self.exported,
        )

    def add(self, key: Key, wh: int) -> None:
        """Book energy."""
        self.energy[key] = self.energy.get(key, 0) + wh

    @property
    def total(self) -> int:
        """The whole energy, Wh."""
        return sum(self.energy.values())

    def complete(self, day: date) -> bool:
        """Return whether no part of the day is missing."""
        return self.covered >= length(day) - TOLERANCE

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "energy": nested(self.energy),
            "max_power": self.max_power,
            "covered": round(self.covered.total_seconds(), 3),
            "flags": sorted(self.flags),
            **({"peak": self.peak.as_dict()} if self.peak else {}),
            **({"exported": self.exported} if self.exported else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DayRow:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        power = data["max_power"]
        return cls(
            energy={
                key: whole(wh) for key, wh in flat(data["energy"], "energy").items()
            },
            max_power=None if power is None else whole(power),
            covered=timedelta(seconds=seconds(data["covered"])),
            flags={Flag(flag) for flag in data["flags"]},
            peak=spared(lambda: Peak.from_dict(data["peak"]), None),
            exported=spared(lambda: whole(data["exported"]), 0),
        )


class Carry(NamedTuple):
    """Energy of an index, and what it cost when its days were folded."""

    wh: int = 0
    cost: Decimal = Decimal(0)
    """Euros."""
    unpriced: int = 0
    """The Wh of it that had no price."""

    def plus(self, other: Carry) -> Carry:
        """Return the sum."""
        return Carry(
            self.wh + other.wh, self.cost + other.cost, self.unpriced + other.unpriced
        )


def add_carries(carries: dict[Key, Carry], more: Mapping[Key, Carry]) -> None:
    """Add energy and cost to those of each key."""
    for key, carry in more.items():
        carries[key] = carries[key].plus(carry) if key in carries else carry


@dataclass
class FoldedMonth:
    """A month whose rows are gone: its prices do not change any more."""

    carries: dict[Key, Carry] = field(default_factory=dict)
    subscription: Decimal = Decimal(0)
    """Euros."""
    subscription_known: bool = True
    complete: bool = True
    max_power: int | None = None
    revenue: Decimal = Decimal(0)
    """Euros that exported energy brought."""
    stored: int | None = None
    """Wh in a virtual battery when it ended; None where no terms of export were known."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it: amounts as text, so that they stay exact."""
        return {
            "carries": nested(
                {
                    key: [carry.wh, str(carry.cost), carry.unpriced]
                    for key, carry in self.carries.items()
                }
            ),
            "subscription": str(self.subscription),
            "subscription_known": self.subscription_known,
            "complete": self.complete,
            "max_power": self.max_power,
            **(
                {}
                if self.stored is None
                else {"revenue": str(self.revenue), "stored": self.stored}
            ),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FoldedMonth:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        power = data["max_power"]
        return cls(
            carries={
                key: Carry(whole(wh), amount(cost), whole(unpriced))
                for key, (wh, cost, unpriced) in flat(
                    data["carries"], "carries"
                ).items()
            },
            subscription=amount(data["subscription"]),
            subscription_known=data["subscription_known"] is True,
            complete=data["complete"] is True,
            max_power=None if power is None else whole(power),
            revenue=spared(lambda: amount(data["revenue"]), Decimal(0)),
            stored=spared(lambda: whole(data["stored"]), None),
        )


def nested(values: Mapping[Key, Any]) -> dict[str, dict[str, Any]]:
    """Return values by key as JSON has them: by calendar, then index."""
    found: dict[str, dict[str, Any]] = {}
    for key in sorted(values):
        found.setdefault(key.calendar, {})[str(key.index)] = values[key]
    return found


def flat(data: Mapping[str, Mapping[str, Any]], what: str) -> dict[Key, Any]:
    """Return what ``nested`` gave; raise CorruptStoreError."""
    if not isinstance(data, dict):
        raise CorruptStoreError(f"{what} is no mapping")
    return {
        Key(calendar, index_of(index)): value
        for calendar, values in data.items()
        for index, value in values.items()
    }


def index_of(text: str) -> int:
    """Return an index, 1 to 10; raise CorruptStoreError."""
    index = int(text)
    if not 1 <= index <= 10:
        raise CorruptStoreError(f"Index {index}")
    return index


def whole(value: object) -> int:
    """Return a whole number from zero up; raise CorruptStoreError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise CorruptStoreError(f"{value!r} is no whole number")
    return value


def seconds(value: object) -> float:
    """Return a time in seconds, at most one long day; raise CorruptStoreError."""
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not 0 <= value <= 90_001
    ):
        raise CorruptStoreError(f"{value!r} is no time of a day")
    return float(value)


def amount(value: object) -> Decimal:
    """Return an amount of money that was kept as text; raise CorruptStoreError."""
    try:
        found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise CorruptStoreError(f"{value!r} is no amount")
    return found
