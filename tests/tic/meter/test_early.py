"""The early reading: measurements before the end of their frame."""

from collections.abc import Mapping, Sequence

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.frame import Group
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.tic.helpers import (
    HISTORIC,
    NOW,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    damaged,
    encode,
    frame_of,
)

_MORE: dict[str, Data | None] = {
    "SINSTS": "04550",
    "SINSTS1": "04086",
    "IRMS1": "018",
    "EAST": "003000002",
    "EASF02": "002000002",
}


def ready(lines: Lines = STANDARD_THREE, frames: int = 3) -> Timeline:
    """Return a meter that sent some frames."""
    timeline = Timeline()
    timeline.feed(lines, times=frames)
    return timeline


def groups_of(data: bytes, until: str) -> list[Group]:
    """Return the groups of a frame up to a label, as the decoder has them."""
    decoder = Decoder()
    decoder.feed(data[: data.index(b"\r", data.index(until.encode() + b"\t")) + 1])
    return decoder.pending


def early(meter: Meter, groups: Sequence[Group], at: float) -> MeterReading | None:
    """Return the early reading."""
    return meter.preview(groups, at=at, received=NOW)


def test_it_has_the_measurements_and_what_follows() -> None:
    """Power, current and what is left move; energy and tariff wait for the end."""
    timeline = ready()
    data = encode(STANDARD_THREE, _MORE)
    reading = early(timeline.meter, groups_of(data, "SINSTS3"), timeline.at + 1)
    assert reading is not None
    assert reading.early
    assert reading["apparent_power"] == 4550
    assert reading["apparent_power_l1"] == 4086
    assert reading["current_l1"] == 18
    assert reading["available_current_l1"] == pytest.approx(3000 / 227 - 18, abs=0.01)
    assert reading["subscribed_power_usage"] == pytest.approx(136.2)
    assert reading["overload"] is True
    assert reading["energy_import"] == 3_000_000
    end = timeline.send(data)
    assert end is not None
    assert not end.early
    assert end["energy_import"] == 3_000_002
    for key in ("apparent_power", "current_l1", "available_current", "overload"):
        assert end[key] == reading[key]


def test_it_comes_once_and_when_all_is_there() -> None:
    """Not before the last measurement, not again, and anew with the next frame."""
    timeline = ready()
    data = encode(STANDARD_THREE, _MORE)
    at = timeline.at + 1
    assert early(timeline.meter, groups_of(data, "SINSTS2"), at) is None
    assert early(timeline.meter, groups_of(data, "SINSTS3"), at) is not None
    assert early(timeline.meter, groups_of(data, "UMOY3"), at) is None
    timeline.send(data)
    at = timeline.at + 1
    assert early(timeline.meter, groups_of(data, "UMOY3"), at) is not None


def test_it_says_when_to_ask() -> None:
    """Not before a frame taught it; at its last measurement, or later where one lacks."""
    timeline = Timeline()
    assert timeline.meter._early.place == 0
    timeline.feed(STANDARD_THREE, times=3)
    place = timeline.meter._early.place
    data = encode(STANDARD_THREE, _MORE)
    assert len(groups_of(data, "SINSTS3")) == place
    at = timeline.at + 1
    hit = groups_of(damaged(data, "URMS2") + data[1:], "UMOY3")
    assert early(timeline.meter, hit, at) is None
    assert timeline.meter._early.place == len(hit) + 1 > place
    timeline.send(data)
    assert timeline.meter._early.place == place


def test_a_frame_that_is_refused_ends_too() -> None:
    """A wrong address, maybe a damaged one, costs the next frame no early reading."""
    timeline = ready()
    other = encode(STANDARD_THREE, {"ADSC": "021976000002"})
    assert early(timeline.meter, groups_of(other, "SINSTS3"), timeline.at + 1) is None
    assert timeline.send(other) is None
    data = encode(STANDARD_THREE, _MORE)
    assert early(timeline.meter, groups_of(data, "SINSTS3"), timeline.at + 1)


def test_damage_waits_for_the_end() -> None:
    """A measurement that was hit is not there."""
    timeline = ready()
    hit = damaged(encode(STANDARD_THREE, _MORE), "URMS2")
    assert early(timeline.meter, groups_of(hit, "UMOY3"), timeline.at + 1) is None
    reading = timeline.send(hit)
    assert reading is not None
    assert reading["apparent_power"] == 4550


