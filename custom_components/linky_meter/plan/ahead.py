"""The prices ahead of a meter."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from homeassistant.util import dt as dt_util

from ..billing.keeper import CostKeeper
from ..linky_tic.costs.calendar.calendars import TEMPO
from ..linky_tic.costs.calendar.days import day_of
from ..linky_tic.costs.calendar.tempo import COLOURS, Colour, Colours
from ..linky_tic.costs.ledger.ledger import Ledger
from ..linky_tic.costs.plan.dynamic import DynamicContract
from ..linky_tic.costs.plan.timeline import Contract
from ..linky_tic.costs.plan.windows import Plan, cheapest


def contract_of(costs: CostKeeper) -> Contract | None:
    """Return what tells the prices ahead, None while the contract is not known."""
    own = costs.contract
    if own is not None and (formula := own.offer.formula) is not None:
        energy = costs.kept.priced[formula.source]
        return DynamicContract(
            own.offer.calendar,
            own.prices,
            formula=formula,
            told=tuple(energy.ahead),
            now=dt_util.utcnow(),
            price=energy.present(hold=formula.hold),
        )
    contracts, _ = costs.book.contracts
    today = day_of(dt_util.utcnow())
    return contracts.ahead(today, costs.kept.learned, costs.kept.colours)


def cheapest_between(
    costs: CostKeeper, start: datetime, end: datetime, length: timedelta
) -> Plan | None:
    """Return when a use in one piece costs least, None while that is not known."""
    contract = contract_of(costs)
    if contract is None or not costs.settings.chosen:
        return None
    return cheapest(list(contract.slots(start, end)), length)


def colour_of(day: date, colours: Colours, ledger: Ledger) -> Colour | None:
    """Return the colour of a Tempo day: told, or as its peak hours were counted."""
    if (told := colours.get(day)) is not None or (row := ledger.days.get(day)) is None:
        return told
    for key, wh in row.energy.items():
        if key.calendar == TEMPO and key.index <= 6 and key.index % 2 == 0 and wh:
            return COLOURS[(key.index - 1) // 2]
    return None
