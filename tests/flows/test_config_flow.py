"""Setting up through Home Assistant's real flow manager, on real pseudo-terminals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import serialx

from custom_components.linky_meter.const import (
    CONF_BAUDRATE,
    CONF_LIMIT,
    CONF_RATING,
    CONF_USB,
    DOMAIN,
    LIMIT_BREAKING,
)
from custom_components.linky_meter.flows.connection import port_taken
from custom_components.linky_meter.linky_tic.tic.sources import listen
from custom_components.linky_meter.linky_tic.tic.sources.listen import identify
from homeassistant.components import usb
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_USB,
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.usb import UsbServiceInfo
from homeassistant.setup import async_setup_component
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    opens,
    set_up,
    until,
)


@pytest.fixture(autouse=True)
def _short_patience() -> Iterator[None]:
    """Wait a little for a meter that does not come."""
    with patch.object(listen, "identify", partial(identify, per_speed=0.5, in_all=1.5)):
        yield


@pytest.fixture
def _patient() -> Iterator[None]:
    """Wait as long as a user would."""
    with patch.object(listen, "identify", identify):
        yield


async def start_flow(hass: HomeAssistant, kind: str = "address") -> ConfigFlowResult:
    """Open the flow as a user does, and choose the kind of source."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await choose_kind(hass, menu, kind)


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str = "address"
) -> ConfigFlowResult:
    """Reconfigure an entry, and choose the kind of source."""
    return await choose_kind(hass, await entry.start_reconfigure_flow(hass), kind)


async def choose_kind(
    hass: HomeAssistant, menu: ConfigFlowResult, kind: str
) -> ConfigFlowResult:
    """Choose the kind of source in the menu."""
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["search", "serial", "address", "server"]
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": kind}
    )


async def answer(
    hass: HomeAssistant, flow: ConfigFlowResult, user_input: dict[str, Any]
) -> ConfigFlowResult:
    """Fill in a form and wait until the listening is over."""
    flow_id = flow["flow_id"]
    result = await hass.config_entries.flow.async_configure(flow_id, user_input)
    if result["type"] is not FlowResultType.SHOW_PROGRESS:
        return result
    assert result["step_id"] == "listen"
    assert result["progress_action"] == "listen"
    assert result["description_placeholders"] == {}
    await hass.async_block_till_done()
    return await hass.config_entries.flow.async_configure(flow_id)


async def set_up_by_hand(hass: HomeAssistant, device: str) -> ConfigFlowResult:
    """Go through the whole flow for a port."""
    flow = await start_flow(hass)
    result = await answer(hass, flow, {CONF_DEVICE: device})
    assert result["type"] is FlowResultType.FORM, result
    assert result["step_id"] in {"found", "found_base"}
    created = await answer(hass, result, {})
    await hass.async_block_till_done()
    return created


def modem(device: str, serial: str | None = "TINFO-2042") -> UsbServiceInfo:
    """Return what Home Assistant's USB discovery says of a modem."""
    return UsbServiceInfo(
        device=device,
        vid="0403",
        pid="6015",
        serial_number=serial,
        manufacturer="FTDI",
        description="FT230X Basic UART",
    )


