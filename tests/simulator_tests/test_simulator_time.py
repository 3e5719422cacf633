"""The simulated meter follows the calendar, and what a test decides."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.simulator import PRESETS, MeterConfig, SimulatedMeter
from tests.simulator.clock import PARIS
from tests.simulator.frames.reading import WINTER, bits, fields, flat_meter, values

# Time and tariffs


def test_spring_night() -> None:
    """The hour between two and three does not exist."""
    meter = flat_meter(start=datetime(2026, 3, 29, 1, 59, 58, tzinfo=PARIS))
    assert fields(meter.frame())["DATE"] == ["H260329015958", ""]
    meter.advance(2)
    assert fields(meter.frame())["DATE"] == ["E260329030000", ""]


def test_autumn_night() -> None:
    """The hour between two and three comes twice, told apart by its letter."""
    meter = flat_meter(start=datetime(2026, 10, 25, 2, 30, tzinfo=PARIS))
    assert fields(meter.frame())["DATE"] == ["E261025023000", ""]
    meter.advance(3600)
    assert fields(meter.frame())["DATE"] == ["H261025023000", ""]
    meter.advance(1800)
    assert fields(meter.frame())["CCASN"][0] == "H261025030000"


def test_degraded_clock() -> None:
    """A clock that lost the time says so twice."""
    meter = flat_meter()
    meter.degrade_clock(offset=-3600)
    frame = fields(meter.frame())
    assert frame["DATE"] == ["h260113170000", ""]
    assert bits(frame["STGE"][-1], 16) == 1
    meter.restore_clock()
    assert fields(meter.frame())["DATE"] == ["H260113180000", ""]


@pytest.mark.parametrize(
    ("contract", "when", "index", "ptec"),
    [
        ("base", "2026-01-13T18:00", 1, "TH.."),
        ("hc", "2026-01-13T06:29", 1, "HC.."),
        ("hc", "2026-01-13T06:30", 2, "HP.."),
        ("hc", "2026-01-13T22:30", 1, "HC.."),
        ("weekend", "2026-01-13T12:00", 2, "TH.."),
        ("weekend", "2026-01-17T12:00", 3, "TH.."),
        ("super_off_peak", "2026-01-13T01:00", 1, "TH.."),
        ("super_off_peak", "2026-01-13T03:00", 3, "TH.."),
        ("super_off_peak", "2026-01-13T12:00", 2, "TH.."),
    ],
)
def test_tariff_periods(contract: str, when: str, index: int, ptec: str) -> None:
    """Each contract has its hours."""
    start = datetime.fromisoformat(when).replace(tzinfo=PARIS)
    meter = flat_meter(contract=contract, start=start)
    frame = values(meter)
    assert frame["NTARF"] == f"{index:02}"
    assert bits(frame["STGE"], 10, 13) == index - 1
    assert bits(frame["STGE"], 0) != int(frame["RELAIS"]) & 1
    assert bits(frame["STGE"], 17) == 1
    before = meter.truth.supplier
    meter.advance(40)
    moved = [
        after - was for after, was in zip(meter.truth.supplier, before, strict=True)
    ]
    assert [place for place, wh in enumerate(moved, 1) if wh] == [index]
    meter.switch_mode("historic")
    assert values(meter)["PTEC"] == ptec


def test_distributor_seasons() -> None:
    """The network has a high and a low season."""
    seen = set()
    for month, hour in ((1, 3), (1, 12), (7, 3), (7, 12)):
        start = datetime(2026, month, 13, hour, tzinfo=PARIS)
        frame = values(flat_meter(contract="hc", start=start))
        seen.add((month, hour, bits(frame["STGE"], 14, 15) + 1))
    assert seen == {(1, 3, 3), (1, 12, 4), (7, 3, 1), (7, 12, 2)}


def test_tempo_day() -> None:
    """A red day follows a blue one: announcement, start and end."""
    meter = flat_meter(contract="tempo", start=WINTER.replace(hour=12))
    meter.set_tempo("blue")
    frame = values(meter)
    assert (bits(frame["STGE"], 24, 25), bits(frame["STGE"], 26, 27)) == (1, 0)
    assert "DPM2" not in frame
    meter.set_tempo("blue", "red")
    meter.advance(9 * 3600)
    frame = values(meter)
    everything = fields(meter.frame())
    assert (bits(frame["STGE"], 26, 27), bits(frame["STGE"], 28, 29)) == (3, 2)
    assert everything["DPM2"] == [" 260114060000", "00"]
    assert everything["FPM2"] == [" 260115060000", "00"]
    assert frame["PPOINTE"].startswith("00004005 06004006 22004005 NONUTILE")
    assert frame["NTARF"] == "02"
    meter.advance_to(datetime(2026, 1, 14, 6, 0, tzinfo=PARIS))
    frame = values(meter)
    assert frame["NTARF"] == "06"
    assert bits(frame["STGE"], 24, 25) == 3
    assert bits(frame["STGE"], 30, 31) == 2
    assert bits(frame["STGE"], 28, 29) == 0
    assert "PPOINTE" not in frame
    meter.set_tempo("red", "white")
    meter.switch_mode("historic")
    frame = values(meter)
    assert (frame["PTEC"], frame["DEMAIN"]) == ("HPJR", "BLAN")
    meter.advance_to(datetime(2026, 1, 15, 5, 59, tzinfo=PARIS))
    assert values(meter)["PTEC"] == "HCJR"
    meter.advance(60)
    assert values(meter)["PTEC"] == "HPJW"


def test_tempo_year() -> None:
    """A year has 22 red days and 43 white ones, none on a Sunday."""
    agenda = SimulatedMeter(PRESETS["historic_tempo"]).agenda
    days = [date(2025, 9, 1) + timedelta(days=day) for day in range(365)]
    colours = {day: agenda.colour(day) for day in days}
    assert list(colours.values()).count("red") == 22
    assert list(colours.values()).count("white") == 43
    assert all(day.weekday() < 5 for day in days if colours[day] == "red")
    assert all(day.weekday() < 6 for day in days if colours[day] != "blue")


def test_ejp_day() -> None:
    """Half an hour of notice, then the peak until one o'clock."""
    meter = flat_meter(contract="ejp", mode="historic")
    agenda = meter.agenda
    days = (date(2026, 1, 15) + timedelta(days=day) for day in range(80))
    day = next(day for day in days if agenda.colour(day) == "red")
    story = []
    for hours in (6, 6.6, 7, 23, 25.1):
        midnight = datetime(day.year, day.month, day.day, tzinfo=PARIS)
        meter.advance_to((midnight.astimezone(UTC)) + timedelta(hours=hours))
        frame = values(meter)
        story.append((frame.get("PEJP"), frame["PTEC"]))
    assert story == [
        (None, "HN.."),
        ("30", "HN.."),
        (None, "PM.."),
        (None, "PM.."),
        (None, "HN.."),
    ]


