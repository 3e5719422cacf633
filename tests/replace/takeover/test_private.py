"""Neither the meter's address nor its port is told by a take-over."""

from __future__ import annotations

import logging
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.takeover import carry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import until
from tests.replace.house import ADDRESS, House, loaded

from .old import ENERGY, Old
from .test_flows import choose, offer_of, submit
from .test_takeover import MOVED, an_old, platforms

# As Linky TIC and Home Assistant's Teleinfo call their entries
PORT = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285-if00-port0"


@pytest.mark.parametrize(
    ("domain", "title"),
    [
        ("linkytic", PORT),
        ("linkytic", "socket://192.168.1.7:3333"),
        ("teleinfo", f"Teleinfo {ADDRESS}"),
    ],
)
async def test_nothing_private_is_told(
    hass: HomeAssistant,
    house: House,
    caplog: pytest.LogCaptureFixture,
    domain: str,
    title: str,
) -> None:
    """In the offer, the list, the results, the log, where it fails too, and in ids."""
    caplog.set_level(logging.DEBUG, f"custom_components.{DOMAIN}")
    if domain == "linkytic":
        old, moving = an_old(hass, house), set(MOVED)
    else:
        old, moving = Old(hass, domain=domain), {"sensor.hp"}
        old.has(f"{ADDRESS}_EASF02", "hp", house.peak, **ENERGY)
    old.entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(old.entry, title=title)
    assert await hass.config_entries.async_setup(old.entry.entry_id)
    await hass.async_block_till_done()
    entry = await loaded(hass, house)
    await until(lambda: offer_of(hass, entry))
    issue = offer_of(hass, entry)
    assert issue is not None
    told: list[Any] = [issue.translation_placeholders]

    form = await choose(hass, entry, "takeover")
    told.append(form["description_placeholders"])
    with patch.object(carry, "_carry", side_effect=ValueError(ADDRESS)):
        told.append(await submit(hass, form))
    assert platforms(hass, moving) == {domain}
    done = await submit(hass, await choose(hass, entry, "takeover"))
    assert done["reason"] == "taken_over"
    told.append(done["description_placeholders"])
    form = await choose(hass, entry, "takeover", "takeover_back")
    told.append(form["description_placeholders"])
    told.append(await submit(hass, form))
    assert platforms(hass, moving) == {domain}
    told += [one.getMessage() for one in caplog.records if DOMAIN in one.name]
    told += [
        f"{one.entity_id} {one.name} {one.original_name}"
        for one in er.async_get(hass).entities.values()
    ]
    secrets = [ADDRESS, ADDRESS[6:], PORT, "192.168.1.7"]
    assert not [one for one in told for secret in secrets if secret in str(one)]
    # The log tells what failed all the same
    assert any("A take-over is undone" in str(one) for one in told)
    await hass.config_entries.async_unload(entry.entry_id)
