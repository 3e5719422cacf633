"""What each label says, under the keys of a reading.

One row per label: a function from its group to values by key. Keys are semantic and the
same in both modes wherever the meter's register is the same (HCHC and EASF01 are one).
What needs several labels is worked out in ``derive.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from . import values
from .frame import Group
from .tariffs import (
    COLOURS,
    INDEX_KEYS,
    PERIOD_COLOURS,
    PERIODS,
    Tariff,
    contract_of_calendar,
    contract_of_option,
    is_off_peak,
)

type Value = bool | int | float | str | datetime
type Fields = Mapping[str, Value | None]

_PHASES = (1, 2, 3)
_EJP_PEAKS = {
    Tariff.NORMAL: values.MobilePeak.NONE,
    Tariff.MOBILE_PEAK: values.MobilePeak.PEAK_1,
}


def _number(key: str, factor: int = 1) -> Callable[[Group], Fields]:
    """Return a row for a whole number in the catalogue's unit."""
    return lambda group: {key: int(group.value) * factor}


def _text(key: str) -> Callable[[Group], Fields]:
    """Return a row for text without its padding."""
    return lambda group: {key: values.normalise(group.value)}


def _message(key: str) -> Callable[[Group], Fields]:
    """Return a row for a message."""
    return lambda group: {key: values.parse_message(group.value)}


def _timed(key: str) -> Callable[[Group], Fields]:
    """Return a row for a number and its time."""

    def fields(group: Group) -> Fields:
        at = values.parse_horodate(group.horodate or "")
        return {key: int(group.value), f"{key}_time": at.at if at else None}

    return fields


def _moment(key: str) -> Callable[[Group], Fields]:
    """Return a row for a label whose horodate is the information."""

    def fields(group: Group) -> Fields:
        at = values.parse_horodate(group.horodate or "")
        return {key: at.at if at else None}

    return fields


def _clock(group: Group) -> Fields:
    """DATE: the data is empty, the horodate is everything (T13)."""
    at = values.parse_horodate(group.horodate or "")
    if at is None:
        return {"meter_clock": None}
    return {"meter_clock": at.at, "clock_degraded": at.degraded}


def _option(group: Group) -> Fields:
    """OPTARIF."""
    return {"contract": contract_of_option(group.value)}


def _calendar(group: Group) -> Fields:
    """NGTF."""
    name = values.normalise(group.value)
    return {"calendar_name": name, "contract": contract_of_calendar(name)}


def _period(group: Group) -> Fields:
    """PTEC: tariff, Tempo colour of today, mobile peak of EJP."""
    tariff = PERIODS[group.value]
    fields: dict[str, Value | None] = {"tariff_period": tariff}
    if (off_peak := is_off_peak(tariff)) is not None:
        fields["off_peak"] = off_peak
    if group.value[2] == "J":
        fields["tempo_today"] = PERIOD_COLOURS[group.value[3]]
    if (peak := _EJP_PEAKS.get(tariff)) is not None:
        fields["mobile_peak"] = peak
    return fields


def _tomorrow(group: Group) -> Fields:
    """DEMAIN."""
    return {"tempo_tomorrow": COLOURS.get(group.value)}


def _missing_phases(group: Group) -> Fields:
    """PPOT."""
    missing = values.parse_missing_phases(group.value) or (None, None, None)
    return {f"phase_missing_l{n}": missing[n - 1] for n in _PHASES}


def _relays(group: Group) -> Fields:
    """RELAIS: True is closed."""
    closed = values.parse_relays(group.value)
    if closed is None:
        return {}
    return {"dry_contact": closed[0]} | {
        f"relay_{n}": closed[n - 1] for n in range(2, 9)
    }


def _status(group: Group) -> Fields:
    """STGE, but for what other labels say too: ``derive.py``."""
    status = values.parse_status(group.value)
    if status is None:
        return {}
    breaker = status.breaker
    return {
        "breaker": breaker,
        "breaker_open": None
        if breaker is None
        else breaker is not values.Breaker.CLOSED,
        "terminal_cover": status.terminal_cover_open,
        "overvoltage": status.overvoltage,
        "overload": status.reference_power_exceeded,
        "producer": status.producer,
        "exporting": status.exporting,
        "distributor_tariff": status.distributor_index,
        "euridis": status.euridis,
        "plc_status": status.plc,
        "plc_synchronised": status.plc_synchronised,
        "mobile_peak": status.mobile_peak,
        "mobile_peak_notice": status.mobile_peak_notice,
    }


_HISTORIC_INDEXES = (
    ("HCHC", "HCHP"),
    ("EJPHN", "EJPHPM"),
    ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
)

FIELDS: dict[str, Callable[[Group], Fields]] = {
    "OPTARIF": _option,
    "PTEC": _period,
    "DEMAIN": _tomorrow,
    "IINST": _number("current_l1"),
    "IMAX": _number("max_current_l1"),
    "PAPP": _number("apparent_power"),
    "HHPHC": _text("off_peak_code"),
    "MOTDETAT": _text("meter_state"),
    "PPOT": _missing_phases,
    "VTIC": _text("tic_version"),
    "DATE": _clock,
    "NGTF": _calendar,
    "LTARF": _text("tariff_label"),
    "EAST": _number("energy_meter_total"),
    "EAIT": _number("energy_export"),
    "PREF": _number("subscribed_power", 1000),
    "PCOUP": _number("breaking_power", 1000),
    "SINSTS": _number("apparent_power"),
    "SINSTI": _number("apparent_power_export"),
    "CCASN": _timed("load_curve_import"),
    "CCASN-1": _timed("load_curve_import_previous"),
    "CCAIN": _timed("load_curve_export"),
    "CCAIN-1": _timed("load_curve_export_previous"),
    "STGE": _status,
    "MSG1": _message("message_1"),
    "MSG2": _message("message_2"),
    "RELAIS": _relays,
    "NJOURF": _number("calendar_day"),
    "NJOURF+1": _number("calendar_day_next"),
}
"""What a label says. A label without a row is used together with others only."""

FIELDS |= {
    label: _number(INDEX_KEYS[index])
    for labels in _HISTORIC_INDEXES
    for index, label in enumerate(labels, 1)
}
FIELDS |= {f"EASF{n:02}": _number(key) for n, key in INDEX_KEYS.items()}
FIELDS |= {f"EASD{n:02}": _number(f"energy_distributor_{n}") for n in range(1, 5)}
FIELDS |= {f"ERQ{n}": _number(f"reactive_energy_q{n}") for n in range(1, 5)}
for _label, _key in (("SMAXSN", "max_power"), ("SMAXIN", "max_power_export")):
    FIELDS[_label] = _timed(f"{_key}_today")
    FIELDS[f"{_label}-1"] = _timed(f"{_key}_yesterday")
for _n in _PHASES:
    FIELDS |= {
        f"IINST{_n}": _number(f"current_l{_n}"),
        f"IMAX{_n}": _number(f"max_current_l{_n}"),
        f"IRMS{_n}": _number(f"rms_current_l{_n}"),
        f"URMS{_n}": _number(f"voltage_l{_n}"),
        f"UMOY{_n}": _number(f"mean_voltage_l{_n}"),
        f"SINSTS{_n}": _number(f"apparent_power_l{_n}"),
        f"SMAXSN{_n}": _timed(f"max_power_today_l{_n}"),
        f"SMAXSN{_n}-1": _timed(f"max_power_yesterday_l{_n}"),
        f"DPM{_n}": _moment(f"mobile_peak_start_{_n}"),
        f"FPM{_n}": _moment(f"mobile_peak_end_{_n}"),
    }
