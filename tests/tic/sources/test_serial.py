"""Frames from a port: a real serial library, a pseudo-terminal, a simulated meter."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
import errno
import fcntl
import os
from pathlib import Path
import socket
import termios
import threading
from typing import Any

import pytest
import serialx

from custom_components.linky_meter.linky_tic.tic.errors import (
    NoiseError,
    NotProgrammedError,
    NotTicError,
    PortBusyError,
    PortFailedError,
    PortMissingError,
    SilentError,
    SourceError,
)
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.sources import (
    port as port_module,
    serial,
)
from custom_components.linky_meter.linky_tic.tic.sources.listen import (
    Hearing,
    agreed_address,
    frames,
    identify,
)
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from tests.simulator import PRESETS, MeterConfig, PtyMeter, TcpMeter
from tests.simulator.frames.wire import Group, encode_frame, with_parity
from tests.tic.helpers import HISTORIC, STANDARD, damaged, eight_bits, encode, frame_of
from tests.tic.ports import Log, port

FAST = 10.0
"""The simulated line runs so many times faster than the wire."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide sooner: the line of these tests is faster too."""
    monkeypatch.setattr(serial, "_NOISE_SECONDS", 0.3)
    monkeypatch.setattr(serial, "_LOOK_SECONDS", 0.03)
    monkeypatch.setattr(serial, "_LOOK_SECONDS_FOUND", 0.1)


@contextmanager
def sending(*data: bytes, pause: float = 0.02) -> Iterator[str]:
    """Send the same for ever, whatever the reader's speed."""
    stop = threading.Event()
    with port() as (master, path):
        os.set_blocking(master, False)

        def send() -> None:
            while not stop.is_set():
                for piece in data:
                    with suppress(BlockingIOError):  # nobody reads
                        os.write(master, piece)
                    stop.wait(pause)

        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield path
        finally:
            stop.set()
            thread.join()


@asynccontextmanager
async def source(
    url: str,
    log: Log,
    *,
    speeds: tuple[int, ...] = serial.SPEEDS,
    per_speed: float = 0.6,
) -> AsyncIterator[SerialSource]:
    """Open a source and close it."""
    opened = SerialSource(
        url,
        log.frames.append,
        log.lost,
        on_bytes=log.add,
        speeds=speeds,
        per_speed=per_speed,
    )
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


# Finding a meter


@pytest.mark.parametrize(
    ("name", "speeds", "mode", "baudrate"),
    [
        ("historic_hc", (1200, 9600), Mode.HISTORIC, 1200),
        ("historic_hc", (9600, 1200), Mode.HISTORIC, 1200),
        ("standard_hc", (1200, 9600), Mode.STANDARD, 9600),
        ("standard_tempo_three_phase", (9600, 1200), Mode.STANDARD, 9600),
    ],
)
async def test_finds_speed_and_mode(
    name: str, speeds: tuple[int, ...], mode: Mode, baudrate: int
) -> None:
    """A meter at the other speed gives garbage; then the right one is tried."""
    async with PtyMeter(PRESETS[name], speed=FAST) as meter:
        found = await identify(meter.path, speeds=speeds, per_speed=1.5, in_all=10)
        assert found.address == meter.meter.address
        assert found.baudrate == baudrate
        assert {frame.mode for frame in found.frames} == {mode}


async def test_historic_frames_at_9600() -> None:
    """Some modems give them so: the separator tells the mode, not the speed."""
    config = MeterConfig(mode="historic", baud_rate=9600)
    async with PtyMeter(config, speed=3) as meter:
        found = await identify(meter.path, per_speed=0.8, in_all=10)
    assert found.baudrate == 9600
    assert found.frames[-1].mode is Mode.HISTORIC


