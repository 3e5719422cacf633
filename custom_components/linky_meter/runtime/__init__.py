"""What an entry holds while it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigEntryState

from ..billing.keeper import CostKeeper
from ..coordinator import LinkyCoordinator
from ..sharing.meter import MeterSharing
from ..watch.keeper import WatchKeeper


@dataclass(frozen=True)
class LinkyData:
    """A meter, what its energy costs, whom it is shared with, and the house it feeds."""

    coordinator: LinkyCoordinator
    costs: CostKeeper
    sharing: MeterSharing
    watch: WatchKeeper


type LinkyConfigEntry = ConfigEntry[LinkyData]


def loaded(entry: LinkyConfigEntry) -> LinkyData | None:
    """Return what an entry holds, None while it is not loaded."""
    return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None
