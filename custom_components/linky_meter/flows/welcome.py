"""The last page of the set-up, which the options and a repair show again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import probatio as vol

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import BooleanSelector

from ..billing.settings import PriceSettings, PriceSource
from ..const import CONF_PRICES
from ..linky_tic.costs.ledger.readings import calendar_of
from ..linky_tic.costs.prices.regulated import bundled
from ..linky_tic.tic.reading import MeterReading
from ..runtime import LinkyConfigEntry
from ..welcome.state import Welcome
from ..welcome.switches import SWITCHES, async_standings
from ..words import Words
from .contracts.price_form import power_of
from .selectors import choice

CONF_TAKEOVER = "takeover"


class Prices(StrEnum):
    """The choices of prices when a meter is set up."""

    REGULATED = "regulated"
    OTHER = "other"
    LATER = "later"


class Page(NamedTuple):
    """What is offered, and in words what cannot be."""

    schema: vol.Schema
    notes: str


def regulated_power(reading: MeterReading) -> int | None:
    """Return the power in kVA at which a meter's contract has regulated prices."""
    calendar, power = calendar_of(reading), power_of(reading)
    if calendar is None or power is None:
        return None
    return power if bundled().power_for(calendar, power) else None


async def async_page(
    hass: HomeAssistant,
    entry: LinkyConfigEntry | None,
    reading: MeterReading | None = None,
    *,
    propose: bool = True,
    readers: Sequence[str] = (),
    takes_over: bool = False,
) -> Page:
    """Return what can be switched on, proposed to be so or as it stands.

    ``readers`` are others that read this meter, from which may be taken over.
    Prices are asked for with the reading of a meter that has none yet.
    """
    standings = await async_standings(hass, entry)
    fields: dict[vol.Marker, Any] = {
        vol.Required(key, default=standing.on or propose): BooleanSelector()
        for key, standing in standings.items()
        if standing.why_not is None
    }
    if readers:
        fields[vol.Required(CONF_TAKEOVER, default=takes_over)] = BooleanSelector()
    if reading is not None:
        known = regulated_power(reading) is not None
        options = list(Prices) if known else [Prices.OTHER, Prices.LATER]
        default = Prices.REGULATED if known else Prices.LATER
        fields[vol.Required(CONF_PRICES, default=default)] = choice(
            options, "welcome_prices"
        )
    words = await Words.async_of(hass)
    notes = [
        words.say(standing.why_not)
        for standing in standings.values()
        if standing.why_not is not None
    ]
    if readers:
        notes.insert(0, words.say("takeover_found", name=", ".join(readers)))
    return Page(vol.Schema(fields), "\n\n".join(notes))


def chosen_options(
    user_input: Mapping[str, Any], reading: MeterReading
) -> dict[str, Any]:
    """Return an entry's options with what was chosen on the last page."""
    todo = tuple(switch.key for switch in SWITCHES if user_input.get(switch.key))
    options = Welcome(todo).as_options({})
    return options | with_prices(user_input, reading, options)


def with_prices(
    user_input: Mapping[str, Any], reading: MeterReading, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return options with the regulated prices, if these were chosen."""
    if user_input.get(CONF_PRICES) != Prices.REGULATED:
        return dict(options)
    settings = PriceSettings(PriceSource.REGULATED, regulated_power(reading))
    return settings.as_options(options)
