"""What happened at a meter, told once: the present against what was last known.

A value that is unknown for a while is no change, and what is known outlives a restart
with the meter's memory. The first reading ever tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from ..fields import Value
from ..reading import MeterReading, plain
from ..tariffs import Contract, tariff_of_index
from ..values import PARIS, MobilePeak, parse_message

TRIP_IMMINENT_SECONDS = 60
"""The default of the seconds that count as imminent."""

# What was an overload before so long a silence is nobody's news
_STALE_SECONDS = 900.0
# A damaged frame or two make the time to trip unknown, not the danger less
_CALM_SECONDS = 10.0
# Longer than any damage, shorter than from one announcement to the next
_APART_SECONDS = 3600.0
# The colour of a Tempo day holds from six to six
_TEMPO_START = timedelta(hours=6)
_COLOURS = {MobilePeak.PEAK_1: "white", MobilePeak.PEAK_2: "red"}

type Known = dict[str, Any]
"""What was last known, as JSON has it."""


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """Something that happened."""

    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Present:
    """A reading, and how it is looked at."""

    reading: MeterReading
    trip_seconds: float = TRIP_IMMINENT_SECONDS
    """A trip in less than so many seconds is imminent."""
    labels: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """The tariff names of the meter's memory, by calendar and index."""

    @property
    def values(self) -> Mapping[str, Value | None]:
        """What the reading says."""
        return self.reading.values

    @property
    def at(self) -> float:
        """When it was, seconds of the wall clock."""
        return self.reading.received.timestamp()


@dataclass(frozen=True, slots=True)
class Watch:
    """A kind of event: its types, and the keys one of which a meter must show."""

    types: tuple[str, ...]
    keys: tuple[str, ...]
    look: Callable[[Known, Present], Iterator[MeterEvent]]


def events_since(kind: str, known: Known, present: Present) -> list[MeterEvent]:
    """Return what happened since ``known``, which is brought up to date."""
    found = list(WATCHES[kind].look(known, present))
    known["at"] = present.at
    return found


def _change(known: Known, present: Present, key: str) -> tuple[Any, Any] | None:
    """Return a key's old and new value if both are known and differ."""
    value = plain(present.values.get(key))
    if value is None:
        return None
    old, known[key] = known.get(key), value
    return None if old is None or old == value else (old, value)


def _overload(known: Known, present: Present) -> Iterator[MeterEvent]:
    """Overload begun and ended, and once in between that a trip is imminent."""
    stale = present.at - known.get("at", present.at) > _STALE_SECONDS
    change = _change(known, present, "overload")
    if change is not None and change[1]:
        yield MeterEvent("begun", {})
    elif change is not None and not stale:
        yield MeterEvent("ended", {})
    if stale or (change is not None and not change[1]):
        known.pop("warned", None)
    yield from _trip(known, present)


def _trip(known: Known, present: Present) -> Iterator[MeterEvent]:
    """Imminent trip: not again before the danger was over for a while."""
    left = present.values.get("time_to_trip")
    if isinstance(left, int | float) and left <= 2 * present.trip_seconds:
        known.pop("calm", None)
        if left < present.trip_seconds:
            if "warned" not in known and "at" in known:
                yield MeterEvent("trip_imminent", {"time_to_trip": round(left)})
            known["warned"] = True
    elif present.at - known.setdefault("calm", present.at) >= _CALM_SECONDS:
        known.pop("warned", None)


def _tariff(known: Known, present: Present) -> Iterator[MeterEvent]:
    """Tariff changed. Without its contract, an index has another name for a moment."""
    values = present.values
    contract = plain(values.get("contract"))
    if contract is None and "contract" in values:
        return
    renamed = known.get("contract", contract) != contract
    if contract is not None and "contract" not in known:
        renamed = True
    known["contract"] = contract
    change = _change(known, present, "tariff_period")
    if change is None or renamed:
        return
    data = {"tariff_period": change[1], "previous": change[0]}
    if (label := _label(present, change[1])) is not None:
        data["tariff_label"] = label
    yield MeterEvent("changed", data)


