"""Sensors of the compared offers: a device of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, override

from homeassistant.components.sensor import SensorStateClass
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from ..const import DOMAIN
from ..linky_tic.costs.book.figures import OF_OFFERS, OF_YEARS
from ..linky_tic.costs.estimate.compare import Comparison
from ..linky_tic.costs.ledger.rows import Carry, Key
from ..linky_tic.costs.prices.offers import CUSTOM_INDEXES, INDEXES, Offer
from .entity import (
    ENERGY,
    MONEY,
    MONTH,
    OFF,
    TOTAL,
    CostEntity,
    CostEntityDescription,
    CostValue,
    shown,
)
from .keeper import CostKeeper


@dataclass(frozen=True, kw_only=True)
class OfferSensorEntityDescription(CostEntityDescription):
    """A sensor of an offer, which its id tells from others."""

    value_fn: Callable[[CostKeeper, str], CostValue]


def _row(key: str, **settings: Any) -> OfferSensorEntityDescription:
    settings.setdefault("translation_key", key)
    return OfferSensorEntityDescription(key=key, **settings)


def _comparison(costs: CostKeeper, offer_id: str) -> Comparison | None:
    """Return an offer beside one's own, None where it is not compared."""
    return None if costs.view is None else costs.view.comparisons.get(offer_id)


def _amount(key: str, **settings: Any) -> OfferSensorEntityDescription:
    """Return an amount of the table of figures."""

    def value(costs: CostKeeper, offer_id: str) -> Decimal | None:
        look = OF_OFFERS[key]
        return None if costs.view is None else shown(look(costs.view, offer_id))

    return _row(key, value_fn=value, **settings)


def _energy(name: object, **settings: Any) -> OfferSensorEntityDescription:
    """Return how much of the month's energy an index would have counted."""
    key = f"offer_energy_{name}"

    def value(costs: CostKeeper, offer_id: str) -> Decimal | None:
        if (one := _comparison(costs, offer_id)) is None:
            return None
        if (index := _indexes(one.offer).get(key)) is None:
            return Decimal(one.cost.unsorted)
        carry = one.cost.carries.get(Key(one.offer.calendar, index), Carry())
        return Decimal(carry.wh)

    total = {"state_class": SensorStateClass.TOTAL, "suggested_display_precision": 1}
    return _row(key, value_fn=value, **settings, **ENERGY | total | OFF | MONTH)


_INDEX_NAMES = tuple(
    dict.fromkeys(name for names in INDEXES.values() for name in names)
)

OFFER_ENERGIES: tuple[OfferSensorEntityDescription, ...] = (
    *(_energy(name) for name in _INDEX_NAMES),
    *(
        _energy(
            n,
            translation_key="offer_energy_custom",
            translation_placeholders={"index": str(n)},
        )
        for n in CUSTOM_INDEXES
    ),
    _energy("unsorted"),
)
OFFER_SENSORS: tuple[OfferSensorEntityDescription, ...] = (
    _amount("offer_cost", **TOTAL | MONTH),
    _amount("offer_cost_low", **TOTAL | OFF | MONTH),
    _amount("offer_cost_high", **TOTAL | OFF | MONTH),
    _amount("offer_estimate", **MONEY),
    _amount("offer_estimate_low", **MONEY | OFF),
    _amount("offer_estimate_high", **MONEY | OFF),
    _amount("offer_difference", **MONEY),
    _amount("offer_difference_low", **MONEY | OFF),
    _amount("offer_difference_high", **MONEY | OFF),
    _amount("offer_estimate_difference", **MONEY | OFF),
    *(_amount(key, **MONEY | OFF) for key in OF_YEARS),
)


# What the names were when ids were made of them, the longer key first
_OBJECT_IDS = {
    "offer_energy_all_hours": "energy_this_month",
    "offer_energy_unsorted": "energy_this_month_not_sorted",
    **{f"offer_energy_{n}": f"energy_this_month_index_{n}" for n in CUSTOM_INDEXES},
    "offer_energy": "energy_this_month",
    "offer_estimate_difference": "estimated_difference_of_the_month",
    "offer_estimate": "estimated_cost_of_the_month",
    "offer_year_difference": "difference_of_the_last_twelve_months",
    "offer_year": "cost_of_the_last_twelve_months",
    "offer_cost": "cost_this_month",
    "offer_difference": "difference_this_month",
}


def _object_id(key: str) -> str:
    """Return what an id ends with: whatever the name is, and in any language."""
    start = next(start for start in _OBJECT_IDS if key.startswith(start))
    return key.replace(start, _OBJECT_IDS[start])


def _identifier(offer_id: str) -> tuple[str, str]:
    return DOMAIN, f"offer_{offer_id}"


class OfferSensor(CostEntity):
    """Something about another offer; on the offer's own device."""

    entity_description: OfferSensorEntityDescription

    def __init__(
        self,
        costs: CostKeeper,
        description: OfferSensorEntityDescription,
        offer_id: str,
        offer: Offer,
    ) -> None:
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
    def suggested_object_id(self) -> str | None:
        """Return what the name of it was at first, in English."""
        return _object_id(self.entity_description.key)

    @property
    @override
    def available(self) -> bool:
        """Return whether the offer is compared."""
        return _comparison(self.costs, self._offer_id) is not None

    @override
    def _value(self) -> CostValue:
        return self.entity_description.value_fn(self.costs, self._offer_id)


def _indexes(offer: Offer) -> dict[str, int]:
    """Return the offer's index by the key of its energy."""
    return {f"offer_energy_{name}": n for n, name in offer.names.items()}


def _entities(costs: CostKeeper, offer_id: str, offer: Offer) -> Iterator[OfferSensor]:
    energies = {*_indexes(offer), "offer_energy_unsorted"}
    rows = (row for row in OFFER_ENERGIES if row.key in energies)
    for row in (*OFFER_SENSORS, *rows):
        yield OfferSensor(costs, row, offer_id, offer)


@callback
def async_follow_offers(
    costs: CostKeeper, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of each offer, now and when one is added."""
    entry = costs.entry
    there: set[str] = set()
    stamp: object = None

    @callback
    def follow() -> None:
        nonlocal stamp
        offers = costs.book.offers
        # Not before they are compared
        if not costs.ready or offers is stamp:
            return
        stamp = offers
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
