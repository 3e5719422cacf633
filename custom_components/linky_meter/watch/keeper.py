"""Keeps what is known of a household: feeds it, saves it, and says what is new.

Energy is looked at once a minute. A reading costs a look at its voltages, and at how long
ago the one before came.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.util import dt as dt_util

from ..const import CONF_OUTDOOR
from ..coordinator import LinkyCoordinator
from ..link.tasks import Followers
from ..linky_tic.tic.reading import MeterReading
from ..linky_tic.tic.values import parse_horodate
from ..linky_tic.watch.supply import GAP, HIGHEST, LOWEST, Incident, Seen, SupplyLog
from .outdoor import outdoor_temperature
from .store import Kept, watch_store

_LOGGER = logging.getLogger(__name__)

_PHASES = (1, 2, 3)
_VOLTAGES = tuple((n, f"voltage_l{n}") for n in _PHASES)
_MEANS = tuple((n, f"mean_voltage_l{n}", f"UMOY{n}") for n in _PHASES)
_FRESH = timedelta(minutes=2)
_SAVE_SECONDS = 30.0


class WatchKeeper:
    """The household of one meter, and its supply."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        coordinator: LinkyCoordinator,
    ) -> None:
        """Know nothing yet."""
        self.entry = entry
        self.coordinator = coordinator
        self.kept = Kept()
        self._hass = hass
        self._store = watch_store(hass, entry.entry_id)
        self._last: MeterReading | None = None
        self._showing: Followers[Incident | None] = Followers("showing the household")
        self._stop: list[CALLBACK_TYPE] = []

    @property
    def supply(self) -> SupplyLog:
        """What happened to the supply."""
        return self.kept.supply

    async def async_start(self) -> None:
        """Load what was kept, and follow the meter; see ``PersistedStore`` for errors."""
        self.kept = await self._store.async_load() or self.kept
        self.supply.begin(dt_util.utcnow())
        self._stop = [
            self.coordinator.async_add_listener(self._look),
            async_track_utc_time_change(self._hass, self._tick, second=0),
            self._hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, self._on_stop),
        ]
        self._look()

    async def async_stop(self) -> None:
        """Save, and follow nothing more."""
        while self._stop:
            self._stop.pop()()
        await self._store.async_save(self.kept.as_dict())

    async def _on_stop(self, _: Event) -> None:
        """Leave in order when Home Assistant stops."""
        await self.async_stop()

    @callback
    def async_add_listener(
        self, update: Callable[[Incident | None], None]
    ) -> CALLBACK_TYPE:
        """Call back with each incident, and with None when else something is new."""
        return self._showing.add(update)

    @callback
    def _tick(self, now: datetime) -> None:
        """Look at the energy, if the meter is read."""
        reading = self.coordinator.data
        wh = reading["energy_import"]
        if not isinstance(wh, int) or now - reading.received > _FRESH:
            return
        outdoor = outdoor_temperature(self._hass, self.entry.options.get(CONF_OUTDOOR))
        if self.kept.household.feed(now, wh, outdoor):
            self._tell(None)

    @callback
    def _look(self) -> None:
        """Take a reading."""
        reading, last = self.coordinator.data, self._last
        if reading is last or reading.early:
            return
        self._last = reading
        if last is None or reading.received - last.received > GAP:
            self._gap(last, reading)
        values = reading.values
        for phase, key in _VOLTAGES:
            volts = values.get(key)
            if isinstance(volts, int) and not LOWEST <= volts <= HIGHEST:
                self._log(self.supply.second(reading.said, phase, volts))
        for phase, key, label in _MEANS:
            volts = values.get(key)
            if isinstance(volts, int) and not LOWEST <= volts <= HIGHEST:
                self._mean(reading, phase, label, volts)

    def _mean(self, reading: MeterReading, phase: int, label: str, volts: int) -> None:
        group = reading.frame.by_label.get(label)
        if group is None or label not in reading.accepted:
            return
        if (end := parse_horodate(group.horodate or "")) is not None:
            self._log(self.supply.mean(end.at, phase, volts))

    def _gap(self, last: MeterReading | None, reading: MeterReading) -> None:
        """See why there was no reading for a while, maybe since before the start."""
        before = self.coordinator.resumed if last is None else _seen(last)
        after = _seen(reading)
        if before is not None and after is not None:
            base_load = self.kept.household.base_load
            restarted = last is None
            self._log(self.supply.gap(before, after, base_load, restarted=restarted))

    def _log(self, incident: Incident | None) -> None:
        if incident is not None:
            _LOGGER.debug("Supply incident: %s", incident.kind)
            self._tell(incident)

    def _tell(self, incident: Incident | None) -> None:
        self._store.async_delay_save(self.kept.as_dict, _SAVE_SECONDS)
        self._showing.call(incident)


def _seen(reading: MeterReading) -> Seen | None:
    """Return what a reading says of the supply, None where it tells no energy."""
    wh, clock = reading["energy_import"], reading["meter_clock"]
    power = reading["apparent_power"]
    if not isinstance(wh, int):
        return None
    return Seen(
        reading.said,
        wh,
        clock if isinstance(clock, datetime) else None,
        float(power) if isinstance(power, int | float) else None,
    )
