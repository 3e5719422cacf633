"""Exceptions that nobody expects: they are told once, and end no reading."""

from __future__ import annotations

import asyncio
import logging
import struct
from typing import Any, override

import pytest
import serialx
from serialx.common import register_uri_handler
from serialx.platforms.serial_socket import SocketSerial, SocketSerialTransport

from custom_components.linky_meter.linky_tic.tic.errors import PortFailedError
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources import (
    port as port_module,
    serial,
)
from custom_components.linky_meter.linky_tic.tic.sources.guard import Guard
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from tests.simulator import PRESETS, PtyMeter
from tests.tic.ports import Log

KINDS = pytest.mark.parametrize(
    "error",
    [
        RuntimeError("strange"),
        TypeError("strange"),
        AttributeError("strange"),
        AssertionError("strange"),
        KeyError("strange"),
        IndexError("strange"),
        struct.error("strange"),
        MemoryError("strange"),
    ],
    ids=lambda error: type(error).__name__,
)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error, each with its traceback."""
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert all(one.exc_info is not None for one in errors)
    return [one.getMessage() for one in errors]


@KINDS
async def test_opening(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """The port has failed; it can be opened again, and what happened is logged once."""
    monkeypatch.setattr(port_module, "_GUARD", Guard(logging.getLogger("x"), "Opening"))
    connect = serialx.create_serial_connection
    failures = 2

    async def fail(*args: Any, **options: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise error
        return await connect(*args, **options)

    monkeypatch.setattr(serialx, "create_serial_connection", fail)
    async with PtyMeter(PRESETS["standard_hc"], speed=10) as meter:
        log = Log()
        source = SerialSource(meter.path, log.frames.append, log.lost)
        for _ in range(2):
            with pytest.raises(PortFailedError) as info:
                await source.open()
            assert info.value.__cause__ is error
        await source.open()
        await log.wait(lambda: bool(log.frames))
        await source.close()
    assert told(caplog) == ["Opening: unexpected error"]


async def test_opening_by_another_program(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What its own scheme raises is for whoever knows it."""

    class Foreign(SocketSerialTransport):
        """A port of another program."""

        @override
        async def _connect(self, *_: Any, **__: Any) -> None:
            raise RuntimeError

    remove = register_uri_handler(
        scheme="foreign://",
        unique_scheme="foreign://",
        sync_cls=SocketSerial,
        async_transport_cls=Foreign,
    )
    with pytest.raises(RuntimeError):
        await SerialSource("foreign://x", print).open()
    remove()
    assert not told(caplog)


@KINDS
async def test_another_speed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """The port is read on, and the right speed is found all the same."""
    monkeypatch.setattr(serial, "_NOISE_SECONDS", 0.2)
    monkeypatch.setattr(serial, "_LOOK_SECONDS", 0.03)
    monkeypatch.setattr(serial, "_LOOK_SECONDS_FOUND", 0.1)
    log = Log()
    async with PtyMeter(PRESETS["standard_hc"], speed=10) as meter:
        source = SerialSource(meter.path, log.frames.append, log.lost, per_speed=0.4)
        await source.open()
        transport = source._transport
        assert transport is not None
        change, failures = transport.reconfigure_port, 1

        async def fail(*, baudrate: int) -> None:
            nonlocal failures
            if failures:
                failures -= 1
                raise error
            await change(baudrate=baudrate)

        monkeypatch.setattr(transport, "reconfigure_port", fail)
        await log.wait(lambda: bool(log.frames))
        assert source.baudrate == 9600
        await source.close()
    assert (failures, log.losses) == (0, 0)
    assert told(caplog) == ["Looking for the speed: unexpected error"]


async def test_the_hunt_is_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails again and again is tried at growing intervals, then anew."""
    waits: list[float] = []
    now = 0.0
    source = SerialSource("/dev/none", print)

    async def fail() -> None:
        nonlocal now
        now += 100 if len(waits) == 8 else 0
        raise RuntimeError

    async def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 10:
            raise asyncio.CancelledError

    monkeypatch.setattr(source, "_try_speeds", fail)
    monkeypatch.setattr(asyncio, "sleep", wait)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    with pytest.raises(asyncio.CancelledError):
        await source._hunt()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 1, 2]


@KINDS
async def test_callbacks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """What is done with a frame does not stop the next."""
    log = Log()

    def fail(frame: Frame) -> None:
        log.frames.append(frame)
        raise error

    async with PtyMeter(PRESETS["standard_hc"], speed=10) as meter:
        source = SerialSource(meter.path, fail, log.lost, speeds=(9600,))
        await source.open()
        await log.wait(lambda: len(log.frames) > 3)
        await source.close()
    assert log.losses == 0
    assert told(caplog) == ["What a frame was given to: unexpected error"]


def test_the_log_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Each kind is told once, and not endlessly many kinds."""
    guard = Guard(logging.getLogger("x"), "Here")
    for number in range(100):
        kind = type(f"Error{number}", (Exception,), {})
        guard.tell(kind())
        guard.tell(kind())
    assert len(told(caplog)) == 32
