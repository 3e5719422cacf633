"""The connection to a meter: its source is opened, watched, and opened again.

A state machine that knows nothing of what frames mean: its owner judges them and is told
of each change. Of everything else that is needed it is given a function.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from enum import Enum, StrEnum
from typing import Any, Never, Protocol

from homeassistant.exceptions import HomeAssistantError

from ..linky_tic.tic.errors import SourceError
from ..linky_tic.tic.frame import Frame, Group
from .sources import Source
from .tasks import Backoff, Unexpected, keep_running, once_more

# 54E, receiver annex: the link is faulty after 10 s without a correct frame
LINK_SECONDS = 10.0
# What a meter last said holds for so many of its frames
SILENT_PERIODS = 4
# A network port or a server may be dead without saying so
REOPEN_SECONDS = 60.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class State(StrEnum):
    """What a connection is about."""

    CLOSED = "closed"
    """Nothing is open, and nobody tries to open it."""
    OPENING = "opening"
    LISTENING = "listening"
    """The source is open and has given no frame of the meter yet."""
    CONNECTED = "connected"
    """Frames of the meter come."""
    QUIET = "quiet"
    """None came for 10 s, which is too long for the line but may be the meter's pace."""
    SILENT = "silent"
    """None came for so long that what the meter last said holds no more."""
    OTHER_METER = "other_meter"
    """Another meter's frames come in place of this one's."""
    WAITING = "waiting"
    """The source was lost or could not be opened; it is tried again in a while."""


class Heard(Enum):
    """What a frame was, as the owner judges it."""

    METER = "meter"
    """A frame of this meter."""
    OTHER_METER = "other_meter"
    """Another meter's, for sure."""
    STRANGER = "stranger"
    """Not this meter's, or damaged: nothing follows from a single one."""
    NOTHING = "nothing"
    """An address and nothing else."""


class MakeSource(Protocol):
    """Makes the source to be opened next."""

    async def __call__(
        self,
        *,
        on_frame: Callable[[Frame], None],
        on_groups: Callable[[list[Group]], None],
        on_lost: Callable[[], None],
    ) -> Source:
        """Return it, not opened; may raise SourceError or HomeAssistantError."""


class LostError(Exception):
    """The source was lost, or is silent for so long that it may be dead."""


