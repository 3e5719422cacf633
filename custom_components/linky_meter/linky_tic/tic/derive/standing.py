"""What follows from the states of standard mode: worked out when one of them changes.

Facts: Enedis-NOI-CPT_54E v3, section 6.2.3; field notes in the docstrings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from ..fields import Value
from ..profile import format_day_profile, parse_day_profile
from ..state.memory import Memory
from ..tariffs import TARIFFS, Contract, is_off_peak, tariff_of_index
from ..values import StatusRegister
from .context import Moment
from .schedule import next_change

type Values = dict[str, Value | None]


class Standing:
    """Keeps these values, for states seldom change."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._of: tuple[Memory, tuple[object, ...]] | None = None
        self._values: Values = {}
        self._since = self._until = datetime.min
        """The meter's time in which the next change of the tariff is this one."""

    def values(
        self, moment: Moment, status: StatusRegister | None
    ) -> Mapping[str, Value | None]:
        """Return what follows from the states of a moment, by key."""
        memory, clock = moment.memory, moment.values.get("meter_clock")
        of = (
            moment.trusted.version,
            memory.names_learned,
            memory.encoding,
            clock is None,
        )
        if self._of is None or self._of[0] is not memory or self._of[1] != of:
            self._of, self._until = (memory, of), datetime.min
            self._values = _contact(moment, status)
            self._values |= _tariff(moment, status)
            self._values |= _profiles(moment)
        if not isinstance(clock, datetime):
            clock = None
        elif self._since <= clock.replace(tzinfo=None) < self._until:
            return self._values
        self._values |= _next_change(moment, status, clock)
        if clock is not None:
            self._since = clock.replace(tzinfo=None)
            change = self._values.get("next_tariff_change")
            midnight = datetime.combine(self._since + timedelta(days=1), time.min)
            self._until = (
                min(change.replace(tzinfo=None), midnight)
                if isinstance(change, datetime)
                else midnight
            )
        return self._values


def _contact(moment: Moment, status: StatusRegister | None) -> Values:
    """Return the dry contact, which RELAIS says too."""
    if status is None or "RELAIS" in moment.groups:
        return {}
    return {"dry_contact": not status.dry_contact_open}


def _tariff(moment: Moment, status: StatusRegister | None) -> Values:
    """Return the tariff by calendar and index, and Tempo colours.

    NTARF names the index, LTARF's wording varies (T30). The colours follow STGE, never
    the clock (T33).
    """
    values, memory = moment.values, moment.memory
    found: Values = {}
    contract = values.get("contract")
    known = contract if isinstance(contract, Contract) else None
    index = _index(moment, status)
    if index is None or not 1 <= index <= 10:
        if "NTARF" in moment.groups or status is not None:
            found["tariff_period"] = None
    else:
        tariff = tariff_of_index(known, index)
        found["tariff_period"] = tariff
        calendar = str(values.get("calendar_name") or "")
        label = memory.labels.get(calendar, {}).get(index)
        if (off_peak := is_off_peak(tariff, label)) is not None:
            found["off_peak"] = off_peak
        memory.active.add(index)
        memory.active.update(range(1, len(TARIFFS[known]) + 1) if known else ())
    if status is not None and (
        known is Contract.TEMPO or status.tempo_today or status.tempo_tomorrow
    ):
        found["tempo_today"] = status.tempo_today
        found["tempo_tomorrow"] = status.tempo_tomorrow
    return found


def _index(moment: Moment, status: StatusRegister | None) -> int | None:
    """Return the supplier index that is counted, None where it is unknown."""
    return moment.number("NTARF") or (status.supplier_index if status else None)


def _profiles(moment: Moment) -> Values:
    """Return day profiles: what one proves about the encoding serves the other."""
    memory = moment.memory
    found: Values = {}
    for label, key in (("PJOURF+1", "day_profile"), ("PPOINTE", "peak_day_profile")):
        if (text := moment.text(label)) is None:
            continue
        parsed = parse_day_profile(text, memory.encoding)
        if parsed is None:
            found[key] = None
            continue
        profile, encoding = parsed
        memory.encoding = memory.encoding or encoding
        found[key] = format_day_profile(profile)
        memory.active.update(slot.tariff for slot in profile if slot.tariff)
    return found


def _next_change(
    moment: Moment, status: StatusRegister | None, clock: datetime | None
) -> Values:
    """Return when the tariff changes, from what is known of today and tomorrow."""
    memory = moment.memory
    today, following = moment.text("NJOURF"), moment.text("NJOURF+1")
    tomorrow = moment.text("PJOURF+1")
    if today is None or tomorrow is None:
        return {}
    if following is not None:
        memory.days[following] = tomorrow
    profiles = [
        parsed[0]
        if text and (parsed := parse_day_profile(text, memory.encoding))
        else None
        for text in (memory.days.get(today), tomorrow)
    ]
    index = _index(moment, status)
    return {
        "next_tariff_change": next_change(clock, index, *profiles)
        if clock is not None and index
        else None
    }
