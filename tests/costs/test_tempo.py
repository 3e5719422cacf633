"""Tempo days and RTE's file."""

from datetime import timedelta
from decimal import Decimal
import json
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    Colours,
    Source,
    may_be_red,
    off_peak_index,
    possible,
    season_days,
    season_name,
    tempo_day,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    CorruptStoreError,
    DamagedFileError,
    FileError,
    ImplausibleFileError,
    WrongFileError,
)
from custom_components.linky_meter.linky_tic.costs.fetch.tempo_client import parse_days

from .helpers import SAMPLES, day, paris


def test_a_tempo_day_starts_at_six() -> None:
    """In local time, also when the clock changes."""
    assert tempo_day(paris("2026-10-01T05:59")) == day("2026-09-30")
    assert tempo_day(paris("2026-10-01T06:00")) == day("2026-10-01")
    assert tempo_day(paris("2026-10-25T05:59")) == day("2026-10-24")
    assert tempo_day(paris("2026-10-25T06:00")) == day("2026-10-25")


def test_seasons() -> None:
    """From 1 September; leap ones have a day more."""
    assert season_name(day("2026-08-31")) == "2025-2026"
    assert season_name(day("2026-09-01")) == "2026-2027"
    assert len(list(season_days(day("2026-10-01")))) == 365
    assert len(list(season_days(day("2024-01-01")))) == 366


@pytest.mark.parametrize(
    ("text", "red"),
    [
        ("2026-11-02", True),
        ("2026-10-30", False),
        ("2026-11-11", False),
        ("2026-11-14", False),
        ("2027-03-29", False),
        ("2027-03-31", True),
        ("2027-04-01", False),
    ],
)
def test_red_days(text: str, red: bool) -> None:
    """Working days of winter."""
    assert may_be_red(day(text)) is red
    assert (Colour.RED in possible(day(text))) is red


def test_indexes() -> None:
    """In the order of the calendar."""
    assert [off_peak_index(colour) for colour in Colour] == [1, 3, 5]


def test_the_meter_is_believed() -> None:
    """Over the public file."""
    colours = Colours()
    one = day("2026-11-02")
    assert colours.learn(one, Colour.BLUE, Source.RTE)
    assert colours.learn(one, Colour.RED, Source.METER)
    assert not colours.learn(one, Colour.WHITE, Source.RTE)
    assert not colours.learn(one, Colour.RED, Source.METER)
    assert colours.get(one) is Colour.RED
    days = {one: Colour.BLUE, one + timedelta(days=1): Colour.BLUE}
    assert colours.learn_all(days, Source.RTE)
    assert not colours.learn_all(days, Source.RTE)
    assert colours.possible(one) == (Colour.RED,)
    assert Colours.from_dict(json.loads(json.dumps(colours.as_dict()))) == colours
    colours.trim(day("2026-11-03"))
    assert colours.get(one) is None


def test_chances() -> None:
    """What is left falls on the days that may be so."""
    colours = Colours()
    monday, sunday = day("2026-11-02"), day("2026-11-08")
    before = colours.chances(monday)
    assert sum(before.values()) == 1
    assert before[Colour.RED] > Decimal("0.2")
    assert colours.chances(sunday) == {Colour.BLUE: 1}
    assert set(colours.chances(day("2027-06-01"))) == {Colour.BLUE, Colour.WHITE}
    red = [one for one in season_days(monday) if may_be_red(one)][1:23]
    for one in red:
        colours.learn(one, Colour.RED, Source.RTE)
    assert colours.chances(monday)[Colour.RED] == 0
    assert colours.chances(red[0]) == {Colour.RED: 1}
    for one in season_days(monday):
        if one != monday and one not in red:
            colours.learn(one, Colour.BLUE, Source.RTE)
    assert colours.chances(monday) == {
        Colour.RED: 0,
        Colour.WHITE: 1,
        Colour.BLUE: 0,
    }


def test_expected_days_of_a_season() -> None:
    """22 red and 43 white, whatever is known."""
    colours = Colours()
    days = list(season_days(day("2026-10-01")))
    chances = [colours.chances(one) for one in days]
    red = sum((one.get(Colour.RED, Decimal(0)) for one in chances), Decimal(0))
    white = sum((one.get(Colour.WHITE, Decimal(0)) for one in chances), Decimal(0))
    assert abs(red - 22) < Decimal("1e-20")
    assert abs(white - 43) < Decimal("1e-20")


def test_corrupt_colours() -> None:
    """Are told."""
    damaged: list[Any] = [
        [],
        {"x": ["blue", "rte"]},
        {"2026-01-01": "blue"},
        {"2026-01-01": ["b", "rte"]},
    ]
    for data in damaged:
        with pytest.raises(CorruptStoreError):
            Colours.from_dict(data)


def test_file() -> None:
    """Keys of no use and colours that are not told are passed over."""
    text = {
        "values": {
            "2025-01-01-fallback": "false",
            "2025-01-01": "BLUE",
            "2025-01-02": "RED",
            "2025-01-03": "NOT_DEFINED",
            "2025-01-04": None,
        }
    }
    assert parse_days(json.dumps(text)) == {
        day("2025-01-01"): Colour.BLUE,
        day("2025-01-02"): Colour.RED,
    }


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", DamagedFileError),
        ('{"values": {"2025-01-01": "BL', DamagedFileError),
        ("[" * 100_000, DamagedFileError),
        ("[]", WrongFileError),
        ('{"values": []}', WrongFileError),
        ('{"error": 1}', WrongFileError),
        ('{"values": {"01/01/2025": "BLUE"}}', WrongFileError),
        ('{"values": {"2025-01-01": "RED"}}', ImplausibleFileError),
        ('{"values": {"2025-01-05": "WHITE"}}', ImplausibleFileError),
    ],
)
def test_refused(text: str, error: type[FileError]) -> None:
    """Nothing of such a file counts."""
    with pytest.raises(error):
        parse_days(text)


def test_too_many_red_days() -> None:
    """Are not believed."""
    red = [one for one in season_days(day("2026-10-01")) if may_be_red(one)][:23]
    with pytest.raises(ImplausibleFileError):
        parse_days(json.dumps({"values": {str(one): "RED" for one in red}}))


def test_more_white_days_than_the_rules_have(caplog: pytest.LogCaptureFixture) -> None:
    """Are taken, since RTE says what is billed, with a line in the log."""
    caplog.set_level("INFO")
    white = [one for one in season_days(day("2026-10-01")) if one.weekday() != 6][:44]
    found = parse_days(json.dumps({"values": {str(one): "WHITE" for one in white}}))
    assert len(found) == 44
    assert "44 Tempo days of a season are white" in caplog.text
    caplog.clear()
    parse_days(json.dumps({"values": {str(one): "WHITE" for one in white[1:]}}))
    assert not caplog.text


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples")
def test_sample() -> None:
    """As it was answered on 1 January 2025."""
    data = (SAMPLES / "rte_tempoLight_2025-01-01.json").read_bytes()
    assert parse_days(data) == {
        day("2025-01-01"): Colour.BLUE,
        day("2025-01-02"): Colour.RED,
    }