async def test_speed_fixed_wrong() -> None:
    """Without the other speed there is no meter: detection does the work."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        with pytest.raises(NoiseError):
            await identify(meter.path, speeds=(1200,), in_all=1)
        found = await identify(meter.path, speeds=(9600,), in_all=5)
    assert found.baudrate == 9600


@pytest.mark.usefixtures("socket_enabled")
async def test_network_port() -> None:
    """The far end has its own speed; ours changes nothing."""
    async with TcpMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        found = await identify(meter.url, per_speed=2, in_all=5)
        assert found.address == meter.meter.address


@pytest.mark.usefixtures("socket_enabled")
async def test_network_port_of_seven_bits() -> None:
    """A server set to 7E1 strips the parity."""
    async with TcpMeter(PRESETS["historic_base"], speed=FAST, view="7bit") as meter:
        found = await identify(meter.url, per_speed=2, in_all=5)
        assert found.frames[-1].mode is Mode.HISTORIC


async def test_identifying_releases_the_port() -> None:
    """The next one can open it at once, every time."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        for _ in range(3):
            await identify(meter.path, speeds=(9600,), in_all=5)
            assert not meter.has_reader


# What can be wrong


@pytest.mark.parametrize("url", ["/dev/no-such-port", "no-such-port"])
async def test_missing_port(url: str) -> None:
    """A device that is not there."""
    with pytest.raises(PortMissingError) as info:
        await identify(url, in_all=1)
    assert isinstance(info.value.__cause__, FileNotFoundError)


@pytest.mark.usefixtures("socket_enabled")
async def test_host_that_refuses() -> None:
    """Nobody listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"socket://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(PortMissingError) as info:
            await identify(url, in_all=1)
    assert isinstance(info.value.__cause__, ConnectionRefusedError)


@pytest.mark.usefixtures("socket_enabled")
async def test_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening takes no longer than it may."""
    monkeypatch.setattr(port_module, "_OPEN_SECONDS", 0.05)
    with socket.socket() as full:
        # A full queue: connections are neither taken nor refused
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        with pytest.raises(PortMissingError):
            await identify(f"socket://127.0.0.1:{address[1]}")
        for client in waiting:
            client.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.EBUSY, "busy"), PortBusyError),
        (OSError(errno.ENODEV, "gone"), PortMissingError),
        (OSError(errno.ENXIO, "gone"), PortMissingError),
        (OSError(errno.EHOSTUNREACH, "far"), PortMissingError),
        (socket.gaierror(-2, "no such name"), PortMissingError),
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), PortMissingError),
        (ValueError("no such URL"), PortMissingError),
        (PermissionError(errno.EACCES, "not yours"), PortFailedError),
        (OSError(errno.EIO, "broken"), PortFailedError),
        (serialx.SerialException("strange"), PortFailedError),
    ],
)
async def test_reasons(
    monkeypatch: pytest.MonkeyPatch, error: Exception, expected: type[SourceError]
) -> None:
    """Each has its own words."""

    async def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(serialx, "create_serial_connection", fail)
    with pytest.raises(expected) as info:
        await SerialSource("/dev/any", lambda frame: None).open()
    assert type(info.value) is expected
    assert info.value.__cause__ is error


async def test_a_file_is_no_port(tmp_path: Path) -> None:
    """It is there and cannot be used."""
    file = tmp_path / "file"
    file.write_bytes(encode(HISTORIC))
    with pytest.raises(PortFailedError):
        await identify(str(file), in_all=1)


async def test_busy_port() -> None:
    """The second one to open it is told so, and harms nobody."""
    log = Log()
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        async with source(meter.path, log, speeds=(9600,)):
            with pytest.raises(PortBusyError):
                await identify(meter.path, in_all=1)
            seen = len(log.frames)
            await log.wait(lambda: len(log.frames) > seen + 1)
        assert log.losses == 0
        await identify(meter.path, speeds=(9600,), in_all=5)


