"""Days left of each Tempo colour, contracts that there were, and what a year cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, cast
from unittest.mock import Mock

from freezegun.api import FrozenDateTimeFactory

from custom_components.linky_meter.frontend.content import (
    before_of,
    days_left,
    tempo_of,
    year_of,
)
from custom_components.linky_meter.linky_tic.costs.book.book import CostBook
from custom_components.linky_meter.linky_tic.costs.book.view import CostView
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    days_between,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
)
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY

TODAY = date(2026, 11, 30)


def known(first: date) -> dict[date, Colour]:
    """Return days that are all blue but two white and one red."""
    days = dict.fromkeys(days_between(first, date(2026, 12, 1)), Colour.BLUE)
    days |= {date(2026, 11, day): Colour.WHITE for day in (20, 21)}
    return days | {date(2026, 11, 24): Colour.RED}


def test_a_whole_season_is_known() -> None:
    """22 red, 43 white, and the others blue."""
    assert days_left(known(date(2026, 9, 1)), TODAY) == {
        "red": 21,
        "white": 41,
        "blue": 300 - 88,
    }


def test_what_may_have_been_otherwise_is_not_told() -> None:
    """Red days begin in November: those before need not be known."""
    assert days_left(known(date(2026, 11, 1)), TODAY) == {
        "red": 21,
        "white": None,
        "blue": None,
    }
    assert days_left({}, TODAY) == dict.fromkeys(("red", "white", "blue"))


def test_a_season_of_a_leap_year_and_one_that_ended() -> None:
    """It has a day more, which is blue; nothing falls below zero."""
    days = dict.fromkeys(days_between(date(2027, 9, 1), date(2028, 9, 1)), Colour.BLUE)
    assert days_left(days, date(2028, 8, 31))["blue"] == 0
    assert days_left(days, date(2027, 9, 1)) == {"red": 22, "white": 43, "blue": 300}


def test_the_last_night_of_a_season(freezer: FrozenDateTimeFactory) -> None:
    """Until 06:00 it is the season of the day before, with the colours that were told."""
    days = dict.fromkeys(days_between(date(2026, 9, 1), date(2027, 9, 1)), Colour.BLUE)
    colours = Colours()
    colours.learn_all(days, Source.METER)
    costs = cast(Any, Mock(kept=Mock(colours=colours, ledger=Ledger())))
    freezer.move_to("2027-09-01 01:30:00+02:00")
    assert tempo_of(EMPTY, costs)["left"] == {"red": 22, "white": 43, "blue": 0}
    freezer.move_to("2027-09-01 06:30:00+02:00")
    assert tempo_of(EMPTY, costs)["left"] == {"red": 22, "white": None, "blue": None}


def test_contracts_of_before() -> None:
    """Each until midnight in France; one that is not known by the meter's own names."""
    assert before_of(Ledger(), {}) == []
    epochs = [
        (date(2026, 1, 1), "BASE"),
        (date(2026, 3, 29), "H PLEINE/CREUSE"),
        (date(2026, 7, 1), "ZEN FLEX"),
        (date(2026, 11, 30), "TEMPO"),
    ]
    labels = {" zen flex": {2: "HP ECO", 1: "HC ECO"}, "H PLEINE/CREUSE": {1: "HC"}}
    base, off_peak, flex = before_of(Ledger(epochs=epochs), labels)
    assert base == {
        "until": "2026-03-28T23:00:00+00:00",
        "indexes": {1: {"tariff": "all_hours", "label": None}},
    }
    assert off_peak["until"] == "2026-06-30T22:00:00+00:00"
    assert off_peak["indexes"][1] == {"tariff": "off_peak", "label": "HC"}
    assert off_peak["indexes"][2] == {"tariff": "peak", "label": None}
    assert [(n, one["label"]) for n, one in flex["indexes"].items()] == [
        (1, "HC ECO"),
        (2, "HP ECO"),
    ]


def seen(first: date, until: date) -> CostView:
    """Return the costs of days of 15 kWh, at regulated prices."""
    ledger = Ledger(epochs=[(first, OFF_PEAK)])
    for day in days_between(first, until):
        energy = {Key(OFF_PEAK, 1): 6_000, Key(OFF_PEAK, 2): 9_000}
        ledger.days[day] = DayRow(energy, covered=length(day))
    prices = RegulatedPrices(bundled(), 6)
    book = CostBook(ledger, VirtualRegisters(), Colours(), prices, bundled())
    return book.look(book.past(until), midnight(until))


def test_a_year_as_the_contract_card_has_it() -> None:
    """From the day on that a year is judged; whole months before that are told too."""
    assert year_of(seen(date(2026, 2, 1), TODAY)) is None
    year = year_of(seen(date(2025, 11, 1), TODAY))
    assert year is not None
    assert year["kwh"] == 15 * 365
    view = seen(date(2025, 11, 1), TODAY)
    assert view.judgement.own.cost is not None
    assert year["eur"] == round(float(view.judgement.own.cost.expected), 6)
    assert year["low"] == year["eur"] == year["high"] > year["subscription"] > 0
    # Days that are missing are made up for
    short = year_of(seen(date(2025, 12, 10), TODAY))
    assert short is not None
    assert short["kwh"] == year["kwh"]
    months = year_of(replace(view, judgement=replace(view.judgement, days=349)))
    assert months is not None
    assert months["kwh"] == 15 * 365
    assert months["eur"] != year["eur"]


def test_no_year_of_a_contract_without_a_price() -> None:
    """Others may be judged, one's own is not."""
    ledger = Ledger(epochs=[(date(2025, 11, 1), "PRIVATE")])
    for day in days_between(date(2025, 11, 1), TODAY):
        ledger.days[day] = DayRow({Key("PRIVATE", 1): 6_000}, covered=length(day))
    prices = RegulatedPrices(bundled(), 6)
    book = CostBook(ledger, VirtualRegisters(), Colours(), prices, bundled())
    assert year_of(book.look(book.past(TODAY), midnight(TODAY))) is None
