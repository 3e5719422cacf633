"""What the measurements count is what was written, and when."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
import sqlite3

import pytest

from custom_components.linky_meter.linky_tic.publish.profiles import (
    THRESHOLDS,
    Noise,
    Profile,
)
from scripts.instance.latency import Latency, summary
from tests.simulator import MeterConfig, SimulatedMeter
from tests.simulator.frames.wire import with_parity

from .codec import allocation, taking
from .feeds import successive_frames
from .home_assistant.latency import delays
from .home_assistant.marked import MarkedMeter, Marker
from .home_assistant.processor import Stretch, above
from .recorder import day as a_day
from .recorder.database import Content, look
from .recorder.day_frames import HOUSES, START, Said, household, restless
from .report import Spread, Target, share, table

FRAME = with_parity(b"\x02\nSINSTS3\t00230\tQ\r\nRELAIS\t000\tB\r\x03")


@pytest.mark.parametrize("size", [1, 5, 17, 100])
def test_marks(size: int) -> None:
    """In pieces of any size, from the middle of a frame on."""
    marker = Marker()
    data = FRAME[20:] + FRAME + FRAME
    ends = [at + size for at in range(0, len(data), size)]
    for end in ends:
        marker.take(data[end - size : end], float(min(end, len(data))))
    measured = len(FRAME[20:]) + FRAME.index(with_parity(b"\r")) + 1
    assert len(marker.frames) == 2
    assert measured <= marker.frames[0].measured < measured + size
    assert marker.frames[1].ended == len(data)


def test_delays() -> None:
    """The first arrival after a begin counts, and none after the end."""
    arrivals = [0.5, 1.25, 1.5, 2.5, 3.75]
    assert delays(arrivals, [1.0, 2.0, 3.0], [1.9, 2.4, 3.9]) == [250.0, 750.0]
    assert delays([], [1.0], [2.0]) == []


def test_latency_of_the_smoke_boot() -> None:
    """From the last measurement of a frame to its power, before the next one's."""
    meter = MarkedMeter(SimulatedMeter(MeterConfig()))
    latency = Latency(meter, "sensor.power")
    latency.sent = [(1.0, 600.0), (2.0, 900.0), (3.0, 600.0), (4.0, 900.0)]
    for arrived, power in ((1.25, "600"), (1.5, "600"), (2.0, "900"), (4.5, "900")):
        latency.listen({"c": {"sensor.power": {"+": {"s": power}}}}, arrived)
    latency.listen({"a": {"sensor.power": {"s": "unavailable"}}}, 3.5)
    assert latency.delays() == [250.0, 0.0]
    assert "2 frames" in summary(latency.delays())
    latency.begin()
    assert latency.delays() == []


def test_above_idle() -> None:
    """What the idle process takes in the same time is left out."""
    assert above(Stretch(10, 0.1), Stretch(20, 0.5, frames=10)) == pytest.approx(30)


def test_figures() -> None:
    """Sums, and what is said of them."""
    values = [float(value) for value in range(1, 201)]
    assert share(values, 0.99) == 198
    assert share([1.0], 0.99) == 1
    assert Spread.of(values) == Spread(200, 100.5, 198, 200)
    assert Target(10).verdict(9).endswith("under 10: met")
    assert Target(10, least=True).verdict(9).endswith("at least 10: MISSED")
    assert table(("a", "b"), [["1", "2"]]) == "| a | b |\n| --- | --: |\n| 1 | 2 |"


def test_thrift() -> None:
    """A step that is not shown is late; a small change is off, and not late."""
    thrift = a_day.Thrift(THRESHOLDS[Profile.BALANCED].get(Noise.POWER))
    for power in (1000, 1040, 1200):
        thrift.take(1000, 1000, Said(b"", 2.0, START, power), power)
    assert thrift.late == 1
    assert thrift.largest == 200
    assert thrift.off == 480
    assert thrift.net == -480


def test_allocation() -> None:
    """The simple parser keeps every value; the decoder keeps little anew."""
    frames = successive_frames("historic_single", 20)
    whole, _, split = taking(frames)
    assert allocation(frames, split)[2] > allocation(frames, whole)[2] > 0


@pytest.mark.parametrize("profile", [Profile.EVERY_FRAME, Profile.BALANCED])
def test_recorder(tmp_path: Path, profile: Profile) -> None:
    """What is counted as rows is in the file."""
    said = household(HOUSES["single"], START.replace(hour=7), 0.02)
    path = tmp_path / "day.db"
    day = asyncio.run(a_day.live(HOUSES["single"], said, profile, path))
    assert day.frames == len(said) - a_day.LEARNING > 20
    assert day.thrift.late == 0
    rows = day.rows
    if profile is Profile.EVERY_FRAME:
        assert day.thrift.largest == 0
        assert rows[a_day.POWER] > 5
    else:
        assert 0 < rows.total() < 5 * day.frames
    with closing(sqlite3.connect(path)) as database:
        (number,) = database.execute("SELECT count(*) FROM states").fetchone()
    assert number >= rows.total()


def test_a_restless_load(tmp_path: Path) -> None:
    """What follows from a power shows on a step of its own: few rows, no step late."""
    said = restless(START.replace(hour=12), 800)
    path = tmp_path / "day.db"
    day = asyncio.run(a_day.live(HOUSES["three"], said, Profile.BALANCED, path))
    assert day.thrift.late == 0
    assert 0.4 < day.rows.total() / day.frames < 0.8


def test_content(tmp_path: Path) -> None:
    """Rows are of states by entity, and later ones are told from earlier ones."""
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("""
          CREATE TABLE states (metadata_id, entity_id);
          CREATE TABLE states_meta (metadata_id, entity_id);
          CREATE TABLE statistics (id);
          CREATE TABLE statistics_short_term (id);
          INSERT INTO states_meta VALUES (1, 'sensor.linky_one'), (2, 'sun.sun');
          INSERT INTO states VALUES (1, NULL), (1, NULL), (2, NULL);
          INSERT INTO statistics VALUES (1);
        """)
    found = look(path)
    assert found.rows == {"sensor.linky_one": 2, "sun.sun": 1}
    assert found.statistics == 1
    assert 0 < found.states_bytes < found.bytes
    more = found.since(Content({"sensor.linky_one": 1}, bytes=found.bytes))
    assert more.rows == {"sensor.linky_one": 1, "sun.sun": 1}
    assert more.bytes == 0
