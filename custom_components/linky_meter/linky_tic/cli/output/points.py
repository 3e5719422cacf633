"""Readings and costs as points of InfluxDB's line protocol.

All numbers are floats, so that a field never changes its type: in one mode of the meter
a current is a whole number, in the other it is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import re

from ...tic.fields import Value
from ...tic.reading import MeterReading
from ..accounts.book import Costs, month_amounts, offer_amounts

INDEXES, POWERS, PHASES, COSTS = (
    "linky_index",
    "linky_power",
    "linky_phase",
    "linky_cost",
)
"""The measurements."""

OWN = "own"
"""The tag ``offer`` of one's own contract."""

_POWERS = (
    "apparent_power",
    "apparent_power_export",
    "active_power",
    "power_factor",
    "available_current",
    "available_power",
    "subscribed_power_usage",
    "subscribed_power",
    "breaking_power",
    "max_power_today",
    "time_to_trip",
)
_PHASE = re.compile(
    r"(apparent_power|available_current|current|current_limit|mean_voltage"
    r"|rms_current|voltage)_l([123])"
)
_INDEX = re.compile(r"(?:energy|reactive_energy)_\w+")
_UNUSED = ("energy_index_", "energy_distributor_")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

type Tags = Mapping[str, str]
type Values = Mapping[str, float | str]


def reading_points(reading: MeterReading, name: str) -> list[str]:
    """Return the lines of a reading; ``name`` tells its meter from others."""
    at = _nanoseconds(reading.said)
    indexes: dict[str, float | str] = {}
    phases: dict[str, dict[str, float | str]] = {}
    for key, value in reading.values.items():
        if (number := _number(value)) is None:
            continue
        if _INDEX.fullmatch(key) is not None:
            # Registers that no contract uses stand at zero for ever
            if number or not key.startswith(_UNUSED):
                indexes[key] = number
        elif (match := _PHASE.fullmatch(key)) is not None:
            phases.setdefault(match[2], {})[match[1]] = number
    powers: dict[str, float | str] = {
        key: number for key in _POWERS if (number := _number(reading[key])) is not None
    }
    if (tariff := reading["tariff_period"]) is not None:
        powers["tariff_period"] = str(tariff)
    tags = {"meter": name}
    lines = [line(INDEXES, tags, indexes, at), line(POWERS, tags, powers, at)]
    lines += [
        line(PHASES, {**tags, "phase": phase}, values, at)
        for phase, values in sorted(phases.items())
    ]
    return [one for one in lines if one]


def cost_points(costs: Costs, name: str) -> list[str]:
    """Return the lines of what a month costs, one for each offer."""
    at = _nanoseconds(costs.view.at)
    tags = {"meter": name}
    lines: list[str] = []
    if costs.own is not None:
        own = _floats(month_amounts(costs.own))
        lines.append(line(COSTS, {**tags, "offer": OWN}, own, at))
    for one in costs.offers:
        more = {"offer": one.offer.name, "supplier": one.offer.supplier}
        lines.append(line(COSTS, {**tags, **more}, _floats(offer_amounts(one)), at))
    return [one for one in lines if one]


def line(measurement: str, tags: Tags, values: Values, at: int) -> str:
    """Return a point as a line, empty without a value."""
    if not values:
        return ""
    fields = ",".join(f"{key}={_value(value)}" for key, value in values.items())
    told = "".join(f",{key}={_tag(text)}" for key, text in tags.items() if text)
    return f"{measurement}{told} {fields} {at}"


def _floats(amounts: Mapping[str, Decimal]) -> dict[str, float]:
    """Return amounts as numbers, to a hundredth of a cent."""
    return {key: float(round(amount, 4)) for key, amount in amounts.items()}


def _number(value: Value | None) -> float | None:
    """Return a number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // _TICK * 1000


def _value(value: float | str) -> str:
    if isinstance(value, str):
        text = " ".join(value.split()).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{text}"'
    return repr(value)


def _tag(text: str) -> str:
    """Return a tag's value; a backslash at its end would hide what follows."""
    text = " ".join(text.replace("\\", "/").split())
    return re.sub(r"([,= ])", r"\\\1", text)
