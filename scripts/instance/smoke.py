"""Boot a real Home Assistant and use the integration as a user would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import re
from statistics import median
import sys
import tempfile
from time import monotonic

from serialx import open_serial_connection

from tests.bench.home_assistant.marked import MarkedMeter
from tests.simulator import MeterConfig, SimulatedMeter

from .client import Client, ClientError, Json
from .energy import Row, grid, import_rows, objections
from .folder import free_port, prepare
from .latency import Latency, summary
from .process import HassProcess

DOMAIN = "linky_meter"
ADDRESS = "042164987321"
PRM = "98765432101234"
FRAMES = 20
MOST_MILLISECONDS = 20.0
ATTEMPTS = 3
# After it a frame of this meter has no measurement
LAST_MEASUREMENT = b"\nSINSTS\t"
# Home Assistant says this of every custom integration
_HARMLESS = "We found a custom integration"
_TROUBLE = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) ")


class SmokeError(Exception):
    """Something is not as it should be."""


class Smoke:
    """One boot, from the first frame to the freed port."""

    def __init__(
        self, client: Client, process: HassProcess, meter: MarkedMeter
    ) -> None:
        """Prepare."""
        self._client = client
        self._process = process
        self._meter = meter
        self._started = monotonic()

    async def run(self) -> None:
        """Do everything in order."""
        await self._client.connect(60, lambda: self._process.exit_code is None)
        version = (await self._client.call("get_config"))["version"]
        self._say(f"Home Assistant {version} runs")
        entry_id = await self._set_up()
        entities = await self._entities()
        latency = await self._values(entities)
        await self._energy(entities)
        await self._latency(latency)
        await self._rename(entities["apparent_power"])
        self._log()
        await self._remove(entry_id)
        self._log()

    async def _set_up(self) -> str:
        """Add the meter through the forms; return the entry."""
        client = self._client
        flow = await client.start_flow(DOMAIN)
        if flow["type"] == "menu":
            flow = await client.answer_flow(flow, {"next_step_id": "address"})
        _expect(flow["type"] == "form", f"no form for the port: {flow}")
        flow = await client.answer_flow(flow, {"device": self._meter.path})
        _expect(
            flow["type"] == "form" and flow["step_id"].startswith("found"),
            f"no summary of what was found: {flow}",
        )
        shown = flow["description_placeholders"]
        self._say(f"the set-up found a meter: {_without_links(shown)}")
        flow = await client.answer_flow(flow, {})
        _expect(flow["type"] == "create_entry", f"no entry: {flow}")
        entry: Json = flow["result"]
        _expect(ADDRESS not in entry["title"], "the title has the address")
        await self._until(
            "the entry is loaded", lambda: self._loaded(entry["entry_id"])
        )
        return str(entry["entry_id"])

    async def _loaded(self, entry_id: str) -> bool:
        entries = await self._client.call("config_entries/get", domain=DOMAIN)
        return any(
            entry["entry_id"] == entry_id and entry["state"] == "loaded"
            for entry in entries
        )

    async def _entities(self) -> dict[str, str]:
        """Return the enabled entities by key."""
        found = {}
        for entity in await self._client.call("config/entity_registry/list"):
            if entity["platform"] == DOMAIN and entity["disabled_by"] is None:
                address, _, key = entity["unique_id"].partition("_")
                _expect(address == ADDRESS, "an entity has another meter's address")
                _expect(
                    ADDRESS not in entity["entity_id"], "an entity id has the address"
                )
                found[key] = entity["entity_id"]
        states = await self._client.states()
        missing = [
            entity
            for entity in found.values()
            if states.get(entity, {"state": "unavailable"})["state"] == "unavailable"
        ]
        _expect(not missing, f"unavailable: {', '.join(missing)}")
        self._say(f"{len(found)} entities are available")
        return found

    async def _values(self, entities: dict[str, str]) -> Latency:
        """Follow the power over some frames; it must change with the house."""
        latency = Latency(self._meter, entities["apparent_power"])
        await self._client.subscribe(
            latency.listen, "subscribe_entities", entity_ids=[latency.entity]
        )
        latency.start()

        async def changed() -> bool:
            return len({power for _, power in latency.shown}) >= 3

        await self._until("the power changes", changed)
        return latency

    async def _energy(self, entities: dict[str, str]) -> None:
        """Put the import into the Energy dashboard, which must have no objection."""
        client, states = self._client, await self._client.states()
        energy, power = entities["energy_import"], entities.get("active_power")
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        hour -= timedelta(hours=1)
        # The recorder defines a statistic every five minutes: no need to wait for it
        state = float(states[energy]["state"])
        row = Row(hour, {"state": state, "sum": 0.0})
        await import_rows(client, energy, [row], unit="kWh", unit_class="energy")
        if power is not None:
            row = Row(hour, {"mean": 100.0, "min": 100.0, "max": 100.0})
            await import_rows(client, power, [row], unit="W", unit_class="power")
        await client.call(
            "energy/save_prefs", energy_sources=[grid(energy, price=0.2, power=power)]
        )
        problems: list[Json] = []

        async def clean() -> bool:
            problems[:] = await objections(client)
            return not problems

        await self._until(
            "the Energy dashboard has no objection", clean, note=lambda: str(problems)
        )
        self._say("the Energy dashboard has no objection")

    async def _latency(self, latency: Latency) -> None:
        """Wait for enough frames and judge the delays."""

        async def enough() -> bool:
            return len(latency.sent) >= FRAMES + 2

        for attempt in range(1, ATTEMPTS + 1):
            await self._until(f"{FRAMES} frames are shown", enough, 180)
            delays = latency.delays()
            _expect(
                len(delays) >= 0.9 * FRAMES, f"only {len(delays)} frames were shown"
            )
            self._say(f"last measurement of a frame to the browser: {summary(delays)}")
            if median(delays) < MOST_MILLISECONDS:
                break
            # Something else may have had the processor meanwhile
            _expect(attempt < ATTEMPTS, "that is too slow")
            latency.begin()
        latency.stop()

    async def _rename(self, entity: str) -> None:
        """Give an entity another id; its values go on below that."""
        renamed = "sensor.my_linky_power"
        await self._client.call(
            "config/entity_registry/update", entity_id=entity, new_entity_id=renamed
        )
        states = await self._client.states()
        _expect(entity not in states, "the old entity id is left")
        first = states[renamed]["last_updated"]

        async def goes_on() -> bool:
            state = (await self._client.states())[renamed]
            return bool(state["last_updated"] != first and state["state"].isdigit())

        await self._until("a renamed entity is updated", goes_on)
        self._say("an entity was renamed")

    async def _remove(self, entry_id: str) -> None:
        """Remove the entry; its port must be free at once."""
        await self._client.request(
            "DELETE", f"/api/config/config_entries/entry/{entry_id}"
        )
        _expect(not self._meter.has_reader, "the port is still open")
        # Exclusive, and so refused while somebody has it
        reader, writer = await open_serial_connection(self._meter.path, 9600)
        async with asyncio.timeout(10):
            await reader.readexactly(1)
        writer.close()
        await writer.wait_closed()
        states = await self._client.states()
        left = [state for state in states.values() if "linky" in state["entity_id"]]
        owned = [state["entity_id"] for state in left if _is_of_meter(state)]
        _expect(not owned, f"entities are left: {owned}")
        self._say("the entry is gone and the port is free")

    def _log(self) -> None:
        """Look for our complaints, and for what must never be logged."""
        secrets = {
            "the address": ADDRESS,
            "the PRM": PRM,
            "the port": self._meter.path,
            "the port's device": self._meter.device,
        }
        ours = False
        for line in self._process.log.splitlines():
            for name, secret in secrets.items():
                _expect(
                    not re.search(rf"{re.escape(secret)}(?!\d)", line),
                    f"the log has {name}: {line}",
                )
            if _TROUBLE.match(line):
                ours = DOMAIN in line and _HARMLESS not in line
                _expect(not ours, f"the log complains: {line}")
            # Tracebacks follow the line that they belong to
            _expect(f"components/{DOMAIN}/" not in line, f"an exception: {line}")

    async def _until(
        self,
        what: str,
        condition: Callable[[], Awaitable[bool]],
        seconds: float = 20,
        note: Callable[[], str] = str,
    ) -> None:
        """Wait for something, but not for ever."""
        try:
            async with asyncio.timeout(seconds):
                while not await condition():
                    _expect(self._process.exit_code is None, "Home Assistant died")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            late = f"in {seconds:.0f} s it did not happen: {what} {note()}"
            raise SmokeError(late.rstrip()) from None

    def _say(self, text: str) -> None:
        print(f"smoke: {monotonic() - self._started:5.1f} s  {text}", flush=True)


def _is_of_meter(state: Json) -> bool:
    """Return whether a state is ours; the Energy dashboard's costs are not."""
    return not str(state["entity_id"]).endswith(("_cost", "_compensation"))


