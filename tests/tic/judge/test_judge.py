"""What passes the checksum is judged once more."""

from datetime import timedelta

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder, Parity
from custom_components.linky_meter.linky_tic.tic.frame import Frame, Group
from custom_components.linky_meter.linky_tic.tic.judge.rules import RULES, Rule
from custom_components.linky_meter.linky_tic.tic.labels import LABELS
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.values import parse_horodate
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Data,
    Lines,
    Timeline,
    damaged,
    eight_bits,
    encode,
    line,
    shown,
)

type Changes = dict[str, Data | None]


class Day(Timeline):
    """A meter in standard mode whose clock goes on, from 18:00."""

    def __init__(self) -> None:
        """Begin with a meter that is known."""
        super().__init__(pace=2)
        for _ in range(3):
            self.tick()

    def horodate(self, *, late: float = 0) -> str:
        """Return the time of the next frame as the meter writes it."""
        start = parse_horodate("H260113180000")
        assert start is not None
        moment = start.at + timedelta(seconds=self.at + self.pace - late)
        return f"H{moment:%y%m%d%H%M%S}"

    def tick(
        self, changes: Changes | None = None, *, lines: Lines = STANDARD
    ) -> MeterReading:
        """Send a frame of now."""
        return self.feed(lines, {"DATE": (self.horodate(), ""), **(changes or {})})

    def highest(self, value: int, *, late: float = 0) -> object:
        """Send a highest power of today, return the one that shows."""
        sent = (self.horodate(late=late), f"{value:05}")
        return self.tick({"SMAXSN": sent})["max_power_today"]


# Before a frame is judged


def test_parity_is_counted_and_the_rejected_are_kept() -> None:
    """The last ten, as 7-bit characters."""
    decoder = Decoder()
    clean = eight_bits(encode(HISTORIC))
    decoder.feed(clean * 3)
    assert decoder.parity is Parity.EVEN
    start = encode(HISTORIC).index(b"PAPP")
    hit = clean[: start + 6] + bytes([clean[start + 6] ^ 1]) + clean[start + 7 :]
    (frame,) = decoder.feed(hit)
    assert frame.damaged == 1
    assert decoder.counts["parity"] == 1
    assert decoder.counts["checksum"] == 0
    ((reason, content),) = decoder.rejected
    assert reason == "parity"
    assert b"PAPP 0" in content
    wrong = eight_bits(damaged(encode(HISTORIC), "IMAX"))
    for _ in range(10):
        decoder.feed(wrong)
    assert decoder.counts["checksum"] == 10
    assert [reason for reason, _ in decoder.rejected] == ["checksum"] * 10
    assert all(content.isascii() for _, content in decoder.rejected)


def test_an_unknown_label_is_no_damage() -> None:
    """Three frames with a right checksum: it is listed."""
    decoder, timeline = Decoder(), Timeline()
    # The name of another label, its letters moved so that the sum stays
    new = line("IMAX", "090").replace(b"IMAX", b"IMBW")
    data = encode(HISTORIC).replace(b"\x03", new + b"\x03")
    for n in range(1, 4):
        (frame,) = decoder.feed(data)
        timeline.meter.process(frame, at=float(n))
        assert frame.damaged == 0
        assert timeline.meter.unknown_labels == {"IMBW": n}
    assert decoder.counts["unknown"] == 3
    assert not decoder.rejected


def test_a_frame_without_known_groups_changes_nothing() -> None:
    """Before the first and after it."""
    timeline = Timeline()
    strange = Frame(None, (), unknown=(Group("STRANGE", "1"),))
    reading = timeline.meter.process(strange, at=0.5)
    assert reading is not None
    assert reading.values == {}
    before = timeline.feed(STANDARD, times=3)
    reading = timeline.meter.process(strange, at=timeline.at)
    assert reading is not None
    assert reading.values == before.values


def test_every_label_has_a_rule() -> None:
    """Those of pilot meters have that of the label they stand for."""
    assert set(RULES) == {row.same_as or row.name for row in LABELS.values()}
    assert RULES["EAIT"] is RULES["BASE"] is RULES["ERQ4"] is Rule.INDEX
    assert RULES["SINSTI"] is RULES["PAPP"] is RULES["URMS3"] is Rule.MEASUREMENT
    assert RULES["SMAXSN-1"] is RULES["PMAX"] is Rule.AGREEMENT
    assert RULES["ADCO"] is RULES["MSG2"] is Rule.AT_ONCE


