"""The tariffs from now on: what the meter told, and what it was seen to do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
import json

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.schedule import TariffWindow
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import Encoding, readings_of
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from custom_components.linky_meter.linky_tic.tic.values import PARIS
from tests.simulator import MeterConfig, SimulatedMeter
from tests.simulator.contracts import CONTACT_CLOSED, Slot, encode_profile
from tests.tic.helpers import SHARED, STANDARD, Data, decode, encode, frame_of

CASES = SHARED / "cases"
cases = pytest.mark.skipif(not CASES.exists(), reason="the captures are not here")


class Wall:
    """A meter that is fed frames at moments of its own clock."""

    def __init__(self, meter: SimulatedMeter | None = None) -> None:
        """Start without a frame."""
        self.source = meter
        self.meter = Meter()

    def take(self, data: bytes, at: datetime) -> MeterReading:
        """Take one frame."""
        reading = self.meter.process(
            frame_of(data), at=at.timestamp(), received=at.astimezone(UTC)
        )
        assert reading is not None
        return reading

    def run(self, until: datetime) -> MeterReading:
        """Listen to the simulated meter up to a moment, then to some frames.

        Often where tariffs change, else about once a minute.
        """
        assert self.source is not None
        while True:
            clock = self.source.clock
            changes = clock.hour in {5, 6, 21, 22} and clock.minute % 30 in {0, 29}
            step = 5.0 if changes else 55.0
            if self.source.now + timedelta(seconds=step) >= until:
                break
            # A tariff changes with a whole minute: what is drawn meanwhile is not looked at
            self.source.advance(step, step=5)
            self.take(self.source.frame(), self.source.now)
        self.source.advance_to(until)
        return self.some()

    def some(self) -> MeterReading:
        """Listen to some frames."""
        assert self.source is not None
        for _ in range(4):
            reading = self.take(self.source.frame(), self.source.now)
            self.source.advance(1.5)
        return reading

    def restart(self) -> None:
        """Begin anew with what was kept."""
        kept = json.loads(json.dumps(self.meter.memory.as_dict()))
        self.meter = Meter(memory=Memory.from_dict(kept))


def at(day: int, hour: int, minute: int = 0, month: int = 1) -> datetime:
    """Return a time of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def case(name: str) -> list[bytes]:
    """Return the frames of a capture."""
    data = (CASES / name).read_bytes()
    return [b"\x02" + part for part in data.split(b"\x02")[1:]]


@cases
def test_a_red_evening_of_the_field() -> None:
    """The night belongs to the red day, whatever number the profile has for it."""
    wall = Wall()
    for n, data in enumerate(case("F2-tempo-next-change-2229-red.tic")):
        reading = wall.take(data, datetime(2025, 1, 22, 21, 29, n, tzinfo=UTC))
    assert reading["next_tariff_change"] == datetime(2025, 1, 23, 6, tzinfo=PARIS)


@cases
def test_midday_hours_of_the_field() -> None:
    """Nothing is known at 12:30; the change at 13:36 tells."""
    wall = Wall()
    (data, *_) = case("F3-midday-off-peak-1336-profile-unknown.tic")
    noon = datetime(2026, 5, 15, 12, 30, tzinfo=PARIS)
    for n, frame in enumerate(case("F3-midday-off-peak-1336-profile-unknown.tic")):
        reading = wall.take(frame, noon + timedelta(seconds=2 * n))
    assert reading["day_profile"] is None
    groups = {group.label: group for group in decode(data)[0].groups}
    lines: dict[str, Data] = {
        label: group.value if group.horodate is None else (group.horodate, group.value)
        for label, group in groups.items()
    }
    change = at(15, 13, 36, month=5)
    for n in range(3):
        now = change + timedelta(seconds=2 * n)
        told: dict[str, Data | None] = {
            "DATE": (f"E{now:%y%m%d%H%M%S}", ""),
            "NTARF": "01",
            "STGE": "003A4001",
            "LTARF": " HEURE  CREUSE  ",
        }
        reading = wall.take(encode(lines, told), now)
    assert reading["day_profile"] == "00:00 2, 01:36 1, 06:36 2, 13:36 1, 16:36 2"
    assert reading["next_tariff_change"] == at(15, 16, 36, month=5)
    wall.restart()
    assert wall.meter.memory.encoding is Encoding.DECIMAL


