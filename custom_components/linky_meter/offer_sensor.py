"""Sensors of the compared offers: a device of its own for each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import LinkyConfigEntry, LinkyCoordinator
from .cost_entity import (
    MONEY,
    OFF,
    TOTAL,
    CostEntity,
    CostSensorEntityDescription,
    CostValue,
    month_start,
    shown,
)
from .costs.compare import Comparison
from .costs.offers import Offer

type _Look = Callable[[Comparison], Decimal | None]


def _row(key: str, **settings: Any) -> CostSensorEntityDescription:
    """Return one description, named by its key."""
    return CostSensorEntityDescription(key=key, translation_key=key, **settings)


OFFER_SENSORS: tuple[CostSensorEntityDescription, ...] = (
    _row("offer_cost", reset=month_start, **TOTAL),
    _row("offer_cost_low", reset=month_start, **TOTAL | OFF),
    _row("offer_cost_high", reset=month_start, **TOTAL | OFF),
    _row("offer_estimate", **MONEY),
    _row("offer_estimate_low", **MONEY | OFF),
    _row("offer_estimate_high", **MONEY | OFF),
    _row("offer_difference", **MONEY),
    _row("offer_difference_low", **MONEY | OFF),
    _row("offer_difference_high", **MONEY | OFF),
    _row("offer_estimate_difference", **MONEY | OFF),
)


def _estimate_difference(one: Comparison) -> Decimal | None:
    """Return by how much the whole month is expected to differ."""
    if one.estimate is None:
        return None
    return (one.estimate.low + one.estimate.high) / 2


def _difference(one: Comparison) -> Decimal:
    """Return by how much the month until now is expected to differ."""
    return (one.difference.low + one.difference.high) / 2


_VALUES: dict[str, _Look] = {
    "offer_cost": lambda one: one.cost.total,
    "offer_cost_low": lambda one: one.cost.energy_low + one.cost.accrued,
    "offer_cost_high": lambda one: one.cost.energy_high + one.cost.accrued,
    "offer_estimate": lambda one: one.cost.estimate,
    "offer_estimate_low": lambda one: one.cost.low,
    "offer_estimate_high": lambda one: one.cost.high,
    "offer_difference": _difference,
    "offer_difference_low": lambda one: one.difference.low,
    "offer_difference_high": lambda one: one.difference.high,
    "offer_estimate_difference": _estimate_difference,
}


def _identifier(offer_id: str) -> tuple[str, str]:
    """Return what the device of an offer is known by."""
    return DOMAIN, f"offer_{offer_id}"


class OfferSensor(CostEntity):
    """What the month would cost on another offer."""

    def __init__(
        self,
        coordinator: LinkyCoordinator,
        description: CostSensorEntityDescription,
        offer_id: str,
        offer: Offer,
    ) -> None:
        """Belong to the offer's own device."""
        super().__init__(
            coordinator,
            description,
            f"offer_{offer_id}_{description.key}",
            DeviceInfo(
                identifiers={_identifier(offer_id)},
                name=offer.name,
                manufacturer=offer.supplier or None,
                entry_type=DeviceEntryType.SERVICE,
            ),
        )
        self._offer_id = offer_id
        self._look = _VALUES[description.key]

    @property
    @override
    def available(self) -> bool:
        """Return whether the offer is compared."""
        return self._comparison is not None

    @property
    def _comparison(self) -> Comparison | None:
        """The offer beside one's own."""
        view = self.costs.view
        return None if view is None else view.comparisons.get(self._offer_id)

    @override
    def _value(self) -> CostValue:
        one = self._comparison
        # A sum that lacks something would look cheap
        if one is None or one.cost.unpriced or not one.cost.subscription_known:
            return None
        return shown(self._look(one))


@callback
def async_follow_offers(
    entry: LinkyConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of each offer, now and when one is added."""
    coordinator = entry.runtime_data
    there: set[str] = set()
    seen: object = None

    @callback
    def follow() -> None:
        nonlocal seen
        offers = coordinator.costs.book.offers
        if not coordinator.costs.settings.chosen or offers is seen:
            return
        seen = offers
        there.intersection_update(offers)
        devices = dr.async_get(coordinator.hass)
        for offer_id, offer in offers.items():
            if offer_id not in there:
                there.add(offer_id)
                async_add_entities(
                    [
                        OfferSensor(coordinator, row, offer_id, offer)
                        for row in OFFER_SENSORS
                    ],
                    config_subentry_id=offer_id,
                )
            elif device := devices.async_get_device_by_identifier(
                _identifier(offer_id), entry.entry_id
            ):
                devices.async_update_device(device.id, name=offer.name)

    follow()
    entry.async_on_unload(coordinator.async_add_listener(follow))
