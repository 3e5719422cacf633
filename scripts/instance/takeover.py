"""A take-over on a whole Home Assistant, of years that another integration counted.

    takeover.py [FOLDER] [--language fr]

The other one stopped five days ago, and the meter was read beside since then: its old
statistics, the days beside and what follows have to be one line, hour by hour.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import io
import json
import os
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import Any, override
from uuid import uuid4

from PIL import Image

from tests.browser.house import House, until
from tests.simulator import MeterConfig, SimulatedMeter

from .client import Client, Json
from .energy import Row, grid, import_rows, written
from .linkytic.way import run
from .pictures import SIZE, show, small

_HOUR = timedelta(hours=1)
_DAYS, _BESIDE = 800, 5 * 24
_CONFIG = MeterConfig(contract="hc", kva=9, lively=True, seed=7)
# Label, entity, and the Wh of an hour of night and of day
_REGISTERS = (
    ("easf01", "sensor.linky_heures_creuses", (900, 0)),
    ("easf02", "sensor.linky_heures_pleines", (0, 450)),
)
# It has an entity of every index of its mode, also of those of no tariff
_UNUSED = ("easf03", "sensor.linky_sans_tarif")
_PORT = "/dev/serial/by-id/usb-not-there"
_HEALED_SECONDS = 660.0
_TOLERANCE = 1e-3

# Of linkytic it has what a take-over finds: its registry entries and what they show
_STAND_IN = """
from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.device_registry import DeviceInfo


async def async_setup_entry(hass, entry, add):
    add([Index(entry, label) for label in entry.data["values"]])


class Index(SensorEntity):
    _attr_device_class = "energy"
    _attr_native_unit_of_measurement = "Wh"
    _attr_state_class = "total_increasing"
    _attr_should_poll = False

    def __init__(self, entry, label):
        self._attr_unique_id = f"linkytic_{entry.entry_id}_{label}"
        self.entity_id, self._attr_name = entry.data["names"][label]
        self._attr_native_value = entry.data["values"][label]
        self._attr_device_info = DeviceInfo(
            identifiers={("linkytic", entry.data["digits"])}, name="Linky"
        )
"""
_INIT = """
async def async_setup_entry(hass, entry):
    await hass.config_entries.async_forward_entry_setups(entry, ["sensor"])
    return True


async def async_unload_entry(hass, entry):
    return await hass.config_entries.async_unload_platforms(entry, ["sensor"])
"""
_FLOW = """
from homeassistant.config_entries import ConfigFlow


class Flow(ConfigFlow, domain="linkytic"):
    VERSION = 1
    MINOR_VERSION = 2
