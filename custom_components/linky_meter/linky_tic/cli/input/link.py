"""Frames for ever: a source that is opened again whenever it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from ...tic.errors import SourceError
from ...tic.frame import Frame
from ...tic.labels import Mode
from ...tic.sources.listen import LISTEN_IN_ALL
from ...tic.sources.quality import BAD_PERCENT, LineWatch
from ..log import Log
from ..messages import explain, say
from . import ports
from .decode import SPEEDS
from .sources import frames

# As the integration has them
LINK_SECONDS = 10.0
REOPEN_SECONDS = 60.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0


class Link:
    """The way to a meter; says once when it is lost and once when it is found."""

    def __init__(self, url: str | None, baudrate: int | None, log: Log) -> None:
        """Prepare; without a URL the only modem there is will be taken."""
        self.wait = FIRST_WAIT
        """Seconds before the next try."""
        self._url, self._baudrate, self._log = url, baudrate, log
        self._mode: Mode | None = None
        self._lost: bool | None = None
        """None before the first try ended."""
        self._watch = LineWatch()
        self._silence: asyncio.TimerHandle | None = None

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
                except SourceError as err:
                    self._lose(explain(err)[0], getattr(err, "code", None))
                except LookupError as err:
                    self._lose(str(err.args[0]))
                await asyncio.sleep(self.wait)
                # Only a valid frame makes the wait short again
                self.wait = min(self.wait * 2, LONGEST_WAIT)
        finally:
            self._listen_for_silence(on=False)

    def _open(self) -> AsyncGenerator[Frame]:
        """Return the frames of the source; raise LookupError when it is not known."""
        url = self._url
        if url is None:
            try:
                url = ports.choose()
            except LookupError:
                raise LookupError("no_port") from None
            if url is None:
                raise LookupError("many_ports")
        hint = self._baudrate
        if hint is None and self._mode is not None:
            hint = SPEEDS[self._mode]
        patience = LISTEN_IN_ALL if self._mode is None else REOPEN_SECONDS
        return frames(url, hint, patience=patience)

    def _found(self, frame: Frame) -> None:
        self.wait = FIRST_WAIT
        self._mode = frame.mode or self._mode
        if self._lost is not False:
            self._log.info("meter_read" if self._lost is None else "meter_again")
            self._lost = False
            self._watch.restart()
        elif self._watch.add(
            asyncio.get_running_loop().time(), len(frame.groups), frame.damaged
        ):
            if self._watch.bad:
                self._log.warning("line_bad", percent=BAD_PERCENT)
            else:
                self._log.info("line_good")
        self._listen_for_silence(on=True)

    def _lose(self, key: str, code: object = None) -> None:
        """Note that nothing comes, and say why if that is news."""
        self._listen_for_silence(on=False)
        if not self._lost:
            reason = say(key, self._log.lang, code="?" if code is None else code)
            self._log.warning("meter_lost", reason=reason)
        self._lost = True

    def _listen_for_silence(self, *, on: bool) -> None:
        """Say so when nothing comes for a while, though the source is open."""
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if on:
            loop = asyncio.get_running_loop()
            self._silence = loop.call_later(LINK_SECONDS, self._lose, "silent")