async def discover(hass: HomeAssistant, info: UsbServiceInfo) -> ConfigFlowResult:
    """Let the USB discovery find a modem."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USB}, data=info
    )


@pytest.mark.usefixtures("_patient")
async def test_everything_is_found_by_listening(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The user names a port; speed, mode, phases and contract come from the meter."""
    meter = await start_meter("standard_tempo_three_phase")
    flow = await start_flow(hass)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "address"
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["step_id"] == "found"
    found = result["description_placeholders"]
    assert found is not None
    assert found["phases"] == "3"
    # Not as the meter says it: TEMPO, HC BLEU
    assert found["contract"] == "Tempo"
    assert "day" in found["tariff"].lower() or "peak" in found["tariff"].lower()
    assert found["model"] == "Linky three-phase 60 A G3"
    assert found["power"].endswith(" VA")
    created = await answer(hass, result, {})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert created["title"] == "Linky"
    assert created["data"] == {
        CONF_DEVICE: meter.path,
        CONF_BAUDRATE: 9600,
        CONF_USB: None,
    }
    entry = created["result"]
    assert entry.unique_id == address_of("standard_tempo_three_phase")
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.linky_apparent_power_l3") is not None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_historic_base_hides_tariffs(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Historic mode with BASE may hide a modern contract: the summary says so."""
    meter = await start_meter("historic_base")
    flow = await start_flow(hass)
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["step_id"] == "found_base"
    found = result["description_placeholders"]
    assert found is not None
    assert "F185" not in found
    assert found["help_url"].startswith("https://")
    created = await answer(hass, result, {})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert created["data"][CONF_BAUDRATE] == 1200
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(created["result"].entry_id)


