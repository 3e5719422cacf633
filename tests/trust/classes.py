"""The keys that are judged, and what kind of value each holds."""

from collections.abc import Iterable
from enum import StrEnum

_NUMBERS = (1, 2, 3)


class LabelClass(StrEnum):
    """What kind of value it is."""

    INDEX = "index"
    POWER = "power"
    CURRENT = "current"
    VOLTAGE = "voltage"
    MAXIMA = "maxima"
    STATE = "state"
    LIMITS = "limits"
    TEXT = "text"
    CLOCK = "clock"


def _classes() -> Iterable[tuple[str, LabelClass]]:
    """Yield the class of each key."""
    phases = [f"_l{n}" for n in _NUMBERS]
    for key in ("apparent_power", "apparent_power_export"):
        yield from ((key + end, LabelClass.POWER) for end in ("", *phases))
    for key in ("current", "rms_current"):
        yield from ((key + end, LabelClass.CURRENT) for end in phases)
    yield from (("voltage" + end, LabelClass.VOLTAGE) for end in phases)
    names = [f"energy_index_{n}" for n in range(1, 11)]
    names += [f"energy_distributor_{n}" for n in range(1, 5)]
    names += [f"reactive_energy_q{n}" for n in range(1, 5)]
    names += ["energy_meter_total", "energy_export", "energy_import"]
    yield from ((key, LabelClass.INDEX) for key in names)
    maxima = [
        f"max_power{kind}_{day}{end}{time}"
        for kind in ("", "_export")
        for day in ("today", "yesterday")
        for end in ("", *phases)
        for time in ("", "_time")
    ]
    maxima += [
        f"{key}{end}" for key in ("mean_voltage", "max_current") for end in phases
    ]
    maxima += [
        f"load_curve_{way}{point}{time}"
        for way in ("import", "export")
        for point in ("", "_previous")
        for time in ("", "_time")
    ]
    yield from ((key, LabelClass.MAXIMA) for key in maxima)
    for key in ("phases", "subscribed_power", "breaking_power"):
        yield key, LabelClass.LIMITS
    for key in ("calendar_name", "tariff_label", "message_1", "message_2"):
        yield key, LabelClass.TEXT
    for key in ("meter_clock", "clock_degraded"):
        yield key, LabelClass.CLOCK
    states = [
        "tic_mode",
        "contract",
        "tariff_period",
        "off_peak",
        "tempo_today",
        "tempo_tomorrow",
        "breaker",
        "breaker_open",
        "terminal_cover",
        "overvoltage",
        "overload",
        "producer",
        "exporting",
        "dry_contact",
        "distributor_tariff",
        "plc_synchronised",
        "mobile_peak",
        "mobile_peak_notice",
        "calendar_day",
        "calendar_day_next",
    ]
    states += [f"relay_{n}" for n in range(2, 9)]
    states += [f"phase_missing{end}" for end in phases]
    yield from ((key, LabelClass.STATE) for key in states)


CLASSES: dict[str, LabelClass] = dict(_classes())
"""The class of each key that is judged."""
