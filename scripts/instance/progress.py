"""What the demo says while it starts: never more than a few seconds of silence."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Self

_SILENCE_SECONDS = 4.0


class Progress:
    """Lines with the time since the start; an asynchronous context manager."""

    def __init__(self) -> None:
        """Start the clock."""
        self._began = self._said = monotonic()
        self._what = ""

    async def __aenter__(self) -> Self:
        """Say from now on also that something goes on."""
        self._ticker = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Be silent."""
        await self.stop()

    async def stop(self) -> None:
        """Say no more."""
        self._ticker.cancel()
        with suppress(asyncio.CancelledError):
            await self._ticker

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return monotonic() - self._began

    def say(self, what: str) -> None:
        """Say what begins now, or was found."""
        self._what = what
        self._print(what)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(max(self._said + _SILENCE_SECONDS - monotonic(), 0.1))
            if monotonic() - self._said >= _SILENCE_SECONDS:
                self._print(f"{self._what} ...")

    def _print(self, text: str) -> None:
        self._said = monotonic()
        print(f"demo: {self.seconds:5.1f} s  {text}", flush=True)
