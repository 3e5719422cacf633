"""What is shed so that the breaker stays closed."""

from __future__ import annotations

from datetime import datetime
from math import inf

from .choice import Choice, Chooser
from .decision import Order, Reason
from .house import House
from .outlook import SURPRISE


def protect(house: House, now: datetime) -> list[Order]:
    """Return what is shed so that the breaker stays closed."""
    outlook = house.outlook
    reaction = house.reaction(now)
    start, after = house.expected(now.timestamp())
    danger = outlook.endangered(start, after, reaction)
    if not danger:
        return []
    after = max(after, house.slowest)

    def enough(changes: list[float]) -> bool:
        return not outlook.endangered(changes, after, reaction)

    def in_need(changes: list[float]) -> bool:
        return not outlook.endangered(changes, after, reaction, SURPRISE / 2)

    def calm(changes: list[float]) -> bool:
        return all(
            (outlook.loads[n] or 0.0) + changes[n]
            <= (outlook.steady(n, reaction) or inf)
            for n in danger
        )

    able = [one for one in house.records if house.helps(one, now, danger)]
    chosen: list[Choice] = []
    # A looming trip beats the minimum time where nothing else is left, and it looms
    for need, so_far in ((False, enough), (True, in_need)):
        chooser = Chooser(
            now=now, seen=house.seen_of, enough=so_far, calm=calm, need=need
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
