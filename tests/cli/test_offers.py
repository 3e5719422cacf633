"""Offers of a configuration: the structures, seasons, alert days and discounts."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
import json
from pathlib import Path

import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.accounts.price_lists import price_rows
from custom_components.linky_meter.linky_tic.cli.accounts.pricing import Pricing
from custom_components.linky_meter.linky_tic.cli.messages import Language, say_setting
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.cli.toml_table import SettingsError
from custom_components.linky_meter.linky_tic.costs.calendar.days import Month
from custom_components.linky_meter.linky_tic.costs.prices.offers import Offer, Structure
from tests.costs.helpers import feed
from tests.costs.prices.test_contracts import (
    ALERTS,
    CASES,
    DEARER,
    END,
    PARIS,
    Case,
    bill,
    cents,
    year,
)

DAYS = ", ".join(day.isoformat() for day in sorted(ALERTS))
HOURS = {
    "zen week-end": 'structure = "week_end"\noff_peak = "23:00-07:00"',
    "super off-peak": (
        'structure = "super_off_peak"\noff_peak = "22:00-06:00"\n'
        'super_off_peak = "02:00-06:00"'
    ),
    "zen estival": (
        'structure = "seasons_super"\noff_peak = "22:00-06:00"\n'
        'off_peak_summer = "11:00-17:00; 02:00-06:00"\nsuper_off_peak = "14:00-16:00"'
    ),
    "octotempo": (
        'structure = "seasons_alert"\noff_peak = "22:00-06:00"\n'
        f'alert_from = "06:00"\nalert_days = [{DAYS}]\nsummer = "04-01/10-31"'
    ),
    "enercoop 2 saisons": (
        'structure = "seasons"\noff_peak = "23:00-07:00"\n'
        'off_peak_week_ends = "summer"\nholidays = true'
    ),
    "zen flex": (
        'structure = "alert_days"\noff_peak = "13:00-18:00; 20:00-08:00"\n'
        f"alert_days = [{DAYS}]"
    ),
    "eco-sessions": (
        'structure = "alert_days"\noff_peak = "22:00-06:00"\n'
        f'alert_hours = "18:00-20:00"\nalert_days = [{DAYS}]'
    ),
    "eight prices": f'structure = "custom"\ndefault_index = 1\nalert_days = [{DAYS}]',
}
EIGHT = """
[[offers.windows]]
index = 8
hours = "07:00-23:00"
alert = true
[[offers.windows]]
index = 7
season = "08-01/08-31"
[[offers.windows]]
index = 6
weekdays = ["sun"]
holidays = true
[[offers.windows]]
index = 5
weekdays = ["wed"]
[[offers.windows]]
index = 4
hours = "00:00-04:00"
[[offers.windows]]
index = 3
hours = "12:00-14:00"
[[offers.windows]]
index = 2
hours = "18:00-21:00"
"""


def told(name: str, case: Case) -> str:
    """Return a contract as a configuration has it."""
    lines = ["[[offers]]", f'name = "{name}"', HOURS[name]]
    if name == "eight prices":
        lines.append(EIGHT)
    for start, monthly in ((date(2025, 1, 1), "14.5"), (DEARER, "15.86")):
        prices = ", ".join(str(case.price(one, start)) for one in case.names)
        lines += [
            *("[[offers.periods]]", f"start = {start}"),
            *(f"prices = [{prices}]", f"subscription = {monthly}"),
        ]
    return "\n".join(lines)


def pricing(text: str) -> Pricing:
    """Read prices."""
    return read_settings(text, {}, Path()).pricing


def test_eight_contracts_cost_what_home_assistant_says() -> None:
    """A year each, to the cent, against the calculator of the same contracts there."""
    found = pricing("\n".join(told(name, case) for name, case in CASES.items()))
    for offer in found.offers:
        # The same hours, and what is kept is read again
        assert offer.schedule == CASES[offer.name].offer.schedule, offer.name
        assert Offer.from_dict(json.loads(json.dumps(offer.as_dict()))) == offer
    book, shown = Book(found), 1_000_000
    for at, wh in year():
        book.registers.feed(feed(book.ledger, at, {1: shown}, "BASE").bookings)
        shown += wh
    end = END.replace(tzinfo=PARIS)
    book.registers.feed(feed(book.ledger, end, {1: shown}, "BASE").bookings)
    # As after a restart
    book = Book.from_dict(json.loads(json.dumps(book.as_dict())), found)
    sums: dict[str, Decimal] = {}
    month = Month(2025, 10)
    while month <= Month(2026, 9):
        for one in book.look(month.end, month).offers:
            assert one.cost.exact, one.offer.name
            sums[one.offer.name] = sums.get(one.offer.name, Decimal(0)) + one.cost.full
        month = month.next
    for name, case in CASES.items():
        assert cents(sums[name]) == cents(bill(case)), name


def test_less_than_the_regulated_price() -> None:
    """Of an offer and of one's own prices, as suppliers count it; in the lists too."""
    found = pricing(
        "[prices]\npower = 6\nregulated = true\ndiscount = 10\n"
        '[[offers]]\nname = "Less"\nstructure = "base"\nregulated = 6\ndiscount = 10\n'
        '[[offers]]\nname = "Like"\nstructure = "base"\nregulated = 6\n'
    )
    day = date(2026, 9, 1)
    # ((0.2001 / 1.2 − excise) × 0.9 + excise) × 1.2, the excise is 30.61 €/MWh
    less = Decimal("0.18376")
    rows = {row.name: row for row in price_rows(found, day, 6)}
    (price,) = rows["Less"].prices.values()
    assert price == pytest.approx(less, abs=Decimal("0.0001"))
    own = found.book().price(day, "BASE", 1)
    assert own is not None
    assert own.value == price
    (full,) = rows["Like"].prices.values()
    assert full == Decimal("0.2001")
    assert rows["Less"].subscription == rows["Like"].subscription
    assert [offer.discount for offer in found.offers] == [10, 0]


