"""When to use energy: the cheapest stretch, or the cheapest pieces, before a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from .timeline import Slot

LEAST_PIECE = timedelta(minutes=15)
"""Of a plan in pieces: nothing is switched for less."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of use, both ends UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    """When to use energy, and what that costs."""

    pieces: tuple[Piece, ...]
    price: Decimal
    """The average, euros per kWh."""
    sure: bool
    """Whether all prices in it are known, none only likely."""
    at_once: Decimal | None
    """The average price without waiting, in one piece; None when it is not known."""

    def kwh(self, power: float) -> Decimal:
        """Return the energy of a power, in W, used all the while."""
        spent = sum((piece.end - piece.start for piece in self.pieces), timedelta())
        kwh = Fraction(power) * (spent // timedelta(seconds=1)) / 3_600_000
        return Decimal(kwh.numerator) / Decimal(kwh.denominator)

    def cost(self, power: float) -> Decimal:
        """Return what it costs to use a power, in W, all the while: euros."""
        return self.price * self.kwh(power)


def cheapest(
    slots: Sequence[Slot], length: timedelta, *, in_one_piece: bool = True
) -> Plan | None:
    """Return when a use of some length costs least; the earliest of equals.

    ``slots`` are all the time that there is, without a gap. None when it is too short or
    too little of it has a price.
    """
    if not slots or length <= timedelta() or slots[-1].end - slots[0].start < length:
        return None
    pieces = _one(slots, length) if in_one_piece else _several(slots, length)
    if pieces is None:
        return None
    price, sure = _average(slots, pieces)
    if price is None:
        return None
    first = slots[0].start
    at_once, _ = _average(slots, (Piece(first, first + length),))
    return Plan(pieces, price, sure, at_once)


def _one(slots: Sequence[Slot], length: timedelta) -> tuple[Piece, ...] | None:
    """Return the best stretch: the best one starts or ends where a price changes."""
    first, last = slots[0].start, slots[-1].end - length
    starts = {slot.start for slot in slots} | {slot.end - length for slot in slots}
    best: tuple[Decimal, datetime] | None = None
    for start in starts:
        if not first <= start <= last:
            continue
        price, _ = _average(slots, (Piece(start, start + length),))
        if price is not None and (best is None or (price, start) < best):
            best = price, start
    return None if best is None else (Piece(best[1], best[1] + length),)


def _several(slots: Sequence[Slot], length: timedelta) -> tuple[Piece, ...] | None:
    """Return the cheapest pieces, none shorter than the least."""
    taken: list[Piece] = []
    left, least = length, min(LEAST_PIECE, length)
    priced = [slot for slot in slots if slot.likely is not None]
    for slot in sorted(priced, key=lambda one: (one.likely, one.start)):
        piece = min(slot.end - slot.start, left)
        if piece < least:
            # A rest that is too short for a piece of its own takes from the piece before
            lacking = least - left
            if slot.end - slot.start < least or not taken or lacking <= timedelta():
                continue
            shorter = taken[-1].end - lacking
            if shorter - taken[-1].start < least:
                continue
            taken[-1] = Piece(taken[-1].start, shorter)
            piece = left = least
        taken.append(Piece(slot.start, slot.start + piece))
        left -= piece
        if not left:
            return tuple(_joined(sorted(taken, key=lambda one: one.start)))
    return _one(slots, length)


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    waiting = pieces[0]
    for piece in pieces[1:]:
        if piece.start == waiting.end:
            waiting = Piece(waiting.start, piece.end)
        else:
            yield waiting
            waiting = piece
    yield waiting


def _average(
    slots: Sequence[Slot], pieces: Sequence[Piece]
) -> tuple[Decimal | None, bool]:
    """Return the average price of pieces, and whether it is known for all of them."""
    cost, seconds, sure = Decimal(0), 0, True
    for piece in pieces:
        first = bisect_right(slots, piece.start, key=lambda slot: slot.end)
        last = bisect_left(slots, piece.end, key=lambda slot: slot.start)
        for slot in slots[first:last]:
            if slot.likely is None:
                return None, False
            spent = min(slot.end, piece.end) - max(slot.start, piece.start)
            part = spent // timedelta(seconds=1)
            cost += slot.likely * part
            seconds += part
            sure = sure and slot.price is not None
    return (cost / seconds if seconds else None), sure
