"""What is kept of energy and public prices over a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from homeassistant.util import dt as dt_util

from ..link.problems import Issue
from ..link.store import Kind
from ..linky_tic.costs.calendar.alerts import AlertDays
from ..linky_tic.costs.calendar.days import utc
from ..linky_tic.costs.calendar.observed import ObservedHours
from ..linky_tic.costs.calendar.schedule import Schedule
from ..linky_tic.costs.calendar.tempo import Colours
from ..linky_tic.costs.errors import spared
from ..linky_tic.costs.ledger.ledger import Ledger
from ..linky_tic.costs.ledger.quarters import PricedEnergy
from ..linky_tic.costs.ledger.virtual import VirtualRegisters

_TOLD_FOR = timedelta(days=30)


@dataclass
class Kept:
    """All that is kept."""

    ledger: Ledger = field(default_factory=Ledger)
    registers: VirtualRegisters = field(default_factory=VirtualRegisters)
    colours: Colours = field(default_factory=Colours)
    learned: Schedule | None = None
    """The meter's own off-peak hours."""
    observed: ObservedHours = field(default_factory=ObservedHours)
    """What was seen of them, where the meter does not tell them."""
    restarted: datetime | None = None
    """When the ledger had to begin again, because what was kept could not be read."""
    recalled: bool = False
    """Whether the energy from before the ledger began was asked for."""
    asked: set[str] = field(default_factory=set)
    """The registers that were asked, by the registry's ids."""
    fetched: dict[str, Any] = field(default_factory=dict)
    """What public files said, as their clients keep it."""
    alerts: dict[str, AlertDays] = field(default_factory=dict)
    """The alert days of contracts, by what an offer keeps them under."""
    priced: dict[str, PricedEnergy] = field(default_factory=dict)
    """The energy at prices that change by the quarter hour, by who tells them."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "ledger": self.ledger.as_dict(),
            "registers": self.registers.as_dict(),
            "colours": self.colours.as_dict(),
            "learned": self.learned.as_dict() if self.learned else None,
            "observed": self.observed.as_dict(),
            "restarted": self.restarted.isoformat() if self.restarted else None,
            "recalled": self.recalled,
            "asked": sorted(self.asked),
            "fetched": self.fetched,
            "alerts": {key: days.as_dict() for key, days in self.alerts.items()},
            "priced": {key: energy.as_dict() for key, energy in self.priced.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Kept:
        """Return what ``as_dict`` gave; raise an error of some kind for anything else.

        What can be had again is left out when it cannot be read.
        """
        return cls(
            ledger=Ledger.from_dict(data["ledger"]),
            registers=VirtualRegisters.from_dict(data["registers"]),
            colours=spared(lambda: Colours.from_dict(data["colours"]), Colours()),
            learned=spared(lambda: Schedule.from_dict(data["learned"]), None),
            # Not in stores of 1.0
            observed=spared(
                lambda: ObservedHours.from_dict(data["observed"]), ObservedHours()
            ),
            restarted=spared(
                lambda: utc(datetime.fromisoformat(data["restarted"])), None
            ),
            recalled=data.get("recalled") is True,
            asked=spared(lambda: set(map(str, data["asked"])), set()),
            fetched=_fetched(data.get("fetched")),
            alerts=_readable(AlertDays.from_dict, data.get("alerts")),
            priced=_readable(PricedEnergy.from_dict, data.get("priced")),
        )

    def restarted_lately(self, now: datetime) -> bool:
        """Return whether the user should still be told."""
        return self.restarted is not None and now - self.restarted < _TOLD_FOR


def _readable[T](read: Callable[[Any], T], data: object) -> dict[str, T]:
    """Return what contracts keep, of those for which it can be read."""
    found = {
        str(key): spared(partial(read, kept), None)
        for key, kept in (data.items() if isinstance(data, dict) else ())
    }
    return {key: kept for key, kept in found.items() if kept is not None}


def _fetched(data: object) -> dict[str, Any]:
    """Return what public files said, without times that cannot be compared."""
    if not isinstance(data, dict):
        return {}
    return {
        name: value
        for name, value in data.items()
        if (at := dt_util.parse_datetime(str(value))) is None or at.tzinfo is not None
    }


costs_store = Kind(".costs", Issue.COSTS_RESTARTED, Kept.from_dict).store
