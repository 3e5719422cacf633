"""A reading, and its JSON: a contract."""

from datetime import UTC, datetime
import json

from custom_components.linky_meter.linky_tic.tic.reading import EMPTY, plain
from custom_components.linky_meter.linky_tic.tic.values import Colour

from .helpers import HISTORIC_THREE, NOW, STANDARD, Timeline, encode


def test_json_of_a_whole_frame() -> None:
    """Exactly the promised members."""
    reading = Timeline().feed(
        STANDARD, {"NGTF": "     TEMPO      ", "STGE": "0D3A4400"}, times=3
    )
    text = reading.as_json()
    assert "\n" not in text
    data = json.loads(text)
    assert list(data) == [
        *("mode", "received", "complete", "ended_by", "short", "damaged"),
        *("groups", "reading"),
    ]
    assert data["mode"] == "standard"
    assert datetime.fromisoformat(data["received"]) == NOW
    assert (data["complete"], data["short"], data["damaged"]) == (True, False, 0)
    assert data["ended_by"] == "ETX"
    assert list(data["groups"]) == list(STANDARD)
    assert data["groups"]["EAST"] == {
        "value": "003000000",
        "horodate": None,
        "accepted": True,
    }
    assert data["groups"]["DATE"] == {
        "value": "",
        "horodate": "H260113180000",
        "accepted": True,
    }
    assert data["groups"]["MSG1"]["value"] == STANDARD["MSG1"]
    values = data["reading"]
    assert values.keys() == reading.values.keys()
    assert values["energy_import"] == 3_000_000
    assert values["available_current"] == 8.19
    assert values["overload"] is False
    assert values["tariff_period"] == "blue_peak"
    assert values["tempo_tomorrow"] == "red"
    assert values["meter_clock"] == "2026-01-13T18:00:00+01:00"


def test_json_marks_what_is_not_believed() -> None:
    """Impossible, or waiting for the next frame to say the same."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=3)
    groups = timeline.feed(STANDARD, {"SINSTS": "65000", "PREF": "12"}).as_dict()[
        "groups"
    ]
    doubted = {label for label, group in groups.items() if not group["accepted"]}
    assert doubted == {"SINSTS", "PREF"}
    assert groups["SINSTS"]["value"] == "65000"
    groups = timeline.feed(STANDARD, {"PREF": "12"}, times=3).as_dict()["groups"]
    assert all(group["accepted"] for group in groups.values())


def test_json_marks_labels_of_pilot_meters() -> None:
    """They are judged under another name (T27)."""
    pilot = {
        {"SINSTS": "SINST1", "SMAXSN": "SMAXN"}.get(label, label): data
        for label, data in STANDARD.items()
    }
    timeline = Timeline()
    groups = timeline.feed(pilot, times=3).as_dict()["groups"]
    assert groups["SINST1"]["accepted"]
    groups = timeline.feed(pilot, {"SINST1": "65000"}).as_dict()["groups"]
    assert not groups["SINST1"]["accepted"]


def test_json_of_frames_that_are_not_whole() -> None:
    """Cut, short, damaged; the last of duplicates counts."""
    timeline = Timeline()
    cut = timeline.feed(STANDARD, end=b"\x04", damage=["PRM"]).as_dict()
    assert cut["ended_by"] == "EOT"
    assert cut["complete"] is False
    assert cut["damaged"] == 1
    assert "PRM" not in cut["groups"]
    lines = {
        name: HISTORIC_THREE[name] for name in ("ADCO", "IINST1", "IINST2", "IINST3")
    }
    data = encode(lines).replace(b"\x03", b"\nIINST3 009 S\r\x03")
    reading = Timeline().send(data)
    assert reading is not None
    short = reading.as_dict()
    assert (short["mode"], short["short"]) == ("historic", True)
    assert short["groups"]["IINST3"] == {
        "value": "009",
        "horodate": None,
        "accepted": True,
    }


def test_plain_values() -> None:
    """Numbers as numbers, enums as their key, times as ISO with offset."""
    assert plain(Colour.BLUE) == "blue"
    assert type(plain(Colour.BLUE)) is str
    assert plain(True) is True
    assert plain(3) == 3
    assert plain(2.5) == 2.5
    assert plain(None) is None
    at = datetime(2026, 1, 13, 18, tzinfo=UTC)
    assert plain(at) == "2026-01-13T18:00:00+00:00"


def test_before_the_first_frame() -> None:
    """There is nothing, and it can be shown."""
    assert EMPTY["apparent_power"] is None
    data = json.loads(EMPTY.as_json())
    assert data["mode"] is None
    assert data["reading"] == {}
    assert data["groups"] == {}
    assert data["received"].endswith("+00:00") or "T" in data["received"]
