"""What groups say, by the keys of a reading.

Written from the specification, without the code under test: it gives the truth of clean
frames, and what a reader that trusts the checksum alone would show.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache

type Value = bool | int | float | str
"""A time is seconds since 1970: two zones compare badly in the hour that comes twice."""
type Fields = dict[str, Value]
type Row = Callable[[str, str], Fields]
"""From horodate and data to values."""


_NUMBERS = (1, 2, 3)
_BREAKER = ("overpower", "overvoltage", "load_shedding", "order")
_HEAT = ("overheating_high_current", "overheating_low_current")
_BREAKERS = ("closed", *(f"open_{reason}" for reason in _BREAKER + _HEAT), "")
_COLOURS = ("", "blue", "white", "red")
_PEAKS = ("none", "peak_1", "peak_2", "peak_3")
_TOMORROW = {"BLEU": "blue", "BLAN": "white", "ROUG": "red"}
_TEMPO = tuple(
    f"{colour}_{time}" for colour in _COLOURS[1:] for time in ("off_peak", "peak")
)
_TARIFFS = {
    "base": ("all_hours",),
    "off_peak": ("off_peak", "peak"),
    "tempo": _TEMPO,
}
_CALENDARS = {"BASE": "base", "H PLEINE/CREUSE": "off_peak", "TEMPO": "tempo"}
_OPTIONS = {"BASE": "base", "HC..": "off_peak", "BBR(": "tempo"}
_PERIODS = dict(
    zip(("HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR"), _TEMPO, strict=True)
) | {"TH..": "all_hours", "HC..": "off_peak", "HP..": "peak"}
REGISTERS = {
    "base": ("BASE",),
    "off_peak": ("HCHC", "HCHP"),
    "tempo": ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
}


@lru_cache(maxsize=4096)
def time_of(horodate: str) -> float:
    """Return a moment as the meter writes it; an error when it is none."""
    zone = timezone(timedelta(hours={"H": 1, "E": 2}[horodate[0].upper()]))
    parts = (int(horodate[place : place + 2]) for place in range(1, 13, 2))
    year, month, day, hour, minute, second = parts
    when = datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    return when.timestamp()


def plain(value: object) -> object:
    """Return a shown value as the truth has it."""
    return value.timestamp() if isinstance(value, datetime) else value


def _number(key: str, factor: int = 1) -> Row:
    return lambda _, data: {key: int(data) * factor}


def _timed(key: str) -> Row:
    return lambda horodate, data: {
        key: int(data),
        f"{key}_time": time_of(horodate),
    }


def _mean(n: int) -> Row:
    return lambda _, data: {f"mean_voltage_l{n}": int(data)}


def _text(key: str) -> Row:
    def row(_: str, data: str) -> Fields:
        text = " ".join(data.split())
        return {key: "none" if text == "PAS DE MESSAGE" else text}

    return row


def _tariff(tariff: str) -> Fields:
    fields: Fields = {"tariff_period": tariff}
    if tariff.endswith("peak"):
        fields["off_peak"] = tariff.endswith("off_peak")
    return fields


def _period(_: str, data: str) -> Fields:
    tariff = _PERIODS[data]
    fields = _tariff(tariff)
    if tariff in _TEMPO:
        fields["tempo_today"] = tariff.partition("_")[0]
    return fields


def _tomorrow(_: str, data: str) -> Fields:
    return {"tempo_tomorrow": _TOMORROW[data]} if data != "----" else {}


def _missing(_: str, data: str) -> Fields:
    return {f"phase_missing_l{n}": bool(int(data, 16) >> n & 1) for n in _NUMBERS}


def _relays(_: str, data: str) -> Fields:
    relays = int(data)
    closed: Fields = {f"relay_{n}": bool(relays >> n - 1 & 1) for n in range(2, 9)}
    return closed | {"dry_contact": bool(relays & 1)}


def _status(_: str, data: str) -> Fields:
    register = int(data, 16)

    def bits(low: int, width: int = 1) -> int:
        return register >> low & (1 << width) - 1

    breaker = _BREAKERS[bits(1, 3)]
    fields: Fields = {
        "terminal_cover": bool(bits(4)),
        "overvoltage": bool(bits(6)),
        "overload": bool(bits(7)),
        "producer": bool(bits(8)),
        "exporting": bool(bits(9)),
        "distributor_tariff": bits(14, 2) + 1,
        "plc_synchronised": bool(bits(23)),
        "mobile_peak_notice": _PEAKS[bits(28, 2)],
        "mobile_peak": _PEAKS[bits(30, 2)],
    }
    if breaker:
        fields |= {"breaker": breaker, "breaker_open": breaker != "closed"}
    for key, place in (("tempo_today", 24), ("tempo_tomorrow", 26)):
        if colour := _COLOURS[bits(place, 2)]:
            fields[key] = colour
    return fields


ROWS: dict[str, Row] = {
    "OPTARIF": lambda _, data: {"contract": _OPTIONS[data]},
    "PTEC": _period,
    "DEMAIN": _tomorrow,
    "IINST": _number("current_l1"),
    "IMAX": _number("max_current_l1"),
    "PMAX": _number("max_power_yesterday"),
    "PAPP": _number("apparent_power"),
    "PPOT": _missing,
    "DATE": lambda horodate, _: {"meter_clock": time_of(horodate)},
    "NGTF": lambda _, data: {
        "calendar_name": " ".join(data.split()),
        "contract": _CALENDARS.get(" ".join(data.split()), "other"),
    },
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
    "MSG1": _text("message_1"),
    "MSG2": _text("message_2"),
    "RELAIS": _relays,
    "NJOURF": _number("calendar_day"),
    "NJOURF+1": _number("calendar_day_next"),
    "ISOUSC": lambda _, data: {"": int(data)},
    "BASE": lambda _, data: {"": int(data)},
    "ADPS": lambda _, data: {"": int(data)},
    "NTARF": lambda _, data: {"": int(data)},
}
"""The labels whose values are judged; "" is for what only counts with others."""

ROWS |= {f"EASF{n:02}": _number(f"energy_index_{n}") for n in range(1, 11)}
ROWS |= {f"EASD{n:02}": _number(f"energy_distributor_{n}") for n in range(1, 5)}
ROWS |= {f"ERQ{n}": _number(f"reactive_energy_q{n}") for n in range(1, 5)}
for _registers in (REGISTERS["off_peak"], REGISTERS["tempo"]):
    ROWS |= {
        label: _number(f"energy_index_{n}") for n, label in enumerate(_registers, 1)
    }
for _label, _key in (("SMAXSN", "max_power"), ("SMAXIN", "max_power_export")):
    ROWS |= {
        _label: _timed(f"{_key}_today"),
        f"{_label}-1": _timed(f"{_key}_yesterday"),
    }
for _n in _NUMBERS:
    ROWS |= {
        f"ADIR{_n}": lambda _, data: {"": int(data)},
        f"IINST{_n}": _number(f"current_l{_n}"),
        f"IMAX{_n}": _number(f"max_current_l{_n}"),
        f"IRMS{_n}": _number(f"rms_current_l{_n}"),
        f"URMS{_n}": _number(f"voltage_l{_n}"),
        f"UMOY{_n}": _mean(_n),
        f"SINSTS{_n}": _number(f"apparent_power_l{_n}"),
        f"SMAXSN{_n}": _timed(f"max_power_today_l{_n}"),
        f"SMAXSN{_n}-1": _timed(f"max_power_yesterday_l{_n}"),
    }


def _energy_import(texts: dict[str, str]) -> Fields:
    if "EAST" in texts:
        return {"energy_import": int(texts["EAST"])}
    labels = REGISTERS.get(_OPTIONS.get(texts.get("OPTARIF", ""), ""), ())
    if not labels or any(label not in texts for label in labels):
        return {}
    return {"energy_import": sum(int(texts[label]) for label in labels)}


def _index_tariff(texts: dict[str, str]) -> Fields:
    if "NTARF" not in texts:
        return {}
    contract = _CALENDARS.get(" ".join(texts.get("NGTF", "").split()), "other")
    index, tariffs = int(texts["NTARF"]), _TARIFFS.get(contract, ())
    return _tariff(tariffs[index - 1] if index <= len(tariffs) else f"index_{index}")


def _current(texts: dict[str, str], n: int) -> Fields:
    power = f"SINSTS{n}" if "SINSTS1" in texts else "SINSTS" if n == 1 else ""
    if any(label not in texts for label in (power, f"URMS{n}", f"IRMS{n}")):
        return {}
    volts, drawn = int(texts[f"URMS{n}"]), int(texts[power])
    if not volts:
        return {}
    # A phase that exports has a current, and draws no power
    current = round(drawn / volts, 2) if drawn else float(texts[f"IRMS{n}"])
    return {f"current_l{n}": current}


def _overload(texts: dict[str, str]) -> Fields:
    if "ISOUSC" not in texts:
        return {}
    return {"overload": any(label in texts for label in OVERLOAD)}


def _phases(texts: dict[str, str]) -> Fields:
    if "IINST" not in texts and "IINST1" not in texts and "URMS1" not in texts:
        return {}
    phases = 3 if "IINST1" in texts or "URMS2" in texts else 1
    fields: Fields = {"phases": phases}
    if "ISOUSC" in texts:
        fields["subscribed_power"] = 200 * int(texts["ISOUSC"]) * phases
    if phases == 3 and "URMS1" in texts:
        volts = {n: texts.get(f"URMS{n}") for n in _NUMBERS}
        fields |= {
            f"phase_missing_l{n}": int(text) < 115
            for n, text in volts.items()
            if text is not None
        }
    return fields


def _degraded(texts: dict[str, str]) -> Fields:
    if "DATE" not in texts or "STGE" not in texts:
        return {}
    lost = int(texts["STGE"], 16) >> 16 & 1
    return {"clock_degraded": bool(lost) or texts["DATE"][:1].islower()}


OVERLOAD = ("ADPS", "ADIR1", "ADIR2", "ADIR3")
COMBINED: tuple[tuple[tuple[str, ...], Callable[[dict[str, str]], Fields]], ...] = (
    (("EAST", "OPTARIF", *sum(REGISTERS.values(), ())), _energy_import),
    (("NTARF", "NGTF"), _index_tariff),
    *(
        (
            (f"SINSTS{n}", f"URMS{n}", f"IRMS{n}", *(["SINSTS"] if n == 1 else [])),
            lambda texts, n=n: _current(texts, n),
        )
        for n in _NUMBERS
    ),
    (("ISOUSC", *OVERLOAD), _overload),
    (("ISOUSC", "IINST", "IINST1", "URMS1", "URMS2", "URMS3"), _phases),
    (("DATE", "STGE"), _degraded),
)
"""Rows for what takes several labels: which, and what follows from their data."""
