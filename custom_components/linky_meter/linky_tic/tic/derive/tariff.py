"""Tariff, colours, day profiles, and when the tariff changes.

Facts: Enedis-NOI-CPT_54E v3, section 6.2.3; field notes in the docstrings.
"""

from __future__ import annotations

from datetime import datetime

from ..profile import format_day_profile, parse_day_profile
from ..state.learning import index_counted
from ..tariffs import Contract, is_off_peak, tariff_of_index
from ..values import StatusRegister
from .context import Context
from .schedule import next_change


def add_standard(context: Context, status: StatusRegister | None) -> None:
    """Add what follows from the states of standard mode."""
    _add_contact(context, status)
    _add_tariff(context, status)
    _add_profiles(context)
    if "NJOURF" in context.groups and "PJOURF+1" in context.groups:
        clock = context.values.get("meter_clock")
        context.values["next_tariff_change"] = (
            next_change(context, clock) if isinstance(clock, datetime) else None
        )


def add_historic(context: Context) -> None:
    """Add when the tariff changes, where the changes of a day were seen."""
    if context.memory.observed.day is not None:
        context.values["next_tariff_change"] = next_change(context, context.wall)


def _add_contact(context: Context, status: StatusRegister | None) -> None:
    """Add the dry contact, which RELAIS says too."""
    if status is not None and "RELAIS" not in context.groups:
        context.values["dry_contact"] = not status.dry_contact_open


def _add_tariff(context: Context, status: StatusRegister | None) -> None:
    """Add the tariff by calendar and index, and Tempo colours.

    NTARF names the index, LTARF's wording varies (T30). The colours follow STGE, never
    the clock (T33).
    """
    values = context.values
    contract = values.get("contract")
    known = contract if isinstance(contract, Contract) else None
    index = index_counted(context.trusted, status)
    if index is None or not 1 <= index <= 10:
        if "NTARF" in context.groups or status is not None:
            values["tariff_period"] = None
    else:
        tariff = tariff_of_index(known, index)
        values["tariff_period"] = tariff
        calendar = str(values.get("calendar_name") or "")
        label = context.memory.labels.get(calendar, {}).get(index)
        if (off_peak := is_off_peak(tariff, label)) is not None:
            values["off_peak"] = off_peak
    if status is not None and (
        known is Contract.TEMPO or status.tempo_today or status.tempo_tomorrow
    ):
        values["tempo_today"] = status.tempo_today
        values["tempo_tomorrow"] = status.tempo_tomorrow


def _add_profiles(context: Context) -> None:
    """Add day profiles as text."""
    for label, key in (("PJOURF+1", "day_profile"), ("PPOINTE", "peak_day_profile")):
        if (text := context.text(label)) is not None:
            parsed = parse_day_profile(text, context.memory.encoding)
            context.values[key] = format_day_profile(parsed[0]) if parsed else None
