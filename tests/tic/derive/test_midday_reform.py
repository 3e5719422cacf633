"""The midday hours of the reform: what decides how their times are written.

Five off-peak hours in the night and three at midday, both from the same minute of an hour:
midday begins at 11:00 to 14:00, the night at 23:00 to 02:00. These are 724 schedules. Their
times are decimal on some meters and hexadecimal on others; 363 of the decimal ones read both
ways, with eight off-peak hours either way. From shortly before each of their four changes on,
1,266 of 1,452 are decided by the first, and all by the next one of midday.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import (
    Encoding,
    parse_day_profile,
    readings_of,
)
from custom_components.linky_meter.linky_tic.tic.values import PARIS
from tests.simulator.contracts import CONTACT_CLOSED, Slot, encode_profile
from tests.tic.helpers import STANDARD, Data, Lines, encode, frame_of

DAY = 24 * 60
MIDNIGHT = datetime(2026, 5, 15, tzinfo=PARIS)
_TOLD = ("ADSC", "DATE", "NGTF", "STGE", "RELAIS", "NTARF", "NJOURF", "NJOURF+1")
LINES: Lines = {label: STANDARD[label] for label in _TOLD}

type Schedule = tuple[Slot, ...]


def schedules() -> Iterator[Schedule]:
    """Yield each as the slots of a day."""
    for midday in range(11 * 60, 14 * 60 + 1):
        for hour in (23, 0, 1, 2):
            night = hour * 60 + midday % 60
            off_peak = {
                (start + minute) % DAY
                for start, length in ((night, 300), (midday, 180))
                for minute in range(length)
            }
            yield tuple(
                Slot(minute, 1 if minute in off_peak else 2, CONTACT_CLOSED)
                for minute in range(DAY)
                if not minute or (minute in off_peak) != (minute - 1 in off_peak)
            )


def changes_of(schedule: Schedule) -> list[tuple[int, int]]:
    """Return when another tariff begins, and which."""
    return [
        (now.minute, now.index)
        for before, now in zip((schedule[-1], *schedule[:-1]), schedule, strict=True)
        if now.index != before.index
    ]


def as_text(schedule: Schedule) -> str:
    """Return what is shown of it."""
    return ", ".join(
        f"{slot.minute // 60:02}:{slot.minute % 60:02} {slot.index}"
        for slot in schedule
    )


class Listener:
    """A meter that is heard from shortly before one of its changes."""

    def __init__(self, text: str) -> None:
        """Know nothing of it."""
        self._meter = Meter()
        self._text = text

    def hear(self, minute: int, second: int, index: int) -> object:
        """Hear a frame; return the day profile that is shown then."""
        now = MIDNIGHT + timedelta(minutes=minute, seconds=second)
        told: dict[str, Data | None] = {
            "PJOURF+1": self._text,
            "NJOURF+1": "00",
            "DATE": (f"E{now:%y%m%d%H%M%S}", ""),
            "NTARF": f"{index:02}",
            "STGE": f"003A{0x4000 + (index - 1) * 0x400:04X}",
        }
        reading = self._meter.process(
            frame_of(encode(LINES, told)),
            at=now.timestamp(),
            received=now.astimezone(UTC),
        )
        assert reading is not None
        return reading["day_profile"]

    def sees(self, minute: int, index: int, right: str) -> bool:
        """Hear a change; return whether the profile is shown then, and never wrong."""
        before = [self.hear(minute, second, 3 - index) for second in (-8, -6, -4, -2)]
        after = [self.hear(minute, second, index) for second in (0, 2, 4)]
        assert {*before, *after} <= {None, right}
        return after[-1] == right


@pytest.mark.parametrize(
    ("clock", "at_once", "at_first"), [("decimal", 361, 1266), ("hex", 724, 0)]
)
def test_a_change_that_is_seen_decides(clock: str, at_once: int, at_first: int) -> None:
    """None is ever shown wrong, and a day decides all.

    A night change to which both readings agree tells nothing: then midday does.
    """
    told = first = 0
    for schedule in schedules():
        text = encode_profile(schedule, "hex" if clock == "hex" else "decimal")
        right, changes = as_text(schedule), changes_of(schedule)
        if parse_day_profile(text) is not None:
            told += 1
            assert Listener(text).hear(1, 0, schedule[0].index) == right
            continue
        hexadecimal = {
            (slot.start.hour * 60 + slot.start.minute, slot.tariff)
            for slot in readings_of(text)[Encoding.HEXADECIMAL]
        }
        for start, change in enumerate(changes):
            listener = Listener(text)
            if listener.sees(*change, right):
                first += 1
                continue
            assert change in hexadecimal
            coming = [*changes, *((m + DAY, index) for m, index in changes)]
            assert any(
                listener.sees(minute, index, right)
                for minute, index in coming[start + 1 : start + 4]
            )
    assert (told, first) == (at_once, at_first)
