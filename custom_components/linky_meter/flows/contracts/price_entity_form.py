"""The form of a contract whose price an entity tells."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import probatio as vol

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import BooleanSelector, EntitySelector

from ...billing.entity import EUROS_PER_KWH
from ...billing.told.prices import UNKNOWN, entity_of, read_price, source_of
from ...linky_tic.costs.prices.dynamic import MOST_ADDEND, MOST_FACTOR, Formula
from ..selectors import number

CONF_PRICE_ENTITY = "price_entity"
CONF_ADDEND = "price_addend"
CONF_FACTOR = "price_factor"
CONF_HOLD = "hold_last_price"


def formula_fields() -> dict[vol.Marker, Any]:
    """Return the fields of a price that an entity tells."""
    addend = float(MOST_ADDEND)
    return {
        vol.Required(CONF_PRICE_ENTITY): EntitySelector(),
        vol.Required(CONF_ADDEND, default=0): number(
            -addend, addend, EUROS_PER_KWH, "any"
        ),
        vol.Required(CONF_FACTOR, default=1): number(
            0.01, float(MOST_FACTOR), step="any"
        ),
        vol.Required(CONF_HOLD, default=False): BooleanSelector(),
    }


def formula_values(hass: HomeAssistant, formula: Formula) -> dict[str, Any]:
    """Return what the fields hold; the entity under the name that it has now."""
    return {
        CONF_PRICE_ENTITY: entity_of(hass, formula.source),
        CONF_ADDEND: float(formula.addend),
        CONF_FACTOR: float(formula.factor),
        CONF_HOLD: formula.hold,
    }


def read_formula(
    hass: HomeAssistant, values: Mapping[str, Any], errors: dict[str, str]
) -> Formula | None:
    """Return the formula that a form holds; what is wrong goes to ``errors`` by field.

    An entity that tells no price just now may be right.
    """
    source = source_of(hass, values[CONF_PRICE_ENTITY])
    wrong = read_price(hass, source).wrong
    if wrong not in {None, UNKNOWN}:
        errors[CONF_PRICE_ENTITY] = str(wrong)
        return None
    return Formula(
        source,
        Decimal(str(values[CONF_ADDEND])),
        Decimal(str(values[CONF_FACTOR])),
        values[CONF_HOLD],
    )
