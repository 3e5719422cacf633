"""The callback ``influxdb``: points in batches, kept while the server is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from ...tic.reading import MeterReading
from ..accounts.book import Costs
from ..log import Log
from ..settings import InfluxSettings
from .backlog import Backlog
from .influx_server import Answer, InfluxServer
from .points import cost_points, reading_points

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
CLOSE_SECONDS = 5.0
_MEGABYTE = 1_000_000


class InfluxDB:
    """Writes readings and costs to a server; made in a running event loop."""

    def __init__(self, settings: InfluxSettings, name: str, log: Log) -> None:
        """Begin to write; nothing is asked of the server before there are points."""
        self.backlog = Backlog(settings.buffer * _MEGABYTE)
        self._server = InfluxServer(settings)
        self._seconds = settings.seconds
        self._name, self._log = name, log
        self._full = asyncio.Event()
        self._away: Answer | None = None
        self._refused = 0
        self._dropping = False
        self._task = asyncio.create_task(self._run(), name="influxdb")

    async def compute_reading(self, reading: MeterReading) -> None:
        """Take a reading."""
        self._add(reading_points(reading, self._name))

    async def compute_costs(self, costs: Costs) -> None:
        """Take what the month costs."""
        self._add(cost_points(costs, self._name))

    async def close(self) -> None:
        """Write what is left, if the server takes it now."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._flush()
        await self._server.close()
        if left := len(self.backlog):
            self._log.warning("influx_left", count=left)

    def _add(self, lines: Iterable[str]) -> None:
        if self.backlog.add(lines) and not self._dropping:
            self._dropping = True
            self._log.warning("influx_full")
        if self.backlog.batches:
            self._full.set()

    async def _run(self) -> None:
        """Write now and then, and wait longer and longer while that fails."""
        wait = FIRST_WAIT
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._full.wait()
            self._full.clear()
            if await self._flush():
                wait = FIRST_WAIT
            else:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)

    async def _flush(self) -> bool:
        """Write all that waits; return whether the server took it, or never will."""
        while (batch := self.backlog.first()) is not None:
            answer = await self._server.write(batch.body)
            if answer is Answer.REFUSED:
                self._refuse(batch.lines)
            elif answer is not Answer.TAKEN:
                self._lose(answer)
                return False
            self.backlog.remove(batch)
            self._find()
        return True

    def _refuse(self, lines: int) -> None:
        """Say once that points are lost because the server cannot take them."""
        if not self._refused:
            reason = self._server.reason
            self._log.warning("influx_refused", count=lines, reason=reason)
        self._refused += lines

    def _lose(self, answer: Answer) -> None:
        """Say once why nothing is written."""
        if self._away is None:
            self._log.warning(answer)
        self._away = answer

    def _find(self) -> None:
        """Say once that points are written again."""
        if self._away is None:
            return
        self._away = None
        if self._dropping:
            self._log.warning("influx_back_dropped", count=self.backlog.dropped)
        else:
            self._log.info("influx_back")
        self.backlog.dropped, self._dropping = 0, False
