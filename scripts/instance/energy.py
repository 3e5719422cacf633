"""The Energy dashboard and the statistics behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from .client import Client, Json


class Row(NamedTuple):
    """One hour of a statistic."""

    start: datetime
    values: dict[str, float]
    """``state`` and ``sum`` of a meter, or ``mean``, ``min`` and ``max``."""


def grid(
    drawn: str | None,
    *,
    sold: str | None = None,
    price: float | None = None,
    cost: str | None = None,
    power: str | None = None,
) -> Json:
    """Return a grid source: what is drawn or sold, at a fixed price or with its cost."""
    source = {
        "type": "grid",
        "stat_energy_from": drawn,
        "stat_energy_to": sold,
        "stat_cost": cost,
        "entity_energy_price": None,
        "number_energy_price": price if drawn else None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": price if sold else None,
        "cost_adjustment_day": 0.0,
    }
    return source if power is None else source | {"stat_rate": power}


async def import_rows(
    client: Client,
    statistic: str,
    rows: Iterable[Row],
    *,
    unit: str,
    unit_class: str | None,
) -> None:
    """Write hours into a sensor's own statistic."""
    stats = [{"start": row.start.isoformat(), **row.values} for row in rows]
    has_sum = any("sum" in row for row in stats)
    await client.call(
        "recorder/import_statistics",
        metadata={
            "has_mean": not has_sum,
            "mean_type": 0 if has_sum else 1,
            "has_sum": has_sum,
            "name": None,
            "source": "recorder",
            "statistic_id": statistic,
            "unit_class": unit_class,
            "unit_of_measurement": unit,
        },
        stats=stats,
    )


async def objections(client: Client) -> list[Json]:
    """Return what Home Assistant finds wrong with the Energy dashboard."""
    problems: Json = await client.call("energy/validate")
    return [
        problem for group in problems.values() for source in group for problem in source
    ]


async def join(client: Client, statistic: str, since: datetime, total: float) -> bool:
    """Let the recorder's own sum go on from a total; False if it has none yet.

    A new sum starts at 0, five minutes after the first value at the latest.
    """
    found: dict[str, list[Json]] = await client.call(
        "recorder/statistics_during_period",
        start_time=since.isoformat(),
        statistic_ids=[statistic],
        period="5minute",
        types=["sum"],
    )
    if not found.get(statistic):
        return False
    if found[statistic][0]["sum"] >= total / 2:
        return True
    units: list[Json] = await client.call(
        "recorder/get_statistics_metadata", statistic_ids=[statistic]
    )
    await client.call(
        "recorder/adjust_sum_statistics",
        statistic_id=statistic,
        start_time=since.isoformat(),
        adjustment=total,
        adjustment_unit_of_measurement=units[0]["statistics_unit_of_measurement"],
    )
    return True


async def written(client: Client, statistic: str, last: datetime) -> None:
    """Wait until the last row of a statistic is in the database."""
    for _ in range(300):
        found: dict[str, list[Json]] = await client.call(
            "recorder/statistics_during_period",
            start_time=last.isoformat(),
            statistic_ids=[statistic],
            period="hour",
            types=["sum"],
        )
        if found.get(statistic):
            return
        await asyncio.sleep(0.1)
