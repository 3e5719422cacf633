"""What keeps a meter from being read: noticed, said in repairs, healed where possible."""

from __future__ import annotations

from collections.abc import Sequence
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_DEVICE
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_USB, DOMAIN
from ..linky_tic.tic.errors import PortBusyError, SourceError
from ..linky_tic.tic.judge.pending import PendingStep
from ..replace.index_steps import IndexSteps
from ..replace.other_meter import OtherMeter
from .errors import error_key
from .issues import Issue, async_heal, async_raise
from .port_busy import PortWatch
from .sources import Source
from .usb import async_find_modem

_LOGGER = logging.getLogger(__name__)

NOISE_SECONDS = 300.0

_SUPERVISORS: HassKey[dict[str, Supervisor]] = HassKey(f"{DOMAIN}_supervisors")


@callback
def async_supervisor(hass: HomeAssistant, entry: ConfigEntry) -> Supervisor:
    """Return the supervisor of an entry, the same at every attempt of its set-up."""
    supervisors = hass.data.setdefault(_SUPERVISORS, {})
    if entry.entry_id not in supervisors:
        supervisors[entry.entry_id] = Supervisor(hass, entry)
    return supervisors[entry.entry_id]


@callback
def async_dismiss(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget an entry's troubles and take its repairs away."""
    hass.data.get(_SUPERVISORS, {}).pop(entry.entry_id, None)
    async_heal(hass, entry.entry_id)


class Supervisor:
    """Hears how an entry's source fares, over failed attempts at set-up too."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without trouble."""
        self.other = OtherMeter(hass, entry)
        self._steps = IndexSteps(hass, entry)
        self.port = PortWatch(hass, entry)
        self._hass = hass
        self._entry = entry
        self._noise_since: float | None = None

    async def async_moved(self) -> dict[str, Any] | None:
        """Return the entry's data if its modem is under another path now."""
        data = self._entry.data
        modem = data.get(CONF_USB)
        # Cheap adapters of one kind have one serial number
        if not modem or any(
            entry.data.get(CONF_USB) == modem
            for entry in self._hass.config_entries.async_entries(DOMAIN)
            if entry.entry_id != self._entry.entry_id
        ):
            return None
        device = await async_find_modem(self._hass, data[CONF_DEVICE], modem)
        return None if device is None else {**data, CONF_DEVICE: device}

    @callback
    def refused(self, err: SourceError) -> None:
        """Hear that the source could not be opened."""
        _LOGGER.debug("The source could not be opened: %s", error_key(err))
        if isinstance(err, PortBusyError):
            self.port.refused()

    @callback
    def look(self, source: Source, *, over: bool = False) -> None:
        """Look at a source without a frame; ``over`` when it is about to be closed."""
        now = self._hass.loop.time()
        if not source.only_noise:
            # Nothing yet is no silence
            if over:
                self._quiet()
        elif self._noise_since is None:
            self._noise_since = now
        elif now - self._noise_since >= NOISE_SECONDS:
            async_raise(self._hass, self._entry, Issue.NOISE)

    @callback
    def read(self, steps: Sequence[PendingStep]) -> None:
        """Hear that a frame of the meter came, and which of its indexes wait."""
        self.other.gone()
        self._steps.heard(steps)
        self._quiet()

    def _quiet(self) -> None:
        """Forget the noise."""
        if self._noise_since is not None:
            self._noise_since = None
            async_heal(self._hass, self._entry.entry_id, Issue.NOISE)
