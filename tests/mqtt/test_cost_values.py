"""What costs are told of more than a month, and after a ledger was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path

import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.accounts.state import load_state
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.mqtt.costs import (
    as_json,
    offer,
    own,
)
from custom_components.linky_meter.linky_tic.cli.output.mqtt.discovery import (
    Topics,
    costs_config,
)
from custom_components.linky_meter.linky_tic.cli.output.teller import Told
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.costs.book.book import CostBook
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    day_of,
    length,
)
from custom_components.linky_meter.linky_tic.costs.estimate.spans import (
    Billing,
    Every,
    Part,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from tests.conftest import frame_of

from .feed import Feed

TEXT = """
[prices]
power = 6
regulated = true
[[offers]]
name = "Cheap"
structure = "base"
prices = [0.1]
subscription = 1
[[offers]]
name = "Dear"
structure = "base"
prices = [0.9]
subscription = 90
[[offers]]
name = "No price"
structure = "off_peak"
prices = { 1 = 0.1 }
subscription = 1
"""
TODAY = date(2026, 10, 20)
NOON = datetime(2026, 10, 20, 10, tzinfo=UTC)


def told() -> Told:
    """Return what a meter says."""
    feed = Feed()
    return [one for _ in range(4) for one in feed.told(frame_of("standard_hc"))][-1]


def year(today: date = TODAY) -> Ledger:
    """Return a ledger of fourteen months."""
    ledger = Ledger(epochs=[(today - 420 * DAY, OFF_PEAK)])
    for ago in range(420):
        day = today - ago * DAY
        ledger.days[day] = DayRow(
            {Key(OFF_PEAK, 1): 6_000, Key(OFF_PEAK, 2): 9_000}, covered=length(day)
        )
    return ledger


def test_year() -> None:
    """Each figure is the one that the integration shows."""
    pricing = read_settings(TEXT, {}).pricing
    book = Book(pricing, year())
    costs = book.look(NOON)
    view_book = CostBook(
        book.ledger,
        book.registers,
        book.colours,
        pricing.book(book.ledger.powers),
        pricing.grid,
        offers={one.name: one for one in pricing.offers},
    )
    view = view_book.look(view_book.past(TODAY), NOON)
    values = own(costs, told())
    assert view.last_month is not None
    mine = view.years[None]

    def shown(amount: Decimal) -> float:
        return float(round(amount, 4))

    assert values["cost_last_month"] == shown(view.last_month.full)
    assert values["cost_year"] == shown(mine.full)
    for index in (1, 2):
        assert values[f"cost_index_{index}"] == shown(view.by_index[index].cost)
    total = sum((one.cost for one in view.by_index.values()), Decimal(0))
    assert values["cost_total"] == shown(total)
    assert values["cheapest_offer"] == "Cheap"
    assert values["price_source"] == "bundled"
    assert values["restarted"] is None
    by_name = {one.offer.name: offer(one, view) for one in costs.offers}
    cheap = view.years["Cheap"]
    assert by_name["Cheap"]["offer_year"] == shown(cheap.full)
    assert by_name["Cheap"]["offer_year_difference"] == shown(cheap.full - mine.full)
    assert by_name["Cheap"]["offer_energy_all_hours"] == 20 * 15_000
    # What lacks a price has no sum, but energy
    assert by_name["No price"]["offer_year"] is None
    assert by_name["No price"]["offer_year_difference"] is None
    assert by_name["No price"]["offer_cost"] is None
    assert by_name["No price"]["offer_energy_off_peak"]
    for names, cheapest in ({"Dear"}, "own_contract"), ({"No price"}, None):
        some = tuple(one for one in pricing.offers if one.name in names)
        told_of = own(Book(replace(pricing, offers=some), year()).look(NOON), told())
        assert told_of["cheapest_offer"] == cheapest
    none = Book(replace(pricing, offers=()), year()).look(NOON)
    assert "cheapest_offer" not in own(none, told())


@pytest.mark.parametrize(
    ("now", "bill"),
    [
        ("2026-10-31T23:30", "2026-09-30"),
        ("2026-11-01T00:30", "2026-09-30"),
        ("2026-11-30T00:30", "2026-11-30"),
        ("2027-01-01T00:30", "2026-11-30"),
        ("2026-03-29T03:30", "2026-01-31"),
        ("2026-10-25T02:30", "2026-09-30"),
    ],
)
def test_sums_that_go_on(now: str, bill: str) -> None:
    """Of the day, month, year and bill: what the integration shows, at any hour."""
    at = datetime.fromisoformat(now).replace(tzinfo=PARIS).astimezone(UTC)
    today = day_of(at)
    bills = 'regulated = true\nbill_first = 2024-01-31\nbill_every = "two_months"'
    pricing = read_settings(TEXT.replace("regulated = true", bills), {}).pricing
    book = Book(pricing, year(today))
    # As it would have been an hour before
    book.look(at - timedelta(hours=1))
    values = own(book.look(at), told())
    view_book = CostBook(
        book.ledger,
        book.registers,
        book.colours,
        pricing.book(book.ledger.powers),
        pricing.grid,
        billing=Billing(date(2024, 1, 31), Every.TWO_MONTHS),
        power=pricing.power,
    )
    view = view_book.look(view_book.past(today), at)
    assert set(view.sums.spans) == set(Part)
    for part, span in view.sums.spans.items():
        assert values[f"energy_{part}"] == span.wh
        if part in {Part.CALENDAR_YEAR, Part.BILL}:
            assert values[f"cost_{part}"] == float(round(span.total, 4))
            assert values[f"{part}_start"] == span.span.start.isoformat()
    assert view.sums.spans[Part.BILL].span.first == date.fromisoformat(bill)
    assert values["energy_today"] == 15_000
    assert values["best_contract"] == "Cheap"
    assert values["recommended_power"] is None
    # By the calendar of the CRE, be the prices known or not
    change = date(today.year + (today.month >= 8), 2 if today.month >= 8 else 8, 1)
    if today.month == 1:
        change = date(today.year, 2, 1)
    assert values["next_price_change"] == change.isoformat()
    about = values["about"]
    assert isinstance(about, dict)
    announced = view.next_change is not None
    assert about["next_price_change"] == {"announced": announced}
    assert about["best_contract"]["known_days"] == 365
    assert json.loads(as_json(values))["about"]["recommended_power"]["known_days"] == 0


def test_first_days() -> None:
    """Before a month is over there is none that was, and nothing is free."""
    pricing = read_settings(TEXT, {}).pricing
    ledger = year()
    for day in [day for day in ledger.days if day < TODAY.replace(day=1)]:
        del ledger.days[day]
    ledger.epochs = [(min(ledger.days), OFF_PEAK)]
    values = own(Book(pricing, ledger).look(NOON), told())
    assert values["cost_last_month"] is None
    assert values["cost_year"] is None
    assert values["best_contract"] == "not_enough_data"
    assert values["best_contract_saving"] is None
    parts = [values[f"cost_index_{index}"] for index in (1, 2)]
    assert all(isinstance(part, float) and part > 0 for part in parts)
    assert values["cost_total"] == pytest.approx(sum(parts))


def test_ledger_that_was_lost(tmp_path: Path) -> None:
    """Sums go on from there: Home Assistant takes no fall for money that came back."""
    path = tmp_path / "state"
    path.write_text("{")
    pricing = read_settings(TEXT, {}).pricing
    book = load_state(path, pricing).book
    assert book.restarted is not None
    again = Book.from_dict(json.loads(json.dumps(book.as_dict())), pricing)
    assert again.restarted == book.restarted
    lost = Book(pricing, year(), restarted=again.restarted)
    values = own(lost.look(NOON), told())
    assert values["restarted"] == book.restarted.isoformat()
    config = json.loads(
        costs_config(Topics("linky", "x"), "Linky", Language.EN, told(), values)
    )
    template = config["cmps"]["cost_index_1"]["lrst_val_tpl"]
    assert template == "{{ value_json.restarted or '' }}"
    month = config["cmps"]["cost_month"]["lrst_val_tpl"]
    assert month == "{{ value_json.month_start }}"


def test_a_contract_with_hours_of_its_own() -> None:
    """What counts now, and the names of its hours, are the contract's."""
    pricing = read_settings(
        '[[prices.contracts]]\nstructure = "super_off_peak"\noff_peak = "22-6"\n'
        'super_off_peak = "11-13"\nprices = [0.1, 0.2, 0.05]\nsubscription = 12\n',
        {},
    ).pricing
    costs = Book(pricing, year()).look(NOON)
    values = own(costs, told())
    assert values["current_price"] == 0.05
    assert [values[f"price_index_{n}"] for n in (1, 2, 3)] == [0.1, 0.2, 0.05]
    topics = Topics("linky", "linky_1")
    for lang, name in ((Language.EN, "super off-peak"), (Language.FR, "super creuses")):
        text = costs_config(
            *(topics, "Linky", lang, told(), values), own_hours=costs.own_hours
        )
        assert json.loads(text)["cmps"]["price_index_3"]["name"].endswith(name)