def test_what_is_not_believed_early_is_not_believed_at_the_end() -> None:
    """A surprise is judged once: it waits for the next frame, not for the same."""
    timeline = ready()
    lie: dict[str, Data | None] = {"URMS1": "281"}
    for _ in range(2):
        data = encode(STANDARD_THREE, lie)
        reading = early(timeline.meter, groups_of(data, "UMOY3"), timeline.at + 1)
        assert reading is not None
        assert reading["voltage_l1"] == 227
        end = timeline.send(data)
        assert end is not None
        assert end["voltage_l1"] == 227


@pytest.mark.parametrize(
    ("changes", "frames"),
    [
        pytest.param({}, 1, id="the address is not sure"),
        pytest.param({"ADSC": "042176999999"}, 3, id="another meter"),
    ],
)
def test_nothing_early_of_a_meter_that_is_not_known(
    changes: Mapping[str, Data | None], frames: int
) -> None:
    """Without an address, or with another's, the frame's end decides."""
    timeline = ready(frames=frames)
    data = encode(STANDARD_THREE, {**_MORE, **changes})
    assert early(timeline.meter, groups_of(data, "UMOY3"), timeline.at + 1) is None


def test_nothing_early_after_silence_or_in_another_mode() -> None:
    """The checks need the values before."""
    timeline = ready()
    data = encode(STANDARD_THREE, _MORE)
    assert early(timeline.meter, groups_of(data, "UMOY3"), timeline.at + 60) is None
    assert Meter().preview([], at=0.0, received=NOW) is None
    timeline = ready(HISTORIC)
    assert early(timeline.meter, groups_of(data, "UMOY3"), timeline.at + 1) is None


def test_active_power_moves_along() -> None:
    """Once it is known, with the load and without waiting for the index."""
    timeline = Timeline(pace=1.0)
    total = 3_000_000.0
    for _ in range(400):
        total += 7165 / 3600
        steps = {"EAST": f"{int(total):09}", "EASF02": f"{int(total) - 1_000_000:09}"}
        reading = timeline.feed(STANDARD, steps)
    watts = reading["active_power"]
    assert isinstance(watts, int)
    assert watts == pytest.approx(7165, rel=0.02)
    half: dict[str, Data | None] = {"SINSTS": "03583", "IRMS1": "016"}
    data = encode(STANDARD, {**steps, **half})
    soon = early(timeline.meter, groups_of(data, "SMAXSN"), timeline.at + 1)
    assert soon is not None
    now = soon["active_power"]
    assert isinstance(now, int)
    assert now == pytest.approx(3583, rel=0.05)
    assert early(timeline.meter, groups_of(data, "SMAXSN"), timeline.at + 1) is None
    timeline.send(data)
    gone: dict[str, Data | None] = {"SINSTS": "00000", "IRMS1": "000"}
    data = encode(STANDARD, {**steps, **gone})
    soon = early(timeline.meter, groups_of(data, "SMAXSN"), timeline.at + 1)
    assert soon is not None
    # At no load the direction is not known before the end
    assert soon["active_power"] != 0


def test_a_step_that_was_shown_early_stays_with_its_frame() -> None:
    """The frame's end does not lack it; the next frame does where it is damaged."""
    timeline = ready()
    step = {**_MORE, "SINSTS": "05550", "SINSTS1": "05086", "IRMS1": "022"}
    reading = early(
        timeline.meter,
        groups_of(encode(STANDARD_THREE, step), "SINSTS3"),
        timeline.at + 1,
    )
    assert reading is not None
    assert reading["apparent_power"] == 5550
    for damage, then in (((), 5550), (("SINSTS",), None)):
        reading = timeline.feed(STANDARD_THREE, step, damage=damage)
        assert reading["apparent_power"] == then


def test_a_step_that_is_denied_early_is_not_shown_on() -> None:
    """Neither by the early reading nor by its frame."""
    timeline = ready(HISTORIC)
    timeline.feed(HISTORIC, damage=["IMAX"])
    timeline.feed(HISTORIC, {"PAPP": "05060", "IINST": "022"})
    denied: dict[str, Data | None] = {"PAPP": "04300", "IINST": "022"}
    data = encode(HISTORIC, denied)
    groups = [group for group in frame_of(data).groups if group.label != "HHPHC"]
    reading = early(timeline.meter, groups, timeline.at + 1)
    assert reading is not None
    assert reading["apparent_power"] is None
    assert reading["current_l1"] == 22
    assert timeline.feed(HISTORIC, denied)["apparent_power"] is None