def _label(present: Present, tariff: str) -> str | None:
    """Return the learned name of a tariff: LTARF itself is still the old one."""
    contract = present.values.get("contract")
    known = contract if isinstance(contract, Contract) else None
    labels = present.labels.get(str(present.values.get("calendar_name")), {})
    return next(
        (
            label
            for index, label in labels.items()
            if tariff_of_index(known, index) == tariff
        ),
        None,
    )


def _tempo(known: Known, present: Present) -> Iterator[MeterEvent]:
    """Tempo colour of today started, that of tomorrow announced.

    Unknown means both not announced and not received, and several days in a row may
    have one colour: an announcement is told apart by the day on which it is made.
    """
    if (change := _change(known, present, "tempo_today")) is not None:
        yield MeterEvent("started", {"colour": change[1], "previous": change[0]})
    colour = plain(present.values.get("tempo_tomorrow"))
    if colour is None:
        if "tempo_tomorrow" in present.values:
            known.setdefault("announced", None)
        return
    day = (present.reading.received.astimezone(PARIS) - _TEMPO_START).date()
    announcement = [day.isoformat(), colour]
    first, before = "announced" not in known, known.get("announced")
    # A meter whose clock is late still says yesterday's when the next day begins
    lasting = (
        before is not None
        and before[1] == colour
        and present.at - known["announced_at"] < _APART_SECONDS
    )
    known["announced_at"] = present.at
    if lasting or announcement == before:
        return
    known["announced"] = announcement
    if not first:
        yield MeterEvent("announced", {"colour": colour})


def _mobile_peak(known: Known, present: Present) -> Iterator[MeterEvent]:
    """Mobile peak announced, started and ended."""

    def event(kind: str, peak: str) -> MeterEvent:
        data = {"peak": peak}
        if present.values.get("contract") is Contract.TEMPO and peak in _COLOURS:
            data["colour"] = _COLOURS[MobilePeak(peak)]
        return MeterEvent(kind, data)

    none = str(MobilePeak.NONE)
    if (change := _change(known, present, "mobile_peak")) is not None:
        old, new = change
        if old != none:
            yield event("ended", old)
        if new != none:
            yield event("started", new)
    notice = _change(known, present, "mobile_peak_notice")
    if notice is not None and notice[1] != none:
        yield event("notice", notice[1])


def _mark(text: Value) -> str:
    """Return what tells a message from others: its text is kept nowhere."""
    return blake2b(str(text).encode(), digest_size=8).hexdigest()


def _message(known: Known, present: Present) -> Iterator[MeterEvent]:
    """Message received: MSG1 stays and changes, MSG2 comes in one frame each."""
    settled = "message_1" in known
    if (text := present.values.get("message_1")) is not None:
        before, known["message_1"] = known.get("message_1"), _mark(text)
        if settled and before != known["message_1"] and text != "none":
            yield MeterEvent("received", {"text": text, "label": "message_1"})
    text = present.values.get("message_2")
    group = present.reading.frame.by_label.get("MSG2")
    if group is None or text is None or parse_message(group.value) != text:
        return
    again = (
        known.get("message_2") == _mark(text)
        and present.at - known["message_2_at"] < _APART_SECONDS
    )
    known["message_2"], known["message_2_at"] = _mark(text), present.at
    if settled and not again and text != "none":
        yield MeterEvent("received", {"text": text, "label": "message_2"})


WATCHES: dict[str, Watch] = {
    "overload": Watch(
        ("begun", "ended", "trip_imminent"),
        ("overload", "time_to_trip"),
        _overload,
    ),
    "tariff_change": Watch(("changed",), ("tariff_period",), _tariff),
    "tempo_announced": Watch(
        ("announced", "started"), ("tempo_today", "tempo_tomorrow"), _tempo
    ),
    "mobile_peak": Watch(
        ("notice", "started", "ended"),
        ("mobile_peak", "mobile_peak_notice"),
        _mobile_peak,
    ),
    "meter_message": Watch(("received",), ("message_1", "message_2"), _message),
}
"""The kinds of events by key."""
