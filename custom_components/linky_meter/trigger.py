"""Triggers for automations."""

from __future__ import annotations

from homeassistant.core import HomeAssistant
from homeassistant.helpers.trigger import Trigger

from .automation.triggers import (
    AvailableCurrentTrigger,
    MeterFoundTrigger,
    MeterLostTrigger,
    TariffStartedTrigger,
    TempoAnnouncedTrigger,
    TempoStartedTrigger,
)
from .automation.trip import TripImminentTrigger
from .automation.window import CheapestWindowTrigger

TRIGGERS: dict[str, type[Trigger]] = {
    "available_current_crossed_threshold": AvailableCurrentTrigger,
    "cheapest_window_started": CheapestWindowTrigger,
    "meter_found": MeterFoundTrigger,
    "meter_lost": MeterLostTrigger,
    "tariff_started": TariffStartedTrigger,
    "tempo_announced": TempoAnnouncedTrigger,
    "tempo_started": TempoStartedTrigger,
    "trip_imminent": TripImminentTrigger,
}


async def async_get_triggers(_: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by key."""
    return TRIGGERS