# Another phase count


@pytest.mark.parametrize(
    ("lines", "changes", "key"),
    [
        (STANDARD, {"URMS2": "231"}, "voltage_l2"),
        (STANDARD, {"SINSTS3": "00100"}, "apparent_power_l3"),
        (STANDARD, {"SMAXSN1": ("H260113180000", "00100")}, "max_power_today_l1"),
        (HISTORIC, {"IINST2": "012"}, "current_l2"),
        (HISTORIC, {"PPOT": "04"}, "phase_missing_l2"),
        (HISTORIC_THREE, {"IMAX": "090"}, ""),
    ],
)
def test_labels_of_another_phase_count(
    lines: Lines, changes: Changes, key: str
) -> None:
    """The damaged name of another group."""
    timeline = Timeline()
    before = timeline.feed(lines, times=3)
    reading = timeline.feed(lines, changes, times=2)
    assert timeline.meter.judge.counts["implausible"] == 2
    assert timeline.meter.judge.counts["held"] == 0
    assert reading.values == before.values
    assert key not in reading.values


def test_labels_of_another_phase_count_before_it_is_latched() -> None:
    """A meter of unknown type may have three phases."""
    strange = {"ADSC": "0421AA123456"}
    timeline = Timeline()
    assert timeline.feed(STANDARD_THREE, strange)["voltage_l2"] == 231
    timeline.feed(STANDARD_THREE, strange, times=2)
    # What is sent three times corrects what was latched
    reading = timeline.feed(STANDARD, strange, times=4)
    assert reading["phases"] == 1
    assert timeline.meter.judge.counts["implausible"] == 0


# The meter's clock


def test_a_clock_that_jumps_waits() -> None:
    """The next frame goes on from where it was."""
    day = Day()
    before = day.tick()["meter_clock"]
    for wrong in ("H260113190008", "E260113180008", "H250113180008"):
        assert day.tick({"DATE": (wrong, "")})["meter_clock"] == before
        before = day.tick()["meter_clock"]
    assert day.meter.judge.counts["held"] == 3
    expected = parse_horodate(day.horodate(late=day.pace))
    assert expected is not None
    assert before == expected.at


def test_a_clock_that_was_set_is_taken_with_the_second_frame() -> None:
    """It goes on from there as ours does."""
    day = Day()
    before = day.tick()["meter_clock"]
    later = [day.horodate(late=-3600 - n * day.pace) for n in range(3)]
    seen = [day.tick({"DATE": (date, "")})["meter_clock"] for date in later]
    moments = [parse_horodate(date) for date in later]
    assert seen == [before, *[moment.at for moment in moments if moment][1:]]


def test_two_jumps_do_not_agree() -> None:
    """Each frame another time."""
    day = Day()
    before = day.tick()["meter_clock"]
    for late in (3600, 7200, -3600, 3600):
        date = day.horodate(late=late)
        assert day.tick({"DATE": (date, "")})["meter_clock"] == before


def test_the_clock_of_a_damaged_first_frame_waits() -> None:
    """The second one bears it out."""
    timeline = Timeline()
    first = timeline.feed(STANDARD, damage=["PRM"])
    assert first.values.get("meter_clock") is None
    assert timeline.feed(STANDARD, damage=["PRM"])["meter_clock"] is not None


def test_a_season_letter_that_the_register_contradicts_waits() -> None:
    """One damaged letter does not make the clock degraded."""
    day = Day()
    wrong: Changes = {"DATE": (day.horodate().lower(), "")}
    assert day.tick(wrong)["clock_degraded"] is False
    assert day.tick()["clock_degraded"] is False
    both: Changes = {"DATE": (day.horodate().lower(), ""), "STGE": "003B4400"}
    assert day.tick(both)["clock_degraded"] is True
    # One that stays is what the meter says, in each frame from the second on
    day = Day()
    seen = []
    for _ in range(4):
        date = day.horodate(late=-day.pace)
        day.tick({"DATE": (date.lower(), "")})
        seen.append(day.meter.judge.counts["held"])
    assert seen == [1, 1, 1, 1]


# The highest power of a day


def test_a_maximum_rises_at_once_by_small_steps() -> None:
    """At the present time."""
    day = Day()
    assert [day.highest(value) for value in (7900, 8400, 8400, 8500)] == [
        7900,
        8400,
        8400,
        8500,
    ]
    assert day.meter.judge.counts["held"] == 0


