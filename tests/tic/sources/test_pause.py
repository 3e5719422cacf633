"""A port is not read while nothing that matters can arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
import os
from typing import Any, cast, override

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.sources import pause, serial
from custom_components.linky_meter.linky_tic.tic.sources.pause import Pause
from custom_components.linky_meter.linky_tic.tic.sources.serial import SerialSource
from tests.simulator import PRESETS, PtyMeter
from tests.tic.helpers import (
    HISTORIC,
    STANDARD,
    STANDARD_THREE,
    damaged,
    eight_bits,
    encode,
    frame_of,
    line,
)
from tests.tic.ports import Log, port

PERIOD = 0.4
"""Seconds from one frame's end to the next."""
MARGIN = 0.03
PIECES = 24
LAST = "SINSTS"
"""The last measurement of these frames."""
DATA = eight_bits(encode(STANDARD))
SHORT = eight_bits(encode(STANDARD, {"MSG1": None, "PJOURF+1": None}))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pause shorter: the line of these tests is faster too."""
    monkeypatch.setattr(pause, "MARGIN", MARGIN)
    monkeypatch.setattr(pause, "_UNEVEN", 0.06)


class Speaker:
    """Sends frames into a pseudo-terminal, piece by piece, on a schedule."""

    def __init__(self, master: int) -> None:
        """Begin with good frames."""
        self.master = master
        self.data = DATA
        self.period = PERIOD
        self.sent = b""
        self.when: list[float] = []
        """When each piece was sent, by the loop's clock."""
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
                self.when.append(loop.time())
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
        self.measured: list[float] = []
        """When the last measurement of each frame was read, by the loop's clock."""
        self.ended: list[float] = []

    @override
    def add(self, data: bytes) -> None:
        """Count what comes at once."""
        super().add(data)
        self.wakes[-1] += 1

    def take(self, frame: Frame) -> None:
        """Keep a frame."""
        self.frames.append(frame)
        self.wakes.append(0)
        self.ended.append(asyncio.get_running_loop().time())

    def more(self, groups: list[Group]) -> None:
        """Note when the last measurement is there."""
        if len(self.measured) == len(self.frames) and any(
            group.label == LAST for group in groups
        ):
            self.measured.append(asyncio.get_running_loop().time())


