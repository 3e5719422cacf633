"""The forms of the set-up."""

from __future__ import annotations

from collections.abc import Iterable

import probatio as vol

from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.helpers.selector import (
    SerialPortSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ...const import CONF_METER
from ..selectors import number, pick
from .port import Heard


def port_form(device: str | None) -> vol.Schema:
    """Return the list of ports; ``device`` is chosen where it is one of them."""
    default = device or vol.UNDEFINED
    return vol.Schema(
        {vol.Required(CONF_DEVICE, default=default): SerialPortSelector()}
    )


def address_form(device: str) -> vol.Schema:
    """Return the form for a port's address, with what was typed before."""
    default = device or vol.UNDEFINED
    return vol.Schema({vol.Required(CONF_DEVICE, default=default): TextSelector()})


TOKEN = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))


def token_form() -> vol.Schema:
    """Return the form for the token that a server wants."""
    return vol.Schema({vol.Optional(CONF_TOKEN): TOKEN})


def server_form(host: str | None, port: int, token: str | None) -> vol.Schema:
    """Return the form for a TIC2WebSocket server, filled in."""
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=host or vol.UNDEFINED): TextSelector(),
            vol.Required(CONF_PORT, default=port): number(1, 65535),
            vol.Optional(CONF_TOKEN, default=token or vol.UNDEFINED): TOKEN,
        }
    )


def meter_form(meters: Iterable[Heard], language: str) -> vol.Schema:
    """Return the choice among meters, their models in a language."""
    labels = {
        meter.address: f"{meter.place} · {meter.model_in(language)}" for meter in meters
    }
    return vol.Schema({vol.Required(CONF_METER): pick(labels)})
