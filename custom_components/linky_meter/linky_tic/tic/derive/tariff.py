"""Tariff, colours and day profiles of standard mode: worked out when a state changes.

Facts: Enedis-NOI-CPT_54E v3, section 6.2.3; field notes in the docstrings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from ..fields import Value
from ..profile import format_day_profile, parse_day_profile
from ..state.learning import index_counted
from ..tariffs import Contract, is_off_peak, tariff_of_index
from ..values import StatusRegister
from .context import Context, Learned
from .schedule import next_change

type Values = dict[str, Value | None]


class TariffValues:
    """Keeps these values, for states seldom change."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._of: tuple[Learned, tuple[object, ...]] | None = None
        self._values: Values = {}
        self._since = self._until = datetime.min
        """The meter's time in which the next change of the tariff is this one."""

    def values(
        self, context: Context, status: StatusRegister | None
    ) -> Mapping[str, Value | None]:
        """Return what follows from the states of a context, by key."""
        memory, clock = context.memory, context.values.get("meter_clock")
        of = (
            context.trusted.version,
            memory.names_learned,
            memory.encoding,
            clock is None,
        )
        if self._of is None or self._of[0] is not memory or self._of[1] != of:
            self._of, self._until = (memory, of), datetime.min
            self._values = _contact(context, status)
            self._values |= _tariff(context, status)
            self._values |= _profiles(context)
        if not isinstance(clock, datetime):
            clock = None
        elif self._since <= clock.replace(tzinfo=None) < self._until:
            return self._values
        self._values |= _next_change(context, status, clock)
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


def _contact(context: Context, status: StatusRegister | None) -> Values:
    """Return the dry contact, which RELAIS says too."""
    if status is None or "RELAIS" in context.groups:
        return {}
    return {"dry_contact": not status.dry_contact_open}


def _tariff(context: Context, status: StatusRegister | None) -> Values:
    """Return the tariff by calendar and index, and Tempo colours.

    NTARF names the index, LTARF's wording varies (T30). The colours follow STGE, never
    the clock (T33).
    """
    values, memory = context.values, context.memory
    found: Values = {}
    contract = values.get("contract")
    known = contract if isinstance(contract, Contract) else None
    index = index_counted(context.trusted, status)
    if index is None or not 1 <= index <= 10:
        if "NTARF" in context.groups or status is not None:
            found["tariff_period"] = None
    else:
        tariff = tariff_of_index(known, index)
        found["tariff_period"] = tariff
        calendar = str(values.get("calendar_name") or "")
        label = memory.labels.get(calendar, {}).get(index)
        if (off_peak := is_off_peak(tariff, label)) is not None:
            found["off_peak"] = off_peak
    if status is not None and (
        known is Contract.TEMPO or status.tempo_today or status.tempo_tomorrow
    ):
        found["tempo_today"] = status.tempo_today
        found["tempo_tomorrow"] = status.tempo_tomorrow
    return found


def _profiles(context: Context) -> Values:
    """Return day profiles as text."""
    memory = context.memory
    found: Values = {}
    for label, key in (("PJOURF+1", "day_profile"), ("PPOINTE", "peak_day_profile")):
        if (text := context.text(label)) is None:
            continue
        parsed = parse_day_profile(text, memory.encoding)
        if parsed is None:
            found[key] = None
            continue
        found[key] = format_day_profile(parsed[0])
    return found


def _next_change(
    context: Context, status: StatusRegister | None, clock: datetime | None
) -> Values:
    """Return when the tariff changes, from what is known of today and tomorrow."""
    memory = context.memory
    today, tomorrow = context.text("NJOURF"), context.text("PJOURF+1")
    if today is None or tomorrow is None:
        return {}
    profiles = [
        parsed[0]
        if text and (parsed := parse_day_profile(text, memory.encoding))
        else None
        for text in (memory.days.get(today), tomorrow)
    ]
    index = index_counted(context.trusted, status)
    return {
        "next_tariff_change": next_change(clock, index, *profiles)
        if clock is not None and index
        else None
    }
