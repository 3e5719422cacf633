"""Searching all free ports, through Home Assistant's real flow manager."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import CONF_USB
from custom_components.linky_meter.flows.connection import search
from custom_components.linky_meter.linky_tic.tic.sources import listen
from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    opens,
    set_up,
    until,
)
from tests.flows.dialog import Dialog, list_ports, serial_port, usb_port

NOISE = bytes(range(7, 256)) * 2


@pytest.fixture(autouse=True)
def _no_other_ports() -> Iterator[None]:
    """Leave this machine's own ports alone."""
    with patch.object(usb, "scan_serial_ports", list):
        yield


@pytest.fixture
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listen a little where no meter comes."""
    monkeypatch.setattr(search, "PER_SPEED", 0.5)
    monkeypatch.setattr(search, "SECONDS", 1.2)


def of_another(device: str, title: str = "Zigbee") -> MockConfigEntry:
    """Return an entry of another integration that uses a port."""
    return MockConfigEntry(
        domain="teleinfo",
        title=title,
        data={"serial_port": device},
        state=ConfigEntryState.SETUP_RETRY,
    )


async def test_the_meter_is_found_among_ports(
    hass: HomeAssistant,
    start_meter: StartMeter,
    replay: Replay,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One click: each free port is tried and shown, a used one never, till the meter."""
    monkeypatch.setattr(search, "PER_SPEED", 0.5)
    silent, noise = replay(b""), replay(NOISE)
    used, meter = await start_meter("standard_weekend"), await start_meter()
    of_another(used.path).add_to_hass(hass)
    ports = [
        usb_port(silent.path, "CH340"),
        usb_port(noise.path),
        usb_port(used.path),
        serial_port(meter.path, "UART"),
    ]
    await list_ports(hass, ports)
    # What is not the meter's is left sooner
    identify = listen.identify

    async def leave(url: str, **how: Any) -> listen.Found:
        seconds = 20.0 if url == meter.path else 2.0
        return await identify(url, **{**how, "in_all": seconds})

    monkeypatch.setattr(listen, "identify", leave)
    dialog = Dialog(hass)
    await dialog.open("search")
    assert dialog.step["step_id"] == "search"
    found = await dialog.done()
    assert found["step_id"] == "found"
    assert found["description_placeholders"]["port"] == f"UART ({meter.path})"
    tried = {words["port"]: words for words in dialog.words("search_nothing")}
    assert list(tried) == [f"CH340 ({silent.path})", noise.path, f"UART ({meter.path})"]
    assert [words["number"] for words in tried.values()] == ["1", "2", "3"]
    assert {words["count"] for words in tried.values()} == {"3"}
    speeds = {
        words["baudrate"]
        for words in dialog.words("search_nothing")
        if words["number"] == "1"
    }
    assert speeds == {"1200", "9600"}
    assert noise.path in {words["port"] for words in dialog.words("search_bytes")}
    frame = dialog.words("search_frame")[-1]
    assert (frame["number"], frame["baudrate"]) == ("3", "9600")
    assert dialog.shares == sorted(dialog.shares)
    assert dialog.shares[-1] == pytest.approx(2 / 3)
    await dialog.submit({})
    assert dialog.step["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.step["data"][CONF_DEVICE] == meter.path
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(dialog.step["result"].entry_id)


async def test_likely_ports_come_first(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A known modem is heard before other ports, a known Zigbee stick after them."""
    meters = [await start_meter() for _ in range(3)]
    zigbee, plain, modem = (meter.path for meter in meters)
    await list_ports(
        hass,
        [
            usb_port(zigbee, "CC2652 Zigbee stick", vid="10C4", pid="EA60"),
            serial_port(plain),
            usb_port(modem, vid="0403", pid="6015", serial="TINFO-2042"),
        ],
    )
    dialog = Dialog(hass)
    await dialog.open("search")
    found = await dialog.done()
    assert found["description_placeholders"]["port"] == modem
    assert {words["port"] for words in dialog.words("search_nothing")} == {modem}
    await dialog.submit({})
    assert dialog.step["data"][CONF_USB]["serial_number"] == "TINFO-2042"
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(dialog.step["result"].entry_id)
    meters[2].unplug()
    again = Dialog(hass)
    await again.open("search")
    # That port is ours; what is left is searched in the order of likelihood
    await until(lambda: again.words("search_nothing"))
    assert again.words("search_nothing")[0]["port"] == plain
    again.close()
    await until(lambda: opens(plain))


@pytest.mark.usefixtures("_brief")
async def test_nothing_is_found(
    hass: HomeAssistant,
    start_meter: StartMeter,
    replay: Replay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What became of each port is told with what to check; searching again may help."""
    silent, noise, console = replay(b""), replay(NOISE), replay(b"")
    used, ours = await start_meter("standard_weekend"), "/dev/ttyOURS"
    of_another(used.path).add_to_hass(hass)
    entry_for(address_of("standard_tempo_three_phase"), ours).add_to_hass(hass)
    proxy = "esphome-hass://esphome/01ABC?port_name=TIC"
    consoles = tmp_path / "consoles"
    consoles.write_text(f"{console.path.removeprefix('/dev/')} -W- (EC a) 4:64\n")
    monkeypatch.setattr(search, "_CONSOLES", consoles)
    ports = [
        silent.path,
        noise.path,
        console.path,
        used.path,
        ours,
        "/dev/ttyGONE",
        proxy,
    ]
    await list_ports(hass, [serial_port(device) for device in ports])
    dialog = Dialog(hass)
    await dialog.open("search")
    nothing = await dialog.done()
    assert nothing["type"] is FlowResultType.MENU
    assert nothing["step_id"] == "nothing_found"
    assert nothing["description_placeholders"] == {
        "silent": silent.path,
        "other": noise.path,
        "failed": f"/dev/ttyGONE, {proxy}",
        "used": f"{console.path}: Linux, {used.path}: Zigbee, {ours}: Linky",
    }
    monkeypatch.setattr(search, "SECONDS", 20.0)
    silent.frame = (await start_meter()).meter.frame()
    await dialog.choose("search")
    found = await dialog.done()
    assert found["step_id"] == "found"
    assert found["description_placeholders"]["port"] == silent.path
    dialog.close()


async def test_no_port_at_all(hass: HomeAssistant, tmp_path: Path) -> None:
    """Without a port, and on a machine without consoles, there is no error."""
    with patch.object(search, "_CONSOLES", tmp_path / "none"):
        dialog = Dialog(hass)
        await dialog.open("search")
        nothing = await dialog.done()
    assert nothing["step_id"] == "nothing_found"
    assert set(nothing["description_placeholders"].values()) == {"–"}
    await dialog.choose("serial")
    assert dialog.step["step_id"] == "serial"
    dialog.close()


@pytest.mark.usefixtures("_brief")
async def test_unplugged_while_searching(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A port that is lost is told as such, and the search goes on."""
    lost, after = await start_meter(check_speed=False, speed=0.01), "/dev/ttyNEXT"
    await list_ports(hass, [usb_port(lost.path), serial_port(after)])
    path = lost.path
    dialog = Dialog(hass)
    await dialog.open("search")
    await until(lambda: dialog.words("search_nothing"))
    lost.unplug()
    nothing = await dialog.done()
    assert nothing["step_id"] == "nothing_found"
    assert nothing["description_placeholders"]["failed"] == f"{path}, {after}"
    dialog.close()


async def test_leaving_a_search_frees_the_port(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Closing the dialog closes the port, and no other is opened."""
    port = replay(NOISE)
    await list_ports(hass, [usb_port(port.path), serial_port("/dev/ttyNEXT")])
    dialog = Dialog(hass)
    await dialog.open("search")
    await until(lambda: dialog.words("search_bytes"))
    assert not opens(port.path)
    dialog.close()
    await until(lambda: opens(port.path))
    await hass.async_block_till_done()
    assert {words["number"] for words in dialog.words("search_nothing")} == {"1"}


async def test_a_search_for_a_meter_that_moved(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Only the entry's own meter ends the search; its port is lent and taken back."""
    other = await start_meter("standard_weekend", address="021875123456")
    old, new = await start_meter(), await start_meter()
    entry = entry_for(address_of("standard_hc"), old.path)
    assert await set_up(hass, entry)
    await list_ports(hass, [usb_port(other.path), usb_port(new.path)])
    dialog = Dialog(hass)
    await dialog.open("search", entry)
    assert entry.state is ConfigEntryState.NOT_LOADED
    moved = await dialog.done()
    assert moved["reason"] == "reconfigure_successful"
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.data[CONF_DEVICE] == new.path
    new.unplug()
    again = Dialog(hass)
    await again.open("search", entry)
    refused = await again.done()
    assert refused["reason"] == "another_meter"
    await hass.async_block_till_done()
    assert entry.data[CONF_DEVICE] == new.path
    await hass.config_entries.async_remove(entry.entry_id)


async def test_a_meter_behind_a_server_is_found_on_its_own_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The server of an entry holds no port here; the entry may come to have one."""
    meter = await start_meter()
    entry = MockConfigEntry(
        domain="linky_meter",
        unique_id=address_of("standard_hc"),
        data={CONF_HOST: "192.0.2.7", CONF_PORT: 19584},
    )
    entry.add_to_hass(hass)
    await list_ports(hass, [usb_port(meter.path)])
    dialog = Dialog(hass)
    await dialog.open("search", entry)
    assert (await dialog.done())["reason"] == "reconfigure_successful"
    assert entry.data[CONF_DEVICE] == meter.path
    await hass.async_block_till_done()
    await hass.config_entries.async_remove(entry.entry_id)
