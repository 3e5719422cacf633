"""The costs take the years that they see after a take-over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from custom_components.linky_meter.billing.keeper import CostKeeper
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.ledger.rows import KEPT_DAYS, Key
from custom_components.linky_meter.replace.takeover.takeover import async_take_over
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import options_of, period
from tests.billing.test_offers import BASE, add
from tests.conftest import entry_for, set_up, until
from tests.replace.house import ADDRESS, Clock, House

from .old import ENERGY, Old, past
from .test_sums import plan_of

OFFER = {key: value for key, value in BASE.items() if key != "price_1"} | {
    "price_1": 0.1,
    "price_2": 0.2,
    "windows": "02:00-08:00",
}
YEAR = 365
STEPS = {"hc": 300, "hp": 500}


def paid(keeper: CostKeeper) -> dict[int, Any]:
    """Return what each index cost since the ledger began."""
    assert keeper.view is not None
    return {index: carry.cost for index, carry in keeper.view.by_index.items()}


async def test_offers_are_compared_over_a_year_at_once(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
) -> None:
    """Prices and an offer were there before; what was paid since is as it was."""
    await hass.config.async_set_time_zone("Europe/Paris")
    old = Old(hass, identifier=ADDRESS[6:])
    end = clock.row.replace(minute=0)
    # As in historic mode: nobody kept the sum of both
    for n, (tariff, step) in enumerate(STEPS.items()):
        last = house.meter.truth.supplier[n]
        entity_id = old.has(f"easf0{n + 1}", f"linky_{tariff}", last, **ENERGY)
        hours = (KEPT_DAYS + 20) * 24
        await past(hass, recorder_mock, entity_id, end, last, hours=hours, step=step)
    await old.start()
    entry = entry_for(ADDRESS, house.port.path, **options_of(period()))
    assert await set_up(hass, entry)
    keeper = entry.runtime_data.costs
    await until(lambda: keeper.ready)
    await add(hass, entry, "off_peak", OFFER)
    await until(lambda: keeper.kept.asked and not keeper.history._busy)
    assert len(keeper.kept.ledger.days) <= 1
    assert keeper.view is not None
    before = paid(keeper)

    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    await hass.async_block_till_done()
    today = day_of(dt_util.utcnow())

    def is_whole() -> bool:
        keeper = entry.runtime_data.costs
        if (view := keeper.view) is None or view.judgement is None:
            return False
        return not keeper.history._busy and view.judgement.days == YEAR

    await until(is_whole)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(is_whole)
    keeper = entry.runtime_data.costs
    ledger = keeper.kept.ledger
    day = today - timedelta(days=100)
    length = ledger.days[day].covered // timedelta(hours=1)
    assert ledger.days[day].energy == {
        Key(OFF_PEAK, n): step * length for n, step in enumerate(STEPS.values(), 1)
    }
    assert len(ledger.days) >= KEPT_DAYS
    assert keeper.view is not None
    judgement = keeper.view.judgement
    assert judgement is not None
    theirs = next(one for one in judgement.contracts if one.offer is not None)
    assert theirs.cost is not None
    # Its own hours sorted every day of it
    assert theirs.cost.unsorted == 0
    assert judgement.own.cost is not None
    assert judgement.best is not None
    # The part of today is all that came to the sums
    for index, cost in paid(keeper).items():
        assert 0 <= cost - before.get(index, 0) < 10, index
    await hass.config_entries.async_unload(entry.entry_id)
