"""What an entry holds while it is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .billing.keeper import CostKeeper
from .coordinator import LinkyCoordinator


@dataclass(frozen=True)
class LinkyData:
    """A meter, and what its energy costs."""

    coordinator: LinkyCoordinator
    costs: CostKeeper


type LinkyConfigEntry = ConfigEntry[LinkyData]
