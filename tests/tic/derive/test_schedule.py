"""When the tariff changes next."""

from datetime import datetime, timedelta

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.schedule import KnownTariffs
from custom_components.linky_meter.linky_tic.tic.profile import (
    DayProfile,
    parse_day_profile,
    tariffs_of,
)
from custom_components.linky_meter.linky_tic.tic.tariffs import Contract
from custom_components.linky_meter.linky_tic.tic.values import PARIS
from tests.tic.helpers import STANDARD, Data, Timeline, read


def profile(*slots: str) -> DayProfile:
    """Return a day profile of slots such as ``0600 2``."""
    blocks = [f"{slot[:4]}400{slot[5:]}" for slot in slots]
    parsed = parse_day_profile(" ".join([*blocks, *["NONUTILE"] * (11 - len(blocks))]))
    assert parsed is not None
    return parsed[0]


def next_change(
    now: datetime,
    current: int,
    today: DayProfile | None,
    tomorrow: DayProfile | None,
) -> datetime | None:
    """Return when another tariff begins."""
    days = {
        now.date() + timedelta(days=n): tariffs_of(day)
        for n, day in enumerate((today, tomorrow))
        if day is not None
    }
    windows = KnownTariffs(now, Contract.OFF_PEAK, current, days, (), (), {}).windows()
    return windows[1].start if len(windows) > 1 else None


USUAL = profile("0000 1", "0600 2", "2200 1")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time in January."""
    return datetime(2026, 1, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "current", "expected"),
    [
        (at(13, 5), 1, at(13, 6)),
        (at(13, 6), 2, at(13, 22)),
        (at(13, 18), 2, at(13, 22)),
        # Midnight begins a slot of the same tariff
        (at(13, 22, 30), 1, at(14, 6)),
    ],
)
def test_next_slot_of_another_tariff(
    now: datetime, current: int, expected: datetime
) -> None:
    """Today's slots, then tomorrow's."""
    assert next_change(now, current, USUAL, USUAL) == expected


def test_what_is_not_known_is_not_guessed() -> None:
    """Without today's profile nothing is known; one tariff never changes."""
    assert next_change(at(13, 5), 1, None, USUAL) is None
    assert next_change(at(13, 23), 1, USUAL, None) is None
    flat = profile("0000 1")
    assert next_change(at(13, 5), 1, flat, flat) is None


def test_today_is_learned_as_yesterday_s_tomorrow() -> None:
    """NJOURF names a day whose profile was once PJOURF+1."""
    # NJOURF+1 is 01, so the profile of day 00 is not known yet
    assert read(STANDARD)["next_tariff_change"] is None
    timeline = Timeline()
    timeline.feed(STANDARD, times=3)
    next_day: dict[str, Data | None] = {
        "NJOURF": "01",
        "DATE": ("H260114180000", ""),
    }
    reading = timeline.feed(STANDARD, next_day, times=3)
    assert reading["next_tariff_change"] == at(14, 22)
    # A meter that leaves the number out keeps what it showed
    gone: dict[str, Data | None] = {**next_day, "NJOURF+1": None}
    assert timeline.feed(STANDARD, gone, times=5)["next_tariff_change"] == at(14, 22)
    unset: dict[str, Data | None] = {**next_day, "DATE": ("H260014180000", "")}
    assert timeline.feed(STANDARD, unset, times=3)["next_tariff_change"] is None
