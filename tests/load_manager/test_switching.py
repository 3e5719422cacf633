"""Orders carried out: what is brought back, and as much of it as there is room for."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import SUBENTRY_LOAD
from custom_components.linky_meter.linky_tic.loads.decision import Action, Order, Reason
from custom_components.linky_meter.loads.settings import LoadSettings
from custom_components.linky_meter.loads.switching import Switching
from custom_components.linky_meter.loads.target import Before
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, HomeAssistant

from .house import PLUG, WALLBOX, furnish, state

BEFORE = Before(entity_id=WALLBOX, pause=PLUG, state="14")


@pytest.fixture
def charger() -> LoadSettings:
    """Return a charger that a switch stops."""
    data = {"entity_id": WALLBOX, "kind": "charger", "pause": PLUG}
    return LoadSettings.of(
        ConfigSubentry(
            data=MappingProxyType({**data, "least": 6, "most": 16}),
            subentry_type=SUBENTRY_LOAD,
            title="Wallbox",
            unique_id=None,
        ),
        1,
    )


async def _save() -> None:
    pass


@pytest.mark.parametrize(
    ("before", "level", "amperes", "on"),
    [
        (BEFORE, None, 14.0, "on"),
        (BEFORE, 8.0, 8.0, "on"),
        (BEFORE, 16.0, 14.0, "on"),
        (None, 8.0, 8.0, "on"),
        # Nobody knows what it was: it stays as it is
        (None, None, 6.0, "off"),
    ],
)
async def test_a_charger_runs_again(
    hass: HomeAssistant,
    charger: LoadSettings,
    *,
    before: Before | None,
    level: float | None,
    amperes: float,
    on: str,
) -> None:
    """With what it was set to, or less where there is no room for that."""
    await furnish(hass)
    calls = (
        ("input_number", "set_value", {"entity_id": WALLBOX, "value": 6}),
        ("input_boolean", "turn_off", {"entity_id": PLUG}),
    )
    for domain, action, data in calls:
        await hass.services.async_call(domain, action, data, blocking=True)
    entry = MockConfigEntry()
    entry.add_to_hass(hass)
    switching = Switching(hass, entry, _save)
    if before is not None:
        switching.before[charger.key] = before
    order = Order(charger.key, Action.RESTORE, Reason.ROOM, {}, level)
    switching.order(charger, order, Context())
    await switching.wait()
    assert float(state(hass, WALLBOX) or 0) == amperes
    assert state(hass, PLUG) == on


async def test_orders_end(hass: HomeAssistant, charger: LoadSettings) -> None:
    """What was ordered before the end is void, and all is brought back."""
    await furnish(hass)
    entry = MockConfigEntry()
    entry.add_to_hass(hass)
    switching = Switching(hass, entry, _save)
    switching.before[charger.key] = BEFORE
    shed = Order(charger.key, Action.SHED, Reason.OVERLOAD, {})
    switching.order(charger, shed, Context())
    await switching.end()
    await switching.wait()
    assert not switching.before
    assert state(hass, PLUG) == "on"
    assert float(state(hass, WALLBOX) or 0) == 14


@pytest.mark.parametrize("known", [None, BEFORE])
@pytest.mark.parametrize(
    ("action", "level"),
    [(Action.SET, 8.0), (Action.SHED, None), (Action.RESTORE, 8.0)],
)
async def test_kept_before_it_is_switched(
    hass: HomeAssistant,
    charger: LoadSettings,
    *,
    known: Before | None,
    action: Action,
    level: float | None,
) -> None:
    """The power may go in the same moment, of a load that was lowered already too."""
    await furnish(hass)
    entry, kept = MockConfigEntry(), []
    entry.add_to_hass(hass)

    async def save() -> None:
        kept.append((switching.before.get(charger.key), state(hass, WALLBOX)))

    switching = Switching(hass, entry, save)
    if known is not None:
        switching.before[charger.key] = known
    amperes = state(hass, WALLBOX)
    switching.order(
        charger, Order(charger.key, action, Reason.OVERLOAD, {}, level), Context()
    )
    await switching.wait()
    assert [there for _, there in kept] == [amperes]
    assert (kept[0][0] is None) is (known is None and action is Action.RESTORE)
