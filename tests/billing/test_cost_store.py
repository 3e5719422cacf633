"""The file of a meter's energy: damaged, of another release, and removed."""

from __future__ import annotations

from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.billing.store import Kept
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.alerts import AlertDays
from custom_components.linky_meter.linky_tic.costs.calendar.observed import (
    ObservedHours,
)
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Flag
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up

from .test_costs import options_of, period, repairs


def envelope(stored: Any, version: int = 1) -> str:
    """Return a file as Home Assistant writes it."""
    return json.dumps({"version": version, "minor_version": 1, "data": stored})


@pytest.mark.parametrize(
    "content",
    [
        envelope({"ledger": {"version": 99}}),
        envelope({"ledger": []}),
        envelope([]),
        envelope({"no": "ledger"}),
        envelope(None),
        "{'no': 'JSON'}",
        "",
    ],
)
async def test_a_damaged_store_is_put_aside(
    hass: HomeAssistant, start_meter: StartMeter, storage: Path, content: str
) -> None:
    """It begins again, says so once, and statistics know of the new beginning."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    file = storage / f"{DOMAIN}.{entry.entry_id}.costs"
    file.write_text(content)
    assert await set_up(hass, entry)
    (aside,) = storage.glob(f"{file.name}.corrupt.*")
    assert aside.read_text() == content
    assert aside.stat().st_mode & 0o777 == 0o600
    assert [issue.translation_key for issue in ir.async_get(hass).issues.values()] == [
        "costs_restarted"
    ]
    state = hass.states.get("sensor.linky_cost_index_1")
    assert state is not None
    assert "last_reset" in state.attributes
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert repairs(hass) == {"costs_restarted"}
    before = storage / f"{file.name}.unreadable"
    before.touch()
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not list(storage.glob(f"{DOMAIN}.*"))


async def test_a_newer_store_is_not_touched(
    hass: HomeAssistant, start_meter: StartMeter, storage: Path
) -> None:
    """Somebody who goes back a release keeps what the newer one counted."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    file = storage / f"{DOMAIN}.{entry.entry_id}.costs"
    file.write_text(content := envelope({"ledger": {"kwh": 42}}, 2))
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "stored_newer"
    assert opens(meter.path)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert file.read_text() == content
    assert not repairs(hass)


FIXTURE = Path(__file__).parents[1] / "fixtures/persisted/standard_hc.costs.json"
"""Of a release that kept no peak, no power, no observed hours and no alert days."""
AT = datetime(2026, 11, 29, 10, tzinfo=UTC)
ADDED = ("observed", "alerts", "asked")


def of_before() -> Any:
    """Return what that release kept."""
    return json.loads(FIXTURE.read_text())["data"]


def of_now() -> Kept:
    """Return it with all that was added since."""
    kept = Kept.from_dict(of_before())
    day = max(kept.ledger.days)
    kept.ledger.days[day].peak = Peak(5000, (), AT, {3: 60})
    kept.ledger.days[min(kept.ledger.days)].flags.add(Flag.IMPORTED)
    kept.ledger.powers = [(day, 6)]
    kept.observed.feed(AT, 1)
    kept.asked = {"of the total"}
    kept.alerts = {"sobriety": AlertDays({day: True}), "other": AlertDays({day: True})}
    return kept


def test_a_store_of_before_is_read() -> None:
    """Whichever of the parts that were added later it lacks."""
    before = Kept.from_dict(of_before())
    assert before.ledger.powers == []
    assert all(row.peak is None for row in before.ledger.days.values())
    assert before.observed == ObservedHours()
    assert before.alerts == {}
    now = of_now()
    assert Kept.from_dict(json.loads(json.dumps(now.as_dict()))).as_dict() == (
        now.as_dict()
    )
    for key in ADDED:
        kept = now.as_dict()
        del kept[key]
        assert Kept.from_dict(kept).ledger == now.ledger
    kept = now.as_dict()
    del kept["ledger"]["powers"]
    for row in kept["ledger"]["days"].values():
        row.pop("peak", None)
    assert Kept.from_dict(kept).ledger.registers == now.ledger.registers


JUNK = [None, "x", -1, 1.5, [], {}, [[1]], {"x": 1}, {"x": {"y": 1}}, "9" * 99]


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_what_can_be_had_again_costs_no_ledger(junk: Any) -> None:
    """Of a damaged part only that part is left out."""
    now = of_now()
    for key in (*ADDED, "learned", "colours", "restarted", "fetched"):
        assert Kept.from_dict(now.as_dict() | {key: junk}).ledger == now.ledger, key
    kept = now.as_dict()
    kept["alerts"]["sobriety"] = junk
    assert Kept.from_dict(kept).alerts["other"] == now.alerts["other"]
    kept = now.as_dict()
    kept["ledger"]["powers"] = junk
    kept["ledger"]["days"][max(kept["ledger"]["days"])]["peak"] = junk
    again = Kept.from_dict(kept).ledger
    assert again.powers == []
    assert {day: row.energy for day, row in again.days.items()} == {
        day: row.energy for day, row in now.ledger.days.items()
    }
    assert again.registers == now.ledger.registers
