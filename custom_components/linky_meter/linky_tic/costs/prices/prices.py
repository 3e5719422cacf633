"""Dated price lists per calendar and index, with subscription.

Prices are euros per kWh and subscriptions euros per month, all taxes included. A
period holds from its start until its end, or until the next one of its calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from ..calendar.calendars import calendar_key
from ..calendar.days import begun, held
from ..errors import (
    AbsurdPriceError,
    EmptyPeriodError,
    NegativePriceError,
    NotANumberError,
    OverlapError,
    PeriodError,
    PriceError,
    UnknownIndexError,
)

MANUAL = "manual"
MOST_PER_KWH = Decimal(2)
"""Above this a price was typed in cents: the dearest ever, red peak, is 0.73."""
MOST_PER_MONTH = Decimal(100)
"""Above this it is a year's subscription: 36 kVA costs 54, 6 kVA 191 a year."""
_FIRST, _LAST = date(2000, 1, 1), date(2099, 12, 31)


type Powers = Sequence[tuple[date, int]]
"""From which day on which power was subscribed, kVA; in order."""


class Quote(NamedTuple):
    """A price or subscription in force on a day."""

    value: Decimal
    """Euros per kWh or per month."""
    since: date
    source: str
    stale: bool = False
    """Whether its period is over and nothing newer is known."""


class Prices(Protocol):
    """Whatever knows prices by day."""

    def price(self, day: date, calendar: str, index: int) -> Quote | None:
        """Return the price of a kWh, None when it is not known."""

    def subscription(self, day: date, calendar: str) -> Quote | None:
        """Return the subscription of a month, None when it is not known."""


def parse_amount(value: Decimal | float | str) -> Decimal:
    """Return an amount of euros as typed, with a point or a French comma.

    Raise NotANumberError when it is none, NegativePriceError below zero.
    """
    text = str(value).strip().replace(",", ".")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise NotANumberError(f"{value!r} is no number") from None
    if not amount.is_finite():
        raise NotANumberError(f"{value!r} is no number")
    if amount < 0:
        raise NegativePriceError(f"{value} is below zero")
    return amount