async def test_titles_are_numbered(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A second meter is "Linky 2", in every place alike."""
    first = await start_meter("standard_hc")
    second = await start_meter("standard_weekend", address="021875123456")
    one = await set_up_by_hand(hass, first.path)
    two = await set_up_by_hand(hass, second.path)
    assert [one["title"], two["title"]] == ["Linky", "Linky 2"]
    names = {
        state.entity_id: state.attributes["friendly_name"].partition(" Apparent")[0]
        for state in hass.states.async_all("sensor")
        if state.entity_id.endswith("apparent_power")
    }
    assert names == {
        "sensor.linky_apparent_power": "Linky",
        "sensor.linky_2_apparent_power": "Linky 2",
    }
    for result in (one, two):
        await hass.config_entries.async_unload(result["result"].entry_id)


async def recovers(
    hass: HomeAssistant, start_meter: StartMeter, device: str, error: str
) -> ConfigFlowResult:
    """Check that a port fails with a word and that the same form takes a better one."""
    flow = await start_flow(hass)
    result = await answer(hass, flow, {CONF_DEVICE: device})
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "address"
    assert result["errors"] == {"base": error}
    meter = await start_meter("standard_hc")
    better = await answer(hass, result, {CONF_DEVICE: meter.path})
    assert better["step_id"] == "found"
    hass.config_entries.flow.async_abort(flow["flow_id"])
    return result


async def test_a_missing_port(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """A port that is not there."""
    await recovers(hass, start_meter, "/dev/ttyNOWHERE", "port_missing")


async def test_a_port_held_by_another_program(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A port that something outside Home Assistant has open."""
    other = await start_meter("standard_weekend")
    held = serialx.serial_for_url(other.path, baudrate=9600)
    held.open()
    try:
        await recovers(hass, start_meter, other.path, "port_busy")
    finally:
        held.close()


async def test_a_port_that_is_none(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """A path that can be opened and is no serial port."""
    path = tmp_path / "port"
    path.touch()
    await recovers(hass, start_meter, str(path), "port_failed")


async def test_silence(
    hass: HomeAssistant, start_meter: StartMeter, replay: Replay
) -> None:
    """Nothing arrives: the wires."""
    await recovers(hass, start_meter, replay(b"").path, "silent")


async def test_only_noise(
    hass: HomeAssistant, start_meter: StartMeter, replay: Replay
) -> None:
    """Bytes arrive that are no groups."""
    await recovers(hass, start_meter, replay(bytes(range(7, 256)) * 2).path, "noise")


async def test_output_not_programmed(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """An older meter that sends its address and nothing else."""
    dumb = await start_meter("historic_base", address_only=True, pre_linky=True)
    await recovers(hass, start_meter, dumb.path, "not_programmed")


async def test_another_kind_of_meter(
    hass: HomeAssistant, start_meter: StartMeter, replay: Replay
) -> None:
    """Groups with good checksums and labels of a meter that we do not know."""

    def group(label: str, value: str) -> bytes:
        content = f"{label} {value}".encode()
        return b"\n" + content + b" " + bytes([(sum(content) & 63) + 32]) + b"\r"

    groups = [group("CONTRAT", "BT 4 SUP36"), group("MESURES", "BT 4 SUP36")]
    frame = b"\x02" + b"".join(groups) + b"\x03"
    await recovers(hass, start_meter, replay(frame).path, "not_tic")


async def test_esphome_has_not_loaded(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A proxy's port while ESPHome has not loaded."""
    assert await async_setup_component(hass, "usb", {})
    device = "esphome-hass://esphome/01ABC?port_name=TIC"
    await recovers(hass, start_meter, device, "esphome_not_ready")


async def test_a_port_of_another_integration(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A port that another integration is set up with is named, not opened."""
    other = await start_meter("standard_weekend")
    user = MockConfigEntry(
        domain="teleinfo",
        title="Old meter",
        data={"serial_port": other.path},
        state=ConfigEntryState.SETUP_RETRY,
    )
    user.add_to_hass(hass)
    flow = await start_flow(hass)
    menu = await answer(hass, flow, {CONF_DEVICE: other.path})
    assert menu["step_id"] == "port_taken"
    assert menu["description_placeholders"] == {"user": "Old meter"}
    manager = hass.config_entries.flow
    form = await manager.async_configure(
        menu["flow_id"], {"next_step_id": "port_other"}
    )
    assert form["errors"] == {"base": "port_used"}
    assert form["description_placeholders"] == {"user": "Old meter"}
    assert not other.has_reader
    meter = await start_meter("standard_hc")
    better = await answer(hass, form, {CONF_DEVICE: meter.path})
    assert better["step_id"] == "found"
    manager.async_abort(flow["flow_id"])


@pytest.mark.parametrize(
    ("domain", "lets_go"),
    [("linkytic", True), ("linkytic", False), ("teleinfo", False)],
)
@pytest.mark.parametrize("plugged", [False, True])
async def test_what_holds_the_port_is_disabled(  # noqa: PLR0917
    hass: HomeAssistant,
    start_meter: StartMeter,
    monkeypatch: pytest.MonkeyPatch,
    domain: str,
    lets_go: bool,
    plugged: bool,
) -> None:
    """Another integration of the meter gives way when the user says so."""
    monkeypatch.setattr(port_taken, "_RELEASE_SECONDS", 0)
    meter = await start_meter()
    key = {"linkytic": "serial_device", "teleinfo": "serial_port"}[domain]
    user = MockConfigEntry(
        domain=domain,
        title="Old meter",
        data={key: meter.path},
        state=ConfigEntryState.SETUP_RETRY
        if lets_go
        else ConfigEntryState.SETUP_IN_PROGRESS,
    )
    user.add_to_hass(hass)
    hass.config.components.add(domain)
    if plugged:
        flow = await discover(hass, modem(meter.path))
        menu = await answer(hass, flow, {})
    else:
        flow = await start_flow(hass)
        menu = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert menu["menu_options"] == ["port_disable", "port_other"]
    entries = hass.config_entries.async_entries(domain, include_disabled=False)
    assert entries == [user]
    result = await answer(hass, menu, {"next_step_id": "port_disable"})
    if lets_go:
        assert user.disabled_by is ConfigEntryDisabler.USER
        assert result["step_id"] == "found"
    else:
        assert result["errors"] == {"base": "port_used"}
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_a_port_of_an_integration_that_is_off(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """An integration that does not run holds no port."""
    meter = await start_meter()
    user = MockConfigEntry(domain="teleinfo", data={"serial_port": meter.path})
    user.add_to_hass(hass)
    flow = await start_flow(hass)
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["step_id"] == "found"
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_the_same_port_twice(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A port of ours is named as ours, its meter is read on, and another can be chosen."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    hass.config_entries.async_update_entry(entry, title="Linky 2")
    flow = await start_flow(hass)
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["step_id"] == "address"
    assert result["errors"] == {"base": "port_ours"}
    assert result["description_placeholders"] == {"user": "Linky 2"}
    other = await start_meter("standard_weekend", address="021875123456")
    better = await answer(hass, result, {CONF_DEVICE: other.path})
    assert better["step_id"] == "found"
    hass.config_entries.flow.async_abort(flow["flow_id"])
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_same_meter_on_another_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A meter that has an entry can be moved to the new port; it stays one entry."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), "/dev/ttyGONE")
    entry.add_to_hass(hass)
    flow = await start_flow(hass)
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["step_id"] == "move"
    assert result["description_placeholders"] == {"title": "Linky"}
    assert entry.data[CONF_DEVICE] == "/dev/ttyGONE"
    moved = await answer(hass, result, {})
    assert moved["type"] is FlowResultType.ABORT
    assert moved["reason"] == "moved"
    assert entry.data[CONF_DEVICE] == meter.path
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_leaving_while_listening_frees_the_port(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Closing the dialog closes the port."""
    port = replay(b"")
    flow = await start_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_DEVICE: port.path}
    )
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    await asyncio.sleep(0.2)
    assert not opens(port.path)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await hass.async_block_till_done()
    # Home Assistant does not wait for tasks that are being cancelled
    await until(lambda: opens(port.path))


async def test_a_modem_is_discovered(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A modem that names itself is offered; its port stays shut until confirmed."""
    meter = await start_meter()
    flow = await discover(hass, modem(meter.path))
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "usb_confirm"
    assert flow["description_placeholders"] == {"name": "FT230X Basic UART"}
    await hass.async_block_till_done()
    assert not meter.has_reader
    result = await answer(hass, flow, {})
    assert result["step_id"] == "found"
    created = await answer(hass, result, {})
    assert created["type"] is FlowResultType.CREATE_ENTRY
    assert created["data"][CONF_USB] == {
        "vid": "0403",
        "pid": "6015",
        "serial_number": "TINFO-2042",
    }
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(created["result"].entry_id)


async def test_a_discovered_modem_without_a_meter(
    hass: HomeAssistant, start_meter: StartMeter, replay: Replay
) -> None:
    """The confirmation says what is wrong, and can be tried again."""
    port = replay(b"")
    flow = await discover(hass, modem(port.path))
    result = await answer(hass, flow, {})
    assert result["step_id"] == "usb_confirm"
    assert result["errors"] == {"base": "silent"}
    port.frame = (await start_meter()).meter.frame()
    again = await answer(hass, result, {})
    assert again["step_id"] == "found"
    hass.config_entries.flow.async_abort(flow["flow_id"])


async def test_an_ignored_modem_stays_ignored(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What the user ignored is not offered again."""
    meter = await start_meter()
    flow = await discover(hass, modem(meter.path))
    unique_id = hass.config_entries.flow.async_get(flow["flow_id"])["context"][
        "unique_id"
    ]
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": unique_id, "title": "modem"},
    )
    again = await discover(hass, modem(meter.path))
    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "already_configured"


async def test_a_known_modem_under_another_path(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A renumbered modem updates its entry, which then works, and is not offered."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), "/dev/ttyGONE")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry,
        data={
            **entry.data,
            CONF_USB: {"vid": "0403", "pid": "6015", "serial_number": "TINFO-2042"},
        },
    )
    assert not await hass.config_entries.async_setup(entry.entry_id)
    result = await discover(hass, modem(meter.path))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data[CONF_DEVICE] == meter.path
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    # The same path again changes nothing
    assert (await discover(hass, modem(meter.path)))["reason"] == "already_configured"
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_modem_without_a_serial_number_is_known_by_its_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The port of an entry is not offered, whatever the modem says of itself."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    result = await discover(hass, modem(meter.path, serial=None))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_chosen_modem_is_remembered(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """A USB modem chosen by hand, by any of its names, is known again later."""
    meter = await start_meter()
    link = tmp_path / "usb-modem"
    link.symlink_to(meter.path)
    assert await async_setup_component(hass, "usb", {})
    other = usb.SerialDevice(
        device="/dev/ttyS9", serial_number=None, manufacturer=None, description=None
    )
    device = usb.USBDevice(
        device=meter.path,
        vid="10C4",
        pid="EA60",
        serial_number="0001",
        manufacturer="Silicon Labs",
        description="CP2102",
    )
    usb.async_register_serial_port_scanner(hass, lambda _: [other, device])
    created = await set_up_by_hand(hass, str(link))
    assert created["data"][CONF_DEVICE] == str(link)
    assert created["data"][CONF_USB] == {
        "vid": "10C4",
        "pid": "EA60",
        "serial_number": "0001",
    }
    await hass.config_entries.async_unload(created["result"].entry_id)


async def test_reconfigure_to_another_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The same meter on another port: the entry moves, entities stay."""
    old = await start_meter()
    entry = entry_for(address_of("standard_hc"), old.path)
    assert await set_up(hass, entry)
    new = await start_meter()
    flow = await reconfigure(hass, entry)
    assert flow["step_id"] == "address"
    result = await answer(hass, flow, {CONF_DEVICE: new.path})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data[CONF_DEVICE] == new.path
    assert new.has_reader
    assert not old.has_reader
    await hass.config_entries.async_unload(entry.entry_id)


async def test_reconfigure_on_the_same_port(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The entry's own port is not busy: it is lent to the flow and taken back."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    flow = await reconfigure(hass, entry)
    result = await answer(hass, flow, {CONF_DEVICE: meter.path})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_reconfigure_refuses_another_meter(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Another meter on the new port changes nothing."""
    meter = await start_meter()
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    other = await start_meter("standard_weekend", address="021875123456")
    flow = await reconfigure(hass, entry)
    result = await answer(hass, flow, {CONF_DEVICE: other.path})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "another_meter"
    assert entry.data[CONF_DEVICE] == meter.path
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_reconfigure_an_entry_that_does_not_load(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A wrong port can be corrected, after an error too, and the entry loads at once."""
    entry = entry_for(address_of("standard_hc"), "/dev/ttyGONE")
    assert not await set_up(hass, entry)
    flow = await reconfigure(hass, entry)
    failed = await answer(hass, flow, {CONF_DEVICE: "/dev/ttyGONE"})
    assert failed["step_id"] == "address"
    assert failed["errors"] == {"base": "port_missing"}
    # Nor does it try its port in between
    assert entry.state.value == "not_loaded"
    failed = await answer(hass, failed, {CONF_DEVICE: "/dev/ttyGONE"})
    assert failed["errors"] == {"base": "port_missing"}
    meter = await start_meter()
    result = await answer(hass, failed, {CONF_DEVICE: meter.path})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)


async def test_options_are_applied_live(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A changed option changes values at the next frame; the port stays open."""
    meter = await start_meter("standard_hc", load=(1000.0,))
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    source = entry.runtime_data.coordinator.source
    before = hass.states.get("sensor.linky_available_current")
    assert before is not None
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["step_id"] == "init"
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "settings"}
    )
    result = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {
            CONF_LIMIT: LIMIT_BREAKING,
            CONF_RATING: 10,
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    for _ in range(50):
        await asyncio.sleep(0.05)
        after = hass.states.get("sensor.linky_available_current")
        if after is not None and float(after.state) < 10:
            break
    assert after is not None
    assert 4 < float(after.state) < 7
    assert float(before.state) > 15
    assert entry.runtime_data.coordinator.source is source
    await hass.config_entries.async_unload(entry.entry_id)


def test_paths_exist() -> None:
    """The tests above stand on names that this system does not have."""
    assert not os.path.lexists("/dev/ttyNOWHERE")
