"""What a reading means to the ledger."""

from __future__ import annotations

from datetime import date, datetime, time

from ...tic.labels import Mode
from ...tic.reading import MeterReading
from ...tic.tariffs import INDEX_KEYS
from ..calendar.calendars import OFF_PEAK, calendar_key
from ..calendar.days import DAY, PARIS
from ..calendar.schedule import Schedule, schedule_of_profile
from ..calendar.tempo import Colour, possible, tempo_day
from .peaks import Load
from .samples import Sample

# In which the colours of both clocks, the meter's and ours, are those of one Tempo day
_COLOURS_FROM, _COLOURS_UNTIL = time(6, 15), time(23, 45)
# Before which the night that began the day before still counts, by both clocks
_NIGHT_UNTIL = time(5, 45)


def _whole(reading: MeterReading, key: str) -> int | None:
    value = reading[key]
    return value if isinstance(value, int) else None


def calendar_of(reading: MeterReading) -> str | None:
    """Return the calendar that counts, None while it is unknown."""
    name = reading["calendar_name"]
    if reading.mode is Mode.HISTORIC or not name:
        name = reading["contract"]
    return calendar_key(str(name)) if name else None


def sample_of(reading: MeterReading, uptime: float | None) -> Sample | None:
    """Return what the ledger takes of a reading; None: no indexes or calendar yet.

    ``uptime`` is a clock that never steps, None where there is none.
    """
    calendar = calendar_of(reading)
    indexes = {
        index: wh
        for index, key in enumerate(INDEX_KEYS, 1)
        if (wh := _whole(reading, key)) is not None
    }
    if reading.mode is Mode.HISTORIC and calendar == "BASE":
        # Its one register has no key of its own; this one grows as it does
        base = _whole(reading, "energy_import")
        indexes = {} if base is None else {1: base}
    if calendar is None or not indexes:
        return None
    peak_at = reading["max_power_today_time"]
    standard = reading.mode is Mode.STANDARD
    return Sample(
        at=reading.received,
        calendar=calendar,
        indexes=indexes,
        serial=reading.address or "",
        total=_whole(reading, "energy_meter_total") if standard else None,
        exported=_whole(reading, "energy_export"),
        max_power=_whole(reading, "max_power_today"),
        max_power_at=peak_at if isinstance(peak_at, datetime) else None,
        power=_whole(reading, "subscribed_power"),
        load=_load_of(reading),
        uptime=uptime,
    )


def _load_of(reading: MeterReading) -> Load | None:
    """Return how loaded the connection is; in historic mode as our filter has it."""
    power = _whole(reading, "apparent_power")
    if reading.mode is Mode.STANDARD:
        at = reading["max_power_today_time"]
        phases = [_whole(reading, f"max_power_today_l{n}") for n in (1, 2, 3)]
        return Load(
            power,
            _whole(reading, "max_power_today"),
            tuple(one for one in phases if one is not None)
            if None not in phases
            else (),
            at if isinstance(at, datetime) else None,
        )
    most = _whole(reading, "filtered_power")
    return None if most is None else Load(power, most, estimated=True)


def learned_of(reading: MeterReading) -> Schedule | None:
    """Return the off-peak hours that the meter tells, index 1 of its calendar."""
    profile = reading["day_profile"]
    if calendar_of(reading) != OFF_PEAK or not isinstance(profile, str):
        return None
    schedule = schedule_of_profile(profile)
    if schedule is None or not any(window.index == 1 for window in schedule.windows):
        return None
    return schedule


def may_observe(reading: MeterReading) -> bool:
    """Return whether off-peak hours can only be learned from which index counts."""
    return reading.mode is Mode.HISTORIC and calendar_of(reading) == OFF_PEAK


def colours_of(reading: MeterReading) -> dict[date, Colour]:
    """Return the Tempo colours that the meter tells, by Tempo day.

    Near 06:00 and midnight it is not certain which day the meter means. After midnight,
    the tariff tells the colour of the night, and near 06:00 that of the day once it counts
    peak hours.
    """
    local = reading.received.astimezone(PARIS)
    told: dict[date, object] = {}
    name, _, hours = str(reading["tariff_period"]).partition("_")
    if local.time() < _NIGHT_UNTIL:
        if hours == "off_peak":
            told = {tempo_day(local): name}
    elif local.time() < _COLOURS_FROM:
        if hours == "peak" and name in Colour:
            told = {local.date(): name}
    elif local.time() <= _COLOURS_UNTIL:
        today = local.date()
        told = {today: reading["tempo_today"], today + DAY: reading["tempo_tomorrow"]}
    return {
        day: colour
        for day, value in told.items()
        if value is not None and (colour := Colour(str(value))) in possible(day)
    }
