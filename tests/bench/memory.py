"""What the integration holds: `python -m tests.bench.memory`.

The week of `scripts/bench life`: every frame is decoded, judged and shown. Counted is
what is allocated from before the set-up on, in Home Assistant too, but for the tests;
and of it, what our own lines allocated.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
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


def held() -> tuple[int, int]:
    """Return the bytes in all, and those of our lines."""
    snapshot, total = look()
    ours = snapshot.filter_traces([OURS])
    return total, sum(trace.size for trace in ours.traces)


def say(moment: str, found: tuple[int, int]) -> None:
    """Print a line."""
    total, ours = found
    print(
        f"{moment}: {total / 1000:.0f} kB, {ours / 1000:.0f} of our lines", flush=True
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
                say("after set-up and a minute", held())
                first = last = (0, 0)
                for day in range(1, days + 1):
                    for mode, seconds in WEEK.modes:
                        fed.meter.switch_mode(mode)
                        await fed.speak_for(part * seconds)
                    last = held()
                    first = last if day == 1 else first
                    say(f"after day {day}, {fed.sent:,} frames", last)
            finally:
                tracemalloc.stop()
            growth = last[0] - first[0]
            print(f"from day 1 on: {growth:+,} bytes, {GROWTH.verdict(growth)}")
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
