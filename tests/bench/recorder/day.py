"""What a day of a household writes: `python -m tests.bench.recorder.day`.

Every byte of every frame goes through a whole Home Assistant with the entities that are
enabled by default and its own recorder on a file; only the waits between frames are
left out, and all clocks go by the frames.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import logging
from pathlib import Path
from statistics import fmean
import tempfile

from freezegun import freeze_time
import pytest
from pytest_homeassistant_custom_component import patch_time
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.publish.profiles import (
    THRESHOLDS,
    Noise,
    Profile,
    Threshold,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import frame
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from tests.bench.report import Target, table
from tests.conftest import entry_for
from tests.life.clock import Clock

from .database import Content, content, start
from .day_frames import HOUSES, START, RecordedMeter, Said, household, restless

# Home Assistant's own clock stops only if this was imported before it
assert patch_time.__name__

POWER = "sensor.linky_apparent_power"
LEARNING = 20
"""Frames left out at first, while phases and labels are learned."""
WAIT_FOR_RECORDER = 500
"""Frames after which the recorder may catch up."""
ROWS = {"single": Target(25_000), "three": Target(50_000)}
FEWER = Target(10, least=True)
RESTLESS = Target(1.5)
"""Rows a frame."""


@dataclass
class Thrift:
    """How far the power shown was from the power read, over time."""

    threshold: Threshold | None
    largest: float = 0.0
    """VA."""
    seconds: float = 0.0
    off: float = 0.0
    """VA times seconds, without sign."""
    net: float = 0.0
    """The same with sign: what a sum over time is wrong by."""
    whole: float = 0.0
    """What was drawn, VA times seconds."""
    late: int = 0
    """Readings after which what is shown was still a step away."""
    doubt: float = 0.0
    """How far what was read was from the line, VA: the surprising waits a frame."""

    def take(
        self, before: float | None, shown: float | None, said: Said, reading: object
    ) -> None:
        """Compare after a frame."""
        if shown is None:
            return
        power = reading if isinstance(reading, int) else said.power
        self.doubt = max(self.doubt, abs(power - said.power))
        difference = shown - power
        self.largest = max(self.largest, abs(difference))
        self.seconds += said.seconds
        self.off += abs(difference) * said.seconds
        self.net += difference * said.seconds
        self.whole += power * said.seconds
        if self.threshold and before is not None:
            # Of two readings that come at once the first may be the one that shows
            self.late += self.threshold.steps(shown, power)


@dataclass
class Day:
    """What one run wrote."""

    thrift: Thrift
    content: Content = field(default_factory=Content)
    entities: int = 0
    frames: int = 0
    took: float = 0.0

    @property
    def rows(self) -> Counter[str]:
        """States of the meter's entities that were written."""
        return Counter(
            {
                entity: number
                for entity, number in self.content.rows.items()
                if ".linky_" in entity
            }
        )


@asynccontextmanager
async def stopping(hass: HomeAssistant, clock: Clock) -> AsyncIterator[None]:
    """Stop at the end, whatever happens: the recorder's thread would wait for ever."""
    try:
        yield
    finally:
        clock.close()
        await hass.async_stop(force=True)


async def live(preset: str, said: list[Said], profile: Profile, path: Path) -> Day:
    """Let a Home Assistant hear the frames."""
    day = Day(Thrift(THRESHOLDS[profile].get(Noise.POWER)))
    async with async_test_home_assistant() as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS, None)
        frame.async_setup(hass)
        await hass.config.async_set_time_zone("Europe/Paris")
        clock = Clock(hass.loop)
        # It would look for slow callbacks, and time leaps
        hass.loop.set_debug(False)
        with (
            freeze_time(said[0].now, real_asyncio=True) as frozen,
            pytest.MonkeyPatch.context() as patch,
        ):
            async with stopping(hass, clock):
                recorder = await start(hass, path)
                fed = RecordedMeter(preset, clock, frozen, said)
                fed.entry = entry_for(
                    fed.meter.address, "/dev/ttyFED", publishing=profile
                )
                fed.plug(patch)
                # On a busy machine it takes longer than the frames that are left out
                await fed.set_up(hass, LEARNING)
                while fed.sent < LEARNING:
                    fed.speak()
                    await asyncio.sleep(0)
                await hass.async_block_till_done()
                day.entities = sum(
                    len(platform.entities)
                    for platform in async_get_platforms(hass, DOMAIN)
                )
                before, began = await content(recorder, path), clock.real
                while fed.left:
                    shown = _shown(hass)
                    fed.speak()
                    await asyncio.sleep(0)
                    reading = fed.coordinator.data["apparent_power"]
                    day.thrift.take(shown, _shown(hass), fed.last, reading)
                    day.frames += 1
                    if day.frames % WAIT_FOR_RECORDER == 0:
                        await recorder.async_block_till_done()
                after = await content(recorder, path)
                day.content, day.took = after.since(before), clock.real - began
                assert await hass.config_entries.async_unload(fed.entry.entry_id)
    return day


