"""A memory in which any one value was exchanged: refused, or the meter reads on."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.events import (
    WATCHES,
    Present,
    events_since,
)
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic.helpers import frame_of

FIXTURES = Path(__file__).parents[2] / "fixtures" / "persisted"
WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    5,
    2**63 - 1,
    1e30,
    float("inf"),
    "",
    "12",
    [],
    ["a", "b"],
    {},
    {"1": "x"},
)

type Place = tuple[Any, ...]


def places(data: Any, path: Place = ()) -> Iterator[Place]:
    """Yield where every value is."""
    yield path
    items: Any = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list):
        items = enumerate(data[:4])
    for key, value in items:
        yield from places(value, (*path, key))


def exchanged(data: Any, path: Place, value: Any) -> Any:
    """Return the data with another value at a place."""
    if not path:
        return value
    changed = deepcopy(data)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize("preset", ["standard_tempo_three_phase", "historic_hc"])
def test_any_value_may_be_damaged(preset: str) -> None:
    """It says so at once with a ValueError, or all that reads it can do with it."""
    stored = json.loads((FIXTURES / f"{preset}.json").read_text())["data"]["memory"]
    simulated = SimulatedMeter(PRESETS[preset])
    frames = []
    for _ in range(3):
        simulated.advance(600)
        frames.append(frame_of(simulated.frame()))
    refused = 0
    for path in places(stored):
        for wrong in WRONG:
            try:
                memory = Memory.from_dict(exchanged(stored, path, wrong))
            except ValueError:
                refused += 1
                continue
            meter = Meter(simulated.truth.address)
            meter.memory = memory
            for at, frame in enumerate(frames):
                reading = meter.process(
                    frame, at=600.0 * at, received=datetime.now(UTC)
                )
                assert reading is not None
                for kind in WATCHES:
                    known = memory.events.setdefault(kind, {})
                    events_since(kind, known, Present(reading, labels=memory.labels))
                assert reading["apparent_power"] is not None
            written = json.loads(json.dumps(memory.as_dict()))
            assert Memory.from_dict(written).as_dict() == written
    assert refused > 400
