"""Months of bad days: unplugged and reloaded again and again, and nothing is left over.

Ten unplugs are a part of every test run; ``scripts/soak`` makes five hundred of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
import gc
import logging
import mmap
from pathlib import Path
from time import perf_counter
from typing import override

from _pytest.logging import LogCaptureHandler
import pytest

from custom_components.linky_meter.const import CONF_USB
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import StartMeter, address_of, entry_for, until

from .conftest import IMPORT, POWER, Lines, Say, is_shown, state_of
from .counts import Counts, held_again, nothing_left
from .modem import IDENTITY, Modem

PRESET = "standard_hc"
PORTS = ("ttyUSB0", "ttyUSB1")
UNPLUGS, RELOADS = 5, 2
"""In a round."""


@dataclass(frozen=True)
class Span:
    """How many rounds, and how many of them first: what is kept is kept then."""

    rounds: int
    look: int
    """Rounds between two looks."""
    warm_up: int


SHORT = Span(rounds=2, look=1, warm_up=1)
LONG = Span(rounds=100, look=10, warm_up=20)
MOST_OBJECTS = 300
"""By which the objects of 400 unplugs and 160 reloads may grow: not one of each."""
MOST_RESIDENT = 3_000_000
"""Bytes by which memory may grow; the allocator's own holes are in it."""


@dataclass
class Home:
    """An entry, and its modem."""

    hass: HomeAssistant
    entry: ConfigEntry
    modem: Modem

    async def reload(self, state: ConfigEntryState) -> None:
        """Reload the entry; it is to be in some state then."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done()
        assert self.entry.state is state

    async def lose(self) -> None:
        """Pull the modem out."""
        self.modem.unplug()
        await until(lambda: state_of(self.hass, POWER) == STATE_UNAVAILABLE)

    async def shown(self) -> None:
        """Wait until values come."""
        await until(lambda: is_shown(self.hass) and is_shown(self.hass, IMPORT))

    async def round(self, number: int) -> None:
        """Unplug five times and reload twice; in every other round while unplugged."""
        for time in range(UNPLUGS):
            await self.lose()
            if time == 0 and number % 2:
                await self.reload(ConfigEntryState.SETUP_RETRY)
            self.modem.plug(PORTS[time % len(PORTS)])
            if time == 0:
                await self.reload(ConfigEntryState.LOADED)
            await self.shown()
        if not number % 2:
            await self.reload(ConfigEntryState.LOADED)
            await self.shown()


@dataclass(frozen=True)
class Memory:
    """What the program holds, all of its libraries included."""

    objects: Counter[str]
    """That the garbage collector knows, by type, but for the tests' own."""
    resident: int
    """Bytes, as the system counts them."""

    @classmethod
    def now(cls) -> Memory:
        """Look, after everything that can go is gone."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        found = Counter(
            type(one).__qualname__
            for one in gc.get_objects()
            # The simulated meter knows what it sent
            if not type(one).__module__.startswith("tests.")
        )
        return cls(found, pages * mmap.PAGESIZE)

    @override
    def __str__(self) -> str:
        """Return the totals."""
        return f"{self.resident / 1e6:.1f} MB, {self.objects.total()} objects"


@pytest.mark.usefixtures("_hurry", "storage")
@pytest.mark.parametrize(
    "span",
    [SHORT, pytest.param(LONG, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
    ids=["short", "long"],
)
async def test_bad_days(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    *,
    say: Say,
    tmp_path: Path,
    span: Span,
) -> None:
    """Memory, tasks, threads, files and timers are as they were, and so is the meter."""
    assert await async_setup_component(hass, "usb", {})
    # It would remember where each task was made
    hass.loop.set_debug(False)
    modem = Modem(hass, await start_meter(PRESET, load=(200.0,), speed=20), tmp_path)
    entry = entry_for(address_of(PRESET), modem.path)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_USB: IDENTITY}
    )
    home = Home(hass, entry, modem)
    async with nothing_left(hass):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await home.shown()
        began, energy = perf_counter(), float(state_of(hass, IMPORT))
        running, entities = Counts.now(), set(er.async_get(hass).entities)
        warm = last = Memory.now()
        for number in range(1, span.rounds + 1):
            await home.round(number)
            # What the tests themselves remember of the log
            lines.take()
            for handler in logging.getLogger().handlers:
                if isinstance(handler, LogCaptureHandler):
                    handler.reset()
            assert energy <= (energy := float(state_of(hass, IMPORT)))
            if number in {1, span.warm_up} or number % span.look == 0:
                await hass.async_block_till_done()
                held, last = await held_again(running), Memory.now()
                warm = last if number <= span.warm_up else warm
                say(
                    f"{number * UNPLUGS} unplugs, {number * RELOADS} reloads in "
                    f"{perf_counter() - began:.0f} s: {last}; {held}"
                )
        objects = last.objects.total() - warm.objects.total()
        resident = last.resident - warm.resident
        say(
            f"since {span.warm_up * UNPLUGS} unplugs {objects:+d} objects, "
            f"{resident / 1e6:+.1f} MB; held before: {running}"
        )
        say(f"most of them: {(last.objects - warm.objects).most_common(5)}")
        if span is LONG:
            assert objects < MOST_OBJECTS
            assert resident < MOST_RESIDENT
        assert set(er.async_get(hass).entities) == entities
        assert not ir.async_get(hass).issues
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert not lines.exceptions
