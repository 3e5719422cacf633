"""Hours of a contract that overlap, are missing or never count: told in the form."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.costs.prices.hours import overlapping
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.billing.test_offers import add
from tests.conftest import StartMeter
from tests.costs.prices.test_contracts import CASES

from .test_own_contract import own, settings_of
from .test_price_flow import meter_entry

EVENING = {"windows_2": "18:00-21:00", "price_2": 0.25}
REST = {"price_1": 0.2, "subscription": 15.0, "valid_from": "2026-01-01"}


@pytest.mark.parametrize(
    ("language", "parts", "words"),
    [
        (
            "en",
            {"index_3": {"windows_3": "20:00-22:00", "price_3": 0.15}},
            "Hours 2 and hours 3 have hours in common",
        ),
        (
            "fr",
            {"index_3": {"windows_3": "20:00-22:00", "price_3": 0.15}},
            "Heures 2",
        ),
        # Fewer days, but after those of all days: they would be hidden in part
        (
            "en",
            {
                "index_3": {
                    "windows_3": "20:00-22:00",
                    "weekdays_3": ["wednesday"],
                    "price_3": 0.15,
                }
            },
            "Hours 2 and hours 3 have hours in common",
        ),
        (
            "en",
            {"index_3": {"windows_3": "19:00-20:00", "price_3": 0.15}},
            "Hours 3",
        ),
    ],
)
async def test_hours_that_overlap_are_asked_back(
    hass: HomeAssistant,
    start_meter: StartMeter,
    language: str,
    parts: dict[str, Any],
    words: str,
) -> None:
    """Of one's own contract and of an offer; whoever means it ticks a box."""
    hass.config.language = language
    entry = await meter_entry(hass, start_meter, "historic_base")
    answer = REST | {"index_2": EVENING} | parts
    form = await own(hass, entry, "custom", answer)
    assert form["errors"] == {"base": "doubtful"}
    doubts = form["description_placeholders"]["doubts"]
    assert words.casefold() in doubts.casefold(), doubts
    manager = hass.config_entries.options
    result: Any = await manager.async_configure(
        form["flow_id"], answer | {"confirm": True}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (contract,) = settings_of(entry).contracts
    assert contract.schedule is not None
    offer = await add(hass, entry, "custom", {"name": "Same"} | answer)
    assert offer["errors"] == {"base": "doubtful"}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_exceptions_are_no_overlap(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Some days before all days are what one means; so are alert days."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    days = {"windows_2": "19:00-23:00", "weekdays_2": ["wednesday"], "price_2": 0.15}
    answer = REST | {
        "index_2": days,
        "index_3": {"windows_3": "18:00-21:00", "price_3": 0.25},
    }
    result = await own(hass, entry, "custom", answer)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    for case in CASES.values():
        if (schedule := case.schedule) is not None:
            assert not overlapping(schedule)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("parts", "error"),
    [
        ({}, {"index_2": "no_windows"}),
        ({"index_3": {"price_3": 0.15}}, {"index_3": "no_windows"}),
        ({"index_3": {"windows_3": "20:00-22:00"}}, {"index_3": "no_price"}),
        (
            {"index_3": {"windows_3": "20:00", "price_3": 0.1}},
            {"index_3": "bad_windows"},
        ),
        (
            {"index_3": {"alert_3": True, "price_3": 0.1}},
            {"alert": "no_entity"},
        ),
    ],
)
async def test_hours_that_are_missing(
    hass: HomeAssistant,
    start_meter: StartMeter,
    parts: dict[str, Any],
    error: dict[str, str],
) -> None:
    """Each is told where the form shows it."""
    entry = await meter_entry(hass, start_meter, "historic_base")
    some = {"index_2": EVENING} if parts else {}
    form = await own(hass, entry, "custom", REST | some | parts)
    assert form["errors"] == error
    await hass.config_entries.async_unload(entry.entry_id)


async def test_other_hours_are_asked_as_a_bill_has_them(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Since when, the month, the first price, then the others: unfolded where filled."""
    entry = await meter_entry(hass, start_meter, "historic_base")

    def parts(form: Any) -> tuple[list[str], set[str]]:
        fields = form["data_schema"].schema
        sections = {str(key): one for key, one in fields.items() if "index" in str(key)}
        open_ = {key for key, one in sections.items() if not one.options["collapsed"]}
        return [str(key) for key in fields], open_

    order, unfolded = parts(await own(hass, entry, "custom"))
    assert order[:4] == ["valid_from", "subscription", "price_1", "index_2"]
    assert order[-1] == "valid_until"
    assert unfolded == {"index_2"}
    answer = REST | {
        "index_2": EVENING,
        "index_5": {"windows_5": "02:00-06:00", "price_5": 0.1},
    }
    wrong = await own(hass, entry, "custom", answer | {"subscription": -1.0})
    assert wrong["errors"]
    assert parts(wrong)[1] == {"index_2", "index_5"}
    offer, unfolded = parts(await add(hass, entry, "custom", None))
    assert offer[:4] == ["name", "supplier", "subscription", "price_1"]
    assert unfolded == {"index_2"}
    await hass.config_entries.async_unload(entry.entry_id)