def test_a_large_step_of_a_maximum_waits_one_frame() -> None:
    """The next goes on from it, whether it rose again or not."""
    day = Day()
    assert [day.highest(value) for value in (9000, 9100)] == [7800, 9100]
    day = Day()
    assert [day.highest(value) for value in (9000, 11000, 13000, 15000)] == [
        7800,
        11000,
        11000,
        15000,
    ]
    # What waited a while ago tells nothing
    day = Day()
    assert day.highest(9000) == 7800
    for _ in range(3):
        day.tick()
    assert day.highest(9100) == 7800
    # A damaged one is alone
    day = Day()
    assert [day.highest(value) for value in (97800, 7850, 7850)] == [7800, 7850, 7850]
    # Also where the maximum has just risen
    day = Day()
    assert [day.highest(value) for value in (7850, 97900, 7900)] == [7850, 7850, 7900]


def test_a_new_day_begins_low() -> None:
    """With the second frame, although it rises with each."""
    day = Day()
    assert [day.highest(value) for value in (300, 320, 350)] == [7800, 320, 350]


@pytest.mark.parametrize("late", [30, -30, 86_400])
def test_a_maximum_of_another_time_waits(late: float) -> None:
    """It should be of now, if it rose; the same frame again may say so."""
    day = Day()
    for value in (7850, 7860, 7870):
        assert day.highest(value, late=late) == 7800
    same: Changes = {"SMAXSN": (day.horodate(late=late), "07850")}
    assert [day.tick(same)["max_power_today"] for _ in range(2)] == [7800, 7850]


def test_a_maximum_without_a_time_waits() -> None:
    """Neither of the clock nor its own."""
    day = Day()
    for value in ("07850", "07860"):
        reading = day.tick({"SMAXSN": ("H269999999999", value)})
        assert reading["max_power_today"] == 7800
    timeline = Timeline()
    timeline.feed(STANDARD, {"DATE": None}, times=2)
    changes: Changes = {"DATE": None, "SMAXSN": ("H260113180005", "07850")}
    assert timeline.feed(STANDARD, changes)["max_power_today"] == 7800


def test_maxima_of_pilot_meters() -> None:
    """Their labels have other names, and the same rule."""
    pilot = {
        name: data for name, data in STANDARD.items() if not name.startswith("SMAXSN")
    }
    day = Day()
    for value, yesterday in ((7850, 6560), (7900, 6580)):
        today = (day.horodate(), f"{value:05}")
        before = ("H260112195604", f"{yesterday:05}")
        reading = day.tick({"SMAXN": today, "SMAXN-1": before}, lines=pilot)
        keys = ("max_power_today", "max_power_yesterday")
        assert shown(reading, *keys) == [value, 6560]


# Absence


@pytest.mark.parametrize(
    ("lines", "changes", "key", "there", "gone"),
    [
        (HISTORIC, {"ADPS": "046"}, "overload", True, False),
        (
            STANDARD,
            {"DPM1": (" 260114060000", "00")},
            "mobile_peak_start_1",
            True,
            None,
        ),
        (STANDARD, {"CCAIN": ("H260113180000", "00001")}, "load_curve_export", 1, None),
    ],
)
def test_absence_counts_with_the_second_clean_frame(
    lines: Lines, changes: Changes, key: str, there: object, gone: object
) -> None:
    """A damaged frame between says nothing, one that has it begins anew."""
    timeline = Timeline()
    assert bool(timeline.feed(lines, changes, times=2)[key])
    last = "PAPP" if "PAPP" in lines else "PRM"
    for damage in ((), (last,), (last,)):
        assert bool(timeline.feed(lines, damage=damage)[key])
    timeline.feed(lines, changes)
    assert bool(timeline.feed(lines)[key])
    assert timeline.feed(lines)[key] is gone


def test_a_message_that_comes_once_is_not_taken_with_a_hit_bit() -> None:
    """The checksum cannot see bit 6, and no second frame would tell."""
    timeline = Timeline()
    timeline.feed(STANDARD, times=3)
    hit = timeline.feed(STANDARD, {"MSG2": "TRAVAUX`        "})
    assert hit["message_2"] is None
    good = timeline.feed(STANDARD, {"MSG2": "Travaux         "})
    assert good["message_2"] == "Travaux"
