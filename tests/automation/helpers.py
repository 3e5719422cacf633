"""Automations made of what a test gives, and what they did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import MagicMock, patch

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.linky_meter.automation import window
from custom_components.linky_meter.linky_tic.costs.calendar.days import PARIS
from homeassistant.components import automation
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, entry_for, set_up
from tests.entities.test_event import frames
from tests.simulator import PtyMeter

ACTED = "acted"


async def automate(
    hass: HomeAssistant, *automations: dict[str, Any]
) -> list[Event[dict[str, Any]]]:
    """Make automations; return the list of what they did, which grows."""
    acted: list[Event[dict[str, Any]]] = async_capture_events(hass, ACTED)
    configs = [
        {
            "id": f"one_{number}",
            "alias": f"one {number}",
            "mode": "queued",
            "actions": {
                "event": ACTED,
                "event_data": {
                    "number": number,
                    "entity_id": "{{ trigger.entity_id | default(None) }}",
                    "start": "{{ trigger.start | default(None) }}",
                    "device_id": "{{ trigger.device_id | default(None) }}",
                },
            },
        }
        | one
        for number, one in enumerate(automations)
    ]
    assert await async_setup_component(
        hass, automation.DOMAIN, {automation.DOMAIN: configs}
    )
    await hass.async_block_till_done()
    loaded = hass.states.async_entity_ids(automation.DOMAIN)
    states = [hass.states.get(entity_id) for entity_id in loaded]
    assert [state and state.state for state in states] == ["on"] * len(automations)
    return acted


def numbers(acted: list[Event[dict[str, Any]]]) -> list[int]:
    """Return which automations acted, in order."""
    return [event.data["number"] for event in acted]


async def plugged(
    hass: HomeAssistant, start_meter: StartMeter, preset: str, **changes: Any
) -> tuple[PtyMeter, MockConfigEntry]:
    """Set a meter up and let its events take what is so."""
    options = changes.pop("options", {})
    meter = await start_meter(preset, **changes)
    baudrate = 1200 if meter.meter.config.mode == "historic" else 9600
    entry = entry_for(meter.meter.address, meter.path, baudrate=baudrate, **options)
    assert await set_up(hass, entry)
    await frames(entry, 3)
    return meter, entry


def at(text: str) -> datetime:
    """Return a French time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


class Clock:
    """The time of the windows, which stands still between two minutes."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._look: Any = None

    def follow(self, _: HomeAssistant, look: Any, **__: Any) -> Any:
        """Take who wants to know each minute."""
        self._look = look
        return callback(lambda: None)

    def tick(self, now: datetime) -> None:
        """Let a minute begin."""
        self.now = now
        self._look(now)


@contextmanager
def clock(now: datetime) -> Iterator[Clock]:
    """Tell the windows another time."""
    made = Clock(now)
    faked = MagicMock(wraps=dt_util)
    faked.utcnow.side_effect = lambda: dt_util.as_utc(made.now)
    with (
        patch.object(window, "dt_util", faked),
        patch.object(window, "async_track_utc_time_change", made.follow),
    ):
        yield made