async def test_a_process_that_was_just_forked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has our closed port till its own program begins: that is no other program."""
    caplog.set_level("DEBUG", port_module.__name__)
    monkeypatch.setattr(port_module, "_BUSY_WAITS", (0.01,) * 3000)
    log = Log()
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        port = os.open(meter.path, os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(port, fcntl.LOCK_EX)
        # What fork gives any process, kept until it is told to end
        forked = await asyncio.create_subprocess_exec(
            "cat", stdin=asyncio.subprocess.PIPE, pass_fds=(port,)
        )
        os.close(port)
        async with asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(identify(meter.path, speeds=(9600,), in_all=30))
            await log.wait(lambda: "is locked" in caplog.text)
            assert not opening.done()
            await forked.communicate()
        assert opening.result().address


async def test_silence() -> None:
    """Nothing arrives."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        meter.silence()
        with pytest.raises(SilentError):
            await identify(meter.path, per_speed=0.2, in_all=0.6)


@pytest.mark.parametrize("noise", [b"\xa5\x00\xff\x03\x02U\r" * 5, b"U" * 50])
async def test_noise_only(noise: bytes) -> None:
    """Bytes without a group."""
    with sending(noise) as path, pytest.raises(NoiseError):
        await identify(path, per_speed=0.2, in_all=0.6)


async def test_one_damaged_meter_is_noise() -> None:
    """Groups without an address agree on no meter."""
    data = encode(HISTORIC, {"ADCO": None})
    with sending(data) as path, pytest.raises(NoiseError):
        await identify(path, per_speed=2, in_all=0.5)


async def test_output_not_programmed() -> None:
    """Frames that hold an address only."""
    config = MeterConfig(mode="historic", pre_linky=True, address_only=True)
    async with PtyMeter(config, speed=FAST) as meter:
        with pytest.raises(NotProgrammedError):
            await identify(meter.path, per_speed=2, in_all=0.7)


async def test_another_protocol() -> None:
    """Groups with right checksums that no Linky sends."""
    groups = [Group("TRAME", "PME"), Group("MESURES1", "HPE"), Group("PS", "00108kVA")]
    data = with_parity(encode_frame("historic", groups))
    with sending(data) as path, pytest.raises(NotTicError):
        await identify(path, per_speed=2, in_all=0.5)


async def test_what_is_heard_is_told() -> None:
    """Once each: at a wrong speed bytes, at the right one frames."""
    told: list[tuple[int, Hearing]] = []
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        await identify(
            meter.path, per_speed=5, in_all=15, on_hearing=lambda *now: told.append(now)
        )
    assert told[:3] == [
        (1200, Hearing.NOTHING),
        (1200, Hearing.BYTES),
        (9600, Hearing.NOTHING),
    ]
    assert told[-2:] == [(9600, Hearing.BYTES), (9600, Hearing.FRAME)]


@pytest.mark.parametrize("keeps_lines", [True, False])
async def test_control_lines(
    monkeypatch: pytest.MonkeyPatch, *, keeps_lines: bool
) -> None:
    """Listening writes nothing; no line is set, nor lowered at the end, if so wished."""
    asked: list[int] = []
    ioctl = fcntl.ioctl

    def noting(number: int, request: int, *more: Any) -> Any:
        asked.append(request)
        return ioctl(number, request, *more)

    monkeypatch.setattr(fcntl, "ioctl", noting)
    master, slave = os.openpty()
    try:
        with pytest.raises(SilentError):
            await identify(
                os.ttyname(slave), per_speed=0.1, in_all=0.4, keeps_lines=keeps_lines
            )
        lowers = bool(termios.tcgetattr(slave)[2] & termios.HUPCL)
        lines = {termios.TIOCMSET, termios.TIOCMBIS, termios.TIOCMBIC} & set(asked)
        assert (lowers, bool(lines)) == (not keeps_lines, not keeps_lines)
        os.set_blocking(master, False)
        with pytest.raises(BlockingIOError):
            os.read(master, 1)
    finally:
        os.close(master)
        os.close(slave)


