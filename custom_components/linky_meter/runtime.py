"""What an entry holds while it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .billing.keeper import CostKeeper
from .coordinator import LinkyCoordinator
from .sharing.meter import MeterSharing


@dataclass(frozen=True)
class LinkyData:
    """A meter, what its energy costs, and whom it is shared with."""

    coordinator: LinkyCoordinator
    costs: CostKeeper
    sharing: MeterSharing


type LinkyConfigEntry = ConfigEntry[LinkyData]