def _shown(hass: HomeAssistant) -> float | None:
    """Return the power shown."""
    state = hass.states.get(POWER)
    try:
        return None if state is None else float(state.state)
    except ValueError:
        return None


def cells(profile: Profile, day: Day, every: int) -> list[str]:
    """Return the figures of a run as a line of the table."""
    rows, written, thrift = day.rows.total(), day.content, day.thrift
    return [
        str(profile),
        f"{rows:,}",
        f"{rows / day.frames:.2f}",
        f"{every / max(rows, 1):.1f}" if every else "",
        f"{written.states_bytes / 1e6:.1f}",
        f"{written.bytes / 1e6:.1f}",
        f"{written.statistics:,}",
        f"{thrift.largest:.0f}",
        f"{thrift.off / thrift.seconds:.1f}",
        f"{100 * thrift.net / thrift.whole:+.2f} %",
        str(thrift.late),
        f"{thrift.doubt:.0f}",
    ]


HEAD = (
    "profile",
    "rows",
    "a frame",
    "times fewer",
    "MB of states",
    "MB in all",
    "statistics",
    "VA off at most",
    "on average",
    "in energy",
    "steps late",
    "VA read off the line, at most",
)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/bench recorder")
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--start", type=float, default=0, help="hour of the day")
    parser.add_argument("--house", choices=HOUSES, action="append")
    parser.add_argument("--profile", choices=list(Profile), action="append")
    parser.add_argument("--restless", type=int, metavar="FRAMES", help="no household")
    parser.add_argument("--top", type=int, default=0, help="entities with most rows")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    begin = START.replace(hour=int(options.start), minute=int(options.start % 1 * 60))
    houses = ["three"] if options.restless else options.house or HOUSES
    for house in houses:
        said = (
            restless(begin, options.restless)
            if options.restless
            else household(HOUSES[house], begin, options.hours)
        )
        every, lines = 0, []
        for profile in map(Profile, options.profile or Profile):
            with tempfile.TemporaryDirectory(prefix="linky-day-") as folder:
                run = live(HOUSES[house], said, profile, Path(folder) / "day.db")
                day = asyncio.run(run)
            if profile is Profile.EVERY_FRAME:
                every = day.rows.total()
            lines.append(cells(profile, day, every))
            print(f"{house}-phase, {profile}: {day.took:.0f} s", flush=True)
            for entity, number in day.rows.most_common(options.top):
                print(f"  {number:7} {entity}")
            if profile is Profile.BALANCED and options.restless:
                frame = day.rows.total() / day.frames
                print(f"  rows a frame: {RESTLESS.verdict(frame)}")
            elif profile is Profile.BALANCED and options.hours >= 24:
                print(f"  rows: {ROWS[house].verdict(day.rows.total())}")
                if every:
                    fewer = every / day.rows.total()
                    print(f"  times fewer: {FEWER.verdict(fewer)}")
        print(
            f"{house}-phase, {day.entities} entities, {day.frames} frames in "
            f"{sum(one.seconds for one in said) / 3600:.1f} h (mean power {fmean(one.power for one in said):.0f} "
            f"VA)\n\n{table(HEAD, lines)}\n",
            flush=True,
        )


if __name__ == "__main__":
    main()