def check_dates(start: date, end: date | None) -> None:
    """Raise PeriodError when nothing can hold from the one to the other."""
    if not _FIRST <= start <= _LAST:
        raise PeriodError(f"{start} is no sensible date")
    if end is not None and not start <= end <= _LAST:
        raise PeriodError(f"It ends on {end} and starts on {start}")


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """What one calendar costs from a day on.

    Raise a PriceError when it cannot be so.
    """

    calendar: str
    start: date
    prices: Mapping[int, Decimal]
    """Euros per kWh by index; an index that is not here has no price."""
    subscription: Decimal | None = None
    """Euros per month; None is not known, zero is none to pay."""
    end: date | None = None
    """The last day; None is until the next period."""
    source: str = MANUAL

    def __post_init__(self) -> None:
        object.__setattr__(self, "calendar", calendar_key(self.calendar))
        prices = {index: parse_amount(price) for index, price in self.prices.items()}
        object.__setattr__(self, "prices", prices)
        if self.subscription is not None:
            monthly = parse_amount(self.subscription)
            object.__setattr__(self, "subscription", monthly)
            if monthly > MOST_PER_MONTH:
                raise AbsurdPriceError(f"{monthly} euros a month")
        elif not prices:
            raise EmptyPeriodError("No price and no subscription")
        for index, price in prices.items():
            if not 1 <= index <= 10:
                raise UnknownIndexError(f"Index {index}")
            if price > MOST_PER_KWH:
                raise AbsurdPriceError(f"{price} euros per kWh")
        check_dates(self.start, self.end)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it: amounts as text, so that they stay exact."""
        return {
            "calendar": self.calendar,
            "start": self.start.isoformat(),
            "end": self.end.isoformat() if self.end else None,
            "prices": {str(index): str(price) for index, price in self.prices.items()},
            "subscription": None
            if self.subscription is None
            else str(self.subscription),
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PricePeriod:
        """Return what ``as_dict`` gave, or what a form holds; raise a PriceError."""
        try:
            end = data.get("end")
            return cls(
                calendar=str(data["calendar"]),
                start=date.fromisoformat(data["start"]),
                prices={int(index): price for index, price in data["prices"].items()},
                subscription=data.get("subscription"),
                end=date.fromisoformat(end) if end else None,
                source=str(data.get("source", MANUAL)),
            )
        except PriceError:
            raise
        except (KeyError, TypeError, AttributeError) as err:
            raise PeriodError(f"No period of prices: {err!r}") from err
        except ValueError as err:
            raise PeriodError(str(err)) from err


@dataclass(frozen=True)
class PriceList:
    """Periods of prices; raise OverlapError when two hold the same day.

    A period without end ends where the next one of its calendar starts.
    """

    periods: Sequence[PricePeriod] = ()
    _by_calendar: dict[str, list[PricePeriod]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        ordered = sorted(self.periods, key=lambda one: (one.calendar, one.start))
        object.__setattr__(self, "periods", tuple(ordered))
        for period in ordered:
            self._by_calendar.setdefault(period.calendar, []).append(period)
        for periods in self._by_calendar.values():
            for before, after in pairwise(periods):
                if before.start == after.start or (
                    before.end is not None and before.end >= after.start
                ):
                    raise OverlapError(after.start)

    def on(self, day: date, calendar: str) -> PricePeriod | None:
        """Return the period that holds a day."""
        periods = self._by_calendar.get(calendar_key(calendar), [])
        period = begun(periods, day, lambda period: period.start)
        return None if period and period.end and period.end < day else period

    def price(self, day: date, calendar: str, index: int) -> Quote | None:
        """Return the price of a kWh, None when it is not known."""
        period = self.on(day, calendar)
        if period is None or (value := period.prices.get(index)) is None:
            return None
        return Quote(value, period.start, period.source)

    def subscription(self, day: date, calendar: str) -> Quote | None:
        """Return the subscription of a month, None when it is not known."""
        period = self.on(day, calendar)
        if period is None or period.subscription is None:
            return None
        return Quote(period.subscription, period.start, period.source)

    def adding(self, period: PricePeriod) -> PriceList:
        """Return the list with one more period; raise OverlapError."""
        return PriceList((*self.periods, period))

    def replacing(self, old: PricePeriod, new: PricePeriod | None) -> PriceList:
        """Return the list with one period changed, or removed; raise OverlapError."""
        rest = [period for period in self.periods if period != old]
        return PriceList(rest if new is None else [*rest, new])

    def starting(self, period: PricePeriod) -> PriceList:
        """Return the list where a period holds from its start on, whatever was there.

        One that starts on the same day is replaced; an earlier one that was to end later
        ends the day before. Raise OverlapError when the period runs into a later one.
        """
        kept = []
        for other in self.periods:
            if other.calendar == period.calendar and other.start == period.start:
                continue
            if (
                other.calendar == period.calendar
                and other.start < period.start
                and other.end is not None
                and other.end >= period.start
            ):
                kept.append(replace(other, end=period.start - timedelta(days=1)))
            else:
                kept.append(other)
        return PriceList([*kept, period])

    def completing(self, period: PricePeriod) -> PriceList:
        """Return the list where a period holds from its start until a later one begins.

        One that starts on the same day keeps what the new one does not tell.
        """
        mine = [one for one in self.periods if one.calendar == period.calendar]
        for other in mine:
            if other.start == period.start:
                period = replace(
                    period,
                    prices={**other.prices, **period.prices},
                    subscription=other.subscription
                    if period.subscription is None
                    else period.subscription,
                )
        later = [one.start for one in mine if one.start > period.start]
        if period.end is not None and later and period.end >= min(later):
            period = replace(period, end=None)
        return self.starting(period)

    def as_list(self) -> list[dict[str, Any]]:
        """Return it as JSON has it."""
        return [period.as_dict() for period in self.periods]

    @classmethod
    def from_list(cls, data: Iterable[Mapping[str, Any]]) -> PriceList:
        """Return what ``as_list`` gave; raise a PriceError."""
        return cls([PricePeriod.from_dict(period) for period in data])


@dataclass(frozen=True)
class PriceBook:
    """Several lists: for each price the first that knows it decides.

    So what was typed beats what is published, for the days and indexes it covers.
    """

    lists: Sequence[Prices]

    def price(self, day: date, calendar: str, index: int) -> Quote | None:
        """Return the price of a kWh, None when no list knows it."""
        for prices in self.lists:
            if (quote := prices.price(day, calendar, index)) is not None:
                return quote
        return None

    def subscription(self, day: date, calendar: str) -> Quote | None:
        """Return the subscription of a month, None when no list knows it."""
        for prices in self.lists:
            if (quote := prices.subscription(day, calendar)) is not None:
                return quote
        return None


class PricesByPower:
    """Lists of prices of several powers, each for its days.

    The meter tells its power (PREF, ISOUSC), so a change of it is known to the day, and
    what was paid before stays as it was.
    """

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
