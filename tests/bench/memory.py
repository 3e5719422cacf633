"""What the integration holds: `python -m tests.bench.memory`.

The week of `scripts/bench life`: every frame is decoded, judged and shown. Counted is
what is allocated from before the set-up on, in Home Assistant too, but for the tests;
and of it, what our own lines allocated.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from enum import Enum
import logging
from sys import getsizeof
import tracemalloc
from unittest.mock import patch

from freezegun import freeze_time
import pytest
from pytest_homeassistant_custom_component import patch_time
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from homeassistant.helpers import frame
from homeassistant.helpers.storage import Store
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from tests.life.clock import Clock
from tests.life.fed import FedMeter
from tests.life.test_week import WEEK, look, write

from .report import Target

# Home Assistant's own clock stops only if this was imported before it
assert patch_time.__name__

OURS = tracemalloc.Filter(inclusive=True, filename_pattern="*/linky_meter/*")
GROWTH = Target(WEEK.most)
"""Bytes from the end of the first day to the last: what is still learned."""


@dataclass(frozen=True)
class Held:
    """Bytes, in all, of our lines, and of the days that the ledger of costs keeps."""

    total: int
    ours: int
    ledger: int

    @property
    def rest(self) -> int:
        """What is not the ledger's: a row a day, of which it keeps a year and more."""
        return self.total - self.ledger


def held(fed: FedMeter) -> Held:
    """Return what is held now."""
    snapshot, total = look()
    ours = snapshot.filter_traces([OURS])
    kept = fed.entry.runtime_data.costs.kept
    ledger = size([kept.ledger.days, kept.registers.days], set())
    return Held(total, sum(trace.size for trace in ours.traces), ledger)


def size(value: object, seen: set[int]) -> int:
    """Return the bytes of a value and of all that it holds."""
    # Small numbers, names and the like are there once for all
    if id(value) in seen or isinstance(value, int | str | bytes | type | Enum):
        return 0
    seen.add(id(value))
    held_: list[object] = []
    if isinstance(value, dict):
        held_ += [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        held_ += value
    held_ += [getattr(value, name) for name in getattr(value, "__slots__", ())]
    held_.append(getattr(value, "__dict__", 0))
    return getsizeof(value) + sum(size(one, seen) for one in held_)


def say(moment: str, found: Held) -> None:
    """Print a line."""
    print(
        f"{moment}: {found.total / 1000:.1f} kB, {found.ours / 1000:.1f} of our lines, "
        f"{found.ledger / 1000:.1f} of them the ledger's days",
        flush=True,
    )


async def measure(days: int, part: float) -> None:
    """Measure and print."""
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS, None)
        frame.async_setup(hass)
        clock = Clock(hass.loop)
        hass.loop.set_debug(False)
        with (
            patch.object(Store, "_async_write_data", write),
            freeze_time(real_asyncio=True) as frozen,
            pytest.MonkeyPatch.context() as monkeypatch,
        ):
            fed = FedMeter(WEEK.preset, clock, frozen, mode="standard")
            fed.plug(monkeypatch)
            tracemalloc.start()
            try:
                await fed.set_up(hass)
                await fed.speak_for(60)
                say("after set-up and a minute", held(fed))
                days_: list[Held] = []
                for day in range(1, days + 1):
                    for mode, seconds in WEEK.modes:
                        fed.meter.switch_mode(mode)
                        await fed.speak_for(part * seconds)
                    days_.append(held(fed))
                    say(f"after day {day}, {fed.sent:,} frames", days_[-1])
            finally:
                tracemalloc.stop()
            first, last = days_[0], days_[-1]
            growth = last.rest - first.rest
            print(
                f"from day 1 on: {last.total - first.total:+,} bytes, of which "
                f"{last.ledger - first.ledger:+,} are days in the ledger; the rest, "
                f"{growth:+,}: {GROWTH.verdict(growth)}"
            )
            assert await hass.config_entries.async_unload(fed.entry.entry_id)
        clock.close()
        await hass.async_stop(force=True)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench memory")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--part", type=float, default=1, help="of each day")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    asyncio.run(measure(options.days, options.part))


if __name__ == "__main__":
    main()