@pytest.mark.parametrize("clock", ["decimal", "hex"])
def test_schedules_that_read_both_ways(clock: str) -> None:
    """Of eight hours, five at night: each is decided by a change that only one has."""
    undecided = decided = 0
    for night in range(30, 181, 24):
        for noon in range(666, 841, 60):
            edges = (0, night, night + 300, noon, noon + 180)
            profile = tuple(
                Slot(minute, index, CONTACT_CLOSED)
                for minute, index in zip(edges, (2, 1, 2, 1, 2), strict=True)
            )
            text = encode_profile(profile, "hex" if clock == "hex" else "decimal")
            both = readings_of(text)
            wall = Wall()
            changes: dict[str, Data | None] = {"PJOURF+1": text, "NJOURF+1": "00"}
            index = 2
            for minute in (night, night + 300, noon, noon + 180):
                for second in range(-3, 5):
                    now = at(13, 0) + timedelta(minutes=minute, seconds=second)
                    index = index if second else 3 - index
                    changes["DATE"] = (f"H{now:%y%m%d%H%M%S}", "")
                    changes["NTARF"] = f"{index:02}"
                    changes["STGE"] = f"003A{0x4000 + (index - 1) * 0x400:04X}"
                    reading = wall.take(encode(STANDARD, changes), now)
                    if reading["day_profile"] is None:
                        undecided += second == -3 and minute == night
                        continue
                    shown = reading["day_profile"]
                    assert shown == ", ".join(
                        f"{edge // 60:02}:{edge % 60:02} {slot.index}"
                        for edge, slot in zip(edges, profile, strict=True)
                    )
            assert reading["day_profile"] is not None
            decided += len(both) == 2 and len(set(both.values())) == 2
    # The check is worth something: these cannot be told without a change
    assert undecided == (12 if clock == "decimal" else 0)
    assert decided >= undecided


def test_without_a_clock_nothing_is_decided() -> None:
    """A meter whose date is not set changes its tariff at no known time."""
    text = "00004002 01364001 06364002 13364001 16364002" + " NONUTILE" * 6
    wall = Wall()
    for n in range(6):
        changes: dict[str, Data | None] = {
            "DATE": ("H260013133600", ""),
            "PJOURF+1": text,
            "NJOURF+1": "00",
            "NTARF": "02" if n < 3 else "01",
            "STGE": "003A4400" if n < 3 else "003A4000",
        }
        reading = wall.take(encode(STANDARD, changes), at(13, 13, 36))
    assert reading["day_profile"] is None
    assert reading["next_tariff_change"] is None


def test_a_tempo_day_runs_from_six_to_six() -> None:
    """A red evening, and the white day that was announced."""
    source = SimulatedMeter(
        MeterConfig(contract="tempo", kva=9, start=at(13, 21, 55), seed=7)
    )
    source.set_tempo("red", "white")
    wall = Wall(source)
    reading = wall.some()
    assert reading["tariff_period"] == "red_peak"
    assert reading["next_tariff_change"] == at(13, 22)
    reading = wall.run(at(13, 22, 30))
    assert reading["tariff_period"] == "red_off_peak"
    assert reading["next_tariff_change"] == at(14, 6)
    windows = wall.meter.tariff_windows(source.now)
    assert [(w.end, w.slot, w.supplier_index) for w in windows] == [
        (at(14, 6), 1, 5),
        (at(14, 22), 2, 4),
        (at(15, 0), 1, 3),
    ]
    assert windows[0].start == source.now
    assert all(a.end == b.start for a, b in pairwise(windows))
    # After midnight, too, the night is the red day's
    reading = wall.run(at(14, 2))
    assert reading["next_tariff_change"] == at(14, 6)
    assert wall.meter.tariff_windows(source.now)[0][2:] == (1, 5)
    assert wall.run(at(14, 6, 1))["next_tariff_change"] == at(14, 22)


def test_colours_that_move_on_at_midnight() -> None:
    """Some meters do: before six the night is still the day's before."""
    source = SimulatedMeter(
        MeterConfig(
            contract="tempo", kva=9, start=at(14, 1), seed=7, colour_change_hour=0
        )
    )
    source.set_tempo("white")
    wall = Wall(source)
    reading = wall.some()
    assert reading["tempo_today"] == "white"
    assert reading["tariff_period"] == "blue_off_peak"
    assert [w[2:] for w in wall.meter.tariff_windows(at(14, 1))][:3] == [
        (1, 1),
        (2, 4),
        (1, 3),
    ]


def test_a_colour_that_is_not_announced() -> None:
    """Off-peak or peak is known, the supplier's index is not."""
    source = SimulatedMeter(
        MeterConfig(contract="tempo", kva=9, start=at(13, 12), seed=7)
    )
    source.set_tempo("white")
    wall = Wall(source)
    wall.some()
    assert [w[2:] for w in wall.meter.tariff_windows(source.now)] == [
        (2, 4),
        (1, 3),
        (2, None),
        (1, None),
    ]


def test_each_kind_of_day_has_its_own() -> None:
    """Friday's night ends at midnight: Saturday is another day."""
    source = SimulatedMeter(
        MeterConfig(contract="weekend", kva=9, start=at(15, 23), seed=7)
    )
    wall = Wall(source)
    # Saturday's profile was shown on Friday, Friday's on Thursday
    assert wall.run(at(16, 12))["next_tariff_change"] == at(16, 22, 30)
    reading = wall.run(at(16, 22, 35))
    assert reading["next_tariff_change"] == at(17, 0)
    assert [w.supplier_index for w in wall.meter.tariff_windows(source.now)] == [1, 3]
    wall.restart()
    assert wall.some()["next_tariff_change"] == at(17, 0)


