"""What the calendar says at a moment: tariff, colours and mobile peaks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Literal

from .clock import PARIS, moment
from .config import ContractName
from .contracts import (
    CONTACT_CLOSED,
    CONTACT_TEMPO,
    CONTRACTS,
    Contract,
    Profile,
    slot_at,
)

Colour = Literal["blue", "white", "red"]

_DAY = timedelta(days=1)
_PEAK_NUMBERS: dict[Colour, int] = {"white": 1, "red": 2}
_TEMPO_ANNOUNCED = 20
_TEMPO_START = 6


@dataclass(frozen=True, slots=True)
class Peak:
    """A mobile peak that the meter knows of."""

    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Tariff:
    """Everything that follows from the calendar at one moment."""

    index: int
    distributor: int
    label: str
    period: str
    off_peak: bool
    contact_closed: bool
    today: Colour | None
    tomorrow: Colour | None
    peaks: tuple[Peak, ...]
    running: int
    notice: int
    pointe: Profile | None
    day: int
    next_day: int
    next_profile: Profile


@cache
def _winter_days(kind: str, year: int, seed: int) -> dict[date, Colour]:
    """Draw the peak days from September of this year to August of the next."""
    rng = Random(f"{kind}:{year}:{seed}")
    winter = [date(year, 11, 1) + timedelta(days=day) for day in range(151)]
    # Red and EJP days are never on week-ends, white ones never on a Sunday.
    red = rng.sample([day for day in winter if day.weekday() < 5], 22)
    colours: dict[Colour, list[date]] = {"red": red}
    if kind == "tempo":
        cool = [date(year, 10, 1) + timedelta(days=day) for day in range(212)]
        free = [day for day in cool if day.weekday() < 6 and day not in red]
        colours["white"] = rng.sample(free, 43)
    return {day: colour for colour, days in colours.items() for day in days}


class Agenda:
    """The calendar of a contract, with what a test decided otherwise."""

    def __init__(self, name: ContractName, seed: int, colour_change_hour: int) -> None:
        """Start a calendar."""
        self.name: ContractName = name
        self._seed = seed
        self._change = colour_change_hour
        self._forced: dict[date, Colour] = {}
        self._announced: dict[date, bool] = {}
        self._extra: list[Peak] = []
        self._cache: tuple[int, Tariff] | None = None
        self.calendar_name: str | None = None
        self.labels: tuple[str, ...] | None = None

    @property
    def contract(self) -> Contract:
        """The contract of now."""
        return CONTRACTS[self.name]

    def switch(self, name: ContractName) -> None:
        """Take another contract, with its own names."""
        self.name = name
        self.calendar_name = self.labels = None
        self.forget()

    def forget(self) -> None:
        """Work the present out again."""
        self._cache = None

    def force(self, now: datetime, today: Colour, tomorrow: Colour | None) -> None:
        """Decide the colour of the day in progress and of the next one."""
        day = _peak_day(now, self._change)
        self._forced[day] = today
        self._announced[day] = True
        self._announced[day + _DAY] = tomorrow is not None
        if tomorrow is None:
            self._forced.pop(day + _DAY, None)
        else:
            self._forced[day + _DAY] = tomorrow
        self.forget()

    def announce(self, number: int, start: datetime, end: datetime) -> None:
        """Add a mobile peak that no rule of the contract makes."""
        times = (when.astimezone(PARIS) for when in (start, end))
        self._extra.append(Peak(number, *times))
        self.forget()

    def colour(self, day: date) -> Colour:
        """Return the colour of the day that starts at six on this date."""
        if (forced := self._forced.get(day)) is not None:
            return forced
        season = day.year if day.month >= 9 else day.year - 1
        return _winter_days(self.name, season, self._seed).get(day, "blue")

    def at(self, now: datetime) -> Tariff:
        """Return what holds now; it can only change with the minute."""
        minute = int(now.timestamp()) // 60
        if self._cache is None or self._cache[0] != minute:
            self._cache = minute, self._work_out(now)
        return self._cache[1]

    def _peak(self, day: date, now: datetime) -> Peak | None:
        """Return the peak of a day if the meter knows of it by now."""
        if self.name not in ("tempo", "ejp"):
            return None
        colour = self.colour(day)
        if self.name == "ejp":
            if colour != "red":
                return None
            known = moment(day, 6, 30)
            peak = Peak(1, moment(day, 7), moment(day + _DAY, 1))
        else:
            if colour == "blue":
                return None
            known = moment(day - _DAY, _TEMPO_ANNOUNCED)
            start, end = moment(day, _TEMPO_START), moment(day + _DAY, _TEMPO_START)
            peak = Peak(_PEAK_NUMBERS[colour], start, end)
        told = self._announced.get(day, known <= now) or peak.start <= now
        return peak if told and now < peak.end else None

    def _work_out(self, now: datetime) -> Tariff:
        contract, day = self.contract, now.date()
        candidates = [self._peak(day + _DAY * offset, now) for offset in (-1, 0, 1)]
        candidates += [peak for peak in self._extra if now < peak.end]
        peaks: dict[int, Peak] = {}
        for peak in candidates:
            if peak is not None:
                # Of several peaks of one number the first in time is shown.
                peaks.setdefault(peak.number, peak)
        running = next((p.number for p in peaks.values() if p.start <= now), 0)
        coming = [peak for peak in peaks.values() if peak.start > now]
        notice = min(coming, key=lambda peak: peak.start).number if coming else 0
        plain = self._profile(day)
        profile = contract.peaks.get(running, plain)
        slot = slot_at(profile, now.hour * 60 + now.minute)
        off_peak = slot.index in contract.off_peak
        today, tomorrow = self._colours(now)
        labels = self.labels or contract.labels
        return Tariff(
            index=slot.index,
            distributor=self._distributor(now, off_peak),
            label=labels[min(slot.index, len(labels)) - 1],
            period=contract.ptec[min(slot.index, len(contract.ptec)) - 1],
            off_peak=off_peak,
            contact_closed=slot.contact == CONTACT_CLOSED
            or (slot.contact == CONTACT_TEMPO and off_peak),
            today=today,
            tomorrow=tomorrow,
            peaks=tuple(peaks[number] for number in sorted(peaks)),
            running=running,
            notice=notice,
            pointe=contract.peaks.get(notice, plain) if notice else None,
            day=self._day_number(day),
            next_day=self._day_number(day + _DAY),
            next_profile=self._profile(day + _DAY),
        )

    def _colours(self, now: datetime) -> tuple[Colour | None, Colour | None]:
        if self.name != "tempo":
            return None, None
        day = _peak_day(now, self._change)
        told = self._announced.get(day + _DAY, now >= moment(day, _TEMPO_ANNOUNCED))
        return self.colour(day), self.colour(day + _DAY) if told else None

    def _distributor(self, now: datetime, off_peak: bool) -> int:
        """Return the network tariff: off-peak and peak of two seasons."""
        if self.name == "base":
            return 1
        high_season = now.month >= 11 or now.month <= 3
        return (3 if high_season else 1) + (0 if off_peak else 1)

    def _day_number(self, day: date) -> int:
        return 1 if day.weekday() >= 5 and len(self.contract.days) > 1 else 0

    def _profile(self, day: date) -> Profile:
        return self.contract.days[self._day_number(day)]


def _peak_day(now: datetime, change: int = _TEMPO_START) -> date:
    """Return the date on which the colour of now began."""
    return now.date() if now.hour >= change else now.date() - _DAY