async def test_port_lost_while_listening() -> None:
    """Unplugged before anything was found."""
    async with PtyMeter(PRESETS["historic_hc"], speed=1) as meter:
        task = asyncio.create_task(identify(meter.path, in_all=10))
        async with asyncio.timeout(5):
            while not meter.has_reader:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        meter.unplug()
        with pytest.raises(PortFailedError):
            await task


# Listening for ever


async def test_frames_and_bytes_are_handed_on() -> None:
    """As they arrive, and none is lost or invented."""
    log = Log()
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        async with source(meter.path, log, speeds=(9600,)) as opened:
            await log.wait(lambda: len(log.frames) >= 5)
            assert opened.baudrate == 9600
        sent = b"".join(frame.data for frame in meter.frame_times)
    # From the first whole frame on; the meter notes those that it has written whole
    received = log.data[log.data.index(b"\x82") :]
    start = sent.index(received[:500])
    assert len(received) > 3000
    assert received.startswith(sent[start : start + len(received)])
    # The port gives the parity in bit 7: it was opened 8N1
    assert not received.isascii()
    assert all(not frame.damaged for frame in log.frames)
    assert all(frame.complete for frame in log.frames[1:])
    assert opened.received == len(log.data)
    assert opened.counts["frames"] == len(log.frames)


def test_damage_of_a_port() -> None:
    """How many groups were lost, and the last of them."""
    opened = SerialSource("/dev/null", lambda _: None)
    data = encode(HISTORIC)
    opened.decoder.feed(data + damaged(data, "PAPP") + data[:-1] + data)
    assert opened.damaged == 2
    reasons = [reason for reason, _ in opened.rejected]
    assert reasons == ["checksum", "boundary"]
    assert opened.rejected[0][1].startswith(b"PAPP 0283")


@pytest.mark.parametrize("silent", [False, True])
async def test_lost_port_is_told_once(silent: bool) -> None:
    """And nothing more comes of it, though nobody closes the source at once."""
    log = Log()
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        if silent:
            meter.silence()
        async with source(
            meter.path, log, speeds=(9600, 1200), per_speed=0.1
        ) as opened:
            await log.wait(lambda: meter.has_reader and (silent or bool(log.frames)))
            meter.unplug()
            await log.wait(lambda: log.losses > 0)
            await asyncio.sleep(0.5)
            assert log.losses == 1
            # Still looking for a speed, which must not fail on a port that is gone
            assert opened._hunt_task is not None
            assert not opened._hunt_task.done()
    assert log.losses == 1


async def test_closing_is_no_loss_and_releases_the_port() -> None:
    """The owner knows; the next open succeeds."""
    log = Log()
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        for _ in range(3):
            async with source(meter.path, log) as opened:
                pass
            assert not meter.has_reader
            await opened.close()
    assert log.losses == 0


