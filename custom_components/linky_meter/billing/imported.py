"""Days of a file of Enedis in the ledger of a meter."""

from __future__ import annotations

from functools import partial

from homeassistant.core import HomeAssistant

from ..linky_tic.costs.enedis.booking import began_on, book_days, take_out
from ..linky_tic.costs.enedis.energy import MeterEnergy
from .keeper import CostKeeper


async def async_book(
    hass: HomeAssistant, costs: CostKeeper, energy: MeterEnergy
) -> int:
    """Book the days of a file from before the ledger began; return how many.

    A thread works on a copy: what is counted meanwhile stays.
    """
    kept = costs.kept
    ledger, registers = kept.ledger, kept.registers
    if (end := began_on(ledger)) is None:
        return 0
    past, told = ledger.copy(), registers.copy()
    days = await hass.async_add_executor_job(
        partial(
            book_days,
            past,
            told,
            energy,
            end=end,
            calendar=ledger.epochs[0][1],
            colours=kept.colours.copy(),
            own=kept.learned,
        )
    )
    # As the ledger takes it: a row without energy may be there for a peak
    there = {day for day, row in ledger.days.items() if row.energy or row.covered}
    ledger.days.update({day: past.days[day] for day in days if day not in there})
    ledger.epochs[:1] = past.epochs[:1]
    for key, rows in told.days.items():
        # Of an offer that was removed meanwhile nothing is kept
        mine = registers.days.get(key, {})
        mine.update({day: row for day, row in rows.items() if day not in mine})
    costs.async_prices_changed()
    await costs.async_save()
    return len(days)


async def async_take_days_out(costs: CostKeeper) -> int:
    """Take the days of all files out of the ledger again; return how many.

    It is saved: days that came back after a crash could not be taken out any more.
    """
    days = take_out(costs.kept.ledger, costs.kept.registers)
    costs.async_prices_changed()
    await costs.async_save()
    return days
