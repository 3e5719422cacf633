"""What is shed so that the breaker stays closed."""

from __future__ import annotations

from datetime import datetime
from math import inf

from .choice import Choice, Chooser
from .decision import Action, Numbers, Order, Reason
from .house import House
from .outlook import UNSETTLED

_HOPELESS_SECONDS = 30.0
"""What is drawn for so long is no pulse."""
_SOON_SECONDS = 30.0
"""If the breaker opens within it with all shed, each second of a load's own counts."""
_CALM_SECONDS = 60.0
"""A load is lowered to where nothing has to be done for so long."""
_LATELY = (60.0,)
"""Less would take a pulse for what stays."""
_AHEAD_SECONDS = 10.0
"""So long before something has to be done a load is lowered: later it has to be paused."""


def protect(house: House, now: datetime) -> list[Order]:
    """Return what is shed so that the breaker stays closed."""
    outlook = house.outlook
    reaction = house.reaction(now)
    hopeless, useless = _hopeless(house, now)
    if useless:
        numbers = _numbers(house, hopeless)
        return [house.carry(one, now, Reason.OVERLOAD, numbers) for one in useless]
    start, after = house.expected(now.timestamp())
    danger = outlook.endangered(start, after, reaction)
    gently, ahead = not danger, 0.0
    if gently:
        ahead = _AHEAD_SECONDS
        danger = outlook.endangered(start, after + ahead, reaction)
    if not danger:
        return []
    after = max(after, house.slowest) + ahead

    def enough(changes: list[float]) -> bool:
        return not outlook.endangered(changes, after, reaction)

    def bare(changes: list[float]) -> bool:
        return not outlook.endangered(changes, after, reaction / 2, 0.0)

    def calm(changes: list[float]) -> bool:
        return enough(changes) and all(
            outlook.bears(
                n,
                changes[n],
                reaction,
                _CALM_SECONDS,
                lately=_LATELY,
                surprise=UNSETTLED,
            )
            for n in danger
        )

    able = [one for one in house.records if house.helps(one, now, danger)]
    chosen: list[Choice] = []
    # A minimum time ends sooner where it trips as it is, not if one appliance more came
    ways = (
        ((False, enough),) if gently else ((False, enough), (False, bare), (True, bare))
    )
    for need, so_far in ways:
        chooser = Chooser(
            now=now,
            seen=house.seen_of,
            enough=so_far,
            calm=calm,
            need=need,
            gently=gently,
        )
        found = chooser.choose(able, start)
        if found is not None:
            chosen = found
            break
    reason = Reason.OVERLOAD if outlook.filters else Reason.LIMIT
    numbers = _numbers(house, danger)
    return [house.carry(one, now, reason, numbers) for one in chosen]


def _hopeless(house: House, now: datetime) -> tuple[list[int], list[Choice]]:
    """Return the phases on which all is shed at once, and what that is.

    There the breaker opens whatever is shed, unless people stop in time, or will if they
    draw again what they drew lately: each second of a load's own brings that nearer.
    """
    outlook = house.outlook
    phases: list[int] = []
    found: dict[str, Choice] = {}
    for number in range(len(outlook.loads)):
        able = [one for one in house.records if house.helps(one, now, [number])]
        parts = {
            one.load.key: one.load.parts(one.drawn(house.seen_of(one)), house.phases)
            for one in able
        }
        ours = sum(part[number] for part in parts.values())
        theirs = outlook.least(number, _HOPELESS_SECONDS) - ours
        if (
            theirs <= (outlook.limit(number) or inf)
            and outlook.lasts(number, -ours) > _SOON_SECONDS
            and not outlook.recurs(number, ours, house.reaction(now))
        ):
            continue
        phases.append(number)
        for one in able:
            if one.held(house.seen_of(one), now) is None:
                less = [-part for part in parts[one.load.key]]
                found[one.load.key] = Choice(one, Action.SHED, less)
    return phases, list(found.values())


def _numbers(house: House, phases: list[int]) -> Numbers:
    """Return what the words of an order need."""
    outlook = house.outlook
    worst = max(phases, key=lambda n: outlook.loads[n] or 0.0)
    numbers = {
        "load": round(outlook.loads[worst] or 0.0),
        "limit": round(outlook.limit(worst) or 0.0),
        "phase": worst + 1,
    }
    if outlook.filters and outlook.seconds is not None:
        numbers["seconds"] = round(outlook.seconds)
    return numbers
