"""Years of households under watch: what is found, and what is said for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
import random
from typing import NamedTuple

from custom_components.linky_meter.linky_tic.costs.calendar.days import midnight
from custom_components.linky_meter.linky_tic.watch.household import Household as Watch
from custom_components.linky_meter.linky_tic.watch.verdict import Verdict

from .households import DAYS, FAULTS, FIRST, LEARNING, Fault, Household, with_fault


class Trial(NamedTuple):
    """A fault in a household, and what was said of it."""

    fault: Fault
    start: int
    """The day that it began on, from the first."""
    alarm: Verdict | None

    @property
    def days(self) -> int | None:
        """How many days it took."""
        if self.alarm is None:
            return None
        return (self.alarm.raised - FIRST).days - self.start


class Year(NamedTuple):
    """A household's year: what was said without a fault, and of each fault."""

    alarms: list[Verdict]
    trials: list[Trial]

    @property
    def by_chance(self) -> int:
        """How many faults were found when something is said without them too."""
        said = {one.raised for one in self.alarms}
        return sum(bool(one.alarm and one.alarm.raised in said) for one in self.trials)

    @property
    def in_a_month(self) -> int:
        """The most false alarms within 30 days."""
        days = [one.raised for one in self.alarms]
        month = timedelta(days=30)
        return max(
            (sum(first <= one < first + month for one in days) for first in days),
            default=0,
        )


def follow(
    watcher: Watch, home: Household, days: range, *, weather: bool, wh: float = 0.0
) -> Iterator[float]:
    """Feed some days to a watcher; yield the index at the end of each."""
    for number in days:
        start = midnight(FIRST + timedelta(days=number))
        for hour, more in enumerate(home.hours[number]):
            outdoor = home.outdoor[number][hour] if weather else None
            watcher.feed(start + timedelta(hours=hour), round(wh), outdoor)
            wh += more
        yield wh


def year(home: Household, each: int, *, weather: bool, days: int = DAYS) -> Year:
    """Watch a household without a fault, and so many times with each fault."""
    chance = random.Random(f"faults of {home.kind.name} {home.seed}")
    begun: dict[int, list[Fault]] = {}
    for fault in FAULTS:
        for _ in range(each):
            start = chance.randrange(LEARNING, days - fault.lasts - 1)
            begun.setdefault(start, []).append(fault)
    watcher, alarms, trials, wh = Watch(), list[Verdict](), list[Trial](), 0.0
    for number in range(days):
        for fault in begun.get(number, ()):
            alarm = _alarm(deepcopy(watcher), home, fault, number, wh, weather=weather)
            trials.append(Trial(fault, number, alarm))
        (wh,) = follow(watcher, home, range(number, number + 1), weather=weather, wh=wh)
        said = watcher.verdict
        if said is not None and (not alarms or alarms[-1].raised != said.raised):
            alarms.append(said)
    return Year(alarms, trials)


def _alarm(
    watcher: Watch,
    home: Household,
    fault: Fault,
    start: int,
    wh: float,
    *,
    weather: bool,
) -> Verdict | None:
    """Return what is said of a fault while it lasts."""
    faulty = with_fault(home, fault, start, 0)
    before = watcher.raised
    days = range(start, start + fault.lasts + 1)
    for _ in follow(watcher, faulty, days, weather=weather, wh=wh):
        if watcher.verdict is not None and watcher.raised != before:
            return watcher.verdict
    return None
