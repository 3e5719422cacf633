"""What a supplier index is called: by its tariff, or by the label learned for it."""

from __future__ import annotations

from collections.abc import Mapping

from .coordinator import LinkyCoordinator
from .linky_tic.tic.tariffs import Contract, Tariff, name_of_index

TARIFF_STATES = "component.linky_meter.entity.sensor.tariff_period.state"


def contract_of(coordinator: LinkyCoordinator) -> Contract | None:
    """Return the kind of contract, None while it is unknown."""
    contract = coordinator.data["contract"]
    return contract if isinstance(contract, Contract) else None


def index_name(
    coordinator: LinkyCoordinator, index: int, translations: Mapping[str, str]
) -> str:
    """Return the name of an index, in lower case where it is a translated one."""
    memory = coordinator.meter.memory
    calendar = str(coordinator.data["calendar_name"] or "")
    labels = memory.labels.get(calendar, {})
    named = name_of_index(contract_of(coordinator), index, labels.get(index))
    if not isinstance(named, Tariff):
        alone = list(labels.values()).count(named) == 1
        return named if alone else f"{named} {index}"
    return translations.get(f"{TARIFF_STATES}.{named}", str(named)).lower()
