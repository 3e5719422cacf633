"""Sensors of the compared offers: a device of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import UnitOfEnergy
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN
from ..linky_tic.costs.estimate.compare import Comparison
from ..linky_tic.costs.ledger.rows import Carry, Key
from ..linky_tic.costs.prices.offers import INDEXES, Offer
from .entity import (
    MONEY,
    OFF,
    TOTAL,
    CostEntity,
    CostSensorEntityDescription,
    CostValue,
    month_start,
    shown,
)
from .keeper import CostKeeper
from .settings import CUSTOM_INDEXES

type _Look = Callable[[Comparison], Decimal | None]


def _row(key: str, **settings: Any) -> CostSensorEntityDescription:
    """Return one description, named by its key."""
    settings.setdefault("translation_key", key)
    return CostSensorEntityDescription(key=key, **settings)


_ENERGY: dict[str, Any] = OFF | {
    "device_class": SensorDeviceClass.ENERGY,
    "native_unit_of_measurement": UnitOfEnergy.WATT_HOUR,
    "state_class": SensorStateClass.TOTAL,
    "suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
    "suggested_display_precision": 1,
    "reset": month_start,
}
_INDEX_NAMES = tuple(
    dict.fromkeys(name for names in INDEXES.values() for name in names)
)

OFFER_ENERGIES: tuple[CostSensorEntityDescription, ...] = (
    *(_row(f"offer_energy_{name}", **_ENERGY) for name in _INDEX_NAMES),
    *(
        _row(
            f"offer_energy_{n}",
            translation_key="offer_energy_custom",
            translation_placeholders={"index": str(n)},
            **_ENERGY,
        )
        for n in CUSTOM_INDEXES
    ),
    _row("offer_energy_unsorted", **_ENERGY),
)
OFFER_YEARS: tuple[CostSensorEntityDescription, ...] = (
    _row("offer_year", **MONEY | OFF),
    _row("offer_year_difference", **MONEY | OFF),
)
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
    return None if one.estimate is None else one.estimate.expected


_VALUES: dict[str, _Look] = {
    "offer_cost": lambda one: one.cost.total,
    "offer_cost_low": lambda one: one.cost.energy_low + one.cost.accrued,
    "offer_cost_high": lambda one: one.cost.energy_high + one.cost.accrued,
    "offer_estimate": lambda one: one.cost.estimate,
    "offer_estimate_low": lambda one: one.cost.low,
    "offer_estimate_high": lambda one: one.cost.high,
    "offer_difference": lambda one: one.difference.expected,
    "offer_difference_low": lambda one: one.difference.low,
    "offer_difference_high": lambda one: one.difference.high,
    "offer_estimate_difference": _estimate_difference,
}


def _identifier(offer_id: str) -> tuple[str, str]:
    """Return what the device of an offer is known by."""
    return DOMAIN, f"offer_{offer_id}"


class OfferEntity(CostEntity):
    """Something about another offer."""

    def __init__(
        self,
        costs: CostKeeper,
        description: CostSensorEntityDescription,
        offer_id: str,
        offer: Offer,
    ) -> None:
        """Belong to the offer's own device."""
        super().__init__(
            costs,
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


class OfferSensor(OfferEntity):
    """What the month would cost on another offer."""

    @override
    def _value(self) -> CostValue:
        one = self._comparison
        # A sum that lacks something would look cheap
        if one is None or one.cost.unpriced or not one.cost.subscription_known:
            return None
        return shown(_VALUES[self.entity_description.key](one))


class OfferEnergySensor(OfferEntity):
    """How much of the month's energy an index of the offer would have counted."""

    @override
    def _value(self) -> CostValue:
        if (one := self._comparison) is None:
            return None
        index = _indexes(one.offer).get(self.entity_description.key)
        if index is None:
            return Decimal(one.cost.unsorted)
        key = Key(one.offer.calendar, index)
        return Decimal(one.cost.carries.get(key, Carry()).wh)


class OfferYearSensor(OfferEntity):
    """What the last twelve whole months would have cost, or the difference of that."""

    @override
    def _value(self) -> CostValue:
        view, book = self.costs.view, self.costs.book
        if view is None or self._offer_id not in book.offers:
            return None
        if (year := book.year(self._offer_id, view.at)) is None:
            return None
        if self.entity_description.key == "offer_year":
            return shown(year.full)
        own = book.year(None, view.at)
        return None if own is None else shown(year.full - own.full)


def _indexes(offer: Offer) -> dict[str, int]:
    """Return the offer's index by the key of its energy."""
    names = INDEXES.get(offer.structure, tuple(map(str, CUSTOM_INDEXES)))
    return {f"offer_energy_{name}": n for n, name in enumerate(names, 1)}


def _entities(costs: CostKeeper, offer_id: str, offer: Offer) -> Iterator[OfferEntity]:
    """Yield the entities of an offer."""
    for row in OFFER_SENSORS:
        yield OfferSensor(costs, row, offer_id, offer)
    for row in OFFER_YEARS:
        yield OfferYearSensor(costs, row, offer_id, offer)
    wanted = {*_indexes(offer), "offer_energy_unsorted"}
    for row in OFFER_ENERGIES:
        if row.key in wanted:
            yield OfferEnergySensor(costs, row, offer_id, offer)


@callback
def async_follow_offers(
    costs: CostKeeper, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of each offer, now and when one is added."""
    entry = costs.entry
    there: set[str] = set()
    seen: object = None

    @callback
    def follow() -> None:
        nonlocal seen
        offers = costs.book.offers
        if not costs.ready or offers is seen:
            return
        seen = offers
        there.intersection_update(offers)
        devices = dr.async_get(costs.hass)
        for offer_id, offer in offers.items():
            if offer_id not in there:
                there.add(offer_id)
                async_add_entities(
                    _entities(costs, offer_id, offer),
                    config_subentry_id=offer_id,
                )
            elif device := devices.async_get_device_by_identifier(
                _identifier(offer_id), entry.entry_id
            ):
                devices.async_update_device(device.id, name=offer.name)

    follow()
    entry.async_on_unload(costs.async_add_listener(follow))
