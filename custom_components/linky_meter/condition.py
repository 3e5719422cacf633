"""Conditions for automations."""

from __future__ import annotations

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import Condition

from .automation.conditions import (
    AvailableCurrentCondition,
    MeterReadCondition,
    TariffCondition,
    TempoTodayCondition,
    TempoTomorrowCondition,
)
from .automation.window import CheapestWindowCondition

CONDITIONS: dict[str, type[Condition]] = {
    "is_available_current": AvailableCurrentCondition,
    "is_cheapest_window": CheapestWindowCondition,
    "is_meter_read": MeterReadCondition,
    "is_tariff": TariffCondition,
    "is_tempo_today": TempoTodayCondition,
    "is_tempo_tomorrow": TempoTomorrowCondition,
}


async def async_get_conditions(_: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by key."""
    return CONDITIONS