def _without_links(placeholders: Json) -> str:
    """Return what a form says, short."""
    return ", ".join(
        str(value) for value in placeholders.values() if "://" not in str(value)
    )


def _expect(condition: object, complaint: str) -> None:
    """Fail unless the condition holds."""
    if not condition:
        raise SmokeError(complaint)


async def _smoke(folder: Path) -> int:
    """Run once in a folder; return the exit code."""
    port = free_port()
    # What may never be logged, not even at debug
    levels = {
        f"custom_components.{DOMAIN}": "debug",
        "homeassistant.components.usb": "debug",
    }
    prepare(folder / "config", port=port, levels=levels)
    config = MeterConfig(
        contract="hc", kva=9, address=ADDRESS, prm=PRM, start=datetime.now(UTC), seed=21
    )
    process = HassProcess(folder / "config")
    try:
        async with (
            MarkedMeter(
                SimulatedMeter(config),
                last=LAST_MEASUREMENT,
                link=folder / "tic-adapter",
            ) as meter,
            process,
            Client(port) as client,
        ):
            await Smoke(client, process, meter).run()
            code = await process.stop()
        _expect(code == 0, f"Home Assistant stopped with exit code {code}")
    except (SmokeError, ClientError, TimeoutError) as err:
        print(f"smoke: FAILED: {str(err) or type(err).__name__}", file=sys.stderr)
        print("smoke: the end of Home Assistant's log:", file=sys.stderr)
        print(process.tail(), file=sys.stderr)
        return 1
    print("smoke: passed; Home Assistant stopped in order")
    return 0


def main() -> int:
    """Run the command."""
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="linky-smoke-") as folder:
        return asyncio.run(_smoke(Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
