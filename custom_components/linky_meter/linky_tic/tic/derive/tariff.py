"""Tariff, colours, day profiles: worked out when a state changes.

Facts: Enedis-NOI-CPT_54E v3, section 6.2.3; field notes in the docstrings.
"""

from __future__ import annotations

from datetime import datetime

from ..fields import Value
from ..profile import format_day_profile, parse_day_profile
from ..state.learning import index_counted
from ..tariffs import Contract, is_off_peak, tariff_of_index
from ..values import StatusRegister
from .context import Context, Learned
from .schedule import NextChange

type Values = dict[str, Value | None]


class TariffValues:
    """Keeps these values, for states seldom change."""

    def __init__(self) -> None:
        """Start without a frame."""
        self._of: tuple[Learned, tuple[object, ...]] | None = None
        self._values: Values = {}
        self._next_change = NextChange()

    def add(self, context: Context, status: StatusRegister | None) -> None:
        """Add what follows from the states of standard mode."""
        memory, clock = context.memory, context.values.get("meter_clock")
        of = (
            context.trusted.version,
            memory.names_learned,
            memory.encoding,
        )
        if self._of is None or self._of[0] is not memory or self._of[1] != of:
            self._of = (memory, of)
            self._values = _contact(context, status)
            self._values |= _tariff(context, status)
            self._values |= _profiles(context)
        context.values |= self._values
        if "NJOURF" in context.groups and "PJOURF+1" in context.groups:
            context.values["next_tariff_change"] = (
                self._next_change.after(context, clock)
                if isinstance(clock, datetime)
                else None
            )

    def add_historic(self, context: Context) -> None:
        """Add when the tariff changes, where the changes of a day were seen."""
        if context.memory.observed.day is not None:
            context.values["next_tariff_change"] = self._next_change.after(
                context, context.wall
            )


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
