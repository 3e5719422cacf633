"""The tariffs from now on, as far as a meter has told or shown them.

PJOURF+1 is the profile of the next day, NJOURF+1 its number in the calendar (54E,
section 6.2.3.16); a day whose number was once the next day's is known by its profile. In
historic mode a day is as it was seen. A profile of Tempo tells off-peak and peak only:
the colour of a day runs from 06:00 to 06:00, and so does its mobile peak (RTE, rules of
Tempo). What counts is the slot in force, not the number of the tariff.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from ..labels import Mode
from ..profile import Day, in_force, parse_day_profile, tariffs_of
from ..state.learning import index_counted
from ..tariffs import Contract, index_of, slot_of_index
from ..values import PARIS, Colour, parse_status
from .context import Context

_DAY = timedelta(days=1)
_TEMPO_START = 6 * 60
# By another clock than ours it is some minutes before or after
_CLOCK_MINUTES = 15
# A tariff is believed with the second frame, and clocks are not quite the same
_TOLERANCE = timedelta(minutes=2)
_COLOURS = tuple(Colour)


class TariffWindow(NamedTuple):
    """A stretch of time in which one tariff counts."""

    start: datetime
    end: datetime
    """Aware; the tariff changes then, unless it is the last that is known."""
    slot: int
    """What the day profile says: the supplier index; of Tempo 1 off-peak, 2 peak."""
    supplier_index: int | None
    """The one that counts, None where the colour is not known yet."""


class KnownTariffs(NamedTuple):
    """What is known of two days; all times are the meter's."""

    now: datetime
    contract: Contract | None
    counted: int
    """The supplier index that counts now."""
    days: dict[date, Day]
    """Today and tomorrow, where their profile is known."""
    peaks: tuple[tuple[datetime, datetime], ...]
    """Mobile peaks that are announced, but those of Tempo."""
    peak_day: Day
    """The profile of a mobile peak."""
    colours: dict[date, Colour]
    """The colours of Tempo days that are known."""

    def slot_at(self, at: datetime) -> int | None:
        """Return what is in force at a moment, None if that is not known."""
        peak = any(start <= at < end for start, end in self.peaks)
        day = self.peak_day if peak else self.days.get(at.date(), ())
        return in_force(day, at.hour * 60 + at.minute)

    def windows(self) -> tuple[TariffWindow, ...]:
        """Return the windows from now on, without a gap, to as far as they are known."""
        start = self._begin()
        if start is None:
            return ()
        found: list[TariffWindow] = []
        edges = [at for at in self._edges() if at > start]
        for begin, end in zip([start, *edges], edges, strict=False):
            if (slot := self.slot_at(begin)) is None:
                break
            index = self._index(slot, begin)
            if found and found[-1][2:] == (slot, index):
                found[-1] = found[-1]._replace(end=end)
            else:
                found.append(
                    TariffWindow(begin if found else self.now, end, slot, index)
                )
        return tuple(found)

    def _begin(self) -> datetime | None:
        """Return from when on the profiles hold, None where another tariff counts."""
        slot = slot_of_index(self.contract, self.counted)
        for at, begin in (
            (self.now, self.now),
            (self.now - _TOLERANCE, self.now),
            (self.now + _TOLERANCE, self.now + _TOLERANCE),
        ):
            if self.slot_at(at) == slot:
                return begin
        return None

    def _edges(self) -> list[datetime]:
        """Return the moments at which another slot may begin, and the end."""
        today = self.now.date()
        edges = {edge for peak in self.peaks for edge in peak}
        for day in (today, today + _DAY):
            starts = [start for start, _ in (*self.days.get(day, ()), *self.peak_day)]
            edges |= {_at(day, minute) for minute in (0, *starts)}
            if self.contract is Contract.TEMPO:
                edges.add(_at(day, self._tempo_start))
        end = _at(today + 2 * _DAY, 0)
        return [*sorted(edge for edge in edges if edge < end), end]

    @property
    def _tempo_start(self) -> int:
        """The minute at which a Tempo day begins: the peak hours begin with it."""
        starts = [start for start, _ in self.days.get(self.now.date(), ())]
        near = [
            start for start in starts if abs(start - _TEMPO_START) <= _CLOCK_MINUTES
        ]
        return near[0] if near else _TEMPO_START

    def _index(self, slot: int, at: datetime) -> int | None:
        """Return the supplier index of a slot at a moment."""
        if self.contract is not Contract.TEMPO:
            return slot
        colour = self.colours.get(_tempo_day(at, self._tempo_start))
        return None if colour is None else 2 * _COLOURS.index(colour) + slot


