"""A long time of a meter, as fast as its frames can be taken: nothing grows.

Every frame of the time is decoded, judged and shown; only the waits between them are
left out, and both clocks go by the frames. Home Assistant's own timers run too.
"""

from __future__ import annotations

from dataclasses import dataclass
import gc
import tracemalloc
from typing import Any
from unittest.mock import patch

from freezegun import freeze_time
import pytest

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.storage import Store
from tests.simulator.frames.wire import Mode

from .clock import Clock
from .conftest import LINK, POWER, Feed, Lines, Say, is_shown, state_of
from .counts import Counts, held_again

SHOWN = 3
"""Of the lines that allocated most between the first look and the last."""


@dataclass(frozen=True)
class Span:
    """How long the meter speaks; its memory is looked at after each piece."""

    name: str
    preset: str
    modes: tuple[tuple[Mode, int], ...]
    """Of each piece: for so many seconds."""
    pieces: int
    most: int
    """Bytes by which memory may grow from the end of the first piece to the last."""

    @property
    def seconds(self) -> int:
        """The length of a piece."""
        return sum(seconds for _, seconds in self.modes)


# Standard frames take three times as long to be taken as historic ones
WEEK = Span(
    "day",
    "standard_tempo_three_phase",
    (("standard", 3600), ("historic", 82_800)),
    pieces=7,
    most=150_000,
)
# Link quality and the last frames still fill up
HOUR = Span("quarter", "historic_tempo", (("historic", 900),), pieces=4, most=300_000)


def look() -> tuple[tracemalloc.Snapshot, int]:
    """Return what is allocated, but for what the tests allocate, and its bytes."""
    gc.collect()
    snapshot = tracemalloc.take_snapshot().filter_traces(
        [
            tracemalloc.Filter(False, tracemalloc.__file__),
            tracemalloc.Filter(False, "*/tests/*"),
        ]
    )
    return snapshot, sum(trace.size for trace in snapshot.traces)


async def write(_: Store[Any], data: dict[str, Any]) -> None:
    """Write nothing: what stands in for the disk elsewhere remembers every call."""
    json_bytes(data.pop("data_func")() if "data_func" in data else data)


@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize(
    "span",
    [HOUR, pytest.param(WEEK, marks=[pytest.mark.soak, pytest.mark.timeout(3600)])],
    ids=["hour", "week"],
)
async def test_nothing_grows(
    hass: HomeAssistant,
    clock: Clock,
    feed: Feed,
    lines: Lines,
    say: Say,
    *,
    span: Span,
) -> None:
    """Every frame is shown, the energy is the meter's, and memory stays as it is."""
    # It would look for slow callbacks, and time leaps
    hass.loop.set_debug(False)
    with (
        patch.object(Store, "_async_write_data", write),
        freeze_time(real_asyncio=True) as frozen,
    ):
        fed = feed(span.preset, frozen, mode=span.modes[0][0])
        await fed.set_up(hass)
        coordinator = fed.coordinator
        await fed.speak_for(60)
        await clock.leap(0)
        running, sent, frames = Counts.now(), fed.sent, coordinator.frames
        lines.take()
        say(f"a simulated {span.name} is {span.seconds} s; held at first: {running}")
        looks, began = [], clock.real
        tracemalloc.start()
        try:
            for piece in range(1, span.pieces + 1):
                for mode, seconds in span.modes:
                    fed.meter.switch_mode(mode)
                    await fed.speak_for(seconds)
                looks.append(look())
                del looks[1:-1]
                took = clock.real - began
                say(
                    f"{span.name} {piece}: {fed.sent - sent} frames in {took:.0f} s, "
                    f"{looks[-1][1] / 1000:.1f} kB"
                )
                # What was sent last may be in a thread still
                await clock.run(
                    lambda: coordinator.frames - frames == fed.sent - sent, 30, 0
                )
                assert state_of(hass, LINK) == STATE_ON
                assert is_shown(hass, POWER)
                # The meter measured on while it sent the frame
                behind = fed.counted - fed.energy
                assert 0 <= behind < 10
        finally:
            tracemalloc.stop()
        growth = looks[-1][1] - looks[0][1]
        say(
            f"{span.pieces * span.seconds / took:.0f} times real time; "
            f"memory from {span.name} 1 to {span.pieces}: {growth:+d} bytes"
        )
        for grown in looks[-1][0].compare_to(looks[0][0], "lineno")[:SHOWN]:
            say(f"  {grown.size_diff:+d} bytes  {grown.traceback}")
        say(f"held at last: {await held_again(running)}")
        assert coordinator.meter_link.quality.damaged == 0
        assert lines.take() == []
        assert growth < span.most
        assert await hass.config_entries.async_unload(fed.entry.entry_id)
