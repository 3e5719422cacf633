"""The flow of the page about other programs shows what the meter says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
import re

import pytest

from tests.cli.conftest import Starter, package, start  # noqa: F401
from tests.conftest import until
from tests.mosquitto import Mosquitto, listening
from tests.repository.test_programs import fences
from tests.simulator import PRESETS, PtyMeter

from .server import NodeRed

_SHOWN = re.compile(r"\[debug:Power, W\]\s+(-?[\d.]+)")


@pytest.mark.usefixtures("socket_enabled")
async def test_the_flow_shows_the_power(
    start: Starter,  # noqa: F811
    tmp_path: Path,
) -> None:
    """What the debug node writes is what ``linky-tic run`` told the broker."""
    (text,) = fences("json")
    nodes = json.loads(text)
    async with (
        asyncio.timeout(110),
        Mosquitto(tmp_path / "mosquitto") as broker,
        NodeRed(tmp_path / "node-red") as node_red,
        PtyMeter(PRESETS["standard_hc"], speed=20) as meter,
        listening(broker.port, "linky/+/power") as ear,
    ):
        # Your broker is all that is to be set
        (own,) = (node for node in nodes if node["type"] == "mqtt-broker")
        own |= {"broker": "127.0.0.1", "port": str(broker.port)}
        await node_red.import_flow(nodes)
        settings = {
            "LINKY_PORT": meter.path,
            "MQTT_HOST": "127.0.0.1",
            "MQTT_PORT": str(broker.port),
        }
        async with start("run", **settings):

            def shown() -> list[float]:
                found = _SHOWN.findall(node_red.log.read_text())
                return [float(number) for number in found]

            await until(lambda: len(shown()) > 1, 60)
        found = shown()

        def told() -> set[float]:
            return {json.loads(one)["active_power"] for one in ear.ending("/power")}

        # It may have subscribed after the first ones; each that it shows was told
        await ear.until(lambda: set(found) <= told())
    assert found[-1] > 0
