"""What the user is told to mend, and how it heals: the port, the line, the modem."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
import logging
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import serialx

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.const import CONF_USB, DOMAIN
from custom_components.linky_meter.link import connection, problems, usb as port_users
from custom_components.linky_meter.linky_tic.tic.judge import indexes
from custom_components.linky_meter.replace import adopt
from custom_components.linky_meter.replace.exchange import async_exchange
from homeassistant.components import usb
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.simulator.frames.wire import Group, encode_group

from .conftest import Replay, StartMeter, address_of, entry_for, frame_of, set_up, until

PRESET = "standard_hc"
ADDRESS = address_of(PRESET)
OTHER_PRESET = "standard_weekend"
OTHER = "021975654321"
THIRD = "021975654322"
POWER = "sensor.linky_apparent_power"
NOISE = bytes(range(7, 256))


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a minute's patience a second's."""
    monkeypatch.setattr(life, "SETUP_SECONDS", 2.0)
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.0)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 2.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.2)


def issue(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str
) -> ir.IssueEntry | None:
    """Return a repair of an entry."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{kind}_{entry.entry_id}")


def words(hass: HomeAssistant, entry: MockConfigEntry, kind: str) -> str | None:
    """Return the key of a repair's texts, None without the repair."""
    found = issue(hass, entry, kind)
    return found.translation_key if found else None


def is_read(hass: HomeAssistant, entity_id: str = POWER) -> bool:
    """Return whether an entity has a value."""
    state = hass.states.get(entity_id)
    return state is not None and state.state != STATE_UNAVAILABLE


def user_of(
    hass: HomeAssistant, path: str, domain: str = "teleinfo"
) -> MockConfigEntry:
    """Set another integration up with a port, without loading it."""
    user = MockConfigEntry(
        domain=domain,
        title="Old meter",
        data={"serial_port": path},
        state=ConfigEntryState.LOADED,
    )
    user.add_to_hass(hass)
    return user


# Port busy