def test_a_mobile_peak_begins_and_ends_when_it_was_said() -> None:
    """The profile of usual days says nothing of it."""
    source = SimulatedMeter(
        MeterConfig(contract="ejp", kva=12, start=at(13, 20), seed=42)
    )
    source.announce_peak(1, at(14, 7), at(15, 1))
    wall = Wall(source)
    assert wall.some()["next_tariff_change"] == at(14, 7)
    reading = wall.run(at(14, 8))
    assert reading["tariff_period"] == "mobile_peak"
    assert reading["next_tariff_change"] == at(15, 1)


def test_what_counts_against_the_profile_is_not_guessed() -> None:
    """An index that no slot has: nothing is said of later."""
    wall = Wall()
    now = at(13, 18)
    changes: dict[str, Data | None] = {
        "NJOURF+1": "00",
        "NTARF": "01",
        "STGE": "003A4000",
    }
    for n in range(4):
        reading = wall.take(encode(STANDARD, changes), now + timedelta(seconds=n))
    assert reading["next_tariff_change"] is None
    assert wall.meter.tariff_windows(now) == ()
    assert Meter().tariff_windows(now) == ()


def test_another_calendar_counts_its_days_anew() -> None:
    """Day 00 of the old one is none of the new one."""
    wall = Wall()
    now = at(13, 18)
    for n in range(4):
        wall.take(encode(STANDARD, {"NJOURF+1": "00"}), now + timedelta(seconds=n))
    assert wall.meter.memory.days
    new: dict[str, Data | None] = {"NGTF": " SUPER CREUSES  ", "PJOURF+1": None}
    for n in range(4, 9):
        wall.take(encode(STANDARD, new), now + timedelta(seconds=n))
    assert not wall.meter.memory.days


@pytest.mark.parametrize(
    ("contract", "night", "morning"),
    [("hc", (22, 30), (6, 30)), ("tempo", (22, 0), (6, 0))],
)
def test_historic_mode_shows_a_day_in_a_day(
    contract: str, night: tuple[int, int], morning: tuple[int, int]
) -> None:
    """PTEC tells when a tariff begins; after a day without a gap all is known."""
    config = MeterConfig(
        mode="historic",
        contract="hc" if contract == "hc" else "tempo",
        kva=9,
        start=at(13, 12),
        seed=7,
    )
    wall = Wall(SimulatedMeter(config))
    reading = wall.run(at(14, 11))
    assert "next_tariff_change" not in reading.values
    reading = wall.run(at(14, 12, 1))
    assert reading["next_tariff_change"] == at(14, *night)
    assert wall.run(at(14, 23))["next_tariff_change"] == at(15, *morning)
    wall.restart()
    assert wall.some()["next_tariff_change"] == at(15, *morning)
    windows = wall.meter.tariff_windows(at(14, 23, 30))
    assert [w.slot for w in windows] == [1, 2, 1]
    assert isinstance(windows[0], TariffWindow)


def test_a_clock_of_its_own() -> None:
    """A meter that is a minute late begins its Tempo day a minute late, colour too."""
    config = MeterConfig(
        mode="historic", contract="tempo", kva=9, start=at(13, 12), seed=7
    )
    wall = Wall(SimulatedMeter(config))
    wall.run(at(13, 23))
    observed = wall.meter.memory.observed
    observed.changes, observed.covered = {361: 2, 1321: 1}, (1 << 48) - 1
    windows = wall.meter.tariff_windows(at(13, 23, 30))
    assert [(w.end, w.slot) for w in windows] == [
        (at(14, 6, 1), 1),
        (at(14, 22, 1), 2),
        (at(15, 0), 1),
    ]


def test_a_gap_hides_what_happened_in_it() -> None:
    """The half hours without frames have to be heard another day."""
    config = MeterConfig(
        mode="historic", contract="hc", kva=9, start=at(13, 12), seed=7
    )
    source = SimulatedMeter(config)
    wall = Wall(source)
    wall.run(at(13, 22))
    source.advance_to(at(13, 23))
    wall.run(at(14, 12, 1))
    assert "next_tariff_change" not in wall.some().values
    wall.run(at(14, 23))
    observed = wall.meter.memory.observed
    assert observed.day == ((390, 2), (1350, 1))
    # Hours that moved: the old change did not happen
    observed.observe("off_peak", 2, at(14, 23, 0) + timedelta(seconds=20))
    assert 1350 in observed.changes
    now = at(15, 2)
    for second in range(0, 60, 20):
        observed.observe(
            "off_peak", 1 + (second >= 40), now + timedelta(seconds=second)
        )
    assert observed.changes[121] == 2
    observed.observe("tempo", 1, now)
    assert not observed.changes
