"""Frames for ever: a source that is opened again whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
import logging

from ...tic.errors import SilentError, SourceError
from ...tic.frame import Frame
from ...tic.labels import Mode
from ...tic.sources.guard import Guard, end_if_cancelled
from ...tic.sources.listen import LISTEN_IN_ALL
from ...tic.sources.quality import BAD_PERCENT, LineWatch
from ...tic.sources.tic2websocket.messages import ServerError, why_no_data
from ..log import Log
from ..messages import explain, say
from . import ports
from .decode import SPEEDS
from .sources import frames, is_in_time

# As the integration has them
LINK_SECONDS = 10.0
REOPEN_SECONDS = 60.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class _NoPortError(Exception):
    """It is not known which port to open; the argument is the message's key."""


class Link:
    """The way to a meter; says when it is lost, for each other reason, and when found."""

    def __init__(
        self,
        url: str | None,
        baudrate: int | None,
        log: Log,
        *,
        on_read: Callable[[bool], None] = lambda _: None,
        on_lost: Callable[[], object] = lambda: None,
    ) -> None:
        """Prepare; without a URL the only modem there is will be taken.

        ``on_read`` is told when the meter is read, and when it is not any more;
        ``on_lost`` whenever the source cannot be opened or is lost.
        """
        self._on_read = on_read
        self.wait = FIRST_WAIT
        """Seconds before the next try."""
        self._url, self._baudrate, self._log = url, baudrate, log
        self._on_lost = on_lost
        self._mode: Mode | None = None
        self._lost: bool | None = None
        """None before the first try ended."""
        self._reasons: set[str] = set()
        """Why it is lost, as far as it was said."""
        self._error: ServerError | None = None
        """What the server last reported of the meter, since its last frame."""
        self._watch = LineWatch()
        self._silence: asyncio.TimerHandle | None = None
        self._guard = Guard(logging.getLogger(__name__), "Reading the meter")

    async def frames(self) -> AsyncGenerator[Frame]:
        """Yield the meter's frames."""
        try:
            while True:
                try:
                    async with aclosing(self._open()) as source:
                        async for frame in source:
                            if frame.groups:
                                self._found(frame)
                            yield frame
                except Exception as err:  # noqa: BLE001
                    self._guard.call(self._lose_by, err)
                end_if_cancelled()
                self._guard.call(self._on_lost)
                await asyncio.sleep(self.wait)
                # Only a valid frame makes the wait short again
                self.wait = min(self.wait * 2, LONGEST_WAIT)
        finally:
            self._listen_for_silence(on=False)

    def _open(self) -> AsyncGenerator[Frame]:
        """Return the frames of the source; raises _NoPortError."""
        url = self._url
        if url is None:
            try:
                url = ports.choose()
            except LookupError:
                raise _NoPortError("no_port") from None
            if url is None:
                raise _NoPortError("many_ports")
        hint = self._baudrate
        if hint is None and self._mode is not None:
            hint = SPEEDS[self._mode]
        patience = LISTEN_IN_ALL if self._mode is None else REOPEN_SECONDS
        return frames(url, hint, patience=patience, on_error=self._report)

    def _found(self, frame: Frame) -> None:
        self.wait = FIRST_WAIT
        self._mode = frame.mode or self._mode
        self._error = None
        self._reasons.clear()
        if self._lost is not False:
            self._log.info("meter_read" if self._lost is None else "meter_again")
            self._lost = False
            self._on_read(True)
            self._watch.restart()
        elif self._watch.add(
            asyncio.get_running_loop().time(), len(frame.groups), frame.damaged
        ):
            if self._watch.bad:
                self._log.warning("line_bad", percent=BAD_PERCENT)
            else:
                self._log.info("line_good")
        self._listen_for_silence(on=True)

    def _report(self, error: ServerError) -> None:
        """Note what a server reports of the meter."""
        self._error = error
        if self._lost:
            self._lose_silently()

    def _lose_silently(self) -> None:
        """Note that nothing comes from a source that is open."""
        port = is_in_time(self._url)
        err = SilentError() if port else why_no_data(self._error)
        self._lose(explain(err)[0], getattr(err, "code", None))

    def _lose_by(self, err: Exception) -> None:
        """Note that the source ended with an error."""
        key = "unexpected"
        if isinstance(err, _NoPortError):
            key = str(err.args[0])
        elif isinstance(err, SourceError):
            key = explain(err)[0]
        else:
            self._guard.tell(err)
        self._lose(key, getattr(err, "code", None))

    def _lose(self, key: str, code: object = None) -> None:
        """Note that nothing comes, and say why if that is news."""
        self._listen_for_silence(on=False)
        if key not in self._reasons:
            self._reasons.add(key)
            reason = say(key, self._log.lang, code="?" if code is None else code)
            self._log.warning(
                "still_lost" if self._lost else "meter_lost", reason=reason
            )
        if self._lost is False:
            self._on_read(False)
        self._lost = True

    def _listen_for_silence(self, *, on: bool) -> None:
        """Say so when nothing comes for a while, though the source is open."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if on:
            loop = asyncio.get_running_loop()
            self._silence = loop.call_later(
                LINK_SECONDS, self._guard.call, self._lose_silently
            )