async def test_lost_port_without_anyone_to_tell() -> None:
    """A source may have no owner."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        opened = SerialSource(meter.path, lambda frame: None, speeds=(9600,))
        await opened.open()
        await asyncio.sleep(0.1)
        meter.unplug()
        await asyncio.sleep(0.1)
        await opened.close()


async def test_speed_follows_the_meter() -> None:
    """The distributor changes the mode: noise, then the other speed."""
    log = Log()
    async with (
        PtyMeter(PRESETS["historic_hc"], speed=FAST) as meter,
        source(meter.path, log) as opened,
    ):
        await log.wait(lambda: len(log.frames) >= 2)
        await log.wait(lambda: opened.found)
        before = opened.received
        meter.switch_mode("standard")
        await log.wait(lambda: log.frames[-1].mode is Mode.STANDARD)
        assert opened.baudrate == 9600
        assert opened.received > before
        assert opened.counts["frames"] == len(log.frames)
        meter.switch_mode("historic")
        await log.wait(lambda: log.frames[-1].mode is Mode.HISTORIC)
        assert opened.baudrate == 1200


async def test_silence_changes_no_speed_that_was_right() -> None:
    """A meter that pauses comes back as it was."""
    log = Log()
    async with (
        PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter,
        source(meter.path, log, speeds=(9600, 1200), per_speed=0.2) as opened,
    ):
        await log.wait(lambda: opened.found)
        meter.silence()
        await asyncio.sleep(0.8)
        assert (opened.found, opened.baudrate) == (True, 9600)
        meter.resume()
        seen = len(log.frames)
        await log.wait(lambda: len(log.frames) > seen + 1)


async def test_a_good_line_is_not_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """What wakes nobody up costs nothing; noise does, and may pass."""
    every, looks, sleep = 0.0713, 0, asyncio.sleep

    async def counted(delay: float) -> None:
        nonlocal looks
        looks += delay == every
        await sleep(delay)

    monkeypatch.setattr(serial, "_LOOK_SECONDS_FOUND", every)
    monkeypatch.setattr(asyncio, "sleep", counted)
    data = eight_bits(encode(STANDARD))
    log = Log()
    with port() as (master, path):
        async with source(path, log, speeds=(9600, 1200)) as opened:
            os.write(master, data)
            await log.wait(lambda: opened.found)
            for count in range(2, 8):
                os.write(master, data)
                await log.wait(lambda: len(log.frames) == count)  # noqa: B023
                await sleep(every)
            assert looks == 0
            # So many bytes are no group, but what follows is
            os.write(master, bytes([0x55]) * 200)
            await log.wait(lambda: looks > 0)
            os.write(master, data)
            await log.wait(lambda: len(log.frames) == 8)
            await sleep(3 * every)
            assert 1 <= looks <= 3
            seen = looks
            for count in range(9, 13):
                os.write(master, data)
                await log.wait(lambda: len(log.frames) == count)  # noqa: B023
                await sleep(every)
            assert looks == seen
            assert (opened.found, opened.baudrate) == (True, 9600)


async def test_silence_tries_the_next_speed_before_one_was_right() -> None:
    """And comes round to the first again."""
    speeds: list[int] = []
    with port() as (_, path):
        async with source(path, Log(), per_speed=0.1) as opened:
            for _ in range(60):
                if not speeds or speeds[-1] != opened.baudrate:
                    speeds.append(opened.baudrate)
                await asyncio.sleep(0.01)
    assert speeds[:3] == [1200, 9600, 1200]


async def test_a_port_that_refuses_another_speed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It goes on; the loss of the port would tell."""

    async def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EIO, "broken")

    with port() as (_, path):
        async with source(path, Log(), per_speed=0.05) as opened:
            assert opened._transport is not None
            monkeypatch.setattr(opened._transport, "reconfigure_port", refuse)
            await asyncio.sleep(0.4)
            assert opened._hunt_task is not None
            assert not opened._hunt_task.done()


@pytest.mark.parametrize("can_pause", [True, False])
async def test_nothing_is_read_while_the_speed_changes(
    monkeypatch: pytest.MonkeyPatch, can_pause: bool
) -> None:
    """A read of a port that is just being emptied would look like its loss."""
    log = Log()
    during: list[bytes] = []

    def refuse() -> None:
        raise NotImplementedError

    with port() as (master, path):
        async with source(path, log, per_speed=0.1) as opened:
            transport = opened._transport
            assert transport is not None
            change = transport.reconfigure_port

            async def slowly(*, baudrate: int) -> None:
                os.write(master, b"old")
                await asyncio.sleep(0.1)
                during.append(log.data)
                await change(baudrate=baudrate)

            monkeypatch.setattr(transport, "reconfigure_port", slowly)
            if not can_pause:
                monkeypatch.setattr(transport, "pause_reading", refuse)
                monkeypatch.setattr(transport, "resume_reading", refuse)
            await log.wait(lambda: bool(during))
            await asyncio.sleep(0.05)
            os.write(master, b"new")
            await log.wait(lambda: log.data.endswith(b"new"))
            assert during[0] == (b"" if can_pause else b"old")
            assert opened.baudrate == 9600
    assert log.losses == 0


