"""Alert days of contracts: an entity of Home Assistant says which days are some.

``binary_sensor.sobriety_day`` is on, or ``sensor.color=red``: a day is an alert day when
the entity says so at any time of it. Where it says nothing all day, that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util

from ...linky_tic.costs.calendar.alerts import AlertDays
from ...linky_tic.costs.calendar.days import PARIS
from ...linky_tic.costs.prices.offers import Offer

_CARRIED_OVER = timedelta(hours=1)
"""What was said the day before may stay for a while before it is taken back."""


class AlertWatch:
    """Follows the entities that tell alert days."""

    def __init__(
        self,
        hass: HomeAssistant,
        kept: dict[str, AlertDays],
        changed: CALLBACK_TYPE,
    ) -> None:
        self._hass = hass
        self._kept = kept
        self._changed = changed
        self._keys: dict[str, tuple[str, str, timedelta]] = {}
        """By what the days are kept under: entity, state, and when a day begins."""
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def follow(self, offers: Iterable[Offer]) -> None:
        """Follow what these offers name, and nothing else."""
        self.stop()
        self._keys = {}
        for offer in offers:
            if not offer.alert:
                continue
            entity, _, state = offer.alert.partition("=")
            assert offer.schedule is not None  # alert days need hours
            begins = offer.schedule.alert_from
            after = timedelta(hours=begins.hour, minutes=begins.minute)
            self._keys[offer.alert_key] = entity, state or STATE_ON, after
            self._kept.setdefault(offer.alert_key, AlertDays())
        if entities := {entity for entity, _, _ in self._keys.values()}:
            self._cancel = async_track_state_change_event(
                self._hass, entities, self._on_change
            )
        self.look(dt_util.utcnow())

    @callback
    def stop(self) -> None:
        """Follow nothing any more."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _on_change(self, _: Event[EventStateChangedData]) -> None:
        self.look(dt_util.utcnow())

    @callback
    def look(self, now: datetime) -> None:
        """Take what the entities say now."""
        new = False
        for key, (entity, alert, after) in self._keys.items():
            state = self._hass.states.get(entity)
            if state is None or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
                continue
            said = state.state.casefold() == alert.casefold()
            today = _day(now, after)
            if said and _day(state.last_changed, after) != today:
                said = _day(now - _CARRIED_OVER, after) == today
                if not said:
                    continue
            new |= self._kept[key].tell(today, alert=said)
        if new:
            self._changed()


def _day(at: datetime, after: timedelta) -> date:
    """Return the alert day of a moment."""
    return (at.astimezone(PARIS).replace(tzinfo=None) - after).date()
