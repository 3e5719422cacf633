"""From a frame to entities in the event loop: `python -m tests.bench.entities`.

Bytes go in as a port gives them, in chunks; what decoding, the meter and publishing
take of it is timed apart. Next to it, every entity is written with every frame.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
import logging
from statistics import mean, median
from time import thread_time
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.entity import LinkyEntity
from custom_components.linky_meter.linky_tic.publish.profiles import Profile
from homeassistant.components import usb
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import frame
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from tests.conftest import entry_for
from tests.life.clock import Clock
from tests.life.fed import FedMeter

from .codec import pieces
from .recorder.day_frames import HOUSES, SEED, START, Said, household
from .report import Target, table

SIZES = (20, 60, 90)
TARGET = Target(400)
"""Microseconds for all three, with 60 entities and values that mostly stay."""
JUDGED = 60
FRAME_SECONDS = 1.5
LEARNING = 20
HEAD = (
    "entities",
    "decode",
    "meter",
    "publish",
    "all, balanced",
    "publish, every frame",
    "every entity written",
    "against balanced",
    "against every frame",
)


class Stages:
    """Microseconds that each stage took of the present frame."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.now: Counter[str] = Counter()
        self.frames: list[Counter[str]] = []

    def timed[**P, R](self, name: str, call: Callable[P, R]) -> Callable[P, R]:
        """Return the same function, timed."""

        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            began = thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                self.now[name] += thread_time() - began  # type: ignore[assignment]

        return measured

    def end(self) -> None:
        """End a frame."""
        self.frames.append(self.now)
        self.now = Counter()

    def mean(self, name: str) -> float:
        """Return the mean frame's microseconds in a stage: most show nothing."""
        return 1e6 * mean(one[name] for one in self.frames)

    def median(self, name: str) -> float:
        """Return the median frame's microseconds in a stage."""
        return 1e6 * median(one[name] for one in self.frames)


@dataclass(frozen=True)
class Split:
    """The mean frame's microseconds."""

    decode: float
    meter: float
    publish: float
    whole: float
    median: float
    """Of the whole."""


def write_all(entities: list[LinkyEntity], coordinator: LinkyCoordinator) -> None:
    """Write each entity, as most integrations do; they know no early readings."""
    if coordinator.data.early:
        return
    for entity in entities:
        entity._take(entity._present()[1])
        entity.async_write_ha_state()


class House:
    """A Home Assistant with a meter."""

    def __init__(self, clock: Clock, begin: Said, profile: Profile) -> None:
        """Prepare."""
        self.stages = Stages()
        self.fed = FedMeter(HOUSES["three"], clock, start=begin.now, seed=SEED)
        address = self.fed.meter.address
        self.fed.entry = entry_for(address, "/dev/ttyFED", publishing=profile)

    async def open(self, stack: AsyncExitStack, number: int, *, all_: bool) -> None:
        """Start, with so many entities."""
        hass = await stack.enter_async_context(async_test_home_assistant())
        hass.data.pop(DATA_CUSTOM_COMPONENTS, None)
        frame.async_setup(hass)
        hass.loop.set_debug(False)
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        # One Home Assistant in a process can have these schemes
        patched.setattr(usb, "register_serialx_transport", lambda: _nothing)
        self.fed.plug(patched)
        stack.push_async_callback(self._close, hass)
        with patch.object(Entity, "entity_registry_enabled_default", True):
            await self.fed.set_up(hass)
        kept = await _keep(hass, number)
        if all_:
            coordinator: Any = self.fed.coordinator
            coordinator.async_update_listeners = lambda: write_all(kept, coordinator)

    async def _close(self, hass: HomeAssistant) -> None:
        """Stop."""
        assert await hass.config_entries.async_unload(self.fed.entry.entry_id)
        await hass.async_stop(force=True)

    def watch(self) -> None:
        """Time the stages from now on."""
        coordinator: Any = self.fed.coordinator
        for holder, name, stage in (
            (coordinator.meter, "take", "meter"),
            (coordinator.meter, "reading", "meter"),
            (coordinator.meter, "preview", "meter"),
            (coordinator, "_push", "publish"),
        ):
            setattr(holder, name, self.stages.timed(stage, getattr(holder, name)))

    def hear(self, said: Said) -> None:
        """Take a frame."""
        began = thread_time()
        _hear(self.fed, said)
        took = self.stages.now
        took["all"] = thread_time() - began  # type: ignore[assignment]
        took["decode"] = took["all"] - took["meter"] - took["publish"]
        self.stages.end()

    @property
    def split(self) -> Split:
        """What the stages took."""
        mean = self.stages.mean
        return Split(
            mean("decode"),
            mean("meter"),
            mean("publish"),
            mean("all"),
            self.stages.median("all"),
        )


