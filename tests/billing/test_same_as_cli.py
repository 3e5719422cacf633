"""The command line says of the same data what the integration says."""

from __future__ import annotations

from datetime import timedelta
import json
from pathlib import Path

import pytest

from custom_components.linky_meter.billing.settings import PriceSource
from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    day_of,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Source,
    may_be_red,
)
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.prices.offers import TEMPO_SCHEDULE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .test_contracts import compare
from .test_costs import book, number, options_of
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
    data = {"version": 1, "key": "linky_meter.x.costs", "data": keeper._as_dict()}
    kept.write_text(json.dumps(data), encoding="utf-8")
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
