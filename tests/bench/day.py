"""Count what a day of a household writes: `python -m tests.bench.day`.

Every frame goes through a whole Home Assistant with the entities that are enabled by
default; only the waits between frames are left out. A row is a changed state, as the
recorder writes it; the recorder itself does not run.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
import logging
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.publishing import THRESHOLDS, Noise, Profile
from custom_components.linky_meter.tic.codec import Decoder
from custom_components.linky_meter.tic.frame import Frame
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import frame
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from tests.conftest import entry_for
from tests.life.clock import Clock
from tests.life.fed import FedMeter
from tests.simulator import PRESETS, SimulatedMeter
from tests.simulator.clock import PARIS

START = datetime(2026, 1, 13, 0, 0, tzinfo=PARIS)
SEED = 3
HOUSES = {"single": "standard_hc", "three": "standard_tempo_three_phase"}
FRAME_SECONDS = 1.5
POWER = "sensor.linky_apparent_power"
LATE = 20
"""Readings left out at first, while phases and labels are learned."""


@dataclass
class Tally:
    """What one day wrote, and how far the power shown was from the frame's."""

    rows: Counter[str] = field(default_factory=Counter)
    entities: int = 0
    frames: int = 0
    errors: list[float] = field(default_factory=list)
    missed: int = 0
    """Steps above the threshold that were not shown with their reading."""


@dataclass(frozen=True)
class Said:
    """One frame and when it ended."""

    frame: Frame
    now: datetime


def household(preset: str, begin: datetime, hours: float) -> list[Said]:
    """Return the frames of a house."""
    meter = SimulatedMeter(replace(PRESETS[preset], start=begin, seed=SEED))
    decoder = Decoder()
    said: list[Said] = []
    for _ in range(int(hours * 3600 / FRAME_SECONDS)):
        data = meter.frame()
        meter.advance(FRAME_SECONDS)
        said.extend(Said(one, meter.now) for one in decoder.feed(data))
    return said


async def live(preset: str, said: list[Said], profile: Profile) -> Tally:
    """Let a Home Assistant take the frames."""
    patch, tally = pytest.MonkeyPatch(), Tally()
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS, None)
        frame.async_setup(hass)
        clock = Clock(hass.loop)
        hass.loop.set_debug(False)
        fed = FedMeter(preset, clock, start=said[0].now, seed=SEED)
        fed.entry = entry_for(fed.meter.address, "/dev/ttyFED", publishing=profile)
        fed.plug(patch)
        now = said[0].now
        patch.setattr(life, "dt_util", SimpleNamespace(utcnow=lambda: now))
        await fed.set_up(hass)
        for one in said[:LATE]:
            now = one.now
            clock.hop(FRAME_SECONDS)
            fed.coordinator._on_frame(one.frame)
            await asyncio.sleep(0)
        await hass.async_block_till_done()
        tally.entities = sum(
            len(platform.entities) for platform in async_get_platforms(hass, DOMAIN)
        )
        _count(hass, tally)
        threshold = THRESHOLDS[profile].get(Noise.POWER)
        for one in said[LATE:]:
            now = one.now
            clock.hop(FRAME_SECONDS)
            before = _shown(hass)
            fed.coordinator._on_frame(one.frame)
            await asyncio.sleep(0)
            shown, power = _shown(hass), fed.coordinator.data["apparent_power"]
            tally.frames += 1
            if shown is not None and isinstance(power, int):
                tally.errors.append(abs(shown - power))
                if threshold and before is not None and shown != power:
                    tally.missed += threshold.steps(before, power)
        assert await hass.config_entries.async_unload(fed.entry.entry_id)
        clock.close()
        await hass.async_stop(force=True)
    patch.undo()
    return tally


def _count(hass: HomeAssistant, tally: Tally) -> None:
    """Count from now on."""

    @callback
    def take(event: Event[Any]) -> None:
        if event.data["old_state"] is not None:
            tally.rows[event.data["entity_id"]] += 1

    hass.bus.async_listen(EVENT_STATE_CHANGED, take)


def _shown(hass: HomeAssistant) -> float | None:
    """Return the power shown."""
    state = hass.states.get(POWER)
    try:
        return None if state is None else float(state.state)
    except ValueError:
        return None


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench recorder")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--start", type=int, default=0, help="hour of the day")
    parser.add_argument("--house", choices=HOUSES, action="append")
    parser.add_argument("--top", type=int, default=0, help="entities with most rows")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    begin = START.replace(hour=options.start)
    for house in options.house or HOUSES:
        said = household(HOUSES[house], begin, options.hours)
        every = 0
        for profile in Profile:
            tally = asyncio.run(live(HOUSES[house], said, profile))
            rows = tally.rows.total()
            every = every or rows
            print(
                f"{house}-phase, {profile}: {tally.entities} entities, "
                f"{tally.frames} frames in {options.hours:g} h, {rows} rows "
                f"({rows / tally.frames:.2f} a frame, {every / max(rows, 1):.1f} "
                f"times fewer than every frame); shown power differs by "
                f"{max(tally.errors):.0f} VA at most and {fmean(tally.errors):.1f} VA "
                f"on average, {tally.missed} steps late",
                flush=True,
            )
            for entity_id, number in tally.rows.most_common(options.top):
                print(f"  {number:7} {entity_id}")


if __name__ == "__main__":
    main()