def test_hours_of_the_meter_and_of_alerts() -> None:
    """Where the meter tells hours, none are needed; alert days may be none yet."""
    off_peak, flex = pricing(
        '[[offers]]\nname = "A"\nstructure = "off_peak"\nprices = [0.1, 0.2]\n'
        '[[offers]]\nname = "B"\nstructure = "alert_days"\nprices = [0.1, 0.2, 0.3, 1]\n'
        'off_peak = "22:00-06:00"\nalert_days = []\nalert_from = "06:00"\n'
    ).offers
    assert off_peak.schedule is None
    assert flex.structure is Structure.ALERT_DAYS
    assert flex.schedule is not None
    assert flex.schedule.alert_from == time(6)
    (custom,) = pricing(
        '[[offers]]\nname = "A"\nstructure = "custom"\nprices = [0.1, 0.2]\n'
        '[[offers.windows]]\nholidays = true\nweekdays = []\nseason = "winter"\n'
    ).offers
    assert custom.schedule is not None
    (window,) = custom.schedule.windows
    assert (window.weekdays, window.holidays) == (frozenset(), True)
    assert window.season == ((11, 1), (3, 31))


OFFER = '[[offers]]\nname = "A"\nprices = [0.1, 0.2, 0.3, 0.4]\n'


@pytest.mark.parametrize(
    ("lines", "where", "words"),
    [
        ('structure = "dynamic"', "line 4, offers.1.structure", "one of these"),
        ('structure = "seasons"', "line 1, offers.1.off_peak", "missing"),
        (
            'structure = "super_off_peak"\noff_peak = "22:00-06:00"',
            "line 1, offers.1.super_off_peak",
            "missing",
        ),
        (
            'structure = "week_end"\noff_peak_summer = "22:00-06:00"',
            "line 1, offers.1.off_peak",
            "missing",
        ),
        (
            'structure = "alert_days"\noff_peak = "22:00-06:00"',
            "line 1, offers.1.alert_days",
            "missing",
        ),
        (
            'structure = "seasons"\noff_peak = "22-25"',
            "line 5, offers.1.off_peak",
            "hours such as",
        ),
        (
            'structure = "seasons"\noff_peak = "22:00-06:00"\nsummer = "April"',
            "line 6, offers.1.summer",
            "04-01/10-31",
        ),
        (
            'structure = "seasons"\noff_peak = "22:00-06:00"\nsummer = "04-01/13-31"',
            "line 6, offers.1.summer",
            "04-01/10-31",
        ),
        (
            'structure = "seasons"\noff_peak = "22-6"\noff_peak_week_ends = "spring"',
            "line 6, offers.1.off_peak_week_ends",
            "all_year, summer, winter",
        ),
        (
            'structure = "alert_days"\noff_peak = "22-6"\nalert_days = ["2026-01-01"]',
            "line 6, offers.1.alert_days",
            "list of dates",
        ),
        (
            'structure = "alert_days"\noff_peak = "22-6"\nalert_from = "6 h"',
            "line 6, offers.1.alert_from",
            "06:00",
        ),
        (
            'structure = "off_peak"\noff_peak = "22-6"\n[[offers.windows]]\nindex = 1',
            "line 5, offers.1.off_peak",
            "already",
        ),
        (
            'structure = "base"\ndiscount = 10',
            "line 1, offers.1.regulated",
            "missing",
        ),
        (
            'structure = "base"\nregulated = 6\ndiscount = 60',
            "line 6, offers.1.discount",
            "0 to 50",
        ),
    ],
)
def test_what_is_wrong_is_said(lines: str, where: str, words: str) -> None:
    """With its line, and in words."""
    with pytest.raises(SettingsError) as err:
        pricing(OFFER + lines)
    error = err.value
    assert f"line {error.line}, {error.key}" == where
    assert "ligne" in say_setting(error, Language.FR)
    assert words in say_setting(error, Language.EN)


def test_a_discount_needs_regulated_prices() -> None:
    """It is taken off these."""
    with pytest.raises(SettingsError) as err:
        pricing("[prices]\npower = 6\ndiscount = 10\n")
    assert (err.value.problem, err.value.key) == ("setting_missing", "prices.regulated")
