"""How actions on a meter are described, and registered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import probatio as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv

from ..const import DOMAIN


@dataclass(frozen=True)
class Action[T]:
    """What is asked of a meter, and who answers."""

    name: str
    act: Callable[[T, ServiceCall], Awaitable[ServiceResponse]]
    fields: Mapping[vol.Marker, Any] = field(default_factory=dict)
    """Beside the device."""
    response: SupportsResponse = SupportsResponse.ONLY


@callback
def async_register[T](
    hass: HomeAssistant,
    part_of: Callable[[HomeAssistant, str], T],
    actions: Iterable[Action[T]],
) -> None:
    """Register actions; ``part_of`` finds what they act on by the id of a device."""

    def register(action: Action[T]) -> None:
        async def act(call: ServiceCall) -> ServiceResponse:
            return await action.act(part_of(hass, call.data[ATTR_DEVICE_ID]), call)

        hass.services.async_register(
            DOMAIN,
            action.name,
            act,
            schema=vol.Schema(
                {vol.Required(ATTR_DEVICE_ID): cv.string, **action.fields}
            ),
            supports_response=action.response,
        )

    for action in actions:
        register(action)
