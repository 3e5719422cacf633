"""Prices that change by the quarter hour: what a market tells, made a contract's price.

Somebody outside tells a price: a sensor of the spot market. Taxes, margin and network
are what a contract adds to it; VAT is a factor. It may be below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, NamedTuple

from ..calendar.days import utc
from ..errors import (
    AbsurdPriceError,
    NaiveTimeError,
    NotANumberError,
    OfferError,
    refusing,
)

MOST_TOLD = Decimal(10)
"""Euros per kWh, above zero or below: the market itself stops at 5 (Euphemia, 2026)."""
MOST_ADDEND = Decimal(1)
MOST_FACTOR = Decimal(3)

_UNITS: dict[str, Decimal] = {
    **dict.fromkeys(("€/kwh", "eur/kwh", "euro/kwh"), Decimal(1)),
    **dict.fromkeys(
        ("c€/kwh", "ct/kwh", "cts/kwh", "c/kwh", "cent/kwh", "cents/kwh", "ct€/kwh"),
        Decimal("0.01"),
    ),
    **dict.fromkeys(("€/mwh", "eur/mwh", "euro/mwh"), Decimal("0.001")),
}


def unit_factor(unit: object) -> Decimal | None:
    """Return what makes euros per kWh of a price in a unit; None: it is no such unit."""
    return _UNITS.get(str(unit).replace(" ", "").casefold())


def told_price(value: object, factor: Decimal) -> Decimal:
    """Return a price that somebody told, euros per kWh.

    Raise NotANumberError or AbsurdPriceError.
    """
    try:
        told = Decimal(str(value))
    except InvalidOperation:
        raise NotANumberError(f"{value!r} is no number") from None
    if not told.is_finite():
        raise NotANumberError(f"{value!r} is no number")
    if abs(told * factor) > MOST_TOLD:
        raise AbsurdPriceError(f"{told * factor} euros per kWh")
    return told * factor


@dataclass(frozen=True, slots=True)
class Formula:
    """What a contract makes of a price that is told; raise OfferError."""

    source: str
    """Who tells it."""
    addend: Decimal = Decimal(0)
    """Euros per kWh that are added."""
    factor: Decimal = Decimal(1)
    """What the sum is multiplied by, such as VAT."""
    hold: bool = False
    """Whether the last price goes on while none is told."""

    def __post_init__(self) -> None:
        if not self.source:
            raise OfferError("Nobody tells its price")
        if not abs(self.addend) <= MOST_ADDEND or not 0 < self.factor <= MOST_FACTOR:
            raise OfferError(f"(price + {self.addend}) × {self.factor}")

    def price(self, told: Decimal) -> Decimal:
        """Return the price of a kWh."""
        return (told + self.addend) * self.factor

    def euros(self, wh: int, value: Decimal) -> Decimal:
        """Return what energy costs; ``value`` is the sum of Wh × what was told."""
        return ((value + wh * self.addend) * self.factor).scaleb(-3)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it: amounts as text, so that they stay exact."""
        return {
            "source": self.source,
            "addend": str(self.addend),
            "factor": str(self.factor),
            "hold": self.hold,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Formula:
        """Return what ``as_dict`` gave; raise OfferError."""
        with refusing(OfferError, "formula"):
            return cls(
                str(data["source"]),
                Decimal(str(data["addend"])),
                Decimal(str(data["factor"])),
                bool(data.get("hold", False)),
            )


class Told(NamedTuple):
    """A price of a stretch of time, both ends UTC."""

    start: datetime
    end: datetime
    price: Decimal
    """Euros per kWh, before any formula."""


class _Shape(NamedTuple):
    """How an integration lists the prices that are known."""

    lists: tuple[str, ...]
    start: str
    end: str | None
    """None: each lasts until the next."""
    price: str
    in_unit: bool = True
    """Whether prices have the unit of the entity, else euros per kWh."""


# Nord Pool (HACS), ENTSO-e, EPEX Spot: as their attributes are in 2026
_SHAPES = (
    _Shape(("raw_today", "raw_tomorrow"), "start", "end", "value"),
    _Shape(("prices",), "time", None, "price"),
    _Shape(("data",), "start_time", "end_time", "price_per_kwh", in_unit=False),
)


def told_ahead(attributes: Mapping[str, Any], factor: Decimal) -> tuple[Told, ...]:
    """Return the prices that an entity lists, in order; none where it lists none.

    What cannot be read of a list is left out.
    """
    for shape in _SHAPES:
        rows = [
            row
            for name in shape.lists
            if isinstance(listed := attributes.get(name), list | tuple)
            for row in listed
            if isinstance(row, Mapping)
        ]
        if found := sorted(_rows(rows, shape, factor)):
            return tuple(found)
    return ()


def _rows(
    rows: Iterable[Mapping[str, Any]], shape: _Shape, factor: Decimal
) -> Iterator[Told]:
    read: list[tuple[datetime, datetime | None, Decimal]] = []
    for row in rows:
        try:
            price = told_price(
                row[shape.price], factor if shape.in_unit else Decimal(1)
            )
            start = _moment(row[shape.start])
            end = _moment(row[shape.end]) if shape.end else None
        except (KeyError, ValueError, NaiveTimeError):
            continue
        read.append((start, end, price))
    if shape.end is None and len(read) > 1:
        read.sort()
        edges = [start for start, _, _ in read]
        edges.append(edges[-1] + (edges[-1] - edges[-2]))
        read = [
            (start, end, price)
            for (start, end), (_, _, price) in zip(pairwise(edges), read, strict=True)
        ]
    for start, end, price in read:
        if end is not None and start < end:
            yield Told(start, end, price)


def _moment(value: object) -> datetime:
    """Raise ValueError or NaiveTimeError."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return utc(at)
