"""Indexes that fell, or that the meter's total contradicts: the user knows why."""

from __future__ import annotations

from collections.abc import Sequence

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..link.issues import Issue, async_heal, async_raise
from ..linky_tic.tic.judge.pending import PendingStep


class IndexSteps:
    """Asks about the steps of one meter's indexes."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without one."""
        self._hass = hass
        self._entry = entry
        self._asked: frozenset[str] = frozenset()

    @callback
    def heard(self, steps: Sequence[PendingStep]) -> None:
        """Ask about the steps that wait, once for the same registers."""
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
                f"* {_name(step.register)}: "
                f"{step.before / 1000:.1f} → {step.now / 1000:.1f}"
                for step in steps
            ),
        )


def _name(register: str) -> str:
    """Return what a register is called in any language."""
    return register.replace("_", " ")