@asynccontextmanager
async def reading(
    log: Heard, *, speeds: tuple[int, ...] = (9600,), pauses: bool = True
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
            pauses=pauses,
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


def pause_of(opened: SerialSource) -> Pause:
    """Return what pauses a source's port."""
    found = opened._protocol.pause
    assert found is not None
    return found


async def paused(log: Log, opened: SerialSource) -> None:
    """Wait until the port is not read."""
    await log.wait(lambda: pause_of(opened).paused)


async def test_all_arrives_with_fewer_wakes() -> None:
    """Not before frames are regular; then the port is woken for what matters."""
    log = Heard()
    async with reading(log) as (opened, speaker, _):
        await log.wait(lambda: len(log.frames) >= 10)
        # Read all the time, each piece of a frame wakes it
        await log.wait(lambda: sum(log.wakes[-4:-1]) < 0.75 * 3 * PIECES)
        sent = speaker.sent
        await log.wait(lambda: len(log.data) >= len(sent))
    assert log.data.startswith(sent)
    assert all(frame.complete and not frame.damaged for frame in log.frames)
    assert all(len(frame.groups) == len(STANDARD) for frame in log.frames)
    assert (log.losses, opened.damaged) == (0, 0)


async def test_what_matters_comes_at_once() -> None:
    """The last measurement, and the frame's end, as soon as they are on the line."""
    log = Heard()
    # The piece of a frame in which each of them is
    piece = -(-len(DATA) // PIECES)
    last = DATA.index(eight_bits(LAST.encode()))
    measured = DATA.index(eight_bits(b"\r"), last) // piece
    async with reading(log) as (_, speaker, _):

        def in_time(moments: list[float], number: int) -> bool:
            """Return whether most of seven frames were, long after the pauses began."""
            late = [
                moment - speaker.when[frame * PIECES + number]
                for frame, moment in enumerate(moments)
            ]
            return len(late) >= 14 and sorted(late[-7:])[3] < PERIOD / PIECES

        await log.wait(lambda: in_time(log.measured, measured), 60)
        await log.wait(lambda: in_time(log.ended, PIECES - 1), 60)


async def test_only_where_it_is_wanted() -> None:
    """Whoever records all bytes reads them as they come."""
    log = Heard()
    async with reading(log, pauses=False) as (opened, _, _):
        await log.wait(lambda: len(log.frames) >= 8)
        assert opened._protocol.pause is None
        # On a busy machine some pieces come together
        await log.wait(lambda: max(log.wakes[-4:-1]) > PIECES / 2)


async def test_a_port_that_cannot_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as ever."""

    def refuse() -> None:
        raise NotImplementedError

    log = Heard()
    async with reading(log) as (opened, _, _):
        assert opened._transport is not None
        monkeypatch.setattr(opened._transport, "pause_reading", refuse)
        await log.wait(lambda: len(log.frames) >= 7)
        assert not pause_of(opened).paused
    assert max(log.wakes) > PIECES / 2


def uneven(found: Pause) -> bool:
    """Return whether the next moment cannot be told from the last ones."""
    spans = found._to_measurements, found._to_end
    return any(not each or max(each) - min(each) > 0.06 for each in spans)


async def test_shorter_frames() -> None:
    """One is late; the port is paused again when they are regular again."""
    log = Heard()
    async with reading(log) as (opened, speaker, _):
        await paused(log, opened)
        speaker.data, speaker.period = SHORT, PERIOD / 3
        then = pause_of(opened)
        await log.wait(lambda: uneven(then))
        assert not then.paused
        seen = len(log.frames)
        await log.wait(lambda: len(log.frames) >= seen + 2)
        assert speaker.frames - len(log.frames) <= 1
        speaker.period = PERIOD
        await paused(log, opened)
    assert all(not frame.damaged for frame in log.frames)


async def test_damage_reads_on() -> None:
    """Until frames are whole again for a while."""
    log = Heard()
    async with reading(log) as (opened, speaker, _):
        await paused(log, opened)
        speaker.data = eight_bits(damaged(encode(STANDARD), "SMAXSN"))
        await log.wait(lambda: log.frames[-1].damaged > 0)
        before = len(log.wakes)
        await log.wait(lambda: len(log.frames) >= before + 2)
        assert not pause_of(opened).paused
        speaker.data = DATA
        await paused(log, opened)


async def test_unplugged_while_paused() -> None:
    """The loss is noticed when the pause is over, and told once."""
    log = Heard()
    master, slave = os.openpty()
    path = os.ttyname(slave)
    speaker = Speaker(master)
    opened = SerialSource(path, log.take, log.lost, pauses=True, speeds=(9600, 1200))
    await opened.open()
    os.close(slave)
    task = asyncio.create_task(speaker.run())
    await paused(log, opened)
    task.cancel()
    os.close(master)
    await log.wait(lambda: log.losses > 0)
    await asyncio.sleep(PERIOD)
    assert log.losses == 1
    assert not pause_of(opened).paused
    await opened.close()


async def test_lost_for_another_reason_while_paused() -> None:
    """Nothing wakes a port that is gone."""
    log = Heard()
    async with reading(log) as (opened, _, _):
        await paused(log, opened)
        assert opened._transport is not None
        opened._transport.abort()
        await log.wait(lambda: log.losses > 0)
        assert not pause_of(opened).paused
    assert log.losses == 1


async def test_closed_while_paused() -> None:
    """The port is free at once, and no timer is left."""
    log = Heard()
    async with reading(log) as (opened, _, _):
        await paused(log, opened)
        timer = pause_of(opened)._timer
        assert timer is not None
        await opened.close()
        assert timer.cancelled()
        assert not pause_of(opened).paused
        again = Heard()
        next_one = SerialSource(opened.url, again.take, speeds=(9600,))
        await next_one.open()
        await again.wait(lambda: len(again.frames) > 1)
        await next_one.close()
    assert log.losses == 0


async def test_another_speed_while_paused() -> None:
    """The port is read at once, and the pace is found anew."""
    log = Heard()
    async with reading(log, speeds=(9600, 1200)) as (opened, _, _):
        await paused(log, opened)
        seen = len(log.data)
        await opened._next_speed()
        assert opened.baudrate == 1200
        assert not pause_of(opened).paused
        assert not pause_of(opened)._to_end
        await log.wait(lambda: len(log.data) > seen)
        await log.wait(lambda: log.frames[-1].complete)
    assert log.losses == 0


async def test_another_mode_while_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other speed is found as ever."""
    monkeypatch.setattr(serial, "_NOISE_SECONDS", 0.3)
    log = Heard()
    async with PtyMeter(PRESETS["standard_tempo_three_phase"], speed=4) as meter:
        opened = SerialSource(
            meter.path, log.take, log.lost, pauses=True, speeds=(9600, 1200)
        )
        await opened.open()
        await paused(log, opened)
        meter.switch_mode("historic")
        await log.wait(lambda: log.frames[-1].mode is Mode.HISTORIC)
        await opened.close()
        assert not pause_of(opened).paused
    assert log.losses == 0


# Without a port


class Port:
    """What a pause needs of a transport."""

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


FRAME = frame_of(encode(STANDARD))
HALF = DATA[: DATA.index(eight_bits(b"SMAXSN"))]
"""A frame with all its measurements, before its end."""


class Pace:
    """A pause after regular frames, the measurements of the present one just ahead."""

    def __init__(self) -> None:
        """Start with four frames, and half of the time to the next measurements."""
        self.port = Port()
        self.pause = Pause()
        self.pause.transport = cast(Any, self.port)
        self.loop = asyncio.get_running_loop()
        self.decoder = Decoder()
        self.decoder.feed(DATA * 3)
        self.pause._last = LAST
        self.pause._since = self.loop.time() - PERIOD / 2
        self.pause._to_measurements.extend([PERIOD / 2] * 4)
        self.pause._to_end.extend([PERIOD] * 4)

    def measure(self, beyond: bytes = b"") -> None:
        """Read the measurements, and what followed them."""
        self.decoder.feed(HALF + eight_bits(beyond))
        self.pause.read(self.decoder, [])

    def end(self, *frames: Frame, beyond: bytes = b"") -> None:
        """Read the end of frames, and what followed it."""
        self.decoder.feed(DATA[len(HALF) :] + eight_bits(beyond))
        self.pause.read(self.decoder, list(frames))

    def wake(self) -> None:
        """End the pause."""
        assert self.pause._timer is not None
        self.pause._timer.cancel()
        self.pause._wake(cast(Any, self.port))

    @property
    def seconds(self) -> float:
        """How long it is not read from now."""
        assert self.port.paused
        assert self.pause._timer is not None
        return self.pause._timer.when() - self.loop.time()


@pytest.fixture
async def pace() -> AsyncIterator[Pace]:
    """Give regular frames."""
    found = Pace()
    yield found
    found.pause.stop()


async def test_until_the_end(pace: Pace) -> None:
    """It pauses once, until shortly before the end can be there at the earliest."""
    pace.pause._to_end.extend([PERIOD, PERIOD, PERIOD + 0.02, PERIOD + 0.04])
    pace.measure()
    timer = pace.pause._timer
    assert pace.seconds == pytest.approx(PERIOD - MARGIN, abs=0.005)
    pace.pause.read(pace.decoder, [])
    assert pace.pause._timer is timer


async def test_until_the_measurements(pace: Pace) -> None:
    """After a frame, it pauses until shortly before the next measurements."""
    pace.measure()
    pace.wake()
    pace.pause._since = pace.loop.time() - PERIOD
    pace.end(FRAME)
    assert pace.seconds == pytest.approx(PERIOD / 2 - MARGIN, abs=0.005)


async def test_never_long(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system keeps so much only."""
    monkeypatch.setattr(pause, "LONGEST", 0.1)
    pace.measure()
    assert pace.seconds <= 0.1
    await asyncio.sleep(0.15)
    assert (pace.port.paused, pace.pause.paused) == (False, False)


def unsound() -> Iterator[Frame]:
    """Give frames after which the pace is unknown."""
    yield replace(FRAME, damaged=1)
    yield replace(FRAME, whole=False)
    yield replace(FRAME, ended_by=EndedBy.EOT)


@pytest.mark.parametrize("frame", unsound(), ids=["damaged", "begun", "cut"])
async def test_not_after_damage(pace: Pace, frame: Frame) -> None:
    """What is damaged ended who knows when."""
    pace.end(frame)
    pace.measure()
    assert not pace.port.paused


async def test_not_when_frames_come_together(pace: Pace) -> None:
    """Somebody else keeps them: a network, or a busy machine."""
    pace.end(FRAME, FRAME)
    pace.measure()
    assert not pace.port.paused


async def test_a_frame_that_comes_at_once(pace: Pace) -> None:
    """Nobody knows when its measurements came, and so not how long the rest took."""
    pace.end(FRAME)
    assert list(pace.pause._to_end) == [PERIOD] * 4
    assert pace.pause._since == pytest.approx(pace.loop.time(), abs=0.02)


async def test_the_place_of_the_measurements(pace: Pace) -> None:
    """It is learned from the last whole frame, and told by the label."""
    three = frame_of(encode(STANDARD_THREE))
    pace.end(three)
    assert pace.pause._last == "SINSTS3"
    pace.pause.stop()
    # A group more before it, an overload's, brings it no sooner
    historic = encode(HISTORIC)
    pace.decoder = Decoder()
    pace.pause.read(pace.decoder, pace.decoder.feed(historic * 3)[-1:])
    first, rest = historic.split(b"\nIMAX")
    pace.decoder.feed(
        first + line("ADPS", "046") + b"\nIMAX" + rest.split(b"\nPAPP")[0]
    )
    pace.pause.read(pace.decoder, [])
    assert not pace.pause._measured
    pace.decoder.feed(line("PAPP", "02830"))
    pace.pause.read(pace.decoder, [])
    assert pace.pause._measured


async def test_after_oversleeping(pace: Pace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The frame had ended before the pause: what follows it tells when."""
    monkeypatch.setattr(pause, "LONGEST", 0.06)
    pace.measure()
    await asyncio.sleep(0.1)
    # 48 characters of ten bits at 9600 baud, beside the frame's beginning
    pace.end(FRAME, beyond=b"\x02" + b"\nU" + b"U" * 46)
    assert pace.pause._to_end[-1] == pytest.approx(0.1 - 0.05, abs=0.02)
    pace.decoder = Decoder()
    pace.measure(beyond=b"\nU" + b"U" * 22)
    assert pace.pause._to_measurements[-1] == pytest.approx(0.025, abs=0.005)


async def test_the_end_and_the_next_measurements_at_once(pace: Pace) -> None:
    """It pauses until the next moment only: what has come is not waited for."""
    pace.measure()
    pace.wake()
    pace.pause._since = pace.loop.time() - PERIOD - len(HALF) * 10 / 9600
    pace.decoder.feed(DATA[len(HALF) :] + HALF)
    pace.pause._to_measurements.extend([2.0] * 4)
    pace.pause.read(pace.decoder, [FRAME])
    assert pace.pause._measured
    assert not pace.port.paused
    assert pace.pause._to_measurements[-1] == pytest.approx(
        len(HALF) * 10 / 9600, abs=0.02
    )


@pytest.mark.parametrize(("reads", "sooner"), [(1, True), (2, False)])
async def test_what_the_first_look_found(
    pace: Pace, monkeypatch: pytest.MonkeyPatch, reads: int, sooner: bool
) -> None:
    """It may have been there before; one late frame makes no look late for ever."""
    monkeypatch.setattr(pause, "LONGEST", 0.06)
    monkeypatch.setattr(pause, "_SOONER", 0.5)
    pace.measure()
    await asyncio.sleep(0.1)
    for _ in range(reads - 1):
        pace.pause.read(pace.decoder, [])
    pace.end(FRAME)
    expected = 0.1 - 0.5 if sooner else 0.1
    assert pace.pause._to_end[-1] == pytest.approx(expected, abs=0.03)
    # The next pause begins anew
    pace.measure()
    expected = 0.5 if sooner else 0.0
    assert pace.pause._to_measurements[-1] == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    "periods", [(), (1, 1, 1), (1, 1, 0.5, 1), (0.12, 0.12, 0.12, 0.12)]
)
async def test_not_for_little_or_without_a_pace(
    pace: Pace, periods: Sequence[float]
) -> None:
    """Too few frames, uneven ones, or one that is nearly over."""
    pace.pause._to_end.clear()
    pace.pause._to_end.extend(PERIOD * each for each in periods)
    pace.measure()
    assert not pace.port.paused


async def test_a_port_that_is_being_closed(
    pace: Pace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither pauses nor is it read again."""
    monkeypatch.setattr(pause, "LONGEST", 0.06)
    pace.measure()
    pace.port.closing = True
    await asyncio.sleep(0.1)
    assert (pace.port.paused, pace.pause.paused) == (True, False)
    pace.port.paused = False
    pace.pause._begin(pace.pause._to_end)
    pace.pause.transport = None
    pace.pause._begin(pace.pause._to_end)
    assert not pace.port.paused
