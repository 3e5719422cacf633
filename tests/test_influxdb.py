"""Home Assistant's own InfluxDB integration takes our entities."""

from __future__ import annotations

import asyncio
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import parse_yaml
from tests.influx_server import InfluxServer

from .conftest import StartMeter, address_of, entry_for, set_up

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "en" / "standalone.md"


def documented() -> dict[str, Any]:
    """Return the YAML of the documentation."""
    blocks = re.findall(
        r"^```yaml\n(influxdb:.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    (block,) = blocks
    found = parse_yaml(block)
    assert isinstance(found, dict)
    return found


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.filterwarnings(
    "ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning"
)
async def test_entities_arrive(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """With the documented YAML, each entity of ours is a series, and no other is."""
    meter = await start_meter("standard_hc")
    yaml = documented()
    async with InfluxServer(tmp_path) as server:
        await server.query('CREATE DATABASE "home_assistant"')
        entry = MockConfigEntry(
            domain="influxdb",
            data={
                "api_version": "1",
                "host": "127.0.0.1",
                "port": server.port,
                "database": "home_assistant",
                "username": None,
                "password": None,
                "path": None,
                "ssl": False,
                "verify_ssl": False,
                "ssl_ca_cert": None,
            },
        )
        entry.add_to_hass(hass)
        with patch("homeassistant.config.async_hass_config_yaml", return_value=yaml):
            assert await hass.config_entries.async_setup(entry.entry_id)
        ours = entry_for(address_of("standard_hc"), meter.path)
        assert await set_up(hass, ours)
        hass.states.async_set("sensor.other", "1")
        found: set[str] = set()
        async with asyncio.timeout(60):
            while "sensor.linky_energy_import" not in found:
                await asyncio.sleep(0.5)
                rows = await server.query("SHOW SERIES", "home_assistant")
                tags = [
                    dict(t.split("=") for t in row["key"].split(",")[1:])
                    for row in rows
                ]
                found = {f"{tag['domain']}.{tag['entity_id']}" for tag in tags}
        # Some entities come a few frames later
        known = {
            state.entity_id
            for state in hass.states.async_all()
            if state.entity_id.partition(".")[2].startswith("linky_")
        }
        assert len(known) > 15
        assert "sensor.linky_apparent_power" in found
        assert "binary_sensor.linky_overload" in found
        assert found <= known
        rows = await server.query(
            "SELECT last(value) FROM \"kWh\" WHERE entity_id = 'linky_energy_import'",
            "home_assistant",
        )
        state = hass.states.get("sensor.linky_energy_import")
        assert state is not None
        assert rows[0]["last"] == pytest.approx(float(state.state), abs=0.1)
        for one in (ours, entry):
            assert await hass.config_entries.async_unload(one.entry_id)
        await hass.async_block_till_done()
    assert ours.state is ConfigEntryState.NOT_LOADED
    assert DOMAIN in hass.config.components