class Connection:
    """Keeps a meter's source open.

    ``on_frame`` judges each frame; ``on_groups`` gets the groups so far of a frame while
    the meter is read; ``on_state`` is told of each new state, and ``on_trouble`` of the
    reason whenever opening failed or silence was looked at: a SourceError where it is
    known. ``frame_interval`` gives the meter's pace in seconds, ``create_task`` makes a
    task of a coroutine and a name. A wait for the next try doubles until a frame of the
    meter comes.
    """

    def __init__(
        self,
        make_source: MakeSource,
        *,
        on_frame: Callable[[Frame], Heard],
        on_groups: Callable[[list[Group]], None],
        on_state: Callable[[State], None],
        on_trouble: Callable[[Exception], None],
        frame_interval: Callable[[], float | None],
        create_task: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self.source: Source | None = None
        """The open source."""
        self.state = State.CLOSED
        self._make_source = make_source
        self._on_frame = on_frame
        self._on_groups = on_groups
        self._on_state = on_state
        self._on_trouble = on_trouble
        self._frame_interval = frame_interval
        self._create_task = create_task
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff(FIRST_WAIT, LONGEST_WAIT)
        self._unexpected = Unexpected("reading the meter")
        self._lost = asyncio.Event()
        self._last_frame = self._last_heard = self._loop.time()
        self._received = 0
        """How much the source had given at the meter's last frame."""
        self._address_only: list[Frame] = []
        """The last frame with an address only, if one came since the meter's last."""
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def silent(self) -> float:
        """Seconds since the meter's last frame, or since the source was opened."""
        return self._loop.time() - self._last_frame

    @property
    def wait(self) -> float:
        """Seconds before the next try to open a lost source."""
        return self._backoff.wait

    async def async_open(self) -> None:
        """Open the source and begin to listen; nothing watches it yet.

        Raises what making and opening it raise, and leaves nothing open then.
        """
        self._set(State.OPENING)
        self._lost = lost = asyncio.Event()
        self._received = 0
        self._address_only = []
        try:
            source = await self._make_source(
                on_frame=self._process_frame,
                on_groups=self._process_groups,
                on_lost=lost.set,
            )
            try:
                await source.open()
            except BaseException:
                await once_more(source.close, self._unexpected)
                raise
        except Exception as err:
            self._tell_trouble(err)
            raise
        self.source = source
        self._last_frame = self._last_heard = self._loop.time()
        # A server may speak before it has answered
        if self.state is State.OPENING:
            self._set(State.LISTENING)

    def watch(self) -> None:
        """Watch the open source from now on, and open it again whenever it is lost."""
        self._task = self._create_task(
            keep_running(
                self._turn,
                self._backoff,
                self._unexpected,
                expected=(LostError, SourceError, HomeAssistantError),
            ),
            "tic connection",
        )

    async def async_close(self) -> None:
        """Close the source and try no more; the port is free when this returns."""
        self._set(State.CLOSED)
        task, self._task = self._task, None
        if task is not None:
            # It may be opening the port at this very moment
            task.cancel()
            await asyncio.wait([task])
        with self._unexpected:
            await self._close_source()

    def why_nothing(self) -> SourceError:
        """Return why no frame of the meter comes from the open source."""
        assert self.source is not None  # opening it has its own reasons
        return self.source.why_nothing(self._address_only, self._received)

    async def _turn(self) -> None:
        try:
            if self.source is None:
                await self.async_open()
            await self._listen()
        finally:
            if self.state is not State.CLOSED:
                self._set(State.WAITING)
            await self._close_source()

    async def _listen(self) -> Never:
        """Raise LostError when the source is lost, or may be dead."""
        while not self._lost.is_set():
            seconds = self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._lost.wait()
        raise LostError

    def _look(self) -> float:
        """Notice silence; return the seconds to the next look."""
        now = self._loop.time()
        silent = self.silent
        if silent < LINK_SECONDS:
            return LINK_SECONDS - silent
        if self.state is not State.OTHER_METER:
            interval = self._frame_interval() or 0
            over = silent >= max(LINK_SECONDS, SILENT_PERIODS * interval)
            self._set(State.SILENT if over else State.QUIET)
            self._tell_trouble(self.why_nothing())
        if now - self._last_heard >= REOPEN_SECONDS:
            raise LostError
        return LINK_SECONDS / 4

    def _process_frame(self, frame: Frame) -> None:
        if self.state in {State.CLOSED, State.WAITING}:
            return
        heard = Heard.NOTHING
        # One that cannot be judged must not end the reading of the next
        with self._unexpected:
            heard = self._on_frame(frame)
        if heard is Heard.NOTHING:
            if frame.address_only:
                self._address_only = [frame]
            return
        self._last_heard = self._loop.time()
        if heard is Heard.METER:
            self._last_frame = self._last_heard
            self._address_only = []
            if self.source is not None:
                self._received = self.source.received
            self._backoff.reset()
            self._set(State.CONNECTED)
        elif heard is Heard.OTHER_METER:
            self._set(State.OTHER_METER)

    def _process_groups(self, groups: list[Group]) -> None:
        if self.state is State.CONNECTED:
            with self._unexpected:
                self._on_groups(groups)

    def _set(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            with self._unexpected:
                self._on_state(state)

    def _tell_trouble(self, err: Exception) -> None:
        with self._unexpected:
            self._on_trouble(err)

    async def _close_source(self) -> None:
        source, self.source = self.source, None
        if source is not None:
            # Whoever gives up waiting must find it closed all the same
            self._closing = asyncio.create_task(
                once_more(source.close, self._unexpected), name="tic close"
            )
        if self._closing is not None:
            await asyncio.shield(self._closing)
            self._closing = None
