"""What follows phase by phase: current, what is left, usage and overload."""

from __future__ import annotations

from collections.abc import Mapping

from ..labels import CONTRACT_VOLTAGE, CURRENT_LABELS, PHASE_LABELS, Mode
from ..values import Breaker
from . import power
from .context import Context
from .power import Limits, Phase

# 180 V at the subscribed current: less power is not that current
_LEAST_SHARE = 0.9

_KEYS = tuple(
    (f"current_l{n}", f"current_limit_l{n}", f"available_current_l{n}")
    for n in (1, 2, 3)
)


class PhaseValues:
    """Works them out, and keeps the last result of each phase for a moment."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[float, Phase]] = {}
        """The last whole result of each phase, and when."""

    def add(self, context: Context, phases: int) -> None:
        """Add what each phase draws, what is left of it, usage and overload."""
        if context.mode is Mode.HISTORIC:
            _publish(context, _historic_phases(context, phases))
            _historic_usage(context, phases)
        else:
            _publish(context, _standard_phases(context, phases, self._last))
            _standard_usage(context, phases)


def _historic_usage(context: Context, phases: int) -> None:
    """Add the share of the subscribed current in use, and overload by the numbers.

    Linky exceeds above its reference, older meters at it (54E, 6.1.2; Sagem S1000).
    """
    limit, values = context.number("ISOUSC"), context.values
    currents = [context.number(label) for label in CURRENT_LABELS[phases]]
    if not limit:
        values["subscribed_power_usage"] = None
        return
    linky = context.identity is None or context.identity.linky
    apparent = context.number("PAPP") if phases == 1 else None
    borne_out = apparent is None or apparent > _LEAST_SHARE * (CONTRACT_VOLTAGE * limit)
    if borne_out and any(
        current is not None and (current > limit or (current == limit and not linky))
        for current in currents
    ):
        values["overload"] = True
    shares = [None if current is None else current / limit for current in currents]
    if apparent is not None:
        shares = [apparent / (CONTRACT_VOLTAGE * limit)]
    _publish_usage(context, shares)


def _standard_usage(context: Context, phases: int) -> None:
    """Add the share of the power in use, of the worst phase, and overload.

    In three-phase each phase has a third of the power (54E, 7).
    """
    subscribed, breaking = context.number("PREF"), context.number("PCOUP")
    wrong = phases > 1 and context.memory.phase_powers_wrong
    powers = [
        None if drawn is None else drawn * phases / 1000
        for drawn in phase_powers(context.trusted.numbers, phases, wrong=wrong)
    ]
    # An ampere is too coarse to tell it; the status register does
    if (
        subscribed
        and not wrong
        and any(drawn and drawn > subscribed for drawn in powers)
    ):
        context.values["overload"] = True
    least = min(subscribed, breaking) if subscribed and breaking else None
    _publish_usage(
        context,
        [None if drawn is None or not least else drawn / least for drawn in powers],
    )


def phase_powers(
    numbers: Mapping[str, int], phases: int, *, wrong: bool
) -> list[float | None]:
    """Return what each phase draws in standard mode, VA; None where it is unknown.

    Of a meter that tells it ``wrong``: voltage times current, which has no sign.
    """
    found: list[float | None] = []
    for drawn, current, voltage in PHASE_LABELS[phases]:
        if not wrong:
            found.append(numbers.get(drawn))
        elif current in numbers and voltage in numbers:
            found.append(numbers[current] * numbers[voltage])
        else:
            found.append(None)
    return found


def _publish_usage(context: Context, shares: list[float | None]) -> None:
    """Add the worst share in %, None where a phase is unknown."""
    known = [share for share in shares if share is not None]
    context.values["subscribed_power_usage"] = (
        round(100 * max(known), 1) if known and len(known) == len(shares) else None
    )


def _historic_phases(context: Context, phases: int) -> list[Phase]:
    """Return the phases of a meter in historic mode."""
    subscribed = context.number("ISOUSC")
    if phases == 1:
        return [
            power.historic_single_phase(
                subscribed_current=subscribed,
                current=context.number("IINST"),
                apparent=context.number("PAPP"),
                sends_apparent=context.sends_papp,
                overload_current=context.number("ADPS"),
                settings=context.settings,
            )
        ]
    return [
        power.historic_three_phase(
            subscribed_current=subscribed,
            current=context.number(f"IINST{n}"),
            overload_current=context.number(f"ADIR{n}"),
            settings=context.settings,
        )
        for n in (1, 2, 3)
    ]


def _standard_phases(
    context: Context, phases: int, last: dict[int, tuple[float, Phase]]
) -> list[Phase]:
    """Return the phases of a meter in standard mode.

    Nothing is available behind an open breaker; an undefined code says nothing.
    """
    numbers, at_of = context.trusted.numbers.get, context.trusted.at
    subscribed, breaking = numbers("PREF"), numbers("PCOUP")
    limits = Limits(
        phases,
        None if subscribed is None else subscribed * 1000,
        None if breaking is None else breaking * 1000,
        context.identity.rating if context.identity else None,
        context.settings,
    )
    by_current = phases > 1 and context.memory.phase_powers_wrong
    found = []
    for n, (drawn, current, voltage) in enumerate(PHASE_LABELS[phases], 1):
        if by_current:
            if (key := f"apparent_power_l{n}") in context.values:
                # By chance one may look right for a moment
                context.values[key] = None
            found.append(
                power.standard_phase_by_current(
                    limits, voltage=numbers(voltage), rms_current=numbers(current)
                )
            )
            continue
        at = at_of(drawn)
        phase = power.standard_phase(
            limits,
            apparent=numbers(drawn),
            voltage=numbers(voltage),
            rms_current=numbers(current),
            same_frame=at == at_of(current),
        )
        if phase is None:
            since, kept = last.get(n, (0.0, power.UNKNOWN))
            phase = kept if context.now - since <= context.keep else power.UNKNOWN
        else:
            last[n] = (context.now if at is None else at, phase)
        found.append(phase)
    breaker = context.values.get("breaker")
    if breaker is Breaker.CLOSED:
        return found
    left = 0.0 if breaker is not None else None
    return [Phase(phase.current, phase.limit, left, left) for phase in found]


def _publish(context: Context, found: list[Phase]) -> None:
    """Add what each phase draws and what is left."""
    values = context.values
    for (current, limit, available), phase in zip(_KEYS, found, strict=False):
        values[current] = phase.current
        values[limit] = phase.limit
        values[available] = phase.available
    values["available_current"] = power.least([phase.available for phase in found])
    room = power.least([phase.room for phase in found])
    values["available_power"] = None if room is None else round(room * len(found))
