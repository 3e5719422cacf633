"""The best contract and the power to subscribe, as entities and as an answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.contracts import (
    about_best,
    about_power,
    plain_power,
    sentence_of,
)
from custom_components.linky_meter.billing.settings import PriceSource
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, day_of
from custom_components.linky_meter.linky_tic.costs.estimate.best import (
    Contract,
    Judgement,
    YearCost,
)
from custom_components.linky_meter.linky_tic.costs.estimate.compare import Difference
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.prices.offers import Structure
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .test_costs import book, number, options_of


async def compare(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Ask which contract is best."""
    (device, *_) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    answer = await hass.services.async_call(
        DOMAIN,
        "compare_contracts",
        {"device_id": device.id},
        blocking=True,
        return_response=True,
    )
    assert isinstance(answer, dict)
    return answer


@pytest.mark.usefixtures("all_enabled")
async def test_from_nothing_to_a_year(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """At first too little is known, which is said; after a year all is."""
    meter = await start_meter("standard_hc", load=(0.0,))
    regulated = options_of(source=PriceSource.REGULATED, power=9)
    entry = entry_for(address_of("standard_hc"), meter.path, **regulated)
    assert await set_up(hass, entry)
    meter.silence()
    await hass.async_block_till_done()
    state = hass.states.get("sensor.linky_best_contract")
    assert state is not None
    assert state.state == "not_enough_data"
    assert state.attributes["known_days"] == 0
    power = hass.states.get("sensor.linky_recommended_power")
    assert power is not None
    assert power.state == "unknown"
    assert power.attributes["known_from"] > day_of(dt_util.utcnow())
    answer = await compare(hass, entry)
    assert answer["summary"] == "0 days are known; a year can be judged from 350 on"
    assert not answer["enough"]
    keeper = entry.runtime_data.costs
    ledger, today = keeper.kept.ledger, day_of(dt_util.utcnow())
    for ago in range(1, 366):
        assert ledger.backfill(today - ago * DAY, ledger.calendar, {1: 500, 2: 20_000})
        ledger.days[today - ago * DAY].peak = Peak(4000)
    ledger.powers[:] = [(today - 365 * DAY, 9)]
    book(entry, 366, {1: 500, 2: 20_000})
    await hass.async_block_till_done()
    answer = await compare(hass, entry)
    assert answer["enough"]
    # No color is known: Tempo is probably cheaper, and that is not sure
    first = answer["contracts"][0]
    assert first["name"] == "Tempo 6 kVA"
    assert not first["sure"]
    low, high = (round(-first[f"difference_{end}"]) for end in ("high", "low"))
    assert low < 0 < high
    assert answer["summary"].startswith(
        f"Tempo 6 kVA would have saved between {low} € and {high} €"
    )
    # All is used by day: one price is better than two, and that is sure
    (base,) = (one for one in answer["contracts"] if one["name"] == "Base 6 kVA")
    assert base["difference"] < 0
    assert base["sure"]
    state = hass.states.get("sensor.linky_best_contract")
    assert state is not None
    assert state.state == "Tempo 6 kVA"
    assert not state.attributes["sure"]
    assert state.attributes["unsorted_energy"] > 7000
    assert state.attributes["missing_days"] == 0
    saving = number(hass, "best_contract_saving")
    assert saving == pytest.approx(-first["difference"], abs=0.01)
    assert number(hass, "recommended_power") == 6
    assert answer["recommended_power"]["power"] == 6
    assert answer["recommended_power"]["subscribed"] == 9
    assert number(hass, "recommended_power_saving") == pytest.approx(48.24, abs=0.01)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_prices_there_is_nothing_to_compare(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """And the answer says what to do."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    with pytest.raises(ServiceValidationError) as refused:
        await compare(hass, entry)
    assert refused.value.translation_key == "no_costs"
    await hass.config_entries.async_unload(entry.entry_id)


def contract(name: str, expected: int, low: int, high: int, red: int = 0) -> Contract:
    """Return a contract of a year at so many euros; one's own costs 1,000."""
    cost = YearCost(
        365, Decimal(low), Decimal(expected), Decimal(high), red_peak=Decimal(red)
    )
    difference = Difference(*(Decimal(one - 1000) for one in (low, expected, high)))
    structure = Structure.TEMPO if name else None
    return Contract(name, structure, 6 if name else None, cost, None, difference)


@pytest.mark.parametrize(
    ("best", "key", "words"),
    [
        (contract("tempo", 979, 979, 979, 71), "best_red", ("Tempo 6 kVA", "92", "71")),
        (contract("tempo", 979, 979, 979), "best_exact", ("Tempo 6 kVA", "21", "0")),
        (contract("tempo", 979, 900, 1100, 71), "best_range", None),
        (contract("", 1000, 1000, 1000), "best_own", None),
    ],
)
def test_words(best: Contract, key: str, words: tuple[str, str, str] | None) -> None:
    """92 euros, of which 71 if red days are avoided; a range stays one."""
    own = contract("", 1000, 1000, 1000)
    contracts = (best,) if best.own else (best, own)
    found, said = sentence_of(Judgement(365, contracts))
    assert found == key
    if words is not None:
        assert (said["name"], said["saving"], said["avoided"]) == words
    if key == "best_range":
        assert (said["low"], said["high"]) == ("-100", "100")
    about = about_best(Judgement(365, contracts))
    assert about is not None
    assert about["sure"] is (key != "best_range")


def test_nothing_is_said_of_nothing() -> None:
    """Before anything was worked out."""
    assert about_best(None) is None
    assert about_power(None) is None
    assert plain_power(None) is None
