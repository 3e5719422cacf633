"""The diagnostics file that a report carries."""

from __future__ import annotations

from dataclasses import replace
import json
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import serialx

from custom_components.linky_meter.const import (
    CONF_BAUDRATE,
    CONF_LIMIT,
    CONF_USB,
    DOMAIN,
)
from custom_components.linky_meter.link.connection import FIRST_WAIT
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .conftest import StartMeter, address_of, entry_for, set_up, until
from .simulator import PRESETS, PtyMeter, SimulatedMeter
from .tic2websocket_server import ServedTic, Tic2WebSocketServer

PRESET = "standard_tempo_three_phase"
ADDRESS = address_of(PRESET)
PRM = PRESETS[PRESET].prm
MESSAGE = "COUPURE RUE DES LILAS"
SECRETS = (ADDRESS, ADDRESS[6:], PRM, PRM[:8], "LILAS", "SECRETKEY", "serial-of-usb")


@pytest.fixture
async def download(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> ClientSessionGenerator:
    """Prepare for downloads."""
    assert await async_setup_component(hass, "diagnostics", {})
    return hass_client


async def get(
    hass: HomeAssistant,
    download: ClientSessionGenerator,
    entry: MockConfigEntry,
    *secrets: str,
) -> dict[str, Any]:
    """Return an entry's diagnostics; nothing in them is private."""
    found: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, download, entry)
    )
    text = json.dumps(found)
    for secret in (*SECRETS, *secrets):
        assert secret not in text
    return found


