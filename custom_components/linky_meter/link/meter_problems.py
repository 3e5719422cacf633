"""What is wrong with what a meter says, for as long as it is: told once each.

A reload does not tell it again: what the user ignored is ignored until it is healed.
"""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..linky_tic.tic.labels import Mode
from ..linky_tic.tic.reading import MeterReading
from ..linky_tic.tic.state.memory import Memory
from ..linky_tic.tic.tariffs import Contract
from .problems import Issue, async_heal, async_raise


class MeterProblems:
    """Raises the repairs of one meter, and takes them away."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._told: dict[Issue, bool] = {}

    @callback
    def follow(self, reading: MeterReading, memory: Memory) -> None:
        """Take a reading, and what was learned of the meter until then."""
        self._tell(Issue.PHASE_POWERS_WRONG, wrong=memory.phase_powers_wrong)
        if (contract := reading["contract"]) is not None:
            # A contract that ended, or a recent one that historic mode has no name for
            hidden = (
                reading.mode is Mode.HISTORIC
                and contract is Contract.BASE
                and memory.contract not in {None, Contract.BASE}
            )
            self._tell(Issue.TARIFFS_HIDDEN, wrong=hidden)

    def _tell(self, issue: Issue, *, wrong: bool) -> None:
        if self._told.get(issue) is wrong:
            return
        self._told[issue] = wrong
        if wrong:
            async_raise(self._hass, self._entry, issue)
        else:
            async_heal(self._hass, self._entry.entry_id, issue)