def known_tariffs(context: Context, now: datetime) -> KnownTariffs | None:
    """Return what is known at an aware moment, None where no tariff is."""
    contract = context.values.get("contract")
    known = contract if isinstance(contract, Contract) else None
    local = now.astimezone(PARIS)
    if context.mode is Mode.HISTORIC:
        counted = index_of(context.values.get("tariff_period"), known)
        observed = context.memory.observed
        day = observed.day if observed.contract == known else None
        days = {} if day is None else dict.fromkeys(_two_days(local), day)
    else:
        status = parse_status(context.text("STGE") or "")
        counted = index_counted(context.trusted, status)
        days = _told_days(context, local)
    if not counted or not days:
        return None
    if known is Contract.TEMPO:
        colours = _colours(context, local, counted)
        return KnownTariffs(local, known, counted, days, (), (), colours)
    peaks = _peaks(context)
    peak_day = _day(context, context.text("PPOINTE"))
    if not peak_day and any(start <= local < end for start, end in peaks):
        # It is the profile of the next one
        peak_day = ((0, counted),)
    return KnownTariffs(local, known, counted, days, peaks, peak_day, {})


def next_change(context: Context, now: datetime) -> datetime | None:
    """Return when another tariff begins after an aware moment, None if unknown."""
    known = known_tariffs(context, now)
    windows = known.windows() if known else ()
    return windows[1].start if len(windows) > 1 else None


def _at(day: date, minute: int) -> datetime:
    """Return the moment of a minute of a day's clock."""
    return datetime.combine(day, time(*divmod(minute, 60)), PARIS)


def _tempo_day(at: datetime, start: int) -> date:
    """Return the Tempo day of a moment: before its start it is the day before."""
    return (at.replace(tzinfo=None) - timedelta(minutes=start)).date()


def _two_days(now: datetime) -> tuple[date, date]:
    return now.date(), now.date() + _DAY


def _day(context: Context, text: str | None) -> Day:
    """Return a day as its tariffs, empty where it cannot be read."""
    parsed = parse_day_profile(text or "", context.memory.encoding)
    return tariffs_of(parsed[0]) if parsed else ()


def _told_days(context: Context, now: datetime) -> dict[date, Day]:
    """Return today's and tomorrow's profile, where the meter told them."""
    number, tomorrow = context.text("NJOURF"), context.text("PJOURF+1")
    today = context.memory.days.get(number) if number else None
    texts = zip(_two_days(now), (today, tomorrow), strict=True)
    return {day: found for day, text in texts if (found := _day(context, text))}


def _peaks(context: Context) -> tuple[tuple[datetime, datetime], ...]:
    """Return the mobile peaks that are announced."""
    found = []
    for n in (1, 2, 3):
        start = context.values.get(f"mobile_peak_start_{n}")
        end = context.values.get(f"mobile_peak_end_{n}")
        if isinstance(start, datetime) and isinstance(end, datetime):
            found.append((start, end))
    return tuple(found)


def _colours(context: Context, now: datetime, counted: int) -> dict[date, Colour]:
    """Return the colours of Tempo days that are certain.

    The tariff that counts tells that of the day in progress. When the meter's own two
    colours move on is not specified: between midnight and 06:00 they may mean either day.
    """
    day = _tempo_day(now, _TEMPO_START)
    present = _COLOURS[min((counted - 1) // 2, 2)]
    found = {day: present}
    today = context.values.get("tempo_today")
    tomorrow = context.values.get("tempo_tomorrow")
    if now.hour < 6 and isinstance(today, Colour) and today is not present:
        # They moved on at midnight
        found[day + _DAY] = today
        tomorrow = None
    if now.hour >= 6 and isinstance(tomorrow, Colour):
        found[day + _DAY] = tomorrow
    return found
