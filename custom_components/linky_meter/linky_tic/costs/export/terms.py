"""Dated terms of exported energy: a price at which it is sold, or a virtual battery.

A virtual battery keeps exported kWh for its owner. What is drawn of them later costs
taxes and network only, and the battery a fee each month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..calendar.days import begun
from ..errors import AbsurdPriceError, PeriodError, refusing
from ..prices.prices import MOST_PER_KWH, MOST_PER_MONTH, check_dates, parse_amount

MOST_STORED = 100_000_000
"""Wh; beyond what ten houses export in a year, kWh were typed as Wh."""


class ExportKind(StrEnum):
    """What becomes of exported energy."""

    SALE = "sale"
    BATTERY = "battery"


@dataclass(frozen=True, slots=True)
class ExportTerms:
    """What holds from a day on; raise a PriceError when it cannot be so."""

    kind: ExportKind
    start: date
    price: Decimal
    """Euros that a sold kWh brings, or that a kWh of the battery costs when drawn."""
    monthly: Decimal = Decimal(0)
    """Euros per month for the battery."""
    stored: int | None = None
    """Wh in the battery when its first day began; None: what was in it before."""
    size: int | None = None
    """Wh that it holds at most; None: any number."""
    surplus: Decimal = Decimal(0)
    """Euros that a kWh brings for which there is no room; zero: it is lost."""
    end: date | None = None
    """The last day; None is until the next terms."""

    def __post_init__(self) -> None:
        for name, most in (
            ("price", MOST_PER_KWH),
            ("monthly", MOST_PER_MONTH),
            ("surplus", MOST_PER_KWH),
        ):
            amount = parse_amount(getattr(self, name))
            object.__setattr__(self, name, amount)
            if amount > most:
                raise AbsurdPriceError(f"{amount} euros")
        if self.size is not None and not 0 < self.size <= MOST_STORED:
            raise AbsurdPriceError(f"{self.size} Wh")
        most_stored = MOST_STORED if self.size is None else self.size
        if self.stored is not None and not 0 <= self.stored <= most_stored:
            raise AbsurdPriceError(f"{self.stored} Wh")
        check_dates(self.start, self.end)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it: amounts as text, so that they stay exact."""
        return {
            "kind": str(self.kind),
            "start": self.start.isoformat(),
            "price": str(self.price),
            "monthly": str(self.monthly),
            "stored": self.stored,
            "end": self.end.isoformat() if self.end else None,
            **({} if self.size is None else {"size": self.size}),
            **({"surplus": str(self.surplus)} if self.surplus else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ExportTerms:
        """Return what ``as_dict`` gave; raise PeriodError."""
        with refusing(PeriodError, "terms of export"):
            end = data["end"]
            return cls(
                ExportKind(data["kind"]),
                date.fromisoformat(data["start"]),
                data["price"],
                data["monthly"],
                data["stored"],
                data.get("size"),
                data.get("surplus", Decimal(0)),
                date.fromisoformat(end) if end else None,
            )


@dataclass(frozen=True)
class ExportList:
    """Terms in the order of their first days; each ends where the next ones begin."""

    terms: tuple[ExportTerms, ...] = ()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.terms)

    def on(self, day: date) -> ExportTerms | None:
        """Return the terms of a day, None where energy is given away."""
        found = begun(self.terms, day, lambda one: one.start)
        return None if found and found.end and found.end < day else found

    def has(self, kind: ExportKind) -> bool:
        """Return whether any are of a kind."""
        return any(one.kind is kind for one in self.terms)

    def with_terms(
        self, new: ExportTerms, old: ExportTerms | None = None
    ) -> ExportList:
        """Return the list with new terms, in the place of old or of the same day's."""
        rest = [one for one in self.without(old).terms if one.start != new.start]
        return ExportList(tuple(sorted([*rest, new], key=lambda one: one.start)))

    def without(self, old: ExportTerms | None) -> ExportList:
        """Return the list without some terms."""
        return replace(self, terms=tuple(one for one in self.terms if one != old))

    def as_list(self) -> list[dict[str, Any]]:
        """Return it as JSON has it."""
        return [one.as_dict() for one in self.terms]

    @classmethod
    def from_list(cls, data: Iterable[Mapping[str, Any]]) -> ExportList:
        """Return what ``as_list`` gave; raise PeriodError."""
        terms = [ExportTerms.from_dict(one) for one in data]
        return cls(tuple(sorted(terms, key=lambda one: one.start)))
