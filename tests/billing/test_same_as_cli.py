"""The command line says of the same data what the integration says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.entity import shown
from custom_components.linky_meter.billing.settings import PriceSettings, PriceSource
from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.costs.book.book import CostBook
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE as BASE_CALENDAR,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    day_of,
    length,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    parse_windows,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
    may_be_red,
)
from custom_components.linky_meter.linky_tic.costs.estimate.spans import Billing, Every
from custom_components.linky_meter.linky_tic.costs.export.terms import (
    ExportKind,
    ExportList,
    ExportTerms,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Key
from custom_components.linky_meter.linky_tic.costs.ledger.virtual import (
    VirtualRegisters,
)
from custom_components.linky_meter.linky_tic.costs.prices.hours import (
    Hours,
    schedule_of,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    TEMPO_SCHEDULE,
    Offer,
    Structure,
)
from custom_components.linky_meter.linky_tic.costs.prices.prices import (
    PriceList,
    PricePeriod,
)
from custom_components.linky_meter.linky_tic.costs.prices.regulated import bundled
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .spans.test_export import SOLD
from .test_contracts import compare
from .test_costs import book, number, options_of, period
from .test_offers import BASE, add

CONFIG = """
[prices]
power = 9
regulated = true

[[offers]]
name = "Plain"
structure = "base"
prices = [0.18]
subscription = 14
"""


def keep(entry: MockConfigEntry, path: Path) -> None:
    """Write what Home Assistant would keep."""
    data = entry.runtime_data.costs._as_dict()
    kept = {"version": 1, "key": "linky_meter.x.costs", "data": data}
    path.write_text(json.dumps(kept), encoding="utf-8")


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("every_colour", [True, False])
async def test_the_same_numbers(
    hass: HomeAssistant,
    start_meter: StartMeter,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    every_colour: bool,
) -> None:
    """Of a year with an offer, with all colors or some, and of the month."""
    meter = await start_meter("standard_hc", load=(0.0,))
    regulated = options_of(source=PriceSource.REGULATED, power=9)
    entry = entry_for(address_of("standard_hc"), meter.path, **regulated)
    assert await set_up(hass, entry)
    meter.silence()
    await add(hass, entry, "base", BASE)
    keeper = entry.runtime_data.costs
    ledger, today = keeper.kept.ledger, day_of(dt_util.utcnow())
    sorted_days = keeper.kept.registers.days[TEMPO_SCHEDULE.key]
    red = 22
    for ago in range(366, 0, -1):
        one = today - ago * DAY
        night, day = 3_000 + 17 * (ago % 31), 5_000 + 29 * (ago % 47)
        assert ledger.backfill(one, ledger.calendar, {1: night, 2: day})
        sorted_days[one] = {1: night - 500, 2: day, 3: 500}
        load = 6_500 if ago in {100, 101, 110} else 3_000 + 8 * (ago % 300)
        at = midnight(one) + timedelta(hours=19, minutes=42)
        ledger.days[one].peak = Peak(load, at=at, seconds={3: 600, 6: 60})
        colour = Colour.RED if red and may_be_red(one) else Colour.BLUE
        red -= colour is Colour.RED
        if every_colour or ago % 3:
            keeper.kept.colours.learn(one, colour, Source.RTE)
    ledger.powers[:] = [(today - 366 * DAY, 9)]
    book(entry, 367, {1: 500, 2: 20_000})
    await hass.async_block_till_done()
    answer = await compare(hass, entry)
    assert answer["enough"]
    tempo = next(one for one in answer["contracts"] if one["name"].startswith("Tempo"))
    assert (tempo["cost_low"] == tempo["cost_high"]) is every_colour
    assert answer["recommended_power"]["worst"]
    config, kept = tmp_path / "linky-tic.toml", tmp_path / "kept.json"
    config.write_text(CONFIG, encoding="utf-8")
    keep(entry, kept)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    capsys.readouterr()
    arguments = ["cost", str(kept), "--config", str(config), "--year"]
    assert await hass.async_add_executor_job(main, [*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["year"] == answer
    assert told["own"]["cost"] == pytest.approx(number(hass, "cost_month"), abs=0.01)
    assert told["own"]["estimate"] == pytest.approx(
        number(hass, "cost_estimate"), abs=0.01
    )
    (plain,) = (one for one in told["offers"] if one["name"] == "Plain")
    state = hass.states.get("sensor.plain_cost_this_month")
    assert state is not None
    assert plain["cost"] == pytest.approx(float(state.state), abs=0.01)
    # People are shown the same, in words and as ranges where it is one
    assert await hass.async_add_executor_job(main, [*arguments, "--offers"]) == 0
    text = capsys.readouterr().out
    assert answer["summary"] in text
    assert answer["power_summary"] in text
    for one in answer["contracts"]:
        (row,) = (
            line
            for line in text.splitlines()
            if line.startswith(one["name"].replace("own_contract", "your own") + "  ")
        )
        low, high = f"{one['cost_low']:.2f} €", f"{one['cost_high']:.2f} €"
        assert low in row
        assert (f"{low} - {high}" in row) is (low != high)
    await hass.config_entries.async_unload(entry.entry_id)


FED_IN = """
[prices]
bill_first = {first}
bill_every = "two_months"
[[prices.periods]]
calendar = "BASE"
prices = [0.2]
subscription = 15
"""
OWN_HOURS = """
[[prices.contracts]]
structure = "week_end"
off_peak = "22:00-06:00"
[[prices.contracts.periods]]
start = {since}
prices = [0.16, 0.24, 0.17]
subscription = 16.5
"""
TERMS = {
    "sold": (
        (SOLD,),
        "[[prices.export]]\nstart = 2020-01-01\nsale_price = 0.1\n",
    ),
    "battery": (
        (
            SOLD,
            ExportTerms(
                *(ExportKind.BATTERY, date(2026, 1, 1), Decimal("0.0951")),
                *(Decimal("11.99"), 25_000),
            ),
        ),
        (
            "[[prices.export]]\nsale_price = 0.1\nstart = 2020-01-01\n"
            "[[prices.export]]\nstart = 2026-01-01\ndelivery_price = 0.0951\n"
            "battery_fee = 11.99\nstored = 25\n"
        ),
    ),
}


@pytest.mark.parametrize("own_hours", [True, False])
@pytest.mark.parametrize("kind", TERMS)
@pytest.mark.parametrize(
    "now",
    [
        *("2026-11-30T23:30:00+01:00", "2026-12-01T00:30:00+01:00"),
        *("2027-01-01T00:00:00+01:00", "2026-10-25T02:30:00+01:00"),
        *("2027-03-28T12:00:00+02:00", "2026-08-15T23:59:59+02:00"),
    ],
)
def test_the_same_cents_of_what_is_fed_in(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    now: str,
    kind: str,
    own_hours: bool,
) -> None:
    """Revenue, net cost and battery of day, month, calendar year and bill."""
    at = datetime.fromisoformat(now)
    today = day_of(at)
    first, since = today - 400 * DAY, today - 200 * DAY
    terms, text = TERMS[kind]
    options: dict[str, Any] = {
        "export": ExportList(terms),
        "billing": Billing(first, Every.TWO_MONTHS),
    }
    text = FED_IN.format(first=first) + text
    if own_hours:
        text += OWN_HOURS.format(since=since)
        prices = {n: Decimal(p) for n, p in enumerate(("0.16", "0.24", "0.17"), 1)}
        listed = PricePeriod("OFFER WEEK_END", since, prices, Decimal("16.5"))
        hours = schedule_of(Structure.WEEK_END, Hours(parse_windows("22:00-06:00", 1)))
        options["contracts"] = (
            Offer("Mine", Structure.WEEK_END, PriceList([listed]), schedule=hours),
        )
    priced = period(BASE_CALENDAR, prices={1: Decimal("0.2")})
    book = integrated(options_of(priced, **options))
    for ago in range(380, -1, -1):
        day = today - ago * DAY
        wh = 4_000 + 137 * (ago % 29)
        fed_in = 5_000 + 211 * (ago % 37) if ago % 3 else 900
        book.ledger.days[day] = DayRow(
            {Key(BASE_CALENDAR, 1): wh}, covered=length(day), exported=fed_in
        )
        for rows in book.registers.days.values():
            rows[day] = {1: 1_000, 2: wh - 1_500, 3: 500}
    book.ledger.epochs[:] = [(today - 380 * DAY, BASE_CALENDAR)]
    book.ledger.last = at
    view = book.look(book.past(today), at)
    config, kept = tmp_path / "linky-tic.toml", tmp_path / "kept.json"
    config.write_text(text, encoding="utf-8")
    data = {
        "ledger": book.ledger.as_dict(),
        "registers": book.registers.as_dict(),
    }
    kept.write_text(json.dumps({"data": data}), encoding="utf-8")
    assert main(["cost", str(kept), "--config", str(config), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    parts = {
        str(part): {
            "start": one.span.first.isoformat(),
            "energy": one.wh / 1000,
            "cost": rounded(one.total),
            "exported": one.exported / 1000,
            "revenue": rounded(one.revenue),
            "fee": rounded(one.fee),
            "net_cost": rounded(one.net),
        }
        for part, one in view.sums.spans.items()
    }
    assert told["sums"] == parts
    assert set(parts) == {"today", "month", "calendar_year", "bill"}
    assert view.sums.export is not None
    assert view.sums.revenue
    # What is always on: nights of five days, week-ends
    mean = Decimal("0.2010") if own_hours else Decimal("0.2")
    assert view.mean_price == pytest.approx(mean, abs=Decimal("0.0005"))
    export = {"revenue": rounded(view.sums.revenue)}
    if kind == "battery":
        assert view.sums.export.stored
        export["virtual_battery"] = view.sums.export.stored / 1000
    assert told["export"] == export
    assert told["own"]["cost"] == rounded(view.month.total)
    assert {row["calendar"] for row in told["indexes"]} == (
        {"OFFER WEEK_END"} if own_hours else {BASE_CALENDAR}
    )


def integrated(options: dict[str, Any]) -> CostBook:
    """Return the book of an entry with such options."""
    settings, grid = PriceSettings.of(options), bundled()
    book = CostBook(
        *(Ledger(), VirtualRegisters(), Colours(), settings.book(grid), grid),
        own=settings.contracts,
        billing=settings.billing,
        terms=settings.export,
    )
    book.registers.want(
        schedule for offer in book.own for schedule in offer.schedules()
    )
    return book


def rounded(amount: Decimal) -> float:
    """Return euros as states have them."""
    found = shown(amount)
    assert found is not None
    return float(found)
