"""Naming a port: from the list or as text, corrected by one letter, listened to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import errno
from pathlib import Path
import socket
from typing import Any
from unittest.mock import patch

import pytest
import serialx

from custom_components.linky_meter.const import CONF_BAUDRATE, DOMAIN
from homeassistant.components import usb
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_DEVICE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import (
    EVENT_DATA_ENTRY_FLOW_PROGRESSED,
    FlowResultType,
)
from homeassistant.helpers.selector import SerialPortSelector, TextSelector
from homeassistant.util import dt as dt_util
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    opens,
    until,
)
from tests.flows.dialog import Dialog, list_ports, serial_port, usb_port
from tests.simulator import PRESETS, TcpMeter


@pytest.fixture(autouse=True)
def _no_other_ports() -> Iterator[None]:
    """Leave this machine's own ports alone."""
    with patch.object(usb, "scan_serial_ports", list):
        yield


def field(dialog: Dialog) -> tuple[type, Any]:
    """Return the kind of the form's only field, and what is filled in."""
    [(key, selector)] = dialog.step["data_schema"].schema.items()
    assert key == CONF_DEVICE
    return type(selector), None if callable(key.default) is False else key.default()


async def test_a_port_from_the_list(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The list is Home Assistant's own, the one port is chosen; what was found says where."""
    meter = await start_meter()
    await list_ports(hass, [usb_port(meter.path, "FT230X")])
    dialog = Dialog(hass)
    await dialog.open("serial")
    assert field(dialog) == (SerialPortSelector, meter.path)
    await dialog.submit({CONF_DEVICE: meter.path})
    found = await dialog.done()
    assert found["step_id"] == "found"
    assert found["description_placeholders"]["port"] == f"FT230X ({meter.path})"
    dialog.close()


async def test_a_listed_port_stays_chosen(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """After an error the list shows the port that was chosen."""
    meter = await start_meter()
    await list_ports(hass, [usb_port("/dev/ttyGONE"), usb_port(meter.path)])
    dialog = Dialog(hass)
    await dialog.open("serial")
    # None of two alike is likelier
    assert field(dialog) == (SerialPortSelector, None)
    await dialog.submit({CONF_DEVICE: "/dev/ttyGONE"})
    failed = await dialog.done()
    assert failed["step_id"] == "serial"
    assert failed["errors"] == {"base": "port_missing"}
    assert field(dialog) == (SerialPortSelector, "/dev/ttyGONE")
    await dialog.submit({CONF_DEVICE: meter.path})
    assert (await dialog.done())["step_id"] == "found"
    dialog.close()


@pytest.mark.parametrize("way", ["serial", "address"])
async def test_a_typed_port_is_corrected_by_one_letter(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path, way: str
) -> None:
    """What is in no list comes back as text, wherever it was typed."""
    meter = await start_meter(link=tmp_path / "linky")
    dialog = Dialog(hass)
    await dialog.open(way)
    await dialog.submit({CONF_DEVICE: f" {tmp_path}/linki "})
    assert (await dialog.done())["errors"] == {"base": "port_missing"}
    assert dialog.step["step_id"] == "address"
    assert field(dialog) == (TextSelector, f"{tmp_path}/linki")
    await dialog.submit({CONF_DEVICE: f"{tmp_path}/linky"})
    found = await dialog.done()
    assert found["step_id"] == "found"
    assert found["description_placeholders"]["port"] == meter.path
    dialog.close()


async def test_moving_begins_with_what_there_is(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path
) -> None:
    """The list shows the entry's port under any name; an address is in its own field."""
    meter = await start_meter(link=tmp_path / "linky")
    await list_ports(hass, [serial_port(meter.device)])
    entry = entry_for(address_of("standard_hc"), meter.path)
    entry.add_to_hass(hass)
    dialog = Dialog(hass)
    await dialog.open("serial", entry)
    assert field(dialog) == (SerialPortSelector, meter.device)
    dialog.close()
    data = {**entry.data, CONF_DEVICE: "socket://192.0.2.7:3333"}
    hass.config_entries.async_update_entry(entry, data=data)
    for way, shown in (
        ("serial", (SerialPortSelector, None)),
        ("address", (TextSelector, "socket://192.0.2.7:3333")),
    ):
        dialog = Dialog(hass)
        await dialog.open(way, entry)
        assert field(dialog) == shown
        dialog.close()


@pytest.mark.parametrize(
    ("device", "cause", "words"),
    [
        ("/dev/ttyUSB7", None, "port_missing"),
        ("ttyUSB0", None, "not_an_address"),
        ("192.0.2.7", None, "not_an_address"),
        ("over there", None, "not_an_address"),
        ("socket://192.0.2.7", None, "not_an_address"),
        ("socket:/192.0.2.7:3333", None, "not_an_address"),
        ("socket://192.0.2.7:many", None, "not_an_address"),
        ("sokket://192.0.2.7:3333", None, "not_an_address"),
        ("socket://meter:3333", socket.gaierror(-2, "unknown"), "host_missing"),
        ("meter:3333", OSError(errno.EHOSTUNREACH, "no way"), "host_missing"),
        ("rfc2217://meter:3333", TimeoutError(), "host_missing"),
        ("/dev/ttyUSB0", OSError(errno.ENODEV, "gone"), "port_missing"),
        ("/dev/ttyUSB0", PermissionError(errno.EACCES, "no"), "port_denied"),
        ("/dev/ttyUSB0", OSError(errno.EIO, "broken"), "port_failed"),
        ("/dev/ttyUSB0", OSError(errno.EBUSY, "busy"), "port_busy"),
    ],
)
async def test_each_mistake_has_its_words(
    hass: HomeAssistant, device: str, cause: Exception | None, words: str
) -> None:
    """No such device, no such machine, no right and nonsense are told apart."""
    connect = serialx.create_serial_connection

    async def fail(*given: Any, **more: Any) -> Any:
        if cause is not None:
            raise cause
        return await connect(*given, **more)

    dialog = Dialog(hass)
    await dialog.open("address")
    with patch.object(serialx, "create_serial_connection", fail):
        await dialog.submit({CONF_DEVICE: device})
        failed = await dialog.done()
    assert failed["errors"] == {"base": words}
    assert field(dialog) == (TextSelector, device)
    dialog.close()


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("scheme", ["", "socket://", "rfc2217://"])
async def test_nobody_listens_there(hass: HomeAssistant, scheme: str) -> None:
    """The machine answers and refuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    dialog = Dialog(hass)
    await dialog.open("address")
    await dialog.submit({CONF_DEVICE: f"{scheme}127.0.0.1:{port}"})
    assert (await dialog.done())["errors"] == {"base": "port_refused"}
    dialog.close()


@pytest.mark.usefixtures("socket_enabled")
async def test_a_host_and_port_of_ours(hass: HomeAssistant) -> None:
    """Without a scheme it is the same port: named as ours, and lent to be moved."""
    async with TcpMeter(
        replace(PRESETS["standard_hc"], start=dt_util.utcnow())
    ) as meter:
        host_and_port = meter.url.removeprefix("socket://")
        dialog = Dialog(hass)
        await dialog.open("address")
        await dialog.submit({CONF_DEVICE: host_and_port})
        assert (await dialog.done())["step_id"] == "found"
        nothing = {"energy": False, "dashboard": False, "prices": "later"}
        fields = {str(key) for key in dialog.step["data_schema"].schema}
        await dialog.submit({key: nothing[key] for key in fields})
        (entry,) = hass.config_entries.async_entries(DOMAIN)
        await until(lambda: entry.state is ConfigEntryState.LOADED)
        for typed in (host_and_port, meter.url):
            dialog = Dialog(hass)
            await dialog.open("address")
            await dialog.submit({CONF_DEVICE: typed})
            assert (await dialog.done())["errors"] == {"base": "port_ours"}
            dialog.close()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_listening_is_shown(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """What is heard at which speed is told while it is listened to."""
    meter = await start_meter()
    dialog = Dialog(hass)
    await dialog.open("address")
    await dialog.submit({CONF_DEVICE: meter.path})
    assert dialog.seen == [("listen", {})]
    found = await dialog.done()
    assert found["step_id"] == "found"
    slow, fast = {"baudrate": "1200"}, {"baudrate": "9600"}
    assert dialog.seen[1:4] == [
        ("listen_nothing", slow),
        ("listen_bytes", slow),
        ("listen_nothing", fast),
    ]
    assert dialog.seen[-2:] == [("listen_bytes", fast), ("listen_frame", fast)]
    await dialog.submit({})
    assert dialog.step["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.step["data"][CONF_BAUDRATE] == 9600
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(dialog.step["result"].entry_id)


async def test_leaving_while_frames_come(hass: HomeAssistant, replay: Replay) -> None:
    """Who leaves is told nothing of what came with the same bytes; the port is free."""
    port = replay(frame_of("historic_base"))
    dialog = Dialog(hass)
    await dialog.open("address")
    changes = 0

    @callback
    def leave(_: Event) -> None:
        nonlocal changes
        changes += 1
        # The first told that nothing has come, this one tells of bytes
        if changes == 2:
            dialog.close()

    hass.bus.async_listen(EVENT_DATA_ENTRY_FLOW_PROGRESSED, leave)
    await dialog.submit({CONF_DEVICE: port.path})
    await until(lambda: changes == 2)
    await until(lambda: opens(port.path))
    await hass.async_block_till_done()
    assert not dialog.words("listen_frame")
    assert changes == 2
