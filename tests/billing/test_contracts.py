"""The best contract and the power to subscribe, as entities and as an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.billing.settings import PriceSource
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, day_of
from custom_components.linky_meter.linky_tic.costs.estimate.adviser import Above, Advice
from custom_components.linky_meter.linky_tic.costs.estimate.answers import (
    about_best,
    one_of_each,
    without_doubles,
)
from custom_components.linky_meter.linky_tic.costs.estimate.best import (
    Contract,
    Judgement,
    YearCost,
)
from custom_components.linky_meter.linky_tic.costs.estimate.compare import Difference
from custom_components.linky_meter.linky_tic.costs.estimate.sentences import (
    Sentence,
    about_contracts,
    about_power as sentences_of_power,
    say,
    written,
)
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.prices.offers import Structure
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .test_costs import book, number, options_of

WORDS = Path(__file__).parents[2] / "custom_components" / DOMAIN / "translations"


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
    assert answer["summary"] == "Days known: 0; a year can be judged from 350 on"
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
    more, high = (round(first[f"difference_{end}"]) for end in ("high", "low"))
    assert high < 0 < more
    assert (
        answer["summary"]
        .replace("\u00a0", " ")
        .startswith(
            f"Tempo 6 kVA might have saved up to {-high} € in twelve months, or cost up to"
            f" {more} € more"
        )
    )
    power_says = answer["power_summary"].replace("\u00a0", " ")
    assert (
        power_says
        == "6 kVA would do. It would save 48 € a year. No day was above 6 kVA."
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


def said(sentences: Iterable[Sentence], *, french: bool = False) -> str:
    """Return sentences in the integration's words."""
    path = WORDS / f"{'fr' if french else 'en'}.json"
    texts = json.loads(path.read_text(encoding="utf-8"))["common"]
    text = say(sentences, texts.__getitem__, partial(written, french=french))
    return text.replace("\u00a0", " ")


def contract(
    name: str, expected: float, low: float, high: float, red: int = 0
) -> Contract:
    """Return a contract of a year at so many euros; one's own costs 1,000."""
    cost = YearCost(
        365, Decimal(low), Decimal(expected), Decimal(high), red_peak=Decimal(red)
    )
    difference = Difference(*(Decimal(one - 1000) for one in (low, expected, high)))
    structure = Structure(name) if name else None
    return Contract(name, structure, 6 if name else None, cost, None, difference)


OWN = contract("", 1000, 1000, 1000)


@pytest.mark.parametrize(
    ("best", "says"),
    [
        (
            contract("tempo", 979, 979, 979, 71),
            (
                "Tempo 6 kVA would have saved 92 € in twelve months, of which 71 € if red days"
                " are avoided"
            ),
        ),
        (
            contract("tempo", 979, 979, 979),
            "Tempo 6 kVA would have saved 21 € in twelve months",
        ),
        (
            contract("tempo", 979, 900, 990, 71),
            (
                "Tempo 6 kVA would have saved about 21 € in twelve months, between 10 € and"
                " 100 €: hours or colors of some days are not known"
            ),
        ),
        (
            contract("tempo", 979, 900, 1100),
            (
                "Tempo 6 kVA might have saved up to 100 € in twelve months, or cost up to"
                " 100 € more: hours or colors of some days are not known"
            ),
        ),
        (OWN, "Your own contract is the cheapest of the last twelve months"),
        # Nobody changes for less than that
        (
            contract("base", 999.9, 999.9, 999.9),
            "Your own contract is the cheapest of the last twelve months",
        ),
    ],
)
def test_words(best: Contract, says: str) -> None:
    """92 euros, of which 71 if red days are avoided; a range stays one."""
    contracts = (best,) if best.own else (best, OWN)
    judgement = Judgement(365, contracts)
    assert said(about_contracts(judgement)) == says
    about = about_best(judgement)
    assert about is not None
    assert about["sure"] is (best.own or best.saves_surely)


