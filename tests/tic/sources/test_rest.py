"""The line rests while nothing new can be shown: real pseudo-terminals, small pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
import os
from typing import Any, cast, override

import pytest

from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.sources import pause as rest, serial
from custom_components.linky_meter.linky_tic.tic.sources.pause import Rest
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from tests.simulator import PRESETS, PtyMeter
from tests.tic.helpers import STANDARD, damaged, eight_bits, encode, frame_of
from tests.tic.ports import Log, port

PERIOD = 0.4
"""Seconds from one frame's end to the next."""
MARGIN = 0.03
PIECES = 24
ENOUGH = 8
"""So many groups, and no more is wanted of a frame."""
DATA = eight_bits(encode(STANDARD))
SHORT = eight_bits(encode(STANDARD, {"MSG1": None, "PJOURF+1": None}))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rest shorter: the line of these tests is faster too."""
    monkeypatch.setattr(rest, "MARGIN", MARGIN)
    monkeypatch.setattr(rest, "_UNEVEN", 0.06)


class Speaker:
    """Sends frames into a pseudo-terminal, piece by piece, on a schedule."""

    def __init__(self, master: int) -> None:
        """Begin with good frames."""
        self.master = master
        self.data = DATA
        self.period = PERIOD
        self.sent = b""
        self.frames = 0

    async def run(self) -> None:
        """Send for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            data, step = self.data, -(-len(self.data) // PIECES)
            for start in range(0, len(data), step):
                due += self.period / PIECES
                await asyncio.sleep(due - loop.time())
                piece = data[start : start + step]
                os.write(self.master, piece)
                self.sent += piece
            self.frames += 1


class Heard(Log):
    """What a source told, and how often it was woken for it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.wakes: list[int] = [0]
        """By frame."""
        self.enough = ENOUGH

    @override
    def add(self, data: bytes) -> None:
        """Count what comes at once."""
        super().add(data)
        self.wakes[-1] += 1

    def take(self, frame: Frame) -> None:
        """Keep a frame."""
        self.frames.append(frame)
        self.wakes.append(0)

    def more(self, _: list[Group]) -> int:
        """Want the beginning of a frame only."""
        return self.enough


@asynccontextmanager
async def reading(
    log: Heard, *, speeds: tuple[int, ...] = (9600,)
) -> AsyncIterator[tuple[SerialSource, Speaker, int]]:
    """Read a pseudo-terminal that speaks."""
    with port() as (master, path):
        speaker = Speaker(master)
        opened = SerialSource(
            path,
            log.take,
            log.lost,
            on_bytes=log.add,
            on_groups=log.more,
            speeds=speeds,
        )
        await opened.open()
        task = asyncio.create_task(speaker.run())
        try:
            yield opened, speaker, master
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await task
            await opened.close()


def rest_of(opened: SerialSource) -> Rest:
    """Return what lets a source's line rest."""
    return opened._protocol.rest


async def resting(log: Log, opened: SerialSource) -> None:
    """Wait until the line rests."""
    await log.wait(lambda: rest_of(opened).resting, 10)


@pytest.mark.parametrize("enough", [ENOUGH, 26])
async def test_all_arrives_with_fewer_wakes(enough: int) -> None:
    """Not before frames are regular; then what is not urgent comes at once."""
    log = Heard()
    log.enough = enough
    async with reading(log) as (opened, speaker, _):
        await log.wait(lambda: len(log.frames) >= 9, 20)
        sent = speaker.sent
        await log.wait(lambda: len(log.data) >= len(sent))
    assert log.data.startswith(sent)
    assert all(frame.complete and not frame.damaged for frame in log.frames)
    assert all(len(frame.groups) == len(STANDARD) for frame in log.frames)
    assert max(log.wakes[6:9]) < min(log.wakes[1:4])
    assert sum(log.wakes[6:9]) < 0.75 * sum(log.wakes[1:4])
    assert (log.losses, opened.damaged) == (0, 0)


async def test_a_port_that_cannot_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as ever."""

    def refuse() -> None:
        raise NotImplementedError

    log = Heard()
    async with reading(log) as (opened, _, _):
        assert opened._transport is not None
        monkeypatch.setattr(opened._transport, "pause_reading", refuse)
        await log.wait(lambda: len(log.frames) >= 7, 20)
        assert not rest_of(opened).resting
    assert min(log.wakes[1:7]) > PIECES / 2


async def test_shorter_frames() -> None:
    """One is late; the line rests again when they are regular again."""
    log = Heard()
    async with reading(log) as (opened, speaker, _):
        await resting(log, opened)
        speaker.data, speaker.period = SHORT, PERIOD / 3
        then = rest_of(opened)
        await log.wait(lambda: not then._tails)
        assert not then.resting
        seen = len(log.frames)
        await log.wait(lambda: len(log.frames) >= seen + 2)
        assert speaker.frames - len(log.frames) <= 1
        speaker.period = PERIOD
        await resting(log, opened)
    assert all(not frame.damaged for frame in log.frames)


async def test_damage_reads_on() -> None:
    """Until frames are whole again for a while."""
    log = Heard()
    async with reading(log) as (opened, speaker, _):
        await resting(log, opened)
        speaker.data = eight_bits(damaged(encode(STANDARD), "SMAXSN"))
        await log.wait(lambda: log.frames[-1].damaged > 0)
        before = len(log.wakes)
        await log.wait(lambda: len(log.frames) >= before + 2)
        assert not rest_of(opened).resting
        speaker.data = DATA
        await resting(log, opened)


async def test_unplugged_while_resting() -> None:
    """The loss is noticed when the rest is over, and told once."""
    log = Heard()
    master, slave = os.openpty()
    path = os.ttyname(slave)
    speaker = Speaker(master)
    opened = SerialSource(
        path, log.take, log.lost, on_groups=log.more, speeds=(9600, 1200)
    )
    await opened.open()
    os.close(slave)
    task = asyncio.create_task(speaker.run())
    await resting(log, opened)
    task.cancel()
    os.close(master)
    await log.wait(lambda: log.losses > 0, PERIOD + 0.5)
    await asyncio.sleep(PERIOD)
    assert log.losses == 1
    assert not rest_of(opened).resting
    await opened.close()


async def test_lost_for_another_reason_while_resting() -> None:
    """Nothing wakes a port that is gone."""
    log = Heard()
    async with reading(log) as (opened, _, _):
        await resting(log, opened)
        assert opened._transport is not None
        opened._transport.abort()
        await log.wait(lambda: log.losses > 0)
        assert not rest_of(opened).resting
    assert log.losses == 1


async def test_closed_while_resting() -> None:
    """The port is free at once, and no timer is left."""
    log = Heard()
    async with reading(log) as (opened, _, _):
        await resting(log, opened)
        timer = rest_of(opened)._timer
        assert timer is not None
        await opened.close()
        assert timer.cancelled()
        assert not rest_of(opened).resting
        again = Heard()
        next_one = SerialSource(opened.url, again.take, speeds=(9600,))
        await next_one.open()
        await again.wait(lambda: len(again.frames) > 1)
        await next_one.close()
    assert log.losses == 0


async def test_another_speed_while_resting() -> None:
    """The port is read at once, and the pace is found anew."""
    log = Heard()
    async with reading(log, speeds=(9600, 1200)) as (opened, _, _):
        await resting(log, opened)
        seen = len(log.data)
        await opened._next_speed()
        assert opened.baudrate == 1200
        assert not rest_of(opened).resting
        assert not rest_of(opened)._tails
        await log.wait(lambda: len(log.data) > seen, PERIOD)
        await log.wait(lambda: log.frames[-1].complete)
    assert log.losses == 0


async def test_another_mode_while_resting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other speed is found as ever."""
    monkeypatch.setattr(serial, "_NOISE_SECONDS", 0.3)
    log = Heard()
    async with PtyMeter(PRESETS["standard_tempo_three_phase"], speed=4) as meter:
        opened = SerialSource(
            meter.path, log.take, log.lost, on_groups=log.more, speeds=(9600, 1200)
        )
        await opened.open()
        await resting(log, opened)
        meter.switch_mode("historic")
        await log.wait(lambda: log.frames[-1].mode is Mode.HISTORIC, 10)
        await opened.close()
        assert not rest_of(opened).resting
    assert log.losses == 0


# Without a port


class Port:
    """What a rest needs of a transport."""

    def __init__(self) -> None:
        """Start open and read."""
        self.closing = self.paused = False

    def is_closing(self) -> bool:
        """Return whether it is being closed."""
        return self.closing

    def pause_reading(self) -> None:
        """Pause."""
        self.paused = True

    def resume_reading(self) -> None:
        """Resume."""
        self.paused = False


class Pace:
    """A rest after regular frames, of the present one of which no more is wanted."""

    def __init__(self) -> None:
        """Start with three frames, and the beginning of a fourth."""
        self.port = Port()
        self.rest = Rest()
        self.rest.transport = cast(Any, self.port)
        self.loop = asyncio.get_running_loop()
        self.rest._since = self.loop.time() - PERIOD / 2
        self.rest._leads.extend([PERIOD / 2] * 3)
        self.rest._tails.extend([PERIOD] * 4)


@pytest.fixture
async def pace() -> AsyncIterator[Pace]:
    """Give regular frames."""
    found = Pace()
    yield found
    found.rest.stop()


def frames() -> Iterator[Frame]:
    """Give frames after which the pace is unknown."""
    frame = frame_of(encode(STANDARD))
    yield replace(frame, damaged=1)
    yield replace(frame, whole=False)
    yield replace(frame, ended_by=EndedBy.EOT)


async def test_regular(pace: Pace) -> None:
    """It rests once, until the end."""
    pace.rest.settle(0)
    timer = pace.rest._timer
    assert pace.port.paused
    assert timer is not None
    assert timer.when() - pace.loop.time() == pytest.approx(PERIOD, abs=0.02)
    pace.rest.settle(0)
    assert pace.rest._timer is timer


async def test_never_long(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system keeps so much only."""
    monkeypatch.setattr(rest, "LONGEST", 0.1)
    pace.rest.settle(0)
    assert pace.rest._timer is not None
    assert pace.rest._timer.when() - pace.loop.time() <= 0.1
    await asyncio.sleep(0.15)
    assert (pace.port.paused, pace.rest.resting) == (False, False)


@pytest.mark.parametrize("frame", frames(), ids=["damaged", "begun", "cut"])
async def test_not_after_damage(pace: Pace, frame: Frame) -> None:
    """What is damaged ended who knows when."""
    pace.rest.take([frame], 0)
    pace.rest.settle(0)
    assert not pace.port.paused


async def test_not_when_frames_come_together(pace: Pace) -> None:
    """Somebody else keeps them: a network, or a busy machine."""
    frame = frame_of(encode(STANDARD))
    pace.rest.take([frame, frame], 0)
    pace.rest.settle(0)
    assert not pace.port.paused


async def test_after_oversleeping(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frame had ended before the rest: what follows it tells when."""
    monkeypatch.setattr(rest, "LONGEST", 0.06)
    pace.rest.settle(0)
    await asyncio.sleep(0.1)
    pace.rest.take([frame_of(encode(STANDARD))], 48)
    # 48 characters of ten bits at 9600 baud
    assert pace.rest._tails[-1] == pytest.approx(0.1 - 0.05, abs=0.02)
    pace.rest.settle(24)
    assert pace.rest._leads[-1] == pytest.approx(0.025, abs=0.005)


@pytest.mark.parametrize(("reads", "sooner"), [(1, True), (2, False)])
async def test_what_the_first_look_found(
    pace: Pace, monkeypatch: pytest.MonkeyPatch, reads: int, sooner: bool
) -> None:
    """It may have been there before; one late frame makes no look late for ever."""
    monkeypatch.setattr(rest, "LONGEST", 0.06)
    monkeypatch.setattr(rest, "_SOONER", 0.5)
    pace.rest.settle(0)
    await asyncio.sleep(0.1)
    for _ in range(reads):
        pace.rest.read()
    pace.rest.take([frame_of(encode(STANDARD))], 0)
    expected = 0.1 - 0.5 if sooner else 0.1
    assert pace.rest._tails[-1] == pytest.approx(expected, abs=0.03)
    # The next rest begins anew
    pace.rest.read()
    pace.rest.settle(0)
    assert pace.rest._leads[-1] == pytest.approx(0.5 if sooner else 0.0, abs=0.03)


async def test_the_end_is_awaited_no_more_than_needed(pace: Pace) -> None:
    """It brings no step: one look a little late is cheaper than many."""
    pace.rest._tails.clear()
    pace.rest._tails.extend([PERIOD, PERIOD, PERIOD + 0.02, PERIOD + 0.04])
    pace.rest.settle(0)
    timer = pace.rest._timer
    assert timer is not None
    seconds = timer.when() - pace.loop.time()
    assert seconds == pytest.approx(PERIOD + 0.015, abs=0.005)


async def test_the_end_is_awaited_where_it_is_urgent(pace: Pace) -> None:
    """Whoever shows every frame wants it as soon as it is there."""
    pace.rest._tails.clear()
    pace.rest._tails.extend([PERIOD, PERIOD, PERIOD + 0.02, PERIOD + 0.04])
    pace.rest.settle(0, prompt=True)
    timer = pace.rest._timer
    assert timer is not None
    seconds = timer.when() - pace.loop.time()
    assert seconds == pytest.approx(PERIOD - MARGIN, abs=0.005)


@pytest.mark.parametrize(
    "periods", [(), (1, 1, 1), (1, 1, 0.5, 1), (0.12, 0.12, 0.12, 0.12)]
)
async def test_not_for_little_or_without_a_pace(
    pace: Pace, periods: tuple[float, ...]
) -> None:
    """Too few frames, uneven ones, or one that is nearly over."""
    pace.rest._tails.clear()
    pace.rest._tails.extend(PERIOD * each for each in periods)
    pace.rest.settle(0)
    assert not pace.port.paused


async def test_after_a_frame(pace: Pace) -> None:
    """It rests until shortly before its measurements can be there."""
    pace.rest._since = pace.loop.time() - PERIOD
    pace.rest._leads.append(PERIOD / 2)
    pace.rest.take([frame_of(encode(STANDARD))], 0)
    timer = pace.rest._timer
    assert timer is not None
    seconds = timer.when() - pace.loop.time()
    assert seconds == pytest.approx(PERIOD / 2 - MARGIN, abs=0.02)


async def test_a_port_that_is_being_closed(
    pace: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither rests nor is it read again."""
    monkeypatch.setattr(rest, "LONGEST", 0.06)
    pace.rest.settle(0)
    pace.port.closing = True
    await asyncio.sleep(0.1)
    assert (pace.port.paused, pace.rest.resting) == (True, False)
    pace.port.paused = False
    pace.rest.settle(0)
    pace.rest.transport = None
    pace.rest.settle(0)
    assert not pace.port.paused
