"""Active power as the Energy dashboard's live power of the grid."""

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.conftest import StartMeter, address_of, entry_for, set_up, until

POWER = "sensor.linky_active_power"


def watts(hass: HomeAssistant) -> float | None:
    """Return the active power shown, None while it is unknown."""
    state = hass.states.get(POWER)
    assert state is not None
    try:
        return float(state.state)
    except ValueError:
        return None


@pytest.mark.usefixtures("recorder_mock")
async def test_live_power_passes_the_dashboard_s_validation(
    hass: HomeAssistant, start_meter: StartMeter, hass_ws_client: WebSocketGenerator
) -> None:
    """Positive while importing, negative while exporting, and no complaint."""
    assert await async_setup_component(hass, "energy", {})
    meter = await start_meter("standard_producer", phases=1, load=(4000.0,), speed=40.0)
    address = address_of("standard_producer", phases=1, load=(4000.0,))
    entry = entry_for(address, meter.path)
    assert await set_up(hass, entry)
    await until(lambda: watts(hass) is not None)
    await until(lambda: abs((watts(hass) or 0) - 4000) < 200)
    meter.meter.set_load(-3000.0)
    await until(lambda: (watts(hass) or 0) < -2500, seconds=30)
    client = await hass_ws_client()
    source = {
        "type": "grid",
        "stat_energy_from": "sensor.linky_energy_import",
        "stat_energy_to": "sensor.linky_energy_export",
        "stat_cost": None,
        "entity_energy_price": None,
        "number_energy_price": None,
        "stat_rate": POWER,
        "cost_adjustment_day": 0.0,
    }
    await client.send_json_auto_id(
        {"type": "energy/save_prefs", "energy_sources": [source]}
    )
    assert (await client.receive_json())["success"]
    await client.send_json_auto_id({"type": "energy/validate"})
    answer = (await client.receive_json())["result"]
    issues = {issue["type"] for part in answer["energy_sources"] for issue in part}
    # Statistics are compiled every five minutes: only their absence may be noted
    assert issues <= {"statistics_not_defined"}
    await hass.config_entries.async_unload(entry.entry_id)
