"""The connection alone: a source that does what the test says, and time that leaps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
import logging
from typing import Any, cast

import pytest

from custom_components.linky_meter.link.connection import (
    FIRST_WAIT,
    LINK_SECONDS,
    LONGEST_WAIT,
    REOPEN_SECONDS,
    Connection,
    Heard,
    State,
)
from custom_components.linky_meter.link.sources import Source
from custom_components.linky_meter.linky_tic.tic.errors import (
    NoiseError,
    PortBusyError,
    PortMissingError,
    SilentError,
    SourceError,
)
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from tests.life.clock import Clock

METER = Frame(Mode.HISTORIC, (Group("ADCO", "021875123456"), Group("IINST", "002")))
ADDRESS_ONLY = Frame(Mode.HISTORIC, (Group("ADCO", "021875123456"),))
INTERVAL = 1.5


class FakeSource:
    """A source that opens, speaks and is lost when the test wants it."""

    def __init__(self, line: Line, **callbacks: Callable[..., None]) -> None:
        self.received = 0
        self.opened = False
        self.closed = 0
        self._line = line
        self.on_frame = callbacks["on_frame"]
        self.on_groups = callbacks["on_groups"]
        self.on_lost = callbacks["on_lost"]

    async def open(self) -> None:
        """Open, or fail as the test said."""
        if self._line.at_open is not None:
            await self._line.at_open.wait()
        if self._line.errors:
            raise self._line.errors.pop(0)
        self.opened = True

    async def close(self) -> None:
        """Close, which may take a while."""
        self.closed += 1
        await asyncio.sleep(0)
        self.opened = False

    def why_nothing(self, frames: list[Frame], before: int) -> SourceError:
        """Return what the test said, or what the port itself would say."""
        self._line.asked.append((frames, before))
        return self._line.why

    def speak(self, frame: Frame = METER) -> None:
        """Give a frame."""
        self.received += 100
        self.on_frame(frame)


class Line:
    """What a connection is made to, and what it told of it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.errors: list[Exception] = []
        """What the next tries to open end with."""
        self.at_open: asyncio.Event | None = None
        self.why: SourceError = SilentError()
        self.judged: Heard | Exception = Heard.METER
        self.interval: float | None = INTERVAL
        self.sources: list[FakeSource] = []
        self.states: list[State] = []
        self.troubles: list[str] = []
        self.groups: list[list[Group]] = []
        self.asked: list[tuple[list[Frame], int]] = []
        self.connection = Connection(
            self._make,
            on_frame=self._judge,
            on_groups=self.groups.append,
            on_state=self.states.append,
            on_trouble=lambda err: self.troubles.append(type(err).__name__),
            frame_interval=lambda: self.interval,
            create_task=lambda coro, name: asyncio.create_task(coro, name=name),
        )

    @property
    def source(self) -> FakeSource:
        """The source that was made last."""
        return self.sources[-1]

    async def start(self) -> None:
        """Open, hear a frame, and watch."""
        await self.connection.async_open()
        self.source.speak()
        self.connection.watch()
        self.states.clear()

    async def until(self, state: State, seconds: float = 120) -> float:
        """Let time pass until a state; return how long it took."""
        return await self.clock.run(lambda: self.connection.state is state, seconds)

    async def _make(self, **callbacks: Callable[..., None]) -> Source:
        self.sources.append(FakeSource(self, **callbacks))
        return cast(Source, self.source)

    def _judge(self, _: Frame) -> Heard:
        if isinstance(self.judged, Exception):
            raise self.judged
        return self.judged


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """Return a line whose time the test lets pass."""
    clock = Clock(asyncio.get_running_loop())
    line = Line(clock)
    yield line
    await line.connection.async_close()
    assert not any(source.opened for source in line.sources)
    names = [task.get_name() for task in asyncio.all_tasks()]
    assert not [name for name in names if name.startswith("tic ")]
    clock.close()


