"""What costs take of the event loop: `python -m tests.bench.costs`.

A ledger of 400 days and five compared offers, the three regulated options and two with
hours of their own, none of whose days the meter's indexes can sort. A minute's look, and
all worked out again, as when prices change or a day is over.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
import gc
import random
from statistics import median
from time import thread_time

from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.linky_tic.costs.book.book import CostBook
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    length,
)
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    WEEK_END,
    Schedule,
    Window,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colours,
    Source,
    possible,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    CALENDARS,
    Offer,
    Structure,
    regulated_offers,
)
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.costs.prices.regulated import bundled

from .report import Target, table

DAYS = 400
LOOP = Target(3)
"""Milliseconds of the event loop."""
NOW = datetime(2026, 10, 25, 17, 30, tzinfo=UTC)
HEAD = ("what", "ms: median", "most", "target")


def custom(name: str, *windows: Window) -> Offer:
    """Return an offer with hours of its own."""
    calendar = CALENDARS[Structure.CUSTOM]
    prices = {1: Decimal("0.21"), 2: Decimal("0.13"), 3: Decimal("0.16")}
    period = PricePeriod(calendar, date(2020, 1, 1), prices, Decimal(14))
    schedule = Schedule(windows, 1)
    return Offer(name, Structure.CUSTOM, PriceList([period]), schedule=schedule)


def offers() -> dict[str, Offer]:
    """Return five offers."""
    found = [
        *regulated_offers(6, bundled()),
        custom("night", Window(2, time(1), time(7)), Window(3, weekdays=WEEK_END)),
        custom("noon", Window(2, time(12), time(15)), Window(3, time(2), time(5))),
    ]
    return {offer.name: offer for offer in found}


def make(calendar: str, now: datetime = NOW) -> CostBook:
    """Return a book of a meter with a calendar, whose ledger began 400 days ago."""
    chance = random.Random(1)
    ledger, registers, colours = Ledger(), VirtualRegisters(), Colours()
    compared = offers()
    registers.want(offer.sorting() for offer in compared.values())
    today = now.astimezone(PARIS).date()
    ledger.epochs.append((today - DAYS * DAY, calendar))
    ledger.last = now
    for ago in range(DAYS + 1):
        day = today - ago * DAY
        colours.learn(day, chance.choice(possible(day)), Source.RTE)
        parts = [chance.randrange(1000, 9000) for _ in range(3)]
        off, on = Key(calendar, 1), Key(calendar, 2)
        energy = {off: parts[0], on: parts[1] + parts[2]}
        covered = length(day) if ago else timedelta(hours=18)
        ledger.days[day] = DayRow(energy, covered=covered)
        for days in registers.days.values():
            days[day] = {index: wh for index, wh in enumerate(parts, 1) if wh}
    grid = bundled()
    settings = PriceSettings(PriceSource.REGULATED, 6)
    prices = settings.book(grid)
    return CostBook(ledger, registers, colours, prices, grid, None, compared)


def milliseconds(work: Callable[[int], object], turns: int) -> tuple[float, float]:
    """Return the median and the most of turns, in processor time."""
    times: list[float] = []
    gc.collect()
    gc.freeze()
    for turn in range(turns):
        began = thread_time()
        work(turn)
        times.append(1e3 * (thread_time() - began))
    return median(times), max(times)


def minute(book: CostBook) -> Callable[[int], object]:
    """Return what happens each minute."""
    past = book.past(NOW.astimezone(PARIS).date())
    (key, *_) = book.ledger.days[NOW.astimezone(PARIS).date()].energy

    def look(turn: int) -> None:
        book.ledger.days[NOW.astimezone(PARIS).date()].add(key, 17)
        book.look(past, NOW + timedelta(minutes=turn % 60))

    return look


def whole(book: CostBook) -> Callable[[int], object]:
    """Return what happens in a thread when prices change, or a day is over."""

    def work(_: int) -> None:
        book.past(NOW.astimezone(PARIS).date())

    return work


def copy(book: CostBook) -> Callable[[int], object]:
    """Return what the event loop does before."""

    def work(_: int) -> None:
        book.forget()
        book.copy()

    return work


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench costs")
    parser.add_argument("--turns", type=int, default=60)
    options = parser.parse_args()
    lines: list[list[str]] = []
    for calendar in (OFF_PEAK, TEMPO):
        book = make(calendar)
        for name, work, turns, target in (
            ("a minute's look", minute(book), options.turns, LOOP),
            ("all again: the copy for it", copy(book), options.turns, LOOP),
            ("all again, in a thread", whole(book), max(options.turns // 10, 1), None),
        ):
            middle, most = milliseconds(work, turns)
            lines.append(
                [
                    f"{calendar}: {name}",
                    f"{middle:.2f}",
                    f"{most:.2f}",
                    target.verdict(middle) if target else "",
                ]
            )
    print(table(HEAD, lines), flush=True)


if __name__ == "__main__":
    main()
