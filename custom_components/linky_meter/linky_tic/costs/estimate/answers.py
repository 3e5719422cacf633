"""What is told of contracts and powers: attributes of entities, and an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ..prices.offers import Structure
from .adviser import Advice
from .best import YEAR, Contract, Judgement

_OPTIONS = {
    Structure.BASE: "Base",
    Structure.OFF_PEAK: "HP/HC",
    Structure.TEMPO: "Tempo",
}
"""The regulated options as their bills name them, in any language."""


def contract_name(contract: Contract) -> str:
    """Return the name of a contract that is not one's own."""
    if contract.offer is not None or contract.structure not in _OPTIONS:
        return contract.name
    return f"{_OPTIONS[contract.structure]} {contract.power} kVA"


def without_doubles(judgement: Judgement) -> list[Contract]:
    """Return the contracts, a regulated option once where it was added as an offer."""
    found: dict[object, Contract] = {}
    for one in judgement.contracts:
        found.setdefault((one.structure, one.power, one.cost), one)
    return list(found.values())


def one_of_each(judgement: Judgement) -> list[Contract]:
    """Return the contracts, of each regulated option the cheapest power."""
    found: dict[object, Contract] = {}
    for one in without_doubles(judgement):
        sold = one.offer is None and not one.own
        found.setdefault(one.structure if sold else (one.name, one.offer), one)
    return list(found.values())


def about_best(judgement: Judgement) -> dict[str, Any]:
    """Return how sure the best contract is, and what is missing."""
    best = judgement.best
    difference = best.difference if best else None
    cost = best.cost if best else None
    return {
        "known_days": judgement.days,
        "missing_days": max(YEAR - judgement.days, 0),
        "sure": bool(best and (best.own or best.saves_surely)),
        "saving_low": _cents(-difference.high) if difference else None,
        "saving_high": _cents(-difference.low) if difference else None,
        "unsorted_energy": round(cost.unsorted / 1000, 1) if cost else None,
    }


def about_power(advice: Advice) -> dict[str, Any]:
    """Return what the recommended power is made of."""
    found: dict[str, Any] = {
        "subscribed": advice.now,
        "known_days": advice.days,
        "winter_days": advice.winter_days,
        "known_from": advice.known_from,
        "possible": advice.possible,
        "estimated": advice.estimated,
    }
    power = advice.recommended
    if advice.above is not None and power is not None:
        above = advice.above[power]
        found |= {
            "days_above": above.days,
            "minutes_above": above.minutes,
            "worst": above.worst or above.worst_day,
        }
    return found


def plain_power(advice: Advice, saving: Decimal | None) -> dict[str, Any]:
    """Return the recommended power as an action answers; ``saving`` is euros a year."""
    money = None if saving is None else _cents(saving)
    about = dated(about_power(advice))
    return {"power": advice.recommended, "saving": money, **about}


def dated(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of something, with days and times as JSON has them."""
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in about.items()
    }


def answer_of(judgement: Judgement) -> dict[str, Any]:
    """Return all contracts as an action answers, the cheapest first."""
    return {
        "known_days": judgement.days,
        "enough": judgement.enough,
        "contracts": [_contract(one) for one in without_doubles(judgement)],
    }


def _contract(one: Contract) -> dict[str, Any]:
    cost, difference = one.cost, one.difference
    found: dict[str, Any] = {
        "name": "own_contract" if one.own else contract_name(one),
        "power": one.power,
        "priced": cost is not None,
    }
    if cost is not None:
        found |= {
            "cost": _cents(cost.expected),
            "cost_low": _cents(cost.low),
            "cost_high": _cents(cost.high),
            "subscription": _cents(cost.subscription),
            "unsorted_energy": round(cost.unsorted / 1000, 3),
        }
        if cost.red_peak:
            found["avoidable_on_red_days"] = _cents(cost.red_peak)
    if difference is not None:
        found |= {
            "difference": _cents(difference.expected),
            "difference_low": _cents(difference.low),
            "difference_high": _cents(difference.high),
            "sure": difference.high < 0 or difference.low > 0 or one.own,
        }
    return found


def _cents(amount: Decimal) -> float:
    return float(round(amount, 2))
