"""Energy by the quarter hour, at the price that somebody told for it.

A contract's formula is linear: so of each day the Wh and the sum of Wh × price say what
they cost under any formula, and no quarter hour has to be kept once its price is known.
Energy whose price is not known waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..calendar.days import DAY, day_of, midnight, share, utc
from ..errors import CorruptStoreError, refusing
from ..prices.dynamic import Told
from .rows import KEPT_DAYS, amount, whole
from .samples import Booking

QUARTER = timedelta(minutes=15)
_LATE = timedelta(hours=1)
"""For how long energy may be booked into time that was booked before."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def quarter_of(at: datetime) -> datetime:
    """Return the start of the quarter hour of a moment, in UTC."""
    return at - (at - _EPOCH) % QUARTER


@dataclass(slots=True)
class Priced:
    """The energy of a day whose price is known."""

    wh: int = 0
    value: Decimal = Decimal(0)
    """The sum of Wh × euros per kWh as told."""

    def add(self, wh: int, told: Decimal) -> None:
        """Add energy at a price."""
        self.wh += wh
        self.value += wh * told


@dataclass
class PricedEnergy:
    """The energy of a meter beside the prices of one who tells them."""

    days: dict[date, Priced] = field(default_factory=dict)
    waiting: dict[datetime, int] = field(default_factory=dict)
    """Wh by quarter hour: of which the price is not known, or that are not over."""
    seen: dict[datetime, Decimal] = field(default_factory=dict)
    """The last price told in a quarter hour."""
    last: Decimal | None = None
    """The last price told at all."""
    now: Decimal | None = None
    """The price that holds, None while none is told."""
    quarter: datetime | None = None
    """The quarter hour in which that was looked at."""
    ahead: Sequence[Told] = ()
    """The prices that are told for other times than now."""

    def book(self, bookings: Iterable[Booking]) -> None:
        """Take what the ledger booked, shared over quarter hours by time."""
        for one in bookings:
            # A moment alone belongs to the time before it
            start = min(quarter_of(one.start), quarter_of(one.end - _TICK))
            quarters = [start]
            while quarters[-1] + QUARTER < one.end:
                quarters.append(quarters[-1] + QUARTER)
            spent = [
                max(min(at + QUARTER, one.end) - max(at, one.start), timedelta())
                for at in quarters
            ]
            for at, wh in zip(quarters, share(one.wh, spent), strict=True):
                if wh:
                    self.waiting[at] = self.waiting.get(at, 0) + wh

    def tell(self, at: datetime, price: Decimal) -> None:
        """Take a price as it is told at a moment; the last one of a quarter hour holds."""
        self.seen[quarter_of(at)] = self.last = price

    def present(self, *, hold: bool) -> Decimal | None:
        """Return the price that holds, with ``hold`` the last one if none is told."""
        return self.last if self.now is None and hold else self.now

    def told(self, quarter: datetime) -> Decimal | None:
        """Return the price of a quarter hour, None while it is not known."""
        if (price := self.seen.get(quarter)) is not None:
            return price
        return next(
            (one.price for one in self.ahead if one.start <= quarter < one.end), None
        )

    def settle(self, upto: datetime, *, hold: bool) -> set[date]:
        """Price what was booked and is over; return the days that have more now.

        ``upto`` is until when the ledger booked. Energy of a time in which no price was
        told takes the one that is told now, or with ``hold`` the last one before.
        """
        changed = set[date]()
        for quarter in sorted(self.waiting):
            if quarter + QUARTER > upto:
                break
            price = self.told(quarter)
            if price is None:
                price = self._before(quarter) if hold else self.now
            if price is not None:
                day = day_of(quarter)
                self.days.setdefault(day, Priced()).add(
                    self.waiting.pop(quarter), price
                )
                changed.add(day)
        old = quarter_of(upto) - _LATE
        keep = max((at for at in self.seen if at <= old), default=old)
        self.seen = {at: price for at, price in self.seen.items() if at >= keep}
        return changed

    def _before(self, quarter: datetime) -> Decimal | None:
        """Return the last price told before a quarter hour, else the last known."""
        earlier = max((at for at in self.seen if at < quarter), default=None)
        return self.last if earlier is None else self.seen[earlier]

    def day(self, day: date) -> tuple[Priced, int]:
        """Return what of a day has a price, and the Wh that wait for one.

        What is not over counts at the price told so far.
        """
        found = self.days.get(day, Priced())
        priced, waits = Priced(found.wh, found.value), 0
        start, end = midnight(day), midnight(day + DAY)
        # Asked of each day of a year, while months may wait
        for quarter, wh in self.waiting.items():
            if not start <= quarter < end:
                continue
            price = self.told(quarter)
            if price is None and quarter == self.quarter:
                price = self.now
            if price is None:
                waits += wh
            else:
                priced.add(wh, price)
        return priced, waits

    def copy(self) -> PricedEnergy:
        """Return one to read from, which stays as this is now."""
        return PricedEnergy(
            {day: Priced(one.wh, one.value) for day, one in self.days.items()},
            dict(self.waiting),
            dict(self.seen),
            self.last,
            self.now,
            self.quarter,
            self.ahead,
        )

    def trim(self, today: date) -> None:
        """Forget what is older than the ledger's rows may be."""
        before = today - timedelta(days=KEPT_DAYS + 31)
        self.days = {day: one for day, one in self.days.items() if day >= before}
        self.waiting = {
            at: wh for at, wh in self.waiting.items() if day_of(at) >= before
        }

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it: amounts as text, so that they stay exact."""
        return {
            "days": {
                day.isoformat(): [one.wh, str(one.value)]
                for day, one in sorted(self.days.items())
            },
            "waiting": {at.isoformat(): wh for at, wh in sorted(self.waiting.items())},
            "seen": {at.isoformat(): str(p) for at, p in sorted(self.seen.items())},
            "last": None if self.last is None else str(self.last),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PricedEnergy:
        """Return what ``as_dict`` gave; raise CorruptStoreError."""
        with refusing(CorruptStoreError, "priced energy"):
            last = data["last"]
            return cls(
                {
                    date.fromisoformat(day): Priced(whole(wh), amount(value))
                    for day, (wh, value) in data["days"].items()
                },
                {_quarter(at): whole(wh) for at, wh in data["waiting"].items()},
                {_quarter(at): amount(price) for at, price in data["seen"].items()},
                None if last is None else amount(last),
            )


def _quarter(text: str) -> datetime:
    return quarter_of(utc(datetime.fromisoformat(text)))
