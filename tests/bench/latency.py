"""From the line to the state at real speed: `python -m tests.bench.latency`.

A whole Home Assistant in this process reads a three-phase standard meter from a
pseudo-terminal. Times end at the state-changed event; a WebSocket client comes after.
"""

from __future__ import annotations

import argparse
import asyncio
from itertools import cycle
import logging
import os
from statistics import median
from time import monotonic
import tty
from typing import Any

from pytest_homeassistant_custom_component.common import async_test_home_assistant

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, callback
from homeassistant.helpers import frame
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from tests.conftest import entry_for
from tests.simulator import PRESETS, SimulatedMeter
from tests.simulator.wire import with_parity

PRESET = "standard_tempo_three_phase"
POWER = "sensor.linky_apparent_power"
LOADS = cycle((600.0, 1500.0, 900.0, 2400.0, 1200.0, 3000.0))
"""Each a step from the one before."""
GRAIN = 16
"""Bytes that an adapter hands over at once, 17 ms."""
BYTES_A_SECOND = 960
GAP = 0.025


class Wire:
    """A meter on a pseudo-terminal that notes when it has said what."""

    def __init__(self) -> None:
        """Open the port."""
        self.meter = SimulatedMeter(PRESETS[PRESET])
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(slave)
        self.measured = self.ended = 0.0

    async def say(self) -> None:
        """Send a frame at the speed of the line."""
        load = next(LOADS)
        self.meter.set_load((load, 500.0, 500.0))
        self.meter.advance(1.4)
        data = with_parity(self.meter.frame())
        mark = data.index(with_parity(b"\r"), data.index(with_parity(b"SINSTS3"))) + 1
        began = monotonic()
        # The last measurement ends a grain, as a quiet line would end it
        cuts = sorted({*range(GRAIN, len(data), GRAIN), mark, len(data)})
        start = 0
        for cut in cuts:
            await asyncio.sleep(max(0.0, began + cut / BYTES_A_SECOND - monotonic()))
            if cut == mark:
                self.measured = monotonic()
            elif cut == len(data):
                self.ended = monotonic()
            os.write(self._master, data[start:cut])
            start = cut
        await asyncio.sleep(GAP)


async def measure(frames: int) -> None:
    """Measure and print."""
    after: list[float] = []
    before_end: list[float] = []
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS, None)
        frame.async_setup(hass)
        hass.loop.set_debug(False)
        wire, shown = Wire(), 0.0

        @callback
        def take(event: Event[Any]) -> None:
            nonlocal shown
            if event.data["entity_id"] == POWER and not shown:
                shown = monotonic()

        hass.bus.async_listen(EVENT_STATE_CHANGED, take)
        entry = entry_for(wire.meter.address, wire.path, publishing="balanced")
        entry.add_to_hass(hass)
        began = monotonic()
        task = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        said = 0
        while not task.done() or not shown:
            await wire.say()
            said += 1
        print(f"first values {shown - began:.2f} s after set-up began, {said} frames")
        for _ in range(5):
            await wire.say()
        for _ in range(frames):
            shown = 0.0
            await wire.say()
            if shown:
                after.append(1000 * (shown - wire.measured))
                before_end.append(1000 * (shown - wire.ended))
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)
    for name, delays in (("measurement", after), ("frame", before_end)):
        delays.sort()
        print(
            f"{len(delays)} of {frames} steps shown; after the end of the {name}: "
            f"median {median(delays):.1f} ms, 99 % within "
            f"{delays[int(0.99 * (len(delays) - 1))]:.1f} ms, worst {delays[-1]:.1f} ms"
        )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench latency")
    parser.add_argument("--frames", type=int, default=300)
    logging.disable(logging.WARNING)
    asyncio.run(measure(parser.parse_args().frames))


if __name__ == "__main__":
    main()
