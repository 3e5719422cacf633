"""Frames of the standard mode."""

from tests.simulator.clock import blank_stamp
from tests.simulator.config import MeterConfig
from tests.simulator.contracts import encode_profile
from tests.simulator.truth import Truth

from .labels import PILOT_NAMES, STANDARD, Value, arrange, index, number
from .registers import DailyMax, Point
from .status import status_register
from .wire import Group


def groups(config: MeterConfig, truth: Truth) -> list[Group]:
    """Return the groups of a frame."""
    values: dict[str, Value] = {
        "ADSC": truth.address,
        "VTIC": "02",
        "DATE": (truth.time, ""),
        "EAST": index(truth.total),
        "PREF": number(config.kva, 2),
        "PCOUP": number(config.breaking_va / 1000, 2),
        "SINSTS": number(truth.import_va, 5),
        "STGE": f"{status_register(config, truth):08X}",
        "MSG1": truth.message,
        "PRM": config.prm,
        "RELAIS": f"{truth.relays:03}",
    }
    for place, wh in enumerate(truth.supplier, 1):
        values[f"EASF{place:02}"] = index(wh)
    for place, wh in enumerate(truth.distributor, 1):
        values[f"EASD{place:02}"] = index(wh)
    if truth.calendar_name:
        values["NGTF"] = f"{truth.calendar_name:16.16}"
        values["LTARF"] = f"{truth.tariff.label:16.16}"
    if truth.ultra_short is not None:
        values["MSG2"] = truth.ultra_short
    values |= _phases(truth)
    values |= _maximum("SMAXSN", truth.max_import)
    values |= _points("CCASN", truth.load_curve)
    if config.producer:
        values |= _producer(truth)
    values |= _calendar(config, truth)
    arranged = arrange(STANDARD, values)
    if config.pilot:
        return [
            Group(PILOT_NAMES.get(group.label, group.label), group.data, group.horodate)
            for group in arranged
        ]
    return arranged


def _phases(truth: Truth) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for place, phase in enumerate(truth.phases, 1):
        values[f"IRMS{place}"] = number(phase.amperes, 3)
        values[f"URMS{place}"] = number(phase.volts, 3)
        mean = truth.mean_voltages[place - 1]
        values[f"UMOY{place}"] = (mean.time, number(mean.value, 3))
    for place, maximum in enumerate(truth.max_phases, 1):
        # Only three-phase meters name phases: in single-phase they are the whole.
        values[f"SINSTS{place}"] = number(truth.phases[place - 1].imported_va, 5)
        values |= _maximum(f"SMAXSN{place}", maximum)
    return values


def _producer(truth: Truth) -> dict[str, Value]:
    values: dict[str, Value] = {
        "EAIT": index(truth.injected),
        "SINSTI": number(truth.export_va, 5),
    }
    for quadrant, varh in enumerate(truth.reactive, 1):
        values[f"ERQ{quadrant}"] = index(varh)
    values |= _maximum("SMAXIN", truth.max_export)
    return values | _points("CCAIN", truth.load_curve_export)


def _maximum(label: str, maximum: DailyMax) -> dict[str, Value]:
    return {
        label: _dated(maximum.today),
        f"{label}-1": _dated(maximum.yesterday),
    }


def _points(label: str, points: tuple[Point, ...]) -> dict[str, Value]:
    names = (label, f"{label}-1")
    return {name: _dated(point) for name, point in zip(names, points, strict=False)}


def _dated(point: Point) -> tuple[str, str]:
    return point.time, number(point.value, 5)


def _calendar(config: MeterConfig, truth: Truth) -> dict[str, Value]:
    tariff = truth.tariff
    values: dict[str, Value] = {
        "NTARF": f"{tariff.index:02}",
        "NJOURF": f"{tariff.day:02}",
        "NJOURF+1": f"{tariff.next_day:02}",
        "PJOURF+1": encode_profile(tariff.next_profile, config.day_encoding),
    }
    if tariff.pointe is not None:
        values["PPOINTE"] = encode_profile(tariff.pointe, config.day_encoding)
    for peak in tariff.peaks:
        values[f"DPM{peak.number}"] = (blank_stamp(peak.start), "00")
        values[f"FPM{peak.number}"] = (blank_stamp(peak.end), "00")
    return values
