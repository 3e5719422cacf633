"""Meters as Prometheus's text format 0.0.4, named by its conventions.

Base units: energy is in joules (a kWh has 3.6 million), shares are ratios. What the meter
says now is left out while it is not read, so that no old value looks like a new one;
counters stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import math
import re
from typing import NamedTuple

from .meter import SharedMeter

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_JOULES = 3600


class _Metric(NamedTuple):
    """A metric made of the keys that a pattern matches; its group is the label."""

    keys: str
    name: str
    help: str
    factor: float = 1
    label: str | None = None

    @property
    def counts(self) -> bool:
        return self.name.endswith("_total")


_METRICS = (
    _Metric(
        "energy_import",
        "linky_energy_import_joules_total",
        "Active energy taken from the grid",
        _JOULES,
    ),
    _Metric(
        "energy_export",
        "linky_energy_export_joules_total",
        "Active energy given to the grid",
        _JOULES,
    ),
    _Metric(
        r"energy_index_(\d+)",
        "linky_energy_index_joules_total",
        "Active energy by the supplier's index",
        _JOULES,
        "index",
    ),
    _Metric(
        r"energy_distributor_(\d+)",
        "linky_energy_distributor_joules_total",
        "Active energy by the distributor's index",
        _JOULES,
        "index",
    ),
    _Metric(
        "apparent_power",
        "linky_apparent_power_voltamperes",
        "Apparent power taken from the grid",
    ),
    _Metric(
        "apparent_power_export",
        "linky_apparent_power_export_voltamperes",
        "Apparent power given to the grid",
    ),
    _Metric("active_power", "linky_active_power_watts", "Active power, estimated"),
    _Metric("power_factor", "linky_power_factor_ratio", "Power factor, estimated"),
    _Metric(
        "available_power",
        "linky_available_power_voltamperes",
        "Apparent power that may be added before the breaker opens",
    ),
    _Metric(
        "available_current",
        "linky_available_current_amperes",
        "Current that may be added on the phase that has the least left",
    ),
    _Metric(
        "subscribed_power",
        "linky_subscribed_power_voltamperes",
        "Subscribed apparent power",
    ),
    _Metric(
        "subscribed_power_usage",
        "linky_subscribed_power_usage_ratio",
        "Share of the subscribed power that is used",
        0.01,
    ),
    _Metric(
        "breaking_power",
        "linky_breaking_power_voltamperes",
        "Apparent power at which the breaker opens",
    ),
    _Metric(
        "max_power_today",
        "linky_max_power_today_voltamperes",
        "Greatest apparent power of the day",
    ),
    _Metric(
        "time_to_trip",
        "linky_time_to_trip_seconds",
        "Time until the breaker opens, if nothing is switched off",
    ),
    _Metric("breaker_open", "linky_breaker_open", "Whether the breaker is open"),
    _Metric("overload", "linky_overload", "Whether the subscribed power is exceeded"),
    _Metric("off_peak", "linky_off_peak", "Whether the tariff is an off-peak one"),
    _Metric(
        r"apparent_power_l([123])",
        "linky_phase_apparent_power_voltamperes",
        "Apparent power of a phase",
        label="phase",
    ),
    _Metric(
        r"current_l([123])",
        "linky_phase_current_amperes",
        "Current of a phase",
        label="phase",
    ),
    _Metric(
        r"voltage_l([123])",
        "linky_phase_voltage_volts",
        "Voltage of a phase",
        label="phase",
    ),
    _Metric(
        r"mean_voltage_l([123])",
        "linky_phase_mean_voltage_volts",
        "Mean voltage of a phase",
        label="phase",
    ),
    _Metric(
        r"available_current_l([123])",
        "linky_phase_available_current_amperes",
        "Current that may be added on a phase",
        label="phase",
    ),
)
_PATTERNS = tuple((re.compile(metric.keys), metric) for metric in _METRICS)

type _Sample = tuple[dict[str, str], float]


def exposition(meters: Iterable[SharedMeter], clients: int) -> str:
    """Return all metrics of all meters."""
    meters = list(meters)
    lines: list[str] = []
    for name, help_text, samples in (*_of_link(meters), *_of_readings(meters)):
        if samples := list(samples):
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# HELP {name} {help_text}.", f"# TYPE {name} {kind}"]
            lines += [_line(name, labels, value) for labels, value in samples]
    lines += [
        "# HELP linky_clients Programs that are connected.",
        "# TYPE linky_clients gauge",
        f"linky_clients {clients}",
    ]
    return "\n".join(lines) + "\n"


type _Family = tuple[str, str, Iterable[_Sample]]


def _of_link(meters: list[SharedMeter]) -> Iterator[_Family]:
    """Yield what is known of the meters whatever they say."""
    yield (
        "linky_up",
        "Whether the meter is read",
        ((_of(meter), float(meter.read)) for meter in meters),
    )
    yield (
        "linky_frames_total",
        "Frames that were received",
        ((_of(meter), float(meter.frames)) for meter in meters),
    )
    yield (
        "linky_damaged_groups_total",
        "Groups that were lost to damage",
        ((_of(meter), float(meter.damaged)) for meter in meters),
    )
    yield (
        "linky_last_frame_timestamp_seconds",
        "Time of the last complete frame",
        ((_of(m), m.last_frame) for m in meters if m.last_frame is not None),
    )
    yield (
        "linky_tariff_info",
        "The contract and the tariff of now",
        (
            (
                _of(meter)
                | {
                    "contract": str(reading["contract"] or ""),
                    "tariff": str(reading["tariff_period"] or ""),
                },
                1.0,
            )
            for meter in meters
            if meter.read and (reading := meter.reading) is not None
        ),
    )


def _of_readings(meters: list[SharedMeter]) -> Iterator[_Family]:
    """Yield what the meters say."""
    found: dict[str, list[_Sample]] = {metric.name: [] for metric in _METRICS}
    for meter in meters:
        for key, value in (meter.reading.values if meter.reading else {}).items():
            if not isinstance(value, int | float):
                continue
            for pattern, metric in _PATTERNS:
                match = pattern.fullmatch(key)
                # Registers that no contract uses stand at zero for ever
                unused = metric.label == "index" and not value
                if match is None or unused or not (metric.counts or meter.read):
                    continue
                labels = _of(meter)
                if metric.label is not None:
                    labels[metric.label] = match[1]
                found[metric.name].append((labels, value * metric.factor))
    for metric in _METRICS:
        yield metric.name, metric.help, found[metric.name]


def _of(meter: SharedMeter) -> dict[str, str]:
    return {"meter": meter.name}


def _line(name: str, labels: dict[str, str], value: float) -> str:
    told = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
    number = repr(value) if math.isfinite(value) else "NaN"
    return f"{name}{{{told}}} {number}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
