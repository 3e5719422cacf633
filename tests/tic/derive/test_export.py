"""Exported energy that no index counts: estimated, and only where nobody counts it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.derive.export import (
    ExportEstimate,
    Seen,
)
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.simulator.config import MeterConfig
from tests.simulator.meter import SimulatedMeter

KEY = "energy_export_estimated"
NOON = datetime(2026, 6, 15, 12, tzinfo=ZoneInfo("Europe/Paris"))


def house(**config: Any) -> SimulatedMeter:
    """Return a meter that gives 2,300 W."""
    meter = SimulatedMeter(MeterConfig(start=NOON, **config))
    meter.set_load(0.0)
    meter.set_production(2300.0)
    return meter


def read(
    simulated: SimulatedMeter, meter: Meter, minutes: float, step: float = 2.0
) -> MeterReading:
    """Read frames for a while."""
    decoder, reading = Decoder(), None
    for _ in range(round(minutes * 60 / step)):
        simulated.advance(step)
        for frame in decoder.feed(simulated.frame()):
            at = simulated.now
            reading = meter.process(frame, at=at.timestamp(), received=at)
    assert reading is not None
    return reading


@pytest.mark.parametrize("config", [{"mode": "standard"}, {"mode": "historic"}])
def test_it_counts_what_flows_out(config: Any) -> None:
    """Ten minutes of 2,300 W are 383 Wh, known to half an ampere of ten."""
    simulated, meter = house(exporting=True, **config), Meter()
    reading = read(simulated, meter, 10)
    assert reading[KEY] == pytest.approx(383, rel=0.06)
    # What is drawn later is not exported, and the counter stays
    simulated.set_load(3000.0)
    simulated.set_production(0.0)
    still = read(simulated, meter, 1)[KEY]
    assert read(simulated, meter, 2)[KEY] == still
    assert meter.memory.exported > 0


@pytest.mark.parametrize(
    "config",
    [
        {"mode": "standard", "producer": True},
        {"mode": "historic", "phases": 3},
        {"mode": "historic", "solar_kw": 0.0},
    ],
)
def test_where_there_is_nothing_to_estimate(config: Any) -> None:
    """A producer's meter counts, three currents have no sign, and others only draw."""
    simulated, meter = SimulatedMeter(MeterConfig(start=NOON, **config)), Meter()
    if "solar_kw" not in config:
        simulated.set_load(0.0)
        simulated.set_production(2300.0)
    assert KEY not in read(simulated, meter, 2).values


def seen(at: float, **more: Any) -> Seen:
    """Return what a frame in historic mode tells: it exports 5 A."""
    told: dict[str, Any] = {
        "mode": Mode.HISTORIC,
        "counted": False,
        "watts": None,
        "apparent": 0,
        "current": 5,
    }
    return Seen(at, **told | more)


def counted(*frames: Seen) -> float:
    """Return what frames come to, Wh."""
    estimate = ExportEstimate()
    return sum(estimate.follow(frame) for frame in frames)


def test_only_between_two_frames_that_export() -> None:
    """One alone may be of the moment in which a load was switched."""
    assert counted(seen(100.0), seen(103.6)) == pytest.approx(1.15)
    assert counted(seen(100.0), seen(103.6, apparent=1000)) == 0
    assert counted(seen(100.0, apparent=1000), seen(103.6)) == 0
    assert counted(seen(100.0, current=0), seen(103.6)) == 0
    assert counted(seen(100.0, current=None), seen(103.6)) == 0
    assert counted(seen(100.0, apparent=None), seen(103.6)) == 0
    # Nobody knows what flowed in a gap, and no clock goes back
    assert counted(seen(100.0), seen(160.0)) == 0
    assert counted(seen(100.0), seen(99.0)) == 0
    assert counted(seen(100.0, counted=True), seen(102.0, counted=True)) == 0
    standard = {"mode": Mode.STANDARD, "apparent": None, "current": None}
    frames = [seen(at, watts=-1800.0, **standard) for at in (10.0, 12.0)]
    assert counted(*frames) == pytest.approx(1.0)
    assert counted(*(seen(at, watts=900.0, **standard) for at in (10.0, 12.0))) == 0
    assert counted(*(seen(at, watts=None, **standard) for at in (10.0, 12.0))) == 0


def test_it_outlives_a_restart_and_a_meter() -> None:
    """It never falls; a memory of before it was begins at nothing."""
    simulated, meter = house(exporting=True), Meter()
    first = read(simulated, meter, 3)[KEY]
    assert isinstance(first, int)
    kept = meter.memory.as_dict()
    again = Meter(memory=Memory.from_dict(kept))
    assert first <= read(simulated, again, 0.2)[KEY] <= first + 8  # type: ignore[operator]
    assert again.memory.for_new_meter().exported == again.memory.exported
    del kept["exported"]
    assert Memory.from_dict(kept).exported == 0
    with pytest.raises(ValueError, match="exported"):
        Memory.from_dict(kept | {"exported": -1})
