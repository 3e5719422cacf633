"""What becomes of shed loads: restarts, the end of managing, a meter that is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.link import connection
from custom_components.linky_meter.link.errors import token_refused
from custom_components.linky_meter.link.meter_link import MeterLink
from custom_components.linky_meter.linky_tic.loads.manager import Manager
from custom_components.linky_meter.loads import manager as managing
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import (
    EVENT_CALL_SERVICE,
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, set_up, until

from .conftest import Pass
from .house import (
    DRYER,
    HEATER,
    LOG,
    OVERLOADED,
    House,
    entry_with,
    furnish,
    load,
    log_of,
    state,
)

BOILER = load(HEATER, "Water heater", priority=1, power=2400)
STATUS = "sensor.water_heater_load"


async def switch(hass: HomeAssistant, entity_id: str, action: str) -> None:
    """Do what somebody in the house does."""
    domain = entity_id.partition(".")[0]
    await hass.services.async_call(
        domain, action, {"entity_id": entity_id}, blocking=True
    )


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice sooner that the meter is lost."""
    monkeypatch.setattr(life, "SETUP_SECONDS", 2.0)
    monkeypatch.setattr(connection, "LINK_SECONDS", 1.0)
    monkeypatch.setattr(connection, "REOPEN_SECONDS", 2.0)
    monkeypatch.setattr(connection, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(connection, "LONGEST_WAIT", 0.2)


async def shed(
    hass: HomeAssistant, start_meter: StartMeter, *loads: Any
) -> tuple[MockConfigEntry, House, Any]:
    """Return a house whose loads were shed."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 2400} | ({DRYER: 2000} if loads else {}))
    house.measure(2000)
    entry = entry_with(meter, *loads or (BOILER,))
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == "off")
    await until(lambda: state(hass, STATUS) == "shed")
    return entry, house, meter


async def disable(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Disable the meter, as its user does."""
    by = ConfigEntryDisabler.USER
    assert await hass.config_entries.async_set_disabled_by(entry.entry_id, by)


async def stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """End as Home Assistant does when it stops, all but what other entries have."""
    hass.set_state(CoreState.stopping)
    await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.running)