# What a test forces


def test_messages() -> None:
    """MSG1 stays, MSG2 lives for one frame."""
    meter = flat_meter()
    assert values(meter)["MSG1"] == "PAS DE          MESSAGE         "
    meter.trigger_message("COUPURE DEMAIN", "COUPURE")
    first, second = values(meter), values(meter)
    assert first["MSG1"] == second["MSG1"] == "COUPURE DEMAIN".ljust(32)
    assert first["MSG2"] == "COUPURE".ljust(16)
    assert "MSG2" not in second


def test_forced_states() -> None:
    """Relays, cover, breaker and voltage show in the register."""
    meter = flat_meter(phases=3)
    meter.set_relays(0b10001100)
    meter.open_cover()
    meter.open_breaker("load_shedding")
    meter.set_voltage([230, 0, 260])
    frame = values(meter)
    assert frame["RELAIS"] == "140"
    assert frame["URMS2"] == "000"
    assert bits(frame["STGE"], 0) == 1
    assert bits(frame["STGE"], 1, 3) == 3
    assert bits(frame["STGE"], 4) == 1
    assert bits(frame["STGE"], 6) == 1
    meter.switch_mode("historic")
    assert values(meter)["PPOT"] == "04"


def test_swap_and_contract() -> None:
    """Another meter starts its registers; another contract goes on with them."""
    meter = flat_meter(contract="hc")
    before = meter.truth.supplier
    meter.switch_contract("tempo")
    assert meter.truth.supplier == before
    assert values(meter)["NGTF"] == "     TEMPO      "
    meter.swap("042275654321")
    frame = values(meter)
    assert frame["ADSC"] == "042275654321"
    assert frame["EAST"] == "000000000"
    meter.swap("042275654322", indexes=(5, 6))
    assert values(meter)["EAST"] == "000000011"


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "123"},
        {"prm": "1"},
        {"load": (1.0, 2.0)},
        {"start": datetime(2026, 1, 1)},
    ],
)
def test_impossible_meters(wrong: dict[str, Any]) -> None:
    """A mistake in a test is told at once."""
    with pytest.raises(ValueError, match=r"\w"):
        MeterConfig(**wrong)