"""


def energy(hour: datetime, night: int, day: int) -> int:
    """Return the Wh of an hour, more in winter."""
    of_day = night if hour.hour < 6 else day
    return round(of_day * (1.4 if hour.month in {11, 12, 1, 2, 3} else 1))


class TakeoverHouse(House):
    """A house whose meter another integration has read for years."""

    def __init__(self, folder: Path, *, language: str = "en") -> None:
        """Let the other one have stopped five days ago."""
        super().__init__(folder, language=language)
        meter = SimulatedMeter(_CONFIG)
        self.now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self.stopped = self.now - _BESIDE * _HOUR
        self.address = meter.truth.address
        self.indexes = dict(
            zip((one for _, one, _ in _REGISTERS), meter.truth.supplier, strict=False)
        )

    def hours(self, entity: str, since: datetime, until: datetime) -> Iterator[Row]:
        """Yield the rows that end with what the meter says now, Wh."""
        _, _, use = next(one for one in _REGISTERS if one[1] == entity)
        count = (until - since) // _HOUR
        spent = [energy(since + _HOUR * n, *use) for n in range(count)]
        later = (self.now - until) // _HOUR
        state = self.indexes[entity] - sum(
            energy(until + _HOUR * n, *use) for n in range(later)
        )
        state, total = state - sum(spent), 0
        for n, wh in enumerate(spent):
            state, total = state + wh, total + wh
            yield Row(since + _HOUR * n, {"state": state, "sum": total})

    @override
    def _prepare(self) -> None:
        super()._prepare()
        components = self.folder / "custom_components" / "linkytic"
        components.mkdir()
        manifest = {
            "domain": "linkytic",
            "name": "Linky TIC",
            "version": "3.0.0",
            "config_flow": True,
            "codeowners": [],
            "documentation": "https://example.org",
            "iot_class": "local_polling",
        }
        (components / "manifest.json").write_text(json.dumps(manifest))
        (components / "__init__.py").write_text(_INIT)
        (components / "sensor.py").write_text(_STAND_IN)
        (components / "config_flow.py").write_text(_FLOW)
        store = self.folder / ".storage" / "core.config_entries"
        entries = json.loads(store.read_text())
        entries["data"]["entries"].append(self._entry())
        store.write_text(json.dumps(entries))

    def _entry(self) -> Json:
        values = {
            label: list(self.hours(entity, self.stopped - _HOUR, self.stopped))[-1]
            for label, entity, _ in _REGISTERS
        }
        now = datetime.now(UTC).isoformat()
        return {
            "created_at": now,
            "modified_at": now,
            "data": {
                "serial_device": _PORT,
                "tic_mode": "std",
                "producer_mode": False,
                "three_phase": False,
                "digits": self.address[6:],
                "values": {
                    **{label: row.values["state"] for label, row in values.items()},
                    _UNUSED[0]: 0,
                },
                "names": {
                    label: (entity, entity.partition("linky_")[2].replace("_", " "))
                    for label, entity, *_ in (*_REGISTERS, _UNUSED)
                },
            },
            "disabled_by": None,
            "discovery_keys": {},
            "domain": "linkytic",
            "entry_id": uuid4().hex,
            "minor_version": 2,
            "options": {},
            "pref_disable_new_entities": False,
            "pref_disable_polling": False,
            "source": "user",
            "subentries": [],
            "title": _PORT,
            "unique_id": f"linkytic_{_PORT}",
            "version": 1,
        }


class Takeover:
    """The user's way, and what has to be true after it."""

    def __init__(self, house: TakeoverHouse, pictures: Path | None) -> None:
        self._house = house
        self._client: Client = house.client
        self._pictures = pictures
        self._seen: list[bytes] = []

    async def run(self) -> None:
        """Do all of it. Raises AssertionError where something is not right."""
        house, client = self._house, self._client
        entities = [entity for _, entity, _ in _REGISTERS]
        for entity in entities:
            since = house.stopped - _DAYS * 24 * _HOUR
            rows = list(house.hours(entity, since, house.stopped))
            await import_rows(client, entity, rows, unit="Wh", unit_class="energy")
            await written(client, entity, rows[-1].start)
        before = {entity: await self._rows(entity) for entity in entities}
        sources = [grid(entity, price=0.2) for entity in entities]
        await client.call("energy/save_prefs", energy_sources=sources)
        preferences = await client.call("energy/get_prefs")
        meter = await house.add_meter("linky", _CONFIG)
        ours = await self._ours()
        for n, entity in enumerate(entities, 1):
            beside = [
                Row(row.start, {key: wh / 1000 for key, wh in row.values.items()})
                for row in house.hours(entity, house.stopped, house.now)
            ]
            mine = ours[f"energy_index_{n}"]
            await import_rows(client, mine, beside, unit="kWh", unit_class="energy")
            await written(client, mine, beside[-1].start)
        await self._look()
        flow = await client.start_flow(meter.id, of="options")
        flow = await client.answer_flow(
            flow, {"next_step_id": "takeover"}, of="options"
        )
        assert flow["step_id"] == "takeover_preview", flow
        print(flow["description_placeholders"]["table"], flush=True)
        answer = {"fill": False, "merge": True}
        flow = await client.answer_flow(flow, answer, of="options")
        assert flow["reason"] == "taken_over", flow
        moved = await client.call("config/entity_registry/list")
        platforms = {one["entity_id"]: one["platform"] for one in moved}
        assert {platforms[entity] for entity in entities} == {"linky_meter"}
        assert platforms[_UNUSED[1]] == "linkytic"
        print("takeover: done; its sums are checked after five minutes", flush=True)
        async with asyncio.timeout(_HEALED_SECONDS):
            for entity in entities:
                while len(await self._rows(entity)) < len(before[entity]) + _BESIDE:
                    await asyncio.sleep(2)
        for entity in entities:
            after = await self._rows(entity)
            assert after[: len(before[entity])] == before[entity]
            spent = [
                row.values["sum"]
                for row in house.hours(entity, house.stopped, house.now)
            ]
            found = [row["sum"] for row in after[len(before[entity]) :][:_BESIDE]]
            base = before[entity][-1]["sum"]
            assert all(
                abs(one - base - other) < _TOLERANCE
                for one, other in zip(found, spent, strict=True)
            ), entity
        assert await client.call("energy/get_prefs") == preferences
        print("takeover: every hour is right, to the Wh", flush=True)
        await self._look()

    async def _rows(self, entity: str) -> list[Json]:
        found: dict[str, list[Json]] = await self._client.call(
            "recorder/statistics_during_period",
            start_time="2020-01-01T00:00:00+00:00",
            statistic_ids=[entity],
            period="hour",
            types=["state", "sum"],
            units={"energy": "Wh"},
        )
        return found.get(entity, [])

    async def _ours(self) -> dict[str, str]:
        """Return our two registers by key, when they have values."""
        found: dict[str, str] = {}

        async def shown() -> bool:
            states = await self._client.states()
            for one in await self._client.call("config/entity_registry/list"):
                key = one["unique_id"].partition("_")[2]
                state: Any = states.get(one["entity_id"], {"state": "unknown"})
                if one["platform"] == "linky_meter" and state["state"] not in {
                    "unknown",
                    "unavailable",
                }:
                    found[key] = one["entity_id"]
            return {"energy_index_1", "energy_index_2"} <= found.keys()

        await until(shown)
        return found

    async def _look(self) -> None:
        """Keep what the Energy dashboard shows of the last 30 days."""
        if self._pictures is None:
            return
        language = self._house.language
        async with self._house.tab(SIZE, language=language) as tab:
            await show(tab, "energy")
            card = tab.page.locator("hui-energy-usage-graph-card")
            self._seen.append(await card.screenshot())
        path = self._pictures / f"takeover-{language}.png"
        path.write_bytes(small(_beside(*self._seen)))


def _beside(*pictures: bytes) -> bytes:
    """Return pictures beside each other."""
    images = [Image.open(io.BytesIO(one)).convert("RGB") for one in pictures]
    height = max(one.height for one in images)
    whole = Image.new("RGB", (sum(one.width for one in images), height), "white")
    place = 0
    for one in images:
        whole.paste(one, (place, height - one.height))
        place += one.width
    out = io.BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/takeover")
    parser.add_argument("folder", nargs="?", type=Path, help="where pictures are kept")
    parser.add_argument("--language", choices=("en", "fr"), default="en")
    arguments = parser.parse_args()
    if code := os.environ.get("LINKYTIC"):
        run(Path(code))
        return 0
    pictures: Path | None = arguments.folder
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="linky-takeover-") as folder,
        TakeoverHouse(Path(folder), language=arguments.language) as house,
    ):
        house.do(Takeover(house, pictures).run(), 2 * _HEALED_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
