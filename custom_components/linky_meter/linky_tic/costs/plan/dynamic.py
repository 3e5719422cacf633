"""What a kWh costs from now on where prices change by the quarter hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import override

from ..ledger.quarters import QUARTER, quarter_of
from ..prices.dynamic import Formula, Told
from .timeline import Contract, Slot


@dataclass(frozen=True, kw_only=True)
class DynamicContract(Contract):
    """A contract whose prices are told: those that are listed, and the present one."""

    formula: Formula
    told: tuple[Told, ...]
    now: datetime
    price: Decimal | None
    """What is told now; it holds until the end of the quarter hour."""

    @override
    def _cut(self, start: datetime, end: datetime) -> Iterator[Slot]:
        """Yield the stretches of what is told; all else is not known, and not likely."""
        while start < end:
            stop, told = self._at(start, end)
            price = None if told is None else round(self.formula.price(told), 6)
            yield Slot(start, stop, 1, price, price)
            start = stop

    def _at(self, at: datetime, end: datetime) -> tuple[datetime, Decimal | None]:
        """Return until when a price holds, and it."""
        quarter = quarter_of(self.now)
        if self.price is not None and quarter <= at < quarter + QUARTER:
            return min(quarter + QUARTER, end), self.price
        edges = [end, quarter, quarter + QUARTER]
        for one in self.told:
            if one.start <= at < one.end:
                edges += [one.end]
                return min(edge for edge in edges if edge > at), one.price
            edges.append(one.start)
        return min(edge for edge in edges if edge > at), None
