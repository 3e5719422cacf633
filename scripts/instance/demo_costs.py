"""The demo's prices and offers, chosen through the forms as a user would.

A user has days behind him; a demo has none. The hours that it writes into the recorder
serve here too: when prices are chosen, the integration fills its ledger from them (its
own backfill), so last month, the estimate and the offers are known at once. Only the
past of the cost statistics is written by the demo itself.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    calendar_key,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    RegulatedPrices,
    bundled,
)
from tests.simulator import MeterConfig
from tests.simulator.contracts import CONTRACTS

from .client import Client, ClientError, Json
from .past.past import Registers

_OPTIONS, _SUBENTRIES = "options", "subentries"
_WAIT_SECONDS = 60

# Examples in EUR/kWh by index, for contracts that have no regulated price
_TYPED: dict[str, tuple[float, ...]] = {
    "weekend": (0.1650, 0.2180, 0.1650),
    "super_off_peak": (0.1780, 0.2210, 0.1370),
}
_SUBSCRIPTION = 19.7


class DemoCosts:
    """Chooses prices and offers, and knows what the past cost."""

    def __init__(self, client: Client, config: MeterConfig) -> None:
        """Prepare."""
        self._client = client
        self._config = config
        self._typed = _TYPED.get(config.contract, ())
        self._calendar = calendar_key(CONTRACTS[config.contract].calendar)
        grid = bundled()
        sold = grid.power_for(self._calendar, config.kva)
        self._regulated = RegulatedPrices(grid, sold) if sold else None

    async def choose(self, entry: Json, since: date, listed: list[Json]) -> None:
        """Choose prices and add the regulated offers, unless an earlier run did."""
        if await self._enabled("current_price") is None:
            await self._choose_prices(entry["entry_id"], since)
        await self._wait("cost_month")
        if not any(subentry["subentry_type"] == "offer" for subentry in listed):
            handler = [entry["entry_id"], "offer"]
            flow = await self._client.start_flow(handler, _SUBENTRIES)
            for answer in ({"next_step_id": "regulated"}, {"power": self._config.kva}):
                flow = await self._client.answer_flow(flow, answer, of=_SUBENTRIES)
        await self._wait("cost_month")

    def cost(self, place: int, before: Registers, after: Registers) -> float:
        """Return what a register counted between two moments cost."""
        price = self._price(day_of(before.time), place + 1)
        return (after.supplier[place] - before.supplier[place]) / 1000 * price

    def _price(self, day: date, index: int) -> float:
        """Return what a kWh of an index cost on a day."""
        if self._regulated is None:
            return self._typed[index - 1]
        quote = self._regulated.price(day, self._calendar, index)
        return float(quote.value) if quote else 0.0

    async def _choose_prices(self, entry_id: str, since: date) -> None:
        """Choose the bundled regulated prices in the options, or type examples."""
        if self._regulated is None:
            await self._type_prices(since)
            return
        chosen: Json = {"power": self._config.kva, "rte_colours": False}
        flow = await self._client.start_flow(entry_id, _OPTIONS)
        for answer in (
            {"next_step_id": "prices"},
            {"next_step_id": "price_source"},
            {"source": "regulated", **chosen},
        ):
            flow = await self._client.answer_flow(flow, answer, of=_OPTIONS)
        if flow["type"] != "create_entry":
            raise ClientError(f"The prices are refused: {flow.get('errors')}")

    async def _type_prices(self, since: date) -> None:
        """Call the action: the form has only the indexes that the meter was seen on."""
        registry = await self._client.call("config/entity_registry/list")
        meter = next(
            entity["device_id"]
            for entity in registry
            if entity["unique_id"].endswith("_energy_import")
        )
        await self._client.call(
            "call_service",
            domain="linky_meter",
            service="set_prices",
            service_data={
                "device_id": meter,
                "prices": {str(n): price for n, price in enumerate(self._typed, 1)},
                "subscription": _SUBSCRIPTION,
                "valid_from": since.isoformat(),
            },
        )

    async def _enabled(self, key: str) -> str | None:
        """Return the entity of a key, if it is there and enabled."""
        for entity in await self._client.call("config/entity_registry/list"):
            mine = entity["unique_id"].partition("_")[2] == key
            if mine and entity["disabled_by"] is None:
                return str(entity["entity_id"])
        return None

    async def _wait(self, *keys: str) -> None:
        """Wait until entities have a state."""
        began = datetime.now(UTC)
        while (datetime.now(UTC) - began).total_seconds() < _WAIT_SECONDS:
            states = await self._client.states()
            found = [await self._enabled(key) for key in keys]
            if all(
                entity in states and states[entity]["state"] != "unavailable"
                for entity in found
            ):
                return
            await asyncio.sleep(0.5)
        raise ClientError(
            f"These entities do not come: {', '.join(keys)}; --fresh starts anew"
        )