async def test_a_life(line: Line) -> None:
    """Opened, heard, lost, waited for, opened again, heard, closed."""
    connection = line.connection
    assert connection.state is State.CLOSED
    await line.start()
    for _ in range(3):
        line.source.speak()
        await line.clock.leap(INTERVAL)
    assert line.states == []
    line.source.on_lost()
    await line.until(State.WAITING)
    assert connection.source is None
    await line.until(State.LISTENING)
    line.source.speak()
    await connection.async_close()
    assert line.states == [
        State.WAITING,
        State.OPENING,
        State.LISTENING,
        State.CONNECTED,
        State.CLOSED,
    ]
    assert len(line.sources) == 2
    # Whatever comes late is nobody's
    line.source.speak()
    assert connection.state is State.CLOSED


async def test_the_first_try_fails(line: Line) -> None:
    """Who opens hears why, nothing is left open, and it may be tried again."""
    line.errors = [PortBusyError(), RuntimeError("of a library")]
    with pytest.raises(PortBusyError):
        await line.connection.async_open()
    with pytest.raises(RuntimeError):
        await line.connection.async_open()
    assert line.troubles == ["PortBusyError", "RuntimeError"]
    assert [source.closed for source in line.sources] == [1, 1]
    assert line.connection.source is None
    await line.start()
    assert line.connection.state is State.CONNECTED


async def test_waits_double_until_a_frame_comes(line: Line) -> None:
    """An open source is no success: only a frame of the meter makes the wait short."""
    await line.start()
    line.errors = [PortMissingError() for _ in range(7)]
    line.source.on_lost()
    waits = []
    while line.errors:
        await line.until(State.WAITING)
        waits.append(line.connection.wait)
        tries = len(line.sources)
        await line.clock.run(lambda: len(line.sources) > tries, 70)  # noqa: B023
    waits.append(line.connection.wait)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert waits[0] == FIRST_WAIT
    assert waits[-1] == LONGEST_WAIT
    assert line.troubles == ["PortMissingError"] * 7
    await line.until(State.LISTENING)
    line.source.speak()
    assert line.connection.wait == FIRST_WAIT


@pytest.mark.parametrize(
    ("interval", "patience"), [(None, 10), (1.5, 10), (4.0, 16), (9.0, 36)]
)
async def test_silence(line: Line, interval: float | None, patience: float) -> None:
    """Quiet after 10 s, silent after four frames if that is longer, then opened anew."""
    line.interval = interval
    await line.start()
    took = await line.until(State.QUIET if patience > LINK_SECONDS else State.SILENT)
    assert took == pytest.approx(LINK_SECONDS, abs=1)
    took += await line.until(State.SILENT)
    assert patience <= took <= patience + 3
    took += await line.until(State.WAITING)
    assert took == pytest.approx(REOPEN_SECONDS, abs=3)
    assert set(line.troubles) == {"SilentError"}
    # The source was asked about what came since the meter's last frame
    assert set(map(repr, line.asked)) == {repr(([], 100))}
    # Without a frame the new one is silent too, for its own time
    await line.until(State.LISTENING)
    assert await line.until(State.WAITING) == pytest.approx(REOPEN_SECONDS, abs=3)


async def test_a_frame_ends_silence(line: Line) -> None:
    """The same source goes on, and its silence is counted anew."""
    await line.start()
    for _ in range(3):
        await line.until(State.SILENT)
        line.source.speak()
        assert line.connection.state is State.CONNECTED
    assert len(line.sources) == 1


async def test_the_reason_changes_with_the_cause(line: Line) -> None:
    """It is asked for at each look."""
    await line.start()
    await line.until(State.SILENT)
    line.why = NoiseError()
    await line.clock.pass_time(3)
    assert line.troubles[0] == "SilentError"
    assert line.troubles[-1] == "NoiseError"


