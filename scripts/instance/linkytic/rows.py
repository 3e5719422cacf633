"""What the recorder has of a meter: years before, and one line at each step."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from scripts.instance.client import Client, Json
from scripts.instance.energy import Row, import_rows, join, written

from .meters import Case

_HOUR = timedelta(hours=1)
_COUNT = 400 * 24
_EACH = 500
"""Wh of each hour of the years before."""
_ROW_SECONDS = 400.0
"""Rows are of five minutes, and compiled ten seconds later."""
_WH = 0.5


class Statistics:
    """The rows of one Home Assistant."""

    def __init__(self, client: Client) -> None:
        """Take a connection."""
        self._client = client

    async def make_years(self, case: Case, energies: Iterable[str]) -> None:
        """Let there be years before what was counted of linkytic's energies."""
        for entity in energies:
            first = (await self._rows(entity, "5minute", least=1))[0]
            if not first["state"]:
                # An index of no tariff of the contract, which ours leaves out
                continue
            begin = datetime.fromtimestamp(first["start"] / 1000, UTC)
            hour = begin.replace(minute=0)
            # The recorder begins with 0, and counts what came within the row
            total, last = _COUNT * _EACH, first["state"] - first["sum"]
            rows = [
                Row(
                    hour - _HOUR * (_COUNT - n),
                    {"state": last - total + _EACH * (n + 1), "sum": _EACH * (n + 1.0)},
                )
                for n in range(_COUNT)
            ]
            client = self._client
            await import_rows(client, entity, rows, unit="Wh", unit_class="energy")
            await written(client, entity, rows[-1].start)
            while not await join(client, entity, begin, total):
                await asyncio.sleep(1)
            case.energies[entity] = total - last

    async def check(self, case: Case) -> None:
        """Wait for rows that are wholly of now, and look at all that there are."""
        asked = datetime.now(UTC)
        for entity, apart in case.energies.items():
            for period in ("5minute", "hour"):
                rows = await self._rows(
                    entity, period, after=asked if period == "5minute" else None
                )
                wrong = [
                    row for row in rows if abs(row["sum"] - row["state"] - apart) > _WH
                ]
                assert not wrong, (case.name, entity, period, wrong[:3])
                if period == "hour":
                    assert len(rows) >= _COUNT
        for entity in case.means:
            if entity in case.moved:
                assert await self._rows(entity, "5minute", after=asked), entity

    async def check_hour(self, case: Case) -> None:
        """Wait for the hour in which it was taken over, and look at it."""
        for entity, apart in case.energies.items():
            rows = await self._rows(
                entity, "hour", least=_COUNT + 1, seconds=3600 + _ROW_SECONDS
            )
            wrong = [
                row for row in rows if abs(row["sum"] - row["state"] - apart) > _WH
            ]
            assert not wrong, (case.name, entity, wrong[:3])

    async def _rows(
        self,
        entity: str,
        period: str,
        *,
        least: int = 0,
        after: datetime | None = None,
        seconds: float = 2 * _ROW_SECONDS,
    ) -> list[Json]:
        """Return rows when there are so many, and one that ends after a time."""
        async with asyncio.timeout(seconds):
            while True:
                found: dict[str, list[Json]] = await self._client.call(
                    "recorder/statistics_during_period",
                    start_time="2020-01-01T00:00:00+00:00",
                    statistic_ids=[entity],
                    period=period,
                    types=["state", "sum", "mean"],
                    units={"energy": "Wh"},
                )
                rows = found.get(entity, [])
                if len(rows) >= least and (
                    after is None
                    or (rows and rows[-1]["end"] / 1000 > after.timestamp())
                ):
                    return rows
                await asyncio.sleep(3)