async def test_a_port_that_another_program_holds(
    hass: HomeAssistant, start_meter: StartMeter, hass_ws_client: WebSocketGenerator
) -> None:
    """Set-up fails, the repair says what to do; it is gone when the port is free."""
    assert await async_setup_component(hass, REPAIRS, {})
    meter = await start_meter()
    held = serialx.serial_for_url(meter.path, baudrate=9600)
    held.open()
    entry = entry_for(ADDRESS, meter.path)
    assert not await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "port_busy"
    assert words(hass, entry, "port_busy") == "port_busy"
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "repairs/list_issues"})
    (listed,) = (await client.receive_json())["result"]["issues"]
    assert listed["translation_placeholders"] == {"title": "Linky"}
    assert not listed["is_fixable"]
    held.close()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert issue(hass, entry, "port_busy") is None
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("domain", "key", "name"),
    [
        ("teleinfo", "port_busy_teleinfo", "Old meter (Teleinfo)"),
        ("edl21", "port_busy_by", "Old meter (EDL21)"),
    ],
)
async def test_a_port_of_another_integration(
    hass: HomeAssistant,
    start_meter: StartMeter,
    domain: str,
    key: str,
    name: str,
) -> None:
    """The other is named while it is set up with the port, even if ours opens it."""
    meter = await start_meter()
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    assert issue(hass, entry, "port_busy") is None
    user = user_of(hass, meter.path, domain)
    # Any change of the other is heard of, so its loading is
    hass.config_entries.async_update_entry(user, title="Old meter", version=2)
    await until(lambda: words(hass, entry, "port_busy") == key)
    found = issue(hass, entry, "port_busy")
    assert found is not None
    assert found.translation_placeholders == {"title": "Linky", "user": name}
    # A restart finds the same
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert words(hass, entry, "port_busy") == key
    # Disabled: nothing tells, but it is looked for
    user.mock_state(hass, ConfigEntryState.NOT_LOADED)
    async_fire_time_changed(
        hass, dt_util.utcnow() + timedelta(seconds=port_users.LOOK_SECONDS + 1)
    )
    await until(lambda: issue(hass, entry, "port_busy") is None)
    # Another look, and a change of what names no path or another port
    hass.config_entries.async_update_entry(user, version=3)
    plain = MockConfigEntry(domain="sun", data={"name": "sun"})
    plain.add_to_hass(hass)
    hass.config_entries.async_update_entry(plain, version=3)
    await asyncio.sleep(0.3)
    assert issue(hass, entry, "port_busy") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_known_holder_is_named_when_the_port_cannot_be_opened(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A held port with a known user has the user's words."""
    meter = await start_meter()
    held = serialx.serial_for_url(meter.path, baudrate=9600)
    held.open()
    user = user_of(hass, meter.path)
    entry = entry_for(ADDRESS, meter.path)
    assert not await set_up(hass, entry)
    assert words(hass, entry, "port_busy") == "port_busy_teleinfo"
    held.close()
    assert await hass.config_entries.async_reload(entry.entry_id)
    # The port is open, but Teleinfo would still read it
    assert words(hass, entry, "port_busy") == "port_busy_teleinfo"
    await hass.config_entries.async_remove(entry.entry_id)
    assert issue(hass, entry, "port_busy") is None
    user.mock_state(hass, ConfigEntryState.NOT_LOADED)


async def test_a_busy_port_while_reading(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """Somebody takes the port while the modem is unplugged, and gives it back."""
    meter = await start_meter(link=tmp_path / "modem")
    entry = entry_for(ADDRESS, meter.path)
    assert await set_up(hass, entry)
    meter.unplug()
    await until(lambda: not is_read(hass))
    # Nothing the user cannot act on: a modem that is away is no repair
    assert not ir.async_get(hass).issues
    meter.replug()
    held = serialx.serial_for_url(meter.path, baudrate=9600)
    held.open()
    await until(lambda: words(hass, entry, "port_busy") == "port_busy")
    held.close()
    await until(lambda: is_read(hass))
    assert issue(hass, entry, "port_busy") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_disabling_takes_the_repairs_away(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """An entry whose set-up is retried is not unloaded when it is disabled."""
    meter = await start_meter()
    held = serialx.serial_for_url(meter.path, baudrate=9600)
    held.open()
    entry = entry_for(ADDRESS, meter.path)
    assert not await set_up(hass, entry)
    assert issue(hass, entry, "port_busy") is not None
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    assert issue(hass, entry, "port_busy") is None
    held.close()


# Noise


async def test_only_noise(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five minutes without a valid group, over reopenings; the first frame heals it."""
    monkeypatch.setattr(problems, "NOISE_SECONDS", 3.0)
    frame = frame_of(PRESET)
    port = replay(frame)
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    port.frame = NOISE
    await until(lambda: not is_read(hass))
    assert issue(hass, entry, "noise") is None
    await until(lambda: words(hass, entry, "noise") == "noise", 30)
    assert entry.state is ConfigEntryState.LOADED
    port.frame = frame
    await until(lambda: is_read(hass))
    assert issue(hass, entry, "noise") is None
    # Silence is no noise
    port.frame = b""
    await until(lambda: not is_read(hass))
    await asyncio.sleep(4)
    assert issue(hass, entry, "noise") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_noise_that_falls_silent(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line without any signal has no noise: the repair goes with it."""
    monkeypatch.setattr(problems, "NOISE_SECONDS", 1.0)
    port = replay(frame_of(PRESET))
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    port.frame = NOISE
    await until(lambda: issue(hass, entry, "noise"), 30)
    port.frame = b""
    await until(lambda: issue(hass, entry, "noise") is None, 30)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_noise_at_set_up(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts at set-up count together."""
    monkeypatch.setattr(problems, "NOISE_SECONDS", 1.8)
    port = replay(NOISE)
    entry = entry_for(ADDRESS, port.path)
    assert not await set_up(hass, entry)
    assert entry.error_reason_translation_key == "noise"
    assert issue(hass, entry, "noise") is None
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert issue(hass, entry, "noise") is not None
    port.frame = frame_of(PRESET)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert issue(hass, entry, "noise") is None
    await hass.config_entries.async_unload(entry.entry_id)


# A modem under another path


def modem(path: str, serial: str | None = "0001") -> usb.USBDevice:
    """Return what a scan says of a modem that no matcher finds."""
    return usb.USBDevice(
        device=path,
        vid="10C4",
        pid="EA60",
        serial_number=serial,
        manufacturer="Silicon Labs",
        description="CP2102",
    )


def entry_with(
    path: str, serial: str | None = "0001", **changes: Any
) -> MockConfigEntry:
    """Return an entry that knows its modem."""
    entry = entry_for(changes.pop("address", ADDRESS), path)
    identity = {"vid": "10C4", "pid": "EA60", "serial_number": serial}
    return MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data={**entry.data, CONF_USB: identity},
    )


async def plug(hass: HomeAssistant, ports: Callable[[], list[usb.USBDevice]]) -> None:
    """Let Home Assistant's scan find modems."""
    assert await async_setup_component(hass, "usb", {})
    usb.async_register_serial_port_scanner(hass, lambda _: ports())


async def test_a_modem_under_another_path(
    hass: HomeAssistant,
    start_meter: StartMeter,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """A modem that is known by its serial number is followed, without a reload."""
    caplog.set_level(logging.DEBUG)
    meter = await start_meter(link=tmp_path / "first")
    await plug(hass, lambda: [modem(meter.path)] if meter.plugged else [])
    first = meter.path
    entry = entry_with(first)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    meter.unplug()
    await until(lambda: not is_read(hass))
    meter._link = tmp_path / "second"
    meter.replug()
    await until(lambda: is_read(hass))
    assert entry.data[CONF_DEVICE] == meter.path
    assert entry.runtime_data.coordinator is coordinator
    lines = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.linky_meter")
    ]
    assert lines
    for secret in (str(tmp_path), meter.device, ADDRESS, ADDRESS[6:]):
        assert not [line for line in lines if secret in line]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_modem_is_followed_at_set_up(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The modem was plugged elsewhere while Home Assistant was off."""
    meter = await start_meter()
    await plug(hass, lambda: [modem(meter.path)])
    entry = entry_with("/dev/ttyGONE")
    assert await set_up(hass, entry)
    assert entry.data[CONF_DEVICE] == meter.path
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("case", ["no serial number", "two of them", "another entry"])
async def test_a_modem_that_may_be_another_is_not_followed(
    hass: HomeAssistant, start_meter: StartMeter, case: str
) -> None:
    """Modems without a number of their own are not taken for one another."""
    address = OTHER if case == "another entry" else ADDRESS
    meter = await start_meter(address=address)
    serial = None if case == "no serial number" else "0001"
    ports = [modem(meter.path, serial)]
    if case == "two of them":
        ports.append(modem("/dev/ttyUSB9", serial))
    elif case == "another entry":
        entry_with(meter.path, address=OTHER).add_to_hass(hass)
    await plug(hass, lambda: ports)
    entry = entry_with("/dev/ttyGONE", serial)
    assert not await set_up(hass, entry)
    assert entry.error_reason_translation_key == "port_missing"
    assert entry.data[CONF_DEVICE] == "/dev/ttyGONE"


# Two meters mixed up


def second_entry(path: str, address: str = OTHER) -> MockConfigEntry:
    """Return the entry of another meter."""
    entry = entry_for(address, path)
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"Linky {address[-1]}",
        unique_id=address,
        data=entry.data,
        options=entry.options,
    )


async def test_modems_that_swapped_paths(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Two entries that hear each other's meter exchange ports, without a word."""
    one = await start_meter()
    two = await start_meter(OTHER_PRESET, address=OTHER)
    first, second = entry_for(ADDRESS, two.path), second_entry(one.path)
    second.add_to_hass(hass)
    first.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await until(lambda: first.state is second.state is ConfigEntryState.LOADED)
    assert first.data[CONF_DEVICE] == one.path
    assert second.data[CONF_DEVICE] == two.path
    assert not ir.async_get(hass).issues
    for entry in (first, second):
        await hass.config_entries.async_unload(entry.entry_id)


async def test_wires_that_were_swapped_while_reading(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Swapped at run time: both are read again, each from the other's port."""
    frames = [frame_of(PRESET), frame_of(OTHER_PRESET, address=OTHER)]
    ports = [replay(frame) for frame in frames]
    entries = [entry_for(ADDRESS, ports[0].path), second_entry(ports[1].path)]
    for entry in entries:
        assert await set_up(hass, entry)
    ports[0].frame, ports[1].frame = frames[1], frames[0]
    await until(lambda: entries[0].data[CONF_DEVICE] == ports[1].path)
    await until(
        lambda: all(entry.state is ConfigEntryState.LOADED for entry in entries), 20
    )
    assert entries[1].data[CONF_DEVICE] == ports[0].path
    await until(lambda: all(entry.runtime_data.coordinator.link for entry in entries))
    assert not ir.async_get(hass).issues
    for entry in entries:
        await hass.config_entries.async_unload(entry.entry_id)


async def test_three_modems_in_a_circle(hass: HomeAssistant, replay: Replay) -> None:
    """Exchanges two by two bring any mix-up in order."""
    addresses = (ADDRESS, OTHER, THIRD)
    frames = [frame_of(PRESET, address=address) for address in addresses]
    ports = [replay(frame) for frame in (*frames[1:], frames[0])]
    entries = [
        second_entry(port.path, address)
        for address, port in zip(addresses, ports, strict=True)
    ]
    for entry in entries:
        entry.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await until(
        lambda: all(entry.state is ConfigEntryState.LOADED for entry in entries), 30
    )
    assert [entry.data[CONF_DEVICE] for entry in entries] == [
        ports[2].path,
        ports[0].path,
        ports[1].path,
    ]
    assert not ir.async_get(hass).issues
    for entry in entries:
        await hass.config_entries.async_unload(entry.entry_id)


async def test_two_modems_on_one_meter(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A meter that is read by its own entry is not taken from it; the other is told."""
    monkeypatch.setattr(adopt, "OWNED_SECONDS", 0.5)
    owner_frame = frame_of(OTHER_PRESET, address=OTHER)
    ports = [replay(frame_of(PRESET)), replay(owner_frame)]
    entry, owner = entry_for(ADDRESS, ports[0].path), second_entry(ports[1].path)
    for one in (entry, owner):
        assert await set_up(hass, one)
    ports[0].frame = owner_frame
    await until(lambda: issue(hass, entry, "meter_replaced"))
    assert entry.data[CONF_DEVICE] == ports[0].path
    assert owner.state is ConfigEntryState.LOADED
    assert owner.runtime_data.coordinator.link
    for one in (entry, owner):
        await hass.config_entries.async_unload(one.entry_id)


async def test_the_owner_is_found_reading_after_all(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Whoever is being set up is waited for before anything is exchanged."""
    owner_frame = frame_of(OTHER_PRESET, address=OTHER)
    ports = [replay(owner_frame), replay(owner_frame)]
    entry, owner = entry_for(ADDRESS, ports[0].path), second_entry(ports[1].path)
    for one in (entry, owner):
        one.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    assert owner.state is ConfigEntryState.LOADED
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.data[CONF_DEVICE] == ports[0].path
    await hass.config_entries.async_unload(owner.entry_id)


async def test_a_port_for_a_server(hass: HomeAssistant, replay: Replay) -> None:
    """The other entry may have been read from a server that is gone."""
    port = replay(frame_of(OTHER_PRESET, address=OTHER))
    server = {CONF_HOST: "127.0.0.1", CONF_PORT: 1}
    entry = entry_for(ADDRESS, port.path)
    owner = MockConfigEntry(
        domain=DOMAIN, title="Linky 2", unique_id=OTHER, data=server
    )
    entry.add_to_hass(hass)
    assert not await set_up(hass, owner)
    await until(lambda: owner.state is ConfigEntryState.LOADED)
    assert owner.data[CONF_DEVICE] == port.path
    assert entry.data == server
    await hass.config_entries.async_unload(owner.entry_id)


@pytest.mark.parametrize("case", ["held", "gone", "read"])
async def test_what_cannot_be_exchanged(
    hass: HomeAssistant, replay: Replay, case: str
) -> None:
    """Nothing changes when an entry cannot be stopped, was removed, or reads its meter."""
    port = replay(frame_of(OTHER_PRESET, address=OTHER))
    entry, owner = entry_for(ADDRESS, "/dev/ttyGONE"), second_entry(port.path)
    assert await set_up(hass, owner)
    entry.add_to_hass(hass)
    async_exchange(hass, entry, owner)
    # Once is enough
    async_exchange(hass, owner, entry)
    if case == "held":
        owner.mock_state(hass, ConfigEntryState.FAILED_UNLOAD)
    elif case == "gone":
        await hass.config_entries.async_remove(owner.entry_id)
    await hass.async_block_till_done()
    assert owner.data[CONF_DEVICE] == port.path
    assert entry.data[CONF_DEVICE] == "/dev/ttyGONE"
    if case != "gone":
        owner.mock_state(hass, ConfigEntryState.LOADED)
        await hass.config_entries.async_unload(owner.entry_id)


async def test_nothing_is_taken_from_a_disabled_entry(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A meter whose entry is disabled keeps its port; the repair tells."""
    monkeypatch.setattr(adopt, "OWNED_SECONDS", 0.5)
    port = replay(frame_of(PRESET))
    entry = entry_for(ADDRESS, port.path)
    owner = MockConfigEntry(
        domain=DOMAIN,
        title="Linky 2",
        unique_id=OTHER,
        data={CONF_DEVICE: "/dev/ttyGONE"},
        disabled_by=ConfigEntryDisabler.USER,
    )
    owner.add_to_hass(hass)
    assert await set_up(hass, entry)
    port.frame = frame_of(OTHER_PRESET, address=OTHER)
    await until(lambda: issue(hass, entry, "meter_replaced"))
    assert owner.data == {CONF_DEVICE: "/dev/ttyGONE"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_the_log_of_another_meter(
    hass: HomeAssistant,
    replay: Replay,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line when the meter is lost, one when it is back, and no secret in any."""
    caplog.set_level(logging.DEBUG)
    frame = frame_of(PRESET)
    port = replay(frame)
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    source = entry.runtime_data.coordinator.source
    caplog.clear()
    port.frame = frame_of(OTHER_PRESET, address=OTHER)
    await until(lambda: issue(hass, entry, "meter_replaced"))
    # It is not opened anew for want of frames: others come
    await asyncio.sleep(3)
    assert entry.runtime_data.coordinator.source is source
    port.frame = frame
    await until(lambda: is_read(hass))
    assert issue(hass, entry, "meter_replaced") is None
    await hass.config_entries.async_unload(entry.entry_id)
    records = [
        record
        for record in caplog.records
        if record.name.startswith("custom_components.linky_meter")
    ]
    assert len([r for r in records if r.levelno >= logging.INFO]) == 2
    masked = [r for r in records if "021975######" in r.getMessage()]
    assert masked
    for secret in (port.path, ADDRESS, ADDRESS[6:], OTHER, OTHER[6:]):
        assert not [r for r in records if secret in r.getMessage()]


def test_one_place_for_repairs() -> None:
    """One that is raised elsewhere would not go with its entry."""
    root = Path(problems.__file__).parents[1]
    assert [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "issue_registry" in path.read_text(encoding="utf-8")
    ] == ["link/problems.py"]


# An index that stepped


def encode_east(energy: int) -> bytes:
    """Return the group of the total."""
    return encode_group("standard", Group("EAST", f"{energy:09}"))


async def test_an_index_that_fell(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not shown until the user says that the meter was set anew."""
    monkeypatch.setattr(indexes, "_STEP_SECONDS", 0.5)
    assert await async_setup_component(hass, REPAIRS, {})
    before = frame_of(PRESET)
    port = replay(before)
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    await asyncio.sleep(1)
    shown = hass.states.get("sensor.linky_energy_meter_total")
    label = before.index(b"\nEAST\t")
    place = before.index(b"\r", label)
    port.frame = before[:label] + encode_east(100) + before[place + 1 :]
    await until(lambda: issue(hass, entry, "index_stepped"))
    found = issue(hass, entry, "index_stepped")
    assert found is not None
    assert found.is_fixable
    assert "EAST" in (found.translation_placeholders or {})["indexes"]
    assert hass.states.get("sensor.linky_energy_meter_total") == shown
    manager = hass.data[REPAIRS]["flow_manager"]

    async def choose(option: str) -> dict[str, Any]:
        context = {"issue_id": found.issue_id}
        menu = await manager.async_init(DOMAIN, context=context)
        assert menu["menu_options"] == ["accept", "wait"]
        result: dict[str, Any] = await manager.async_configure(
            menu["flow_id"], {"next_step_id": option}
        )
        return result

    assert (await choose("wait"))["reason"] == "waiting"
    assert issue(hass, entry, "index_stepped")
    assert (await choose("accept"))["type"] is FlowResultType.CREATE_ENTRY
    await until(
        lambda: entry.runtime_data.coordinator.data["energy_meter_total"] == 100
    )
    assert issue(hass, entry, "index_stepped") is None


async def test_an_index_that_came_back(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repair heals by itself; a meter that is not read cannot be accepted."""
    monkeypatch.setattr(indexes, "_STEP_SECONDS", 0.5)
    assert await async_setup_component(hass, REPAIRS, {})
    before = frame_of(PRESET)
    port = replay(before)
    entry = entry_for(ADDRESS, port.path)
    assert await set_up(hass, entry)
    await asyncio.sleep(1)
    label = before.index(b"\nEAST\t")
    place = before.index(b"\r", label)
    port.frame = before[:label] + encode_east(100) + before[place + 1 :]
    await until(lambda: issue(hass, entry, "index_stepped"))
    found = issue(hass, entry, "index_stepped")
    assert found is not None
    manager = hass.data[REPAIRS]["flow_manager"]
    context = {"issue_id": found.issue_id}
    menu = await manager.async_init(DOMAIN, context=context)
    port.frame = before
    await until(lambda: issue(hass, entry, "index_stepped") is None)
    await hass.config_entries.async_unload(entry.entry_id)
    result = await manager.async_configure(menu["flow_id"], {"next_step_id": "accept"})
    assert result["reason"] == "not_now"