async def test_addresses_only(line: Line) -> None:
    """They are no frame of the meter, and part of the reason."""
    await line.start()
    line.judged = Heard.NOTHING
    while line.connection.state is not State.SILENT:
        line.source.speak(ADDRESS_ONLY)
        await line.clock.leap(1)
    assert line.asked[-1][0] == [ADDRESS_ONLY]
    await line.until(State.WAITING)


async def test_another_meter(line: Line) -> None:
    """While it speaks nothing is opened anew, and the own meter is heard at once."""
    await line.start()
    line.judged = Heard.STRANGER
    line.source.speak()
    assert line.states == []
    line.judged = Heard.OTHER_METER
    for _ in range(100):
        line.source.speak()
        await line.clock.leap(1)
    assert line.states == [State.OTHER_METER]
    assert not line.troubles
    line.judged = Heard.METER
    line.source.speak()
    line.judged = Heard.OTHER_METER
    line.source.speak()
    assert await line.until(State.WAITING) == pytest.approx(REOPEN_SECONDS, abs=3)
    assert line.states == [
        State.OTHER_METER,
        State.CONNECTED,
        State.OTHER_METER,
        State.WAITING,
    ]


async def test_groups_are_for_a_meter_that_is_read(line: Line) -> None:
    """Measurements before a frame's end are handed on while frames come."""
    await line.connection.async_open()
    groups = [Group("IINST", "002")]
    line.source.on_groups(groups)
    line.source.speak()
    line.source.on_groups(groups)
    assert line.groups == [groups]


async def test_a_source_that_speaks_while_it_is_opened(line: Line) -> None:
    """A server gives frames before it has answered."""
    line.at_open = asyncio.Event()
    opening = asyncio.create_task(line.connection.async_open())
    await asyncio.sleep(0)
    line.source.speak()
    line.at_open.set()
    await opening
    assert line.states == [State.OPENING, State.CONNECTED]


async def test_closed_while_it_is_opened(line: Line) -> None:
    """Whoever closes waits until the port is free."""
    await line.start()
    line.at_open = asyncio.Event()
    line.source.on_lost()
    await line.until(State.OPENING)
    await line.connection.async_close()
    assert line.source.closed == 1
    assert line.states[-1] is State.CLOSED


ERRORS = [
    RuntimeError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    AssertionError,
    OSError,
    MemoryError,
]


@pytest.mark.parametrize("kind", ERRORS)
async def test_nothing_unexpected_ends_it(
    line: Line, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever opening raises is logged once, without its words, and tried again."""
    await line.start()
    secret = "/dev/ttySECRET"
    line.errors = [kind(secret) for _ in range(3)]
    line.source.on_lost()
    await line.until(State.LISTENING, 200)
    line.source.speak()
    assert line.connection.state is State.CONNECTED
    (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert record.exc_info
    assert kind.__name__ in caplog.text
    assert "in open" in caplog.text
    assert secret not in caplog.text


@pytest.mark.parametrize("where", ["frame", "state", "trouble", "groups"])
async def test_an_owner_that_fails(
    line: Line, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong with one frame, or with telling, is logged once and passed over."""

    def fail(_: Any) -> None:
        raise RuntimeError

    await line.start()
    connection: Any = line.connection
    if where == "frame":
        line.judged = RuntimeError()
        line.source.speak()
        line.source.speak()
        line.judged = Heard.METER
    else:
        setattr(connection, f"_on_{where}", fail)
        line.source.on_groups([Group("IINST", "002")])
    line.errors = [PortMissingError()]
    line.source.on_lost()
    await line.until(State.LISTENING)
    line.source.speak()
    assert connection.state is State.CONNECTED
    assert len([r for r in caplog.records if r.exc_info]) == 1


async def test_closing_that_fails(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    """A source that cannot be closed in order holds nobody up."""
    await line.start()

    async def fail() -> None:
        line.source.opened = False
        raise RuntimeError

    line.source.close = fail  # type: ignore[method-assign]
    await line.connection.async_close()
    assert line.connection.state is State.CLOSED
    assert line.connection.source is None
    assert len([r for r in caplog.records if r.exc_info]) == 1