async def run(said: list[Said], number: int) -> list[Split]:
    """Return what frames cost balanced, with every frame, and writing everything.

    The three take turns with each frame: what else the machine does meets them all.
    """
    clock = Clock(asyncio.get_running_loop())
    kinds = (
        (Profile.BALANCED, False),
        (Profile.EVERY_FRAME, False),
        (Profile.EVERY_FRAME, True),
    )
    houses = [House(clock, said[0], profile) for profile, _ in kinds]
    async with AsyncExitStack() as stack:
        stack.callback(clock.close)
        for house, (_, all_) in zip(houses, kinds, strict=True):
            await house.open(stack, number, all_=all_)
        for place, one in enumerate(said):
            clock.hop(one.seconds)
            for house in houses:
                if place == LEARNING:
                    house.stages.frames.clear()
                    house.watch()
                house.hear(one)
                await asyncio.sleep(0)
    return [house.split for house in houses]


def _hear(fed: FedMeter, said: Said) -> None:
    """Take the bytes of a frame."""
    assert fed.source is not None
    for piece in pieces(said.data):
        fed.source._protocol.data_received(piece)


@callback
def _nothing(_: Event) -> None:
    """Have nothing to take back."""


async def _keep(hass: HomeAssistant, number: int) -> list[LinkyEntity]:
    """Remove entities until so many are left; every third moves, as in the whole."""
    found = [
        entity
        for platform in async_get_platforms(hass, DOMAIN)
        for entity in platform.entities.values()
        if isinstance(entity, LinkyEntity)
    ]
    if len(found) < number:
        raise ValueError(f"There are only {len(found)} entities")
    kept = [found[len(found) * place // number] for place in range(number)]
    for entity in found:
        if entity not in kept:
            await entity.async_remove()
    return kept


async def line(said: list[Said], number: int) -> tuple[list[str], Split]:
    """Return a line of the table, and the figures that have a target."""
    balanced, every, naive = await run(said, number)
    cells = [
        balanced.decode,
        balanced.meter,
        balanced.publish,
        balanced.whole,
        every.publish,
        naive.publish,
    ]
    return [
        str(number),
        *(f"{cell:.0f}" for cell in cells),
        f"{naive.publish / balanced.publish:.1f} times less",
        f"{naive.publish / every.publish:.1f} times less",
    ], balanced


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench entities")
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--start", type=int, default=14, help="hour of the day")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    hours = (options.frames + LEARNING) * FRAME_SECONDS / 3600
    said = household(HOUSES["three"], START.replace(hour=options.start), hours)
    lines = []
    for number in SIZES:
        cells, balanced = asyncio.run(line(said, number))
        lines.append(cells)
        if number == JUDGED:
            middle = balanced.median
    print(f"mean microseconds a frame, {len(said)} frames, three-phase standard\n")
    print(table(HEAD, lines))
    print(
        f"\nall three stages with {JUDGED} entities, balanced, median frame: "
        f"{middle:.0f}, {TARGET.verdict(middle)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
