"""Worked-out electricity: current now, and the current still available.

Facts: Enedis-NOI-CPT_54E v3, sections 6.1.2, 6.2.3 and 7; the French convention of 200 V
per phase. Pure functions of one moment's values. An input that is missing or cannot be
true makes the result None, never 0 and never the limit. Negative results are kept: they
are the overload.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from ..labels import CONTRACT_VOLTAGE

_PLAUSIBLE_VOLTAGE = range(180, 281)
# IRMS is rounded to 1 A, S/U is not
_CURRENT_TOLERANCE = 1.0
_CURRENT_ROUNDING = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may choose about available current."""

    breaking_power_only: bool = False
    """Limit by the breaking power (do not trip) and not also by the subscribed one."""
    rating: float | None = None
    """One more upper limit in A per phase, such as the house's main breaker."""
    assumed_voltage: float = 240.0
    """V, for historic mode, where the meter sends none; higher is more careful."""
    credit_export: bool = False
    """Count what a phase exports as available on it."""


class Phase(NamedTuple):
    """One phase: what it draws and what is left of it."""

    current: float | None = None
    """A; what the phase draws, or exports where it draws nothing."""
    limit: float | None = None
    """A, behind ``available``."""
    available: float | None = None
    """A left before the limit; negative when over it."""
    room: float | None = None
    """VA left before the limit."""


UNKNOWN = Phase()


class Limits(NamedTuple):
    """What limits each phase in standard mode."""

    phases: int
    subscribed: int | None
    """VA for the whole installation."""
    breaking: int | None
    """The same."""
    rating: int | None
    """The meter's own, A."""
    settings: Settings

    def of_phase(self, voltage: int) -> float | None:
        """Return the limit of a phase in A, None where it is unknown.

        The VA limit binds above 200 V, the contract's current below.
        """
        only = self.settings.breaking_power_only
        subscribed = self.breaking if only else self.subscribed
        if not self.breaking or not subscribed:
            return None
        share = min(self.breaking, subscribed) / self.phases
        return min(
            share / voltage,
            share / CONTRACT_VOLTAGE,
            self.rating or inf,
            self.settings.rating or inf,
        )


def standard_phase(
    limits: Limits,
    *,
    apparent: int | None,
    voltage: int | None,
    rms_current: int | None,
    same_frame: bool = True,
) -> Phase | None:
    """Return one phase in standard mode, None where its last one holds.

    ``apparent`` in VA, ``voltage`` in V, the current in A. ``same_frame`` tells whether
    power and current are of one frame: only then the current says whether a phase
    without import exports.
    """
    if apparent is None or voltage is None or voltage not in _PLAUSIBLE_VOLTAGE:
        return UNKNOWN
    if apparent == 0 and not same_frame:
        return None
    drawn = current = apparent / voltage
    exporting = False
    if rms_current is not None:
        exporting = apparent == 0 and rms_current >= 1
        if exporting:
            current = float(rms_current)
        elif apparent and same_frame and abs(drawn - rms_current) > _CURRENT_TOLERANCE:
            return UNKNOWN
    limit = limits.of_phase(voltage)
    if limit is None or rms_current is None:
        return Phase(current=round(current, 2))
    available = limit - drawn
    if limits.settings.credit_export and exporting:
        available += rms_current
    return _phase(current, limit, available, voltage)


def standard_phase_by_current(
    limits: Limits, *, voltage: int | None, rms_current: int | None
) -> Phase:
    """Return one phase in standard mode whose power the meter tells wrong.

    As ``standard_phase``, but half an ampere more may be drawn than the current says,
    and it has no sign: a phase that exports counts as a load.
    """
    if rms_current is None or voltage is None or voltage not in _PLAUSIBLE_VOLTAGE:
        return UNKNOWN
    limit = limits.of_phase(voltage)
    if limit is None:
        return Phase(float(rms_current))
    return _phase(
        rms_current, limit, limit - (rms_current + _CURRENT_ROUNDING), voltage
    )


def _phase(current: float, limit: float, available: float, volts: float) -> Phase:
    """Return a phase by its currents in A, as it is shown."""
    return Phase(
        round(float(current), 2),
        round(limit, 2),
        round(available, 2),
        round(available * volts, 1),
    )


def historic_limit(subscribed_current: int, settings: Settings) -> float:
    """Return the limit in A of a phase in historic mode."""
    limits = [
        CONTRACT_VOLTAGE * subscribed_current / settings.assumed_voltage,
        float(subscribed_current),
    ]
    if settings.rating:
        limits.append(settings.rating)
    return min(limits)


def historic_single_phase(
    *,
    subscribed_current: int | None,
    current: int | None,
    apparent: int | None,
    sends_apparent: bool,
    overload_current: int | None,
    settings: Settings,
) -> Phase:
    """Return the phase of a single-phase meter in historic mode.

    IINST has steps of 1 A and no sign, PAPP steps of 10 VA and is 0 while exporting.
    Older meters never send PAPP; a meter that does and whose PAPP is missing gives None.
    """
    if current is None:
        return UNKNOWN
    if not subscribed_current or (apparent is None and sends_apparent):
        return Phase(current=float(current))
    volts = settings.assumed_voltage
    limit = historic_limit(subscribed_current, settings)
    if apparent is None:
        # These meters and their branch breakers know amperes only
        limit = float(subscribed_current)
        drawn = current + _CURRENT_ROUNDING
        available = limit - drawn
    else:
        drawn = max(current + _CURRENT_ROUNDING, apparent / volts) if apparent else 0.0
        share = CONTRACT_VOLTAGE * subscribed_current
        available = min((share - apparent - 5) / volts, subscribed_current - drawn)
    if overload_current is not None:
        available = min(available, subscribed_current - overload_current)
    if settings.rating:
        limit = min(limit, settings.rating)
        available = min(available, settings.rating - drawn)
    phase = _phase(current, limit, available, volts)
    # Of amperes at a higher voltage more would be left than is subscribed
    subscribed = CONTRACT_VOLTAGE * subscribed_current
    return phase._replace(room=min(phase.room or 0.0, subscribed))


def historic_three_phase(
    *,
    subscribed_current: int | None,
    current: int | None,
    overload_current: int | None,
    settings: Settings,
) -> Phase:
    """Return one phase of a three-phase meter in historic mode.

    IINSTi counts as drawn, for its sign is unknown; PAPP is never shared out.
    """
    now = overload_current if overload_current is not None else current
    if now is None:
        return UNKNOWN
    if not subscribed_current:
        return Phase(current=float(now))
    limit = historic_limit(subscribed_current, settings)
    available = limit - (now + _CURRENT_ROUNDING)
    return _phase(now, limit, available, settings.assumed_voltage)


def least(values: Sequence[float | None]) -> float | None:
    """Return the least of all phases, None when one is unknown."""
    known = [value for value in values if value is not None]
    return min(known) if known and len(known) == len(values) else None
