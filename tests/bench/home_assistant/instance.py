"""A real `hass` process with a meter on a pseudo-terminal, to measure from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
import sqlite3
import tempfile
from time import clock_gettime
from typing import Any

from scripts.instance.client import Client, ClientError
from scripts.instance.folder import free_port, prepare
from scripts.instance.process import HassProcess
from tests.simulator import PRESETS, SimulatedMeter

from .marked import MarkedMeter

DOMAIN = "linky_meter"
PRESET = "standard_tempo_three_phase"
_START_SECONDS = 90.0
_ROWS = """
  SELECT count(*) FROM states JOIN states_meta USING (metadata_id)
  WHERE states_meta.entity_id LIKE '%.linky_%'
"""
# As users have it; the smoke boot is in a hurry and wants more lines
_AS_SHIPPED = {"commit_interval: 1": "commit_interval: 5", "info": "warning"}


@dataclass
class Instance:
    """A running Home Assistant, a client of it, and the meter beside it."""

    client: Client
    meter: MarkedMeter
    entry_id: str
    _process_id: int
    _database: Path

    @property
    def processor(self) -> float:
        """Seconds of processor time that all threads of Home Assistant took so far."""
        # What clock_getcpuclockid(3) returns; finer than the ticks of /proc
        return clock_gettime((~self._process_id << 3) | 2)

    @property
    def rows(self) -> int:
        """States of ours that the recorder has committed."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as db:
            number: int = db.execute(_ROWS).fetchone()[0]
            return number

    async def enable(self, *, on: bool) -> None:
        """Set the entry up, or unload it, as the button for it does."""
        disabled = None if on else "user"
        await self.client.call(
            "config_entries/disable", entry_id=self.entry_id, disabled_by=disabled
        )

    async def publish(self, profile: str) -> None:
        """Choose how often is shown; the rest of the form stays as proposed."""
        client, path = self.client, "/api/config/config_entries/options/flow"
        flow = await client.request("POST", path, {"handler": self.entry_id})
        for answer in ({"next_step_id": "settings"}, {"publishing": profile}):
            flow = await client.request("POST", f"{path}/{flow['flow_id']}", answer)
        if flow["type"] != "create_entry":
            raise ClientError(f"The options are not taken: {flow}")

    async def entities(self) -> set[str]:
        """Return the enabled entities of the meter."""
        return {
            entity["entity_id"]
            for entity in await self.client.call("config/entity_registry/list")
            if entity["platform"] == DOMAIN and entity["disabled_by"] is None
        }


@asynccontextmanager
async def instance(preset: str = PRESET, **changes: Any) -> AsyncIterator[Instance]:
    """Start Home Assistant, and set the meter up as a user would: balanced."""
    changes.setdefault("start", datetime.now(UTC))
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="linky-bench-") as name:
        folder = Path(name)
        prepare(folder / "config", port=port)
        configuration = folder / "config" / "configuration.yaml"
        text = configuration.read_text()
        for theirs, ours in _AS_SHIPPED.items():
            text = text.replace(theirs, ours)
        configuration.write_text(text)
        process = HassProcess(folder / "config")
        meter = MarkedMeter(
            SimulatedMeter(replace(PRESETS[preset], **changes)), link=folder / "meter"
        )
        async with meter, process, Client(port) as client:
            try:
                await client.connect(_START_SECONDS, lambda: process.exit_code is None)
            except ClientError as err:
                raise ClientError(process.tail()) from err
            entry_id = await _set_up(client, meter)
            yield Instance(
                client,
                meter,
                entry_id,
                _process_id(process),
                folder / "config" / "home-assistant_v2.db",
            )


def _process_id(process: HassProcess) -> int:
    """Return the number of the process."""
    running = process._process
    assert running is not None
    return running.pid


async def _set_up(client: Client, meter: MarkedMeter) -> str:
    """Go through the forms; return the entry, once its entities are there."""
    flow = await client.start_flow(DOMAIN)
    if flow["type"] == "menu":
        flow = await client.answer_flow(flow, {"next_step_id": "serial"})
    flow = await client.answer_flow(flow, {"device": meter.path})
    flow = await client.answer_flow(flow, {})
    if flow["type"] != "create_entry":
        raise ClientError(f"The meter is not set up: {flow}")
    for _ in range(200):
        (entry,) = await client.call("config_entries/get", domain=DOMAIN)
        if entry["state"] == "loaded":
            return str(entry["entry_id"])
        await asyncio.sleep(0.1)
    raise ClientError(f"The meter is not read: {entry['reason']}")
