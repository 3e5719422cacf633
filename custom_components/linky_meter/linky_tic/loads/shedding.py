"""What is shed so that the breaker stays closed."""

from __future__ import annotations

from datetime import datetime

from .choice import Choice, Chooser
from .decision import Order, Reason
from .house import House
from .outlook import UNSETTLED

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
    worst = max(danger, key=lambda n: outlook.loads[n] or 0.0)
    numbers = {
        "load": round(outlook.loads[worst] or 0.0),
        "limit": round(outlook.limit(worst) or 0.0),
        "phase": worst + 1,
    }
    reason = Reason.LIMIT
    if house.draw is not None and house.draw.slow and house.draw.breaking:
        reason = Reason.OVERLOAD
        if outlook.seconds is not None:
            numbers["seconds"] = round(outlook.seconds)
    return [house.carry(one, now, reason, numbers) for one in chosen]
