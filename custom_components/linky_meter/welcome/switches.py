"""What the last page of the set-up offers, and the options after it: a table.

Each is looked at before it is offered, and can be switched off again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from homeassistant.core import HomeAssistant

from ..replace.energy_preferences import ENERGY
from ..runtime import LinkyConfigEntry
from . import dashboard, energy
from .state import Standing

type Look = Callable[[HomeAssistant, LinkyConfigEntry | None], Awaitable[Standing]]
type Turn = Callable[[HomeAssistant, LinkyConfigEntry], Awaitable[None]]


@dataclass(frozen=True)
class Switch:
    """Something that the integration can set up outside of itself."""

    key: str
    """Its field in forms."""
    look: Look
    """Returns how it stands; without an entry, before there is one."""
    turn_on: Turn
    turn_off: Turn


SWITCHES = (
    Switch(ENERGY, energy.async_look, energy.async_put, energy.async_take_out),
    Switch(
        dashboard.DASHBOARD,
        dashboard.async_look,
        dashboard.async_create,
        dashboard.async_remove,
    ),
)


async def async_standings(
    hass: HomeAssistant, entry: LinkyConfigEntry | None
) -> dict[str, Standing]:
    """Return how each switch stands, by key."""
    return {switch.key: await switch.look(hass, entry) for switch in SWITCHES}


async def async_turn(
    hass: HomeAssistant, entry: LinkyConfigEntry, wanted: Mapping[str, bool]
) -> None:
    """Turn on or off what is not as it is wanted, and can be."""
    for switch in SWITCHES:
        if (want := wanted.get(switch.key)) is None:
            continue
        standing = await switch.look(hass, entry)
        if standing.why_not is None and standing.on is not want:
            await (switch.turn_on if want else switch.turn_off)(hass, entry)
