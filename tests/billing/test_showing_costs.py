"""Costs that cannot be shown keep no other from being shown."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_component import DATA_INSTANCES
from tests.conftest import StartMeter, address_of, entry_for, set_up

from .test_costs import number, options_of, period


@pytest.mark.usefixtures("all_enabled")
async def test_a_cost_that_cannot_be_written_is_told_once(
    hass: HomeAssistant, start_meter: StartMeter, caplog: pytest.LogCaptureFixture
) -> None:
    """The others go on; it is tried with each update, whatever the value."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    entity = hass.data[DATA_INSTANCES]["sensor"].get_entity(
        "sensor.linky_price_index_1"
    )
    assert entity is not None
    with patch.object(entity, "async_write_ha_state", side_effect=ValueError):
        for cents in (21, 22, 23):
            price = Decimal(cents) / 100
            dearer = options_of(period(prices={1: price, 2: price}))
            hass.config_entries.async_update_entry(entry, options=dearer)
            await hass.async_block_till_done()
            assert number(hass, "price_index_2") == float(price)
            assert number(hass, "price_index_1") == 0.1589
    assert caplog.text.count("showing costs failed") == 1
    entry.runtime_data.costs.async_prices_changed()
    assert number(hass, "price_index_1") == 0.23
