"""What is wrong with what a meter says, for as long as it is: told once each.

A reload does not tell it again: what the user ignored is ignored until it is healed.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..linky_tic.tic.judge.pending import PendingStep
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
        self._asked: frozenset[str] = frozenset()
        """The registers about whose steps the user is asked."""

    @callback
    def follow(
        self, reading: MeterReading, memory: Memory, steps: Sequence[PendingStep]
    ) -> None:
        """Take a reading, what was learned until then, and which indexes wait."""
        self._ask(steps)
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

    def _ask(self, steps: Sequence[PendingStep]) -> None:
        """Ask about the indexes that fell or that the total contradicts, once each.

        They are right only where the meter was set anew, which the user knows.
        """
        asked = frozenset(step.register for step in steps)
        if asked == self._asked:
            return
        self._asked = asked
        if not steps:
            async_heal(self._hass, self._entry.entry_id, Issue.INDEX_STEPPED)
            return
        async_raise(
            self._hass,
            self._entry,
            Issue.INDEX_STEPPED,
            fixable=True,
            indexes="\n".join(
                f"* {step.register.replace('_', ' ')}: "
                f"{step.before / 1000:.1f} → {step.now / 1000:.1f}"
                for step in steps
            ),
        )
