"""What makes a bare instance a demo: the meter, its past, the dashboards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from time import monotonic

from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from tests.simulator import MeterConfig
from tests.simulator.contracts import CONTRACTS

from .client import Client, ClientError, Json
from .dashboard import dashboard
from .demo_costs import DemoCosts
from .energy import Row, grid, import_rows, join, written
from .feeds import Feed
from .page import TITLES
from .past import Hour, Registers

DOMAIN = "linky_meter"
DASHBOARD = "my-linky"

# An example in EUR/kWh
_EXPORT_PRICE = 0.04
# Longer than a frame takes
_SETTLE_SECONDS = 2.0


class Demo:
    """Furnishes one instance."""

    def __init__(
        self, client: Client, feed: Feed, config: MeterConfig, language: str
    ) -> None:
        """Prepare."""
        self._client = client
        self.feed = feed
        self._config = config
        self._language = language
        self._names: dict[str, str] = {}
        self._offsets: dict[str, float] = {}

    async def welcome(self) -> None:
        """Give the user the language."""
        formats = dict.fromkeys(
            ("number_format", "time_format", "date_format", "first_weekday"), "language"
        )
        language = {"language": self._language, "time_zone": "local", **formats}
        await self._set_user_data("language", language)

    async def furnish(
        self, hours: list[Hour], present: Registers, say: Callable[[str], None]
    ) -> None:
        """Set up the meter, write its past, and lay out the dashboards."""
        say("Home Assistant runs; looking for the meter")
        entry = await self._add_meter()
        entities = await self._entities()
        say(f"the meter is found; writing the statistics of {len(hours)} past hours")
        await self._write_past(entities, hours, present)
        costs = DemoCosts(self._client, self._config)
        # After the past is written: the ledger is filled from it
        say("choosing prices and offers, and working out what the past cost")
        await costs.choose(entry, day_of(hours[0].start))
        entities = await self._entities()
        spent = {
            place: entities[f"cost_index_{max(place, 0) + 1}"]
            for place in self._counted(entities)
        }
        sources = self._sources(entities, spent)
        await self._client.call("energy/save_prefs", energy_sources=sources)
        if -1 in spent:
            spent = {0: spent[-1]}
        self._offsets |= await costs.write_past(spent, hours, present)
        say("laying out the dashboards")
        await self._lay_out(entities)

    async def join(self, since: datetime) -> None:
        """Join what is counted from now on to the past, as soon as there is some."""
        while self._offsets:
            await asyncio.sleep(2)
            for statistic, offset in list(self._offsets.items()):
                if await join(self._client, statistic, since, offset):
                    del self._offsets[statistic]

    async def _set_user_data(self, key: str, value: Json) -> None:
        await self._client.call("frontend/set_user_data", key=key, value=value)

    async def _add_meter(self) -> Json:
        """Go through the set-up, unless that was done in an earlier run."""
        client = self._client
        new = not await client.call("config_entries/get", domain=DOMAIN)
        if new:
            flow = await client.start_flow(DOMAIN)
            flow = await client.answer_flow(flow, {"next_step_id": self.feed.option})
            flow = await client.answer_flow(flow, self.feed.form)
            if flow.get("errors"):
                raise ClientError(f"The meter is not found: {flow['errors']}")
            flow = await client.answer_flow(flow, {})
            if flow["type"] != "create_entry":
                raise ClientError(f"The meter is not set up: {flow}")
        for _ in range(300):
            entries: list[Json] = await client.call("config_entries/get", domain=DOMAIN)
            if entries[0]["state"] == "loaded":
                if new:
                    await self._settle()
                return entries[0]
            await asyncio.sleep(0.1)
        raise ClientError(f"The meter is not read: {entries[0]['reason']}")

    async def _settle(self) -> None:
        """Wait until no more entities come: some need a second frame."""
        entities, changed = await self._entities(), monotonic()
        while monotonic() - changed < _SETTLE_SECONDS:
            await asyncio.sleep(0.25)
            known, entities = entities, await self._entities()
            if entities != known:
                changed = monotonic()

    async def _entities(self) -> dict[str, str]:
        """Return the enabled entities by key."""
        enabled = [
            entity
            for entity in await self._client.call("config/entity_registry/list")
            if entity["platform"] == DOMAIN and entity["disabled_by"] is None
        ]
        self._names = {
            entity["entity_id"]: entity["original_name"] for entity in enabled
        }
        return {
            entity["unique_id"].partition("_")[2]: entity["entity_id"]
            for entity in enabled
        }

    def _counted(self, entities: dict[str, str]) -> dict[int, str]:
        """Return the registers of the contract by place, or the total at place -1."""
        found = {
            place: entities[f"energy_index_{place + 1}"]
            for place in range(len(CONTRACTS[self._config.contract].labels))
            if f"energy_index_{place + 1}" in entities
        }
        return found or {-1: entities["energy_import"]}

    def _sources(self, entities: dict[str, str], spent: dict[int, str]) -> list[Json]:
        """Return a grid source per tariff, each with what it cost."""
        sources = [
            grid(entity, cost=spent[place]) | {"name": self._names[entity]}
            for place, entity in self._counted(entities).items()
        ]
        if "active_power" in entities:
            sources[0] |= {"stat_rate": entities["active_power"]}
        if export := entities.get("energy_export"):
            source = grid(None, sold=export, price=_EXPORT_PRICE)
            sources.append(source | {"name": self._names[export]})
        return sources

    async def _write_past(
        self, entities: dict[str, str], hours: list[Hour], present: Registers
    ) -> None:
        """Write statistics since last month that the live values go on from."""
        counted = self._counted(entities)
        energies: dict[str, Callable[[Registers], float]] = {
            entities["energy_import"]: _total
        }
        for place, entity in counted.items():
            if place >= 0:
                energies[entity] = partial(_supplied, place)
        if export := entities.get("energy_export"):
            energies[export] = _injected
        for entity, wh in energies.items():
            start = wh(hours[0].end)
            self._offsets[entity] = offset = (wh(present) - start) / 1000
            rows = [
                Row(
                    hour.start,
                    {
                        "state": wh(hour.end) / 1000,
                        "sum": (wh(hour.end) - start) / 1000,
                    },
                )
                for hour in hours
            ]
            await import_rows(
                self._client, entity, rows, unit="kWh", unit_class="energy"
            )
            if entity != export:
                continue
            statistic = f"{entity}_compensation"
            self._offsets[statistic] = offset * _EXPORT_PRICE
            earned = [
                Row(row.start, {"state": 0.0, "sum": row.values["sum"] * _EXPORT_PRICE})
                for row in rows
            ]
            await import_rows(
                self._client, statistic, earned, unit="EUR", unit_class=None
            )
        await self._write_powers(entities, hours)
        await written(self._client, list(energies)[-1], hours[-1].start)

    async def _write_powers(self, entities: dict[str, str], hours: list[Hour]) -> None:
        """Write the power of each hour."""
        powers: list[tuple[str, str, str, Callable[[Hour], list[float]]]] = [
            ("apparent_power", "VA", "apparent_power", lambda hour: list(hour.drawn)),
            ("active_power", "W", "power", lambda hour: list(hour.watts)),
        ]
        for key, unit, unit_class, values in powers:
            if entity := entities.get(key):
                rows = []
                for hour in hours:
                    of = values(hour)
                    mean = sum(of) / len(of)
                    rows.append(
                        Row(hour.start, {"mean": mean, "min": min(of), "max": max(of)})
                    )
                await import_rows(
                    self._client, entity, rows, unit=unit, unit_class=unit_class
                )

    async def _lay_out(self, entities: dict[str, str]) -> None:
        """Save the dashboard, and show it first."""
        client, title = self._client, TITLES[self._language]["title"]
        known: list[Json] = await client.call("lovelace/dashboards/list")
        mine = [item for item in known if item["url_path"] == DASHBOARD]
        if not mine:
            await client.call(
                "lovelace/dashboards/create",
                url_path=DASHBOARD,
                title=title,
                icon="mdi:home-lightning-bolt",
            )
        elif mine[0]["title"] != title:
            await client.call(
                "lovelace/dashboards/update", dashboard_id=mine[0]["id"], title=title
            )
        await client.call(
            "lovelace/config/save",
            url_path=DASHBOARD,
            config=dashboard(
                entities,
                self._names,
                self._language,
                kva=self._config.kva,
                phases=self._config.phases,
            ),
        )
        await self._set_user_data("core", {"default_panel": DASHBOARD})


def _total(registers: Registers) -> float:
    return sum(registers.supplier)


def _supplied(place: int, registers: Registers) -> float:
    return registers.supplier[place]


def _injected(registers: Registers) -> float:
    return registers.injected