async def test_disabling_lets_all_run_again(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Nobody would bring it back later."""
    entry, _, _ = await shed(hass, start_meter)
    await disable(hass, entry)
    assert state(hass, HEATER) == "on"
    # And loaded again, nothing is left of it
    assert await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await until(lambda: state(hass, HEATER) == "off")


async def test_a_reload_goes_on(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """It stays off all the while, and runs again when there is room."""
    entry, house, _ = await shed(hass, start_meter)
    switched = async_capture_events(hass, EVENT_CALL_SERVICE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: state(hass, STATUS) == "shed")
    assert state(hass, HEATER) == "off"
    assert not switched
    house.measure(200)
    await wait(entry, 90, lambda: state(hass, HEATER) == "on")


async def test_removing_while_it_cannot_be_set_up(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The load is as it was before it was shed, though nobody managed it."""
    entry, _, meter = await shed(hass, start_meter)
    meter.unplug()
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert state(hass, HEATER) == "off"
    await hass.config_entries.async_remove(entry.entry_id)
    assert state(hass, HEATER) == "on"


async def test_removing_lets_all_run_again(
    hass: HomeAssistant, start_meter: StartMeter, storage: Path
) -> None:
    """The load first, then the meter with all that was stored."""
    entry, _, _ = await shed(
        hass, start_meter, BOILER, load(DRYER, "Dryer", power=2000)
    )
    await until(lambda: state(hass, DRYER) == "off")
    (heater,) = [one for one in entry.subentries.values() if one.title != "Dryer"]
    hass.config_entries.async_remove_subentry(entry, heater.subentry_id)
    await until(lambda: state(hass, HEATER) == "on")
    # It was there for two, and what people draw beside is to be seen first
    assert state(hass, DRYER) == "off"
    assert list(storage.glob("*.loads"))
    await hass.config_entries.async_remove(entry.entry_id)
    assert state(hass, DRYER) == "on"
    assert not list(storage.glob("*.loads*"))


async def test_a_restart_keeps_what_is_shed(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """Home Assistant stops and starts: it stays off, and runs again when there is room."""
    entry, house, _ = await shed(hass, start_meter)
    await stop(hass, entry)
    assert state(hass, HEATER) == "off"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: state(hass, STATUS) == "shed")
    house.measure(200)
    await wait(entry, 90, lambda: state(hass, HEATER) == "on")


async def test_a_load_that_went_while_nobody_looked(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What is no load any more after a restart runs again at once."""
    entry, _, _ = await shed(hass, start_meter)
    await stop(hass, entry)
    (heater,) = entry.subentries.values()
    hass.config_entries.async_remove_subentry(entry, heater.subentry_id)
    assert state(hass, HEATER) == "off"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: state(hass, HEATER) == "on")


@pytest.mark.parametrize("late", [False, True])
async def test_the_meter_is_lost(
    hass: HomeAssistant,
    start_meter: StartMeter,
    monkeypatch: pytest.MonkeyPatch,
    *,
    late: bool,
) -> None:
    """Each load does what was chosen for it, and the log says so, also of old frames."""
    lines = log_of(hass)
    dryer = load(DRYER, "Dryer", power=2000, when_lost="keep")
    entry, house, meter = await shed(hass, start_meter, BOILER, dryer)
    await until(lambda: state(hass, DRYER) == "off")
    coordinator = entry.runtime_data.coordinator
    if late:
        monkeypatch.setattr(MeterLink, "late", True)
        await until(lambda: coordinator.late)
    else:
        meter.unplug()
        await until(lambda: not coordinator.last_update_success)
    real = dt_util.utcnow
    monkeypatch.setattr(dt_util, "utcnow", lambda: real() + timedelta(seconds=70))
    monkeypatch.setattr(managing, "LOOK_SECONDS", 0.0)
    async_fire_time_changed(hass, real() + timedelta(seconds=70))
    await until(lambda: state(hass, HEATER) == "on")
    assert state(hass, DRYER) == "off"
    (lost,) = [one for one in lines if one["event_type"] == "meter_lost"]
    assert ("read late" in lost["message"]) is late
    (why,) = [one for one in lines if one.get("reason") == "meter_lost"]
    assert "Water heater may run again: the meter was not read for" in why["message"]
    house.measure(100)
    if late:
        monkeypatch.setattr(MeterLink, "late", False)
    meter.replug()
    await until(lambda: "meter_found" in [line["event_type"] for line in lines])


async def test_a_lost_meter_is_found_after_a_restart(
    hass: HomeAssistant, start_meter: StartMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log does not end with a meter that is lost."""
    lines = log_of(hass)
    entry, house, meter = await shed(hass, start_meter)
    meter.unplug()
    await until(lambda: not entry.runtime_data.coordinator.last_update_success)
    real = dt_util.utcnow
    monkeypatch.setattr(dt_util, "utcnow", lambda: real() + timedelta(seconds=70))
    monkeypatch.setattr(managing, "LOOK_SECONDS", 0.0)
    async_fire_time_changed(hass, real() + timedelta(seconds=70))
    await until(lambda: state(hass, HEATER) == "on")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert "meter_found" not in [line["event_type"] for line in lines]
    house.measure(100)
    meter.replug()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: "meter_found" in [line["event_type"] for line in lines])
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: state(hass, STATUS) == "allowed")
    found = [line["event_type"] for line in lines]
    assert found[found.index("meter_found") :].count("meter_lost") == 0
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_meter_is_gone_after_a_restart(
    hass: HomeAssistant, start_meter: StartMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be set up, so the loads do after a minute what they do without it."""
    entry, _, meter = await shed(hass, start_meter)
    await stop(hass, entry)
    meter.unplug()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert state(hass, HEATER) == "off"
    real = dt_util.utcnow
    monkeypatch.setattr(dt_util, "utcnow", lambda: real() + timedelta(seconds=70))
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert state(hass, HEATER) == "on"


async def test_the_meter_is_refused_after_a_restart(
    hass: HomeAssistant,
    start_meter: StartMeter,
    monkeypatch: pytest.MonkeyPatch,
    storage: Path,
) -> None:
    """Nobody tries again before the user does something: the loads run at once."""
    entry, _, _ = await shed(hass, start_meter)
    await stop(hass, entry)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    kept = (storage / f"linky_meter.{entry.entry_id}.loads").read_text()
    refuse = AsyncMock(side_effect=token_refused())
    monkeypatch.setattr(life.LinkyCoordinator, "async_start", refuse)
    # But for Home Assistant that stops at that very moment
    hass.set_state(CoreState.stopping)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    hass.set_state(CoreState.running)
    assert state(hass, HEATER) == "off"
    assert (storage / f"linky_meter.{entry.entry_id}.loads").read_text() == kept
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert state(hass, HEATER) == "on"


async def test_what_fails_strangely_leaves_the_meter_alone(
    hass: HomeAssistant, start_meter: StartMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end all run again; a meter that is gone is looked for again."""
    entry, _, meter = await shed(hass, start_meter)
    for name in ("release", "decide"):
        monkeypatch.setattr(Manager, name, Mock(side_effect=KeyError(name)))
    await disable(hass, entry)
    assert state(hass, HEATER) == "on"
    meter.unplug()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def test_a_load_is_not_there(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """It is said, the next one is shed, and it is back as soon as it is there."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 2400, DRYER: 2000})
    house.measure(200)
    hass.states.async_set(HEATER, "unavailable")
    entry = entry_with(meter, BOILER, load(DRYER, "Dryer", power=2000))
    assert await set_up(hass, entry)
    await until(lambda: state(hass, STATUS) == "not_available")
    house.measure(8000)
    await until(lambda: state(hass, DRYER) == "off")
    hass.states.async_set(HEATER, "on")
    await until(lambda: state(hass, HEATER) == "off")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_load_disobeys(
    hass: HomeAssistant, start_meter: StartMeter, wait: Pass
) -> None:
    """A repair tells it after a while, and is gone when it obeys."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    house = House(hass, meter, {HEATER: 2400, DRYER: 100})
    house.deaf.add(HEATER)
    house.measure(2000)
    entry = entry_with(meter, BOILER)
    lines = log_of(hass)
    assert await set_up(hass, entry)
    await until(lambda: state(hass, HEATER) == "off")
    # The plug says off and the house draws as before; somebody switches it on again
    await switch(hass, HEATER, "turn_on")
    registry, name = ir.async_get(hass), f"load_disobeys_{entry.entry_id}"
    for _ in range(4):
        await wait(entry, 30)
        await switch(hass, HEATER, "turn_on")
    await until(lambda: state(hass, STATUS) == "disobeys")
    await wait(entry, 90, lambda: registry.async_get_issue("linky_meter", name))
    issue = registry.async_get_issue("linky_meter", name)
    assert issue is not None
    assert issue.translation_placeholders == {
        "title": "Linky",
        "loads": "* Water heater",
    }
    assert "disobeys" in [line["event_type"] for line in lines]
    # In a dry run it is asked for nothing
    hass.config_entries.async_update_entry(
        entry, options=dict(entry.options) | {"loads_mode": "dry_run"}
    )
    await until(lambda: not registry.async_get_issue("linky_meter", name))
    await until(lambda: state(hass, STATUS) == "would_be_shed")
    assert "obeys" not in [line["event_type"] for line in lines]
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not registry.async_get_issue("linky_meter", name)


async def test_what_is_kept_is_damaged(
    hass: HomeAssistant, start_meter: StartMeter, storage: Path
) -> None:
    """It is put aside and told; managing goes on."""
    await furnish(hass)
    meter = await start_meter(**OVERLOADED)
    House(hass, meter, {HEATER: 2400}).measure(200)
    entry = entry_with(meter, BOILER)
    (storage / f"linky_meter.{entry.entry_id}.loads").write_text(
        '{"version": 1, "minor_version": 2, "key": "x", "data": {"before": 3}}'
    )
    assert await set_up(hass, entry)
    await until(lambda: state(hass, STATUS) == "allowed")
    issue = f"loads_restarted_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue("linky_meter", issue)


async def test_without_loads_nothing_is_kept(
    hass: HomeAssistant, start_meter: StartMeter, storage: Path
) -> None:
    """Neither when the meter is unloaded nor when Home Assistant stops."""
    meter = await start_meter(**OVERLOADED)
    entry = entry_with(meter)
    assert await set_up(hass, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    kept = {path.name.partition(entry.entry_id)[2] for path in storage.glob("linky*")}
    assert ".costs" in kept
    assert ".loads" not in kept


async def test_the_log_waits_for_its_entity(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What happened before it was there is told when it is."""
    await shed(hass, start_meter)
    told = hass.states.get(LOG)
    assert told is not None
    assert told.attributes["event_type"] == "shed"
    assert hass.state is CoreState.running