async def test_diagnostics(
    hass: HomeAssistant, start_meter: StartMeter, download: ClientSessionGenerator
) -> None:
    """They tell line, meter and every group, and nothing that names the home."""
    meter = await start_meter(PRESET, message=MESSAGE)
    usb = {"vid": "0403", "pid": "6015", "serial_number": "serial-of-usb"}
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Linky",
        unique_id=ADDRESS,
        data={
            CONF_DEVICE: meter.path,
            CONF_BAUDRATE: 9600,
            CONF_USB: usb,
            "token_of_tomorrow": "SECRETKEY",
        },
        options={CONF_LIMIT: "breaking"},
    )
    assert await set_up(hass, entry)
    await until(lambda: entry.runtime_data.coordinator.frames > 12)
    found = await get(hass, download, entry, meter.path)
    shown = found["entry"]
    assert shown["state"] == "loaded"
    assert shown["kind"] == "device"
    assert shown["data"][CONF_BAUDRATE] == 9600
    assert shown["data"][CONF_USB]["vid"] == "0403"
    assert shown["data"][CONF_USB]["pid"] == "6015"
    assert shown["options"][CONF_LIMIT] == "breaking"
    assert set(found["versions"]) == {"integration", "serialx", "python"}
    assert all(found["versions"].values())
    line = found["line"]
    assert line["source"]["baudrate"] == 9600
    assert line["link"] is True
    assert line["bad"] is False
    assert set(line["damage"]) == {"checksum", "shape", "parity", "boundary"}
    timings = found["timings"]
    assert timings["frame_interval"] > 0
    assert timings["last_frame_age"] < 5
    assert timings["reconnects"] == timings["tries"] == 0
    assert timings["wait"] == FIRST_WAIT
    assert found["meter"]["model"] == "Linky three-phase 60 A G3"
    assert found["groups"]["PREF"]["value"] == "18"
    assert found["groups"]["ADSC"]["value"] == f"{ADDRESS[:6]}######"
    # Labels without an entity are here
    assert {"VTIC", "NJOURF", "NJOURF+1", "PRM", "ADSC"} <= set(found["groups"])
    assert len(found["frames"]) == 10
    frame = found["frames"][-1]
    assert frame["mode"] == "standard"
    assert frame["ended_by"] == "ETX"
    assert frame["labels"].startswith("ADSC VTIC DATE")
    assert frame["groups"][0] == f"ADSC\t{ADDRESS[:6]}######"
    assert "PREF\t18" in frame["groups"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_bad_line(
    hass: HomeAssistant, start_meter: StartMeter, download: ClientSessionGenerator
) -> None:
    """They tell what damage looks like and which labels are new, still nothing private."""
    meter = await start_meter(PRESET, message=MESSAGE)
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    meter.line.faults.bit_flips = 0.02
    coordinator = entry.runtime_data.coordinator
    await until(lambda: len(coordinator.source.rejected) == 10)
    meter.line.faults.bit_flips = 0.0
    new = Group("NEW1", "00777")
    frame: Frame = coordinator.data.frame
    unknown = new, Group("ADSB", ADDRESS)
    for number in range(3):
        once = () if number else (Group("NEW2", "00777"),)
        coordinator.meter_link._process(
            Frame(frame.mode, frame.groups, unknown=(*unknown, *once))
        )
    found = await get(hass, download, entry, meter.path)
    assert len(found["line"]["rejected"]) == 10
    assert sum(found["line"]["damage"].values()) >= 10
    assert found["line"]["damaged_groups"] > 0
    assert found["line"]["quality"] < 100
    # One that came once may be a damaged name
    assert found["meter"]["unknown_labels"]["NEW1"] == 3
    assert "NEW2" not in found["meter"]["unknown_labels"]
    # The meter speaks on meanwhile
    seen = [frame["unknown"] for frame in found["frames"]]
    assert ["NEW1\t00777", "ADSB\t############"] in seen
    assert set(found["meter"]["judged"]) <= {"implausible", "held", "noted"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_esphome(
    hass: HomeAssistant, start_meter: StartMeter, download: ClientSessionGenerator
) -> None:
    """The key of a proxy is behind the question mark of its URL."""
    meter: PtyMeter = await start_meter(PRESET, message=MESSAGE)
    url = "esphome://proxy.example:6053/?key=SECRETKEY&port_name=TIC"
    entry = entry_for(ADDRESS, url)
    connect = serialx.create_serial_connection

    async def proxy(loop: Any, factory: Any, device: str, baudrate: int) -> Any:
        assert device == url
        return await connect(loop, factory, meter.path, baudrate)

    with patch.object(serialx, "create_serial_connection", proxy):
        assert await set_up(hass, entry)
    found = await get(hass, download, entry, "proxy.example", "port_name")
    assert found["entry"]["kind"] == found["line"]["source"]["kind"] == "esphome"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("socket_enabled")
async def test_server(hass: HomeAssistant, download: ClientSessionGenerator) -> None:
    """A server is not named either."""
    config = replace(PRESETS[PRESET], message=MESSAGE)
    served = ServedTic(SimulatedMeter(config))
    async with Tic2WebSocketServer(served, interval=0.1) as server:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Linky",
            unique_id=ADDRESS,
            data={
                "host": "127.0.0.1",
                "port": server.port,
                "token": "of-the-server",
                "server_id": "of-the-announcement",
            },
            options={"share": False, "share_token": "of-sharing"},
        )
        assert await set_up(hass, entry)
        secrets = ("of-the-server", "of-the-announcement", "of-sharing")
        found = await get(hass, download, entry, "127.0.0.1", "ttyUSB", *secrets)
        assert found["entry"]["kind"] == "tic2websocket"
        assert found["line"]["rejected"] == []
        assert found["frames"][-1]["ended_by"] == "server"
        await hass.config_entries.async_unload(entry.entry_id)


async def test_without_the_meter(
    hass: HomeAssistant, start_meter: StartMeter, download: ClientSessionGenerator
) -> None:
    """They can be had when it matters most: while the port is lost."""
    meter = await start_meter(PRESET)
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    await entry.runtime_data.coordinator.async_close()
    found = await get(hass, download, entry, meter.path)
    assert found["line"]["source"] is None
    assert found["line"]["damage"] is None
    assert found["frames"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_not_set_up(
    hass: HomeAssistant, download: ClientSessionGenerator
) -> None:
    """They can be had of a meter that was never read: why, and with what."""
    entry = entry_for(ADDRESS, "/dev/serial/by-id/usb-serial-of-usb-if00")
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    found = await get(hass, download, entry, "by-id")
    assert found["entry"]["reason"] == "port_missing"
    assert found["entry"]["data"][CONF_DEVICE] == "**REDACTED**"
    assert "line" not in found
    await hass.config_entries.async_unload(entry.entry_id)
