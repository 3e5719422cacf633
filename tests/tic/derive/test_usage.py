"""Usage, overload and time to trip through frames, and with inputs that are missing."""

import pytest

from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    read,
    shown,
)

OVER: dict[str, Data | None] = {"SINSTS": "13440", "IRMS1": "060"}
"""One and a half times 9 kVA."""


@pytest.mark.parametrize(
    ("lines", "changes", "usage", "overload"),
    [
        (STANDARD, {}, 79.6, False),
        (STANDARD, OVER, 149.3, True),
        # The lesser of both powers counts; only the subscribed one is exceeded
        (STANDARD, {"PCOUP": "06"}, 119.4, False),
        (STANDARD, {"PREF": "06"}, 119.4, True),
        (STANDARD_THREE, {}, 119.2, True),
        (HISTORIC, {}, 31.4, False),
        # A meter that never sends PAPP is judged by its current
        (HISTORIC, {"PAPP": None}, 26.7, False),
        (HISTORIC, {"IINST": "046", "PAPP": "10800"}, 120.0, True),
        (HISTORIC, {"IINST": "045", "PAPP": "10600"}, 117.8, False),
        (HISTORIC_THREE, {}, 33.3, False),
        (HISTORIC_THREE, {"IINST2": "016", "PAPP": "05500"}, 106.7, True),
        # An older meter exceeds at its limit already
        (
            HISTORIC,
            {"ADCO": "020828123456", "IINST": "045", "PAPP": None},
            100.0,
            True,
        ),
    ],
)
def test_usage_and_overload(
    lines: Lines, changes: dict[str, Data | None], usage: float, overload: bool
) -> None:
    """What the meter says, or what the numbers say."""
    reading = read(lines, changes)
    assert shown(reading, "subscribed_power_usage", "overload") == [usage, overload]


@pytest.mark.parametrize("label", ["PREF", "PCOUP", "SINSTS", "SINSTS2"])
def test_a_missing_input_makes_usage_unknown(label: str) -> None:
    """Never the rest of the phases alone, and nothing raises."""
    lines = STANDARD_THREE if label.startswith("SINSTS2") else STANDARD
    assert read(lines, {label: None})["subscribed_power_usage"] is None


def test_every_label_may_be_missing() -> None:
    """One by one: no failure, and never an available current from what is not there."""
    for lines in (STANDARD, STANDARD_THREE, HISTORIC, HISTORIC_THREE):
        for label in lines:
            reading = read(lines, {label: None})
            assert (reading["active_power"] is None) is (label in {"SINSTS", "PAPP"})
            if label in {"SINSTS1", "URMS1", "IRMS1", "PREF", "ISOUSC", "IINST1"}:
                assert reading["available_current"] is None or label == "SINSTS1"


@pytest.mark.parametrize("volts", ["000", "001"])
def test_no_voltage(volts: str) -> None:
    """No division by zero: a lost phase has no current left."""
    reading = read(STANDARD, {"URMS1": volts, "SINSTS": "00000", "IRMS1": "000"})
    assert shown(reading, "current_l1", "available_current") == [None, None]


def test_export_on_one_phase_and_import_on_another() -> None:
    """Each phase by itself: the exporting one has all its share left."""
    changes: dict[str, Data | None] = {
        "SINSTS": "00240",
        "SINSTS1": "00700",
        "IRMS1": "003",
        "SINSTS2": "00000",
        "IRMS2": "002",
        "SINSTS3": "00000",
    }
    reading = read(STANDARD_THREE, changes)
    assert reading["available_current_l2"] == pytest.approx(3000 / 231, abs=0.01)
    assert reading["available_current"] == reading["available_current_l1"]
    assert reading["subscribed_power_usage"] == pytest.approx(23.3)


def test_time_to_trip_appears_and_goes() -> None:
    """158 s from full load at 1.4 times, less when it lasts; none when it is over."""
    timeline = Timeline(pace=1.0)
    full: dict[str, Data | None] = {"SINSTS": "09000", "IRMS1": "040"}
    over: dict[str, Data | None] = {"SINSTS": "12600", "IRMS1": "056"}
    assert timeline.feed(STANDARD, full, times=5)["time_to_trip"] is None
    first = timeline.feed(STANDARD, over)["time_to_trip"]
    assert isinstance(first, int)
    assert 150 <= first <= 160
    later = timeline.feed(STANDARD, over, times=60)["time_to_trip"]
    assert isinstance(later, int)
    assert first - 66 <= later <= first - 54
    assert timeline.feed(STANDARD, full, times=2)["time_to_trip"] is None


@pytest.mark.parametrize(
    ("status", "seconds"), [("003A4402", None), ("003A440E", None), ("003A4400", 0)]
)
def test_an_open_breaker_does_not_trip(status: str, seconds: int | None) -> None:
    """Nor one whose state has no meaning; a first frame above the limit may at once."""
    reading = read(STANDARD, {**OVER, "STGE": status})
    assert reading["time_to_trip"] == seconds


def test_frames_minutes_apart() -> None:
    """After a gap the worse of the last state and the present load counts."""
    timeline = Timeline(pace=1.0)
    timeline.feed(STANDARD, {"SINSTS": "11000", "IRMS1": "049"}, times=5)
    timeline.at += 300
    reading = timeline.feed(STANDARD, {"SINSTS": "12600", "IRMS1": "056"}, times=2)
    seconds = reading["time_to_trip"]
    assert isinstance(seconds, int)
    # From a steady 1.4 the limit is reached already
    assert seconds <= 1
