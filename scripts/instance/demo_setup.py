"""What makes a bare instance a demo: the meter, its past, what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from tests.simulator import MeterConfig
from tests.simulator.contracts import CONTRACTS

from .client import Client, ClientError, Json
from .demo_costs import DemoCosts
from .demo_loads import DemoLoads
from .feeds import Feed
from .past.demo_past import DemoPast
from .past.past import Past, Registers

DOMAIN = "linky_meter"
# What the last page of the set-up creates
DASHBOARD = "linky-meter"
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

    async def welcome(self) -> None:
        """Give the user the language."""
        formats = dict.fromkeys(
            ("number_format", "time_format", "date_format", "first_weekday"), "language"
        )
        language = {"language": self._language, "time_zone": "local", **formats}
        await self._set_user_data("language", language)
        await self._client.call(
            "call_service",
            domain="frontend",
            service="set_theme",
            service_data={"name": "Linky"},
        )

    async def furnish(
        self,
        folder: Path,
        past: Past,
        present: Registers,
        say: Callable[[str], None],
    ) -> DemoPast:
        """Set up the meter, write its past, and choose prices and offers."""
        say("Home Assistant runs; looking for the meter")
        entry = await self._add_meter()
        listed = await self._client.call(
            "config_entries/subentries/list", entry_id=entry["entry_id"]
        )
        loads = DemoLoads(self._client, self._config, self.feed.meter, self._language)
        await loads.follow()
        await loads.choose(entry, listed)
        entities = await self._entities()
        say(f"the meter is found; writing what {len(past.hours)} past hours brought")
        before = DemoPast(self._client, self._config, folder, past, present)
        await before.write(entities, self._counted(entities))
        costs = DemoCosts(self._client, self._config)
        # After the past is written: the ledger is filled from it
        say("choosing prices and offers, and working out what the past cost")
        await costs.choose(entry, day_of(past.hours[0].start), listed)
        entities = await self._entities()
        spent = {
            place: entities[f"cost_index_{max(place, 0) + 1}"]
            for place in self._counted(entities)
        }
        if -1 in spent:
            spent = {0: spent[-1]}
        await before.write_costs(spent, costs.cost)
        say("copying the blueprints")
        await self._copy_blueprints(entry)
        await self._set_user_data("core", {"default_panel": DASHBOARD})
        return before

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
            # Prices come after the past that they are for
            flow = await client.answer_flow(flow, {"prices": "later"})
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

    async def _copy_blueprints(self, entry: Json) -> None:
        """Press the button in the options, as after each update."""
        flow = await self._client.start_flow(entry["entry_id"], "options")
        for answer in ({"next_step_id": "blueprints"}, {}):
            flow = await self._client.answer_flow(flow, answer, of="options")
        if flow["type"] != "create_entry":
            raise ClientError(f"The blueprints are not copied: {flow.get('errors')}")
