"""What a house lived through before: written into its recorder, and its meter's registers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import cos, pi
import sqlite3
from typing import Self

from scripts.instance.client import ClientError, Json
from scripts.instance.energy import Row, import_rows, written
from tests.simulator import MeterConfig
from tests.simulator.agenda import Agenda
from tests.simulator.clock import PARIS, chance
from tests.simulator.contracts import CONTRACTS

from .house import House, Meter, until

_HOUR = timedelta(hours=1)
_ALWAYS = 138.0
_FIRST_INDEX = 1_000_000
_RED_PEAK = 6


@dataclass(frozen=True)
class Past:
    """Whole hours until now: when each began, what counted, and how many Wh."""

    config: MeterConfig
    """The meter that goes on from there."""
    hours: Sequence[tuple[datetime, int, int]]

    @classmethod
    def of(cls, config: MeterConfig, days: int, *, red: float = 1.0) -> Self:
        """Live so many days, up to this hour, in a house with habits.

        ``red`` is the part that is used in peak hours of red days.
        """
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        agenda = Agenda(config.contract, config.seed, config.colour_change_hour)
        first = (end.astimezone(PARIS) - timedelta(days=days)).replace(hour=0)
        at = first.astimezone(UTC)
        hours = []
        sums = [0] * len(CONTRACTS[config.contract].labels)
        while at < end:
            index = agenda.at(at.astimezone(PARIS)).index
            wh = _wh(config.seed, at.astimezone(PARIS))
            if config.contract == "tempo" and index == _RED_PEAK:
                wh = round(red * wh)
            hours.append((at, index, wh))
            sums[index - 1] += wh
            at += _HOUR
        indexes = tuple(_FIRST_INDEX + wh for wh in sums)
        return cls(replace(config, indexes=indexes, start=datetime.now(UTC)), hours)

    async def write(self, house: House, meter: Meter) -> None:
        """Write the hourly energy of all registers, and the power of the last hours."""
        entities = await entities_of(house, meter)
        count = len(CONTRACTS[self.config.contract].labels)
        registers = {
            f"energy_index_{index}": {index} for index in range(1, count + 1)
        } | {"energy_import": set(range(1, count + 1))}
        last = ""
        for key, indexes in registers.items():
            if (entity := entities.get(key)) is None:
                continue
            last = entity
            total, rows = 0, []
            start = _FIRST_INDEX * len(indexes)
            for at, index, wh in self.hours:
                total += wh if index in indexes else 0
                values = {"state": (start + total) / 1000, "sum": total / 1000}
                rows.append(Row(at, values))
            await import_rows(
                house.client, entity, rows, unit="kWh", unit_class="energy"
            )
        await written(house.client, last, self.hours[-1][0])
        # Meanwhile the meters and what Home Assistant says must be read
        await asyncio.to_thread(self._write_power, house, entities["active_power"])

    def _write_power(self, house: House, entity: str) -> None:
        """Write the states of the last hours, as the recorder would have."""
        now = datetime.now(UTC).timestamp()
        plan = ((180, 640), (165, 2350), (112, 310), (70, 1240), (24, 3420), (12, 2350))
        path = house.folder / "home-assistant_v2.db"
        with closing(sqlite3.connect(path, timeout=60)) as database:
            # The recorder writes too: what was read must not be old when we write
            database.execute("BEGIN IMMEDIATE")
            (known, attributes) = database.execute(
                "SELECT metadata_id, attributes_id FROM states"
                " JOIN states_meta USING (metadata_id)"
                " WHERE states_meta.entity_id = ? ORDER BY state_id DESC",
                (entity,),
            ).fetchone()
            rows = []
            for minute in range(180, 0, -1):
                watts = next(w for began, w in reversed(plan) if minute <= began)
                watts += round(60 * chance(self.config.seed, minute))
                rows.append((known, attributes, str(watts), now - 60 * minute))
            database.executemany(
                "INSERT INTO states (metadata_id, attributes_id, state, last_updated_ts,"
                " origin_idx) VALUES (?, ?, ?, ?, 0)",
                rows,
            )
            database.commit()


def _wh(seed: int, at: datetime) -> int:
    """Return what an hour draws: heating by the season, habits by the hour."""
    day = at.timetuple().tm_yday
    cold = 0.55 + 0.45 * cos(2 * pi * (day - 20) / 365)
    # Some days are cold, some are warm
    cold *= 0.7 + 0.6 * chance(seed, at.toordinal())
    watts = _ALWAYS + cold * (1000 if at.hour >= 6 else 250)
    watts += 900 if 6 <= at.hour < 9 else 0
    watts += 1900 if 18 <= at.hour < 22 else 0
    watts += 1300 if at.weekday() >= 5 and 10 <= at.hour < 15 else 0
    watts += 1600 if 2 <= at.hour < 5 else 0
    return round(watts * (0.8 + 0.4 * chance(seed, at.toordinal(), at.hour)))


async def entities_of(house: House, meter: Meter) -> dict[str, str]:
    """Return the enabled entities of a meter by key."""
    return {
        one["unique_id"].partition("_")[2]: one["entity_id"]
        for one in await house.client.call("config/entity_registry/list")
        if one["config_entry_id"] == meter.id and one["disabled_by"] is None
    }


async def choose_prices(
    house: House,
    meter: Meter,
    prices: Sequence[float],
    *,
    subscription: float,
    since: datetime,
) -> None:
    """Choose prices by the action, and wait until the past has been worked out."""
    devices: list[Json] = await house.client.call("config/device_registry/list")
    await house.client.call(
        "call_service",
        domain="linky_meter",
        service="set_prices",
        service_data={
            "device_id": next(
                one["id"] for one in devices if meter.id in one["config_entries"]
            ),
            "prices": {str(n): price for n, price in enumerate(prices, 1)},
            "subscription": subscription,
            "valid_from": since.date().isoformat(),
        },
    )

    async def known() -> bool:
        month = (await shown(house, meter))["month"]
        return month.get("eur") is not None

    await until(known)


async def choose_own_hours(
    house: House, meter: Meter, since: datetime, price: float = 0.1589
) -> None:
    """Say that the contract has hours of its own, all of them off-peak."""
    flow = await house.client.start_flow(meter.id, "options")
    prices = {
        "price_1": price,
        "price_2": max(0.2142, price + 0.01),
        "subscription": 15.5,
    }
    day = {"windows": "00:00-24:00", "valid_from": since.date().isoformat()}
    for answer in (
        {"next_step_id": "prices"},
        {"next_step_id": "contract"},
        {"next_step_id": "contract_off_peak"},
        prices | day,
        # No hour is peak
        prices | day | {"confirm": True},
    ):
        flow = await house.client.answer_flow(flow, answer, of="options")
    if flow["type"] != "create_entry":
        raise ClientError(f"No contract: {flow}")

    async def counted() -> bool:
        return "contract_tariff" in (await shown(house, meter))["entities"]

    await until(counted)


async def choose_export(house: House, meter: Meter, since: date) -> None:
    """Say when bills begin, and that a virtual battery keeps what is fed in."""
    billing = {"bill_every": "two_months", "bill_first": since.isoformat()}
    battery = {"valid_from": since.isoformat(), "delivery_price": 0.09, "stored": 12.5}
    for answers in (
        [{"next_step_id": "billing"}, billing],
        [{"next_step_id": "export"}, {"next_step_id": "export_battery"}, battery],
    ):
        flow = await house.client.start_flow(meter.id, "options")
        for answer in ({"next_step_id": "prices"}, *answers):
            flow = await house.client.answer_flow(flow, answer, of="options")
        if flow["type"] != "create_entry":
            raise ClientError(f"Not taken: {flow}")

    async def known() -> bool:
        return "battery" in ((await shown(house, meter))["sums"] or {})

    await until(known)


async def compare_with_regulated(house: House, meter: Meter, kva: int) -> None:
    """Add the regulated offers, and wait until they are compared."""
    flow = await house.client.start_flow([meter.id, "offer"], _SUBENTRIES)
    for answer in ({"next_step_id": "regulated"}, {"power": kva}):
        flow = await house.client.answer_flow(flow, answer, of=_SUBENTRIES)
    if flow["type"] not in {"create_entry", "abort"}:
        raise ClientError(f"No offer: {flow}")

    async def compared() -> bool:
        return bool((await shown(house, meter))["offers"])

    await until(compared)


_SUBENTRIES = "subentries"


async def shown(house: House, meter: Meter) -> Json:
    """Return what the dashboard is told of a meter."""
    meters: list[Json] = await house.client.call("linky_meter/meters")
    return next(one["meter"] for one in meters if one["meter"]["entry"] == meter.id)
