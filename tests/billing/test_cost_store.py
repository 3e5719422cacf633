"""The file of a meter's energy: damaged, of another release, and removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up

from .test_costs import options_of, period, repairs


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder of the test's own."""
    return hass_tmp_config_dir


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