def test_words_of_ones_own() -> None:
    """The next one is named, where it is sure by how much it is dearer."""
    for last, says in (
        (
            contract("base", 1042, 1042, 1042),
            ": Base 6 kVA would have cost 42 € more",
        ),
        (contract("tempo", 1042, 900, 1100), ""),
    ):
        same = contract("off_peak", 1000, 1000, 1000)
        judgement = Judgement(365, (OWN, same, last))
        assert said(about_contracts(judgement)) == (
            f"Your own contract is the cheapest of the last twelve months{says}"
        )


def test_a_regulated_option_is_there_once() -> None:
    """Under the name of the offer that was added, and of others one power."""
    first = replace(contract("base", 900, 900, 900), name="Blue", offer="x")
    second = contract("base", 900, 900, 900)
    third = replace(contract("base", 950, 950, 950), power=9)
    judgement = Judgement(365, (first, second, third, OWN))
    assert without_doubles(judgement) == [first, third, OWN]
    assert one_of_each(judgement) == [first, third, OWN]
    judgement = Judgement(365, (second, third, OWN))
    assert one_of_each(judgement) == [second, OWN]


def test_words_where_there_is_no_best() -> None:
    """It is said why: too few days, or energy of one's own without a price."""
    unpriced = replace(OWN, cost=None, difference=None)
    assert said(about_contracts(Judgement(20, (OWN,)))) == (
        "Days known: 20; a year can be judged from 350 on"
    )
    assert said(about_contracts(Judgement(365, (OWN, unpriced)[1:]))) == (
        "Your own contract has no price for some of the last twelve months"
    )


WORST = datetime(2026, 1, 12, 18, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("advice", "saving", "english", "french"),
    [
        (
            Advice(80, 0, 9, known_from=date(2027, 1, 15)),
            None,
            "Which power would do is known from 2027-01-15 on.",
            "La puissance qui suffirait sera connue à partir du 15/01/2027.",
        ),
        (
            Advice(365, 90, 9, 6, 6, 6, {6: Above(6, 3, 0, WORST), 9: Above(9)}),
            Decimal("48.24"),
            (
                "6 kVA would do. It would save 48 € a year. Days above 6 kVA: 3, the worst on"
                " 2026-01-12 at 19:42."
            ),
            (
                "6 kVA suffiraient. Ils feraient économiser 48 € par an. Jours au-dessus de 6"
                " kVA : 3, le pire le 12/01/2026 à 19:42."
            ),
        ),
        (
            Advice(365, 90, 6, 9, 9, 9, {6: Above(6, 20, 2, None, date(2026, 1, 12))}),
            Decimal(-48),
            (
                "6 kVA is too little, 9 kVA would do. Days above 6 kVA: 20, the worst on"
                " 2026-01-12."
            ),
            (
                "6 kVA ne suffisent pas, 9 kVA suffiraient. Jours au-dessus de 6 kVA : 20, le"
                " pire le 12/01/2026."
            ),
        ),
        (
            Advice(365, 90, 9, 9, 9, 6, {6: Above(6, 3, 0, WORST), 9: Above(9)}),
            Decimal(0),
            (
                "9 kVA fits. 6 kVA would just do. Days above 6 kVA: 3, the worst on 2026-01-12"
                " at 19:42."
            ),
            (
                "9 kVA conviennent. 6 kVA suffiraient tout juste. Jours au-dessus de 6 kVA : 3,"
                " le pire le 12/01/2026 à 19:42."
            ),
        ),
        (
            Advice(365, 90, 9, 9, 9, 9, {9: Above(9)}),
            Decimal(0),
            "9 kVA fits.",
            "9 kVA conviennent.",
        ),
        (
            Advice(365, 90, None, 6, 6, 6, {6: Above(6)}),
            None,
            "6 kVA would do. No day was above 6 kVA.",
            "6 kVA suffiraient. Aucun jour n’a dépassé 6 kVA.",
        ),
    ],
)
def test_words_of_the_power(
    advice: Advice, saving: Decimal | None, english: str, french: str
) -> None:
    """Both ways, with what shifting the water heater would do away with."""
    assert said(sentences_of_power(advice, saving)) == english
    assert said(sentences_of_power(advice, saving), french=True) == french