async def test_port_lost_while_the_speed_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The hunt for a speed does not fail on it."""
    log = Log()
    changes = 0
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        meter.silence()
        async with source(meter.path, log, per_speed=0.1) as opened:
            transport = opened._transport
            assert transport is not None

            async def lose(*, baudrate: int) -> None:
                nonlocal changes
                changes += 1
                meter.unplug()
                transport.abort()
                await log.wait(lambda: log.losses > 0)

            monkeypatch.setattr(transport, "reconfigure_port", lose)
            await log.wait(lambda: changes > 0 and log.losses > 0)
            await asyncio.sleep(0.3)
            assert opened._hunt_task is not None
            assert not opened._hunt_task.done()
    assert (changes, log.losses) == (1, 1)


@pytest.mark.usefixtures("socket_enabled")
async def test_lost_network_port_is_told_once() -> None:
    """The hunt for a speed does not fail on it either."""
    log = Log()
    async with TcpMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        meter.silence()
        async with source(meter.url, log, per_speed=0.1) as opened:
            await log.wait(lambda: meter.clients > 0)
            await meter.unplug()
            await log.wait(lambda: log.losses > 0)
            await asyncio.sleep(0.3)
            assert opened._hunt_task is not None
            assert not opened._hunt_task.done()
    assert log.losses == 1


# Frames for ever


async def exhaust(stream: AsyncIterator[Frame]) -> None:
    """Read to the end, which is an error."""
    async for _ in stream:
        pass


async def test_frames_of_a_port() -> None:
    """With the speed as a hint that may be wrong."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        for hint in (None, 9600, 1200):
            stream = frames(meter.path, hint)
            async with asyncio.timeout(8):
                frame = await anext(stream)
            assert frame.mode is Mode.STANDARD
            await stream.aclose()
            assert not meter.has_reader


async def test_frames_end_with_the_port() -> None:
    """Its loss is an error."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        stream = frames(meter.path, 9600)
        await anext(stream)
        meter.unplug()
        with pytest.raises(PortFailedError):
            await exhaust(stream)


async def test_frames_of_nothing() -> None:
    """Silence is told after a while, from the beginning or later."""
    async with PtyMeter(PRESETS["standard_hc"], speed=FAST) as meter:
        meter.silence()
        with pytest.raises(SilentError):
            await anext(frames(meter.path, 9600, patience=0.3))
        meter.resume()
        stream = frames(meter.path, 9600, patience=0.4)
        await anext(stream)
        meter.silence()
        with pytest.raises(SilentError):
            await exhaust(stream)


async def test_frames_of_noise_and_of_addresses() -> None:
    """Neither is a frame that anybody can use."""
    with sending(b"U\x02U\r\x03") as path, pytest.raises(NoiseError):
        await anext(frames(path, patience=1.0))
    alone = encode({"ADCO": "042164123456"})
    with sending(alone) as path, pytest.raises(NotProgrammedError):
        await anext(frames(path, patience=1.0))


def test_agreed_address() -> None:
    """Two frames that say more than their address."""
    one, other = frame_of(encode(STANDARD)), frame_of(encode(HISTORIC))
    assert agreed_address([one]) is None
    assert agreed_address([one, other]) == "042164123456"
    assert agreed_address([one, other], 3) is None
    different = frame_of(encode(STANDARD, {"ADSC": "042164999999"}))
    assert agreed_address([one, different]) is None
    assert agreed_address([one, different, different]) == "042164999999"
    alone = frame_of(encode({"ADCO": "042164123456"}))
    assert agreed_address([alone, alone]) is None
    masked = frame_of(encode(STANDARD, {"ADSC": "XXXXXXXXXXXX"}))
    assert agreed_address([masked, masked]) is None
    without = frame_of(encode(STANDARD, {"ADSC": None}))
    assert agreed_address([without, one, without, one]) == "042164123456"
