"""A reading as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import zip_longest

from ...tic.fields import FIELDS, Value
from ...tic.frame import Group
from ...tic.labels import LABELS, Kind, Mode
from ...tic.profile import format_day_profile, parse_day_profile
from ...tic.reading import MeterReading
from ...tic.values import PARIS, normalise, parse_horodate
from ..messages import Language, say
from .names import name_and_unit, word

_SCALED = {"Wh": ("kWh", 1000), "varh": ("kvarh", 1000)}
_GAP = "  "


def table(reading: MeterReading, lang: Language) -> list[str]:
    """Return the lines of a reading: what the meter says, then what follows from it."""
    said, worked_out = sections(reading, lang)
    between = [""] if worked_out else []
    return [heading(reading, lang), "", *said, *between, *worked_out]


def wide_table(reading: MeterReading, lang: Language, width: int) -> list[str]:
    """Return the lines of a reading side by side, or below each other if too wide."""
    said, worked_out = sections(reading, lang)
    left = max(map(len, said), default=0) + 2 * len(_GAP)
    if not worked_out or left + max(map(len, worked_out)) > width:
        return table(reading, lang)
    both = zip_longest(said, worked_out, fillvalue="")
    return [
        heading(reading, lang),
        "",
        *(f"{one.ljust(left)}{other}".rstrip() for one, other in both),
    ]


def sections(reading: MeterReading, lang: Language) -> tuple[list[str], list[str]]:
    """Return the lines of what the meter says and of what follows from it."""
    groups = [
        (
            group.label,
            _description(group, lang),
            _group_value(group, lang),
            "" if group.label in reading.accepted else say("not_believed", lang),
        )
        for group in reading.frame.by_label.values()
    ]
    said = _SAID[reading.mode] if reading.mode is not None else frozenset[str]()
    values = [
        (*name_and_unit(key, lang), value)
        for key, value in reading.values.items()
        if key not in said
    ]
    worked_out = columns(
        [(name, show(value, unit, lang)) for name, unit, value in values]
    )
    if worked_out:
        worked_out = [say("worked_out", lang), "", *worked_out]
    return columns(groups), worked_out


def heading(reading: MeterReading, lang: Language) -> str:
    """Return one line about the frame itself."""
    frame = reading.frame
    parts = [
        _moment(reading.received, lang),
        say(frame.mode or "mode_unknown", lang),
    ]
    if frame.short:
        parts.append(say("short", lang))
    if not frame.complete:
        parts.append(say("incomplete", lang))
    if frame.damaged:
        parts.append(say("damaged", lang, count=frame.damaged))
    return ", ".join(parts)


_IN_A_LINE = (
    "tariff_period",
    "apparent_power",
    "apparent_power_export",
    "available_current",
    "energy_import",
)


def line(reading: MeterReading, lang: Language) -> str:
    """Return a reading's most wanted values in one line."""
    parts = [heading(reading, lang)]
    for key in _IN_A_LINE:
        if reading[key] is not None:
            name, unit = name_and_unit(key, lang)
            parts.append(f"{name} {show(reading[key], unit, lang)}")
    return " | ".join(parts)


def show(value: Value | None, unit: str, lang: Language) -> str:
    """Return a value with its unit."""
    if value is None:
        return say("unknown", lang)
    if isinstance(value, bool):
        return say("yes" if value else "no", lang)
    if isinstance(value, datetime):
        return _moment(value, lang)
    if isinstance(value, StrEnum) or value == "none":
        return word(str(value), lang)
    if isinstance(value, str):
        return value
    if unit in _SCALED:
        unit, factor = _SCALED[unit]
        text = f"{value / factor:,.3f}"
    elif isinstance(value, float):
        text = f"{value:,.2f}"
    else:
        text = f"{value:,}" if unit else str(value)
    # Thin groups of digits as both languages may have them, decimals as each has
    text = text.replace(",", " ")
    if lang is Language.FR:
        text = text.replace(".", ",")
    return f"{text} {unit}".rstrip()


def _said(mode: Mode) -> frozenset[str]:
    """Return the keys that only repeat the number or text of one label."""
    keys: set[str] = set()
    for label, row in FIELDS.items():
        if LABELS[label].mode is mode and LABELS[label].kind is not Kind.ENUM:
            sample = "0" * LABELS[label].lengths[0]
            fields = row(Group(label, sample, "H000101000000"))
            if not any(isinstance(value, bool | StrEnum) for value in fields.values()):
                keys.update(fields)
    return frozenset(keys)


_SAID = {mode: _said(mode) for mode in Mode}


def _description(group: Group, lang: Language) -> str:
    row = LABELS[group.label]
    return row.description_fr if lang is Language.FR else row.description


def _group_value(group: Group, lang: Language) -> str:
    row = LABELS[group.label]
    if row.kind is Kind.INTEGER and row.unit:
        text = show(int(group.value), row.unit, lang)
    elif row.kind is Kind.BLOCKS:
        parsed = parse_day_profile(group.value)
        text = format_day_profile(parsed[0]) if parsed else _blocks(group.value)
    else:
        text = normalise(group.value)
    at = parse_horodate(group.horodate or "")
    if at is None:
        return text
    moment = _moment(at.at, lang) + (" ?" if at.degraded else "")
    return f"{text} ({moment})" if text and row.kind is not Kind.HORODATE else moment


def _blocks(text: str) -> str:
    """Return a day profile that is not understood, without its filling."""
    return normalise(text.replace("NONUTILE", ""))


def _moment(at: datetime, lang: Language) -> str:
    """Return a time as French meters live it."""
    shape = "%d/%m/%Y %H:%M:%S" if lang is Language.FR else "%Y-%m-%d %H:%M:%S"
    return at.astimezone(PARIS).strftime(shape)


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows in columns that fit what stands in them."""
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        _GAP.join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
