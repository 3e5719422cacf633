"""All entities of eight meters, and what Home Assistant makes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.linky_meter.billing.entity import CostEntity
from custom_components.linky_meter.billing.offer_sensors import OfferSensor
from custom_components.linky_meter.binary_sensor import (
    BINARY_SENSORS,
    LinkyBinarySensor,
)
from custom_components.linky_meter.calendar import TariffCalendar
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.entity import LinkyEntity, LinkyEntityDescription
from custom_components.linky_meter.event import EVENTS, LinkyEvent
from custom_components.linky_meter.link.learned import memory_store
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY
from custom_components.linky_meter.loads.entities import LoadLog, LoadSensor
from custom_components.linky_meter.sensor import SENSORS, LinkyIndexSensor
from custom_components.linky_meter.watch.entities import (
    WATCH_EVENTS,
    BaseLoadSensor,
    SupplyEvent,
)
from homeassistant.components.recorder import Recorder
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import options_of, period
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    set_up,
    until,
)
from tests.replace.newest import as_newest
from tests.simulator import PRESETS
from tests.tic.helpers import SHARED, STANDARD, Data, decode, eight_bits, encode

METERS = sorted(PRESETS)
PLATFORMS: dict[str, tuple[LinkyEntityDescription, ...]] = {
    "binary_sensor": BINARY_SENSORS,
    "event": (*EVENTS, *WATCH_EVENTS),
    "sensor": SENSORS,
}

# What depends on this machine's clock, not on the meter's frame
UNSTEADY = ("clock_offset", "frame_interval")


def baudrate_of(preset: str) -> int:
    """Return the speed of a preset meter."""
    return 1200 if PRESETS[preset].mode == "historic" else 9600


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("preset", METERS)
async def test_all_entities(
    hass: HomeAssistant,
    replay: Replay,
    snapshot: SnapshotAssertion,
    preset: str,
) -> None:
    """Every entity that a meter has: its name, its state and what it is."""
    port = replay(frame_of(preset))
    entry = entry_for(address_of(preset), port.path, baudrate=baudrate_of(preset))
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 3)
    registry = er.async_get(hass)
    found: dict[str, str] = {}
    rows: dict[tuple[str, str], LinkyEntityDescription] = {
        (platform, row.key): row
        for platform, descriptions in PLATFORMS.items()
        for row in descriptions
    }
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.domain == "calendar":
            continue  # shows what time it is
        state = hass.states.get(entity.entity_id)
        assert state is not None, entity.entity_id
        key = entity.unique_id.removeprefix(f"{entry.unique_id}_")
        assert entity.entity_id.partition(".")[2] == f"linky_{key}"
        row = rows[entity.domain, key]
        useless = row.of_use(coordinator) is False
        enabled = row.entity_registry_enabled_default and not useless
        unit = state.attributes.get("unit_of_measurement")
        kinds = [
            state.attributes.get("device_class"),
            state.attributes.get("state_class"),
            entity.entity_category,
            None if enabled else "disabled",
        ]
        found[entity.entity_id] = " | ".join(
            [
                state.attributes["friendly_name"].removeprefix("Linky "),
                "…" if key in UNSTEADY else f"{state.state} {unit or ''}".strip(),
                *[str(kind) for kind in kinds if kind],
            ]
        )
    assert dict(sorted(found.items())) == snapshot
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("preset", METERS)
async def test_energy_dashboard_takes_every_energy(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    replay: Replay,
    hass_ws_client: WebSocketGenerator,
    preset: str,
) -> None:
    """Every energy entity is clean in the Energy dashboard's own validation."""
    assert await async_setup_component(hass, "energy", {})
    port = replay(frame_of(preset))
    entry = entry_for(address_of(preset), port.path, baudrate=baudrate_of(preset))
    assert await set_up(hass, entry)
    client = await hass_ws_client()
    energies = [
        state.entity_id
        for state in hass.states.async_all("sensor")
        if state.attributes.get("device_class") == "energy"
        and state.state not in {STATE_UNKNOWN, STATE_UNAVAILABLE}
    ]
    assert "sensor.linky_energy_import" in energies
    for entity_id in energies:
        source = {
            "type": "grid",
            "stat_energy_from": entity_id,
            "stat_energy_to": None,
            "stat_cost": None,
            "entity_energy_price": None,
            "number_energy_price": None,
            "cost_adjustment_day": 0.0,
        }
        if PRESETS[preset].producer:
            source["stat_energy_to"] = "sensor.linky_energy_export"
        await client.send_json_auto_id(
            {"type": "energy/save_prefs", "energy_sources": [source]}
        )
        saved = await client.receive_json()
        assert saved["success"], saved
        await client.send_json_auto_id({"type": "energy/validate"})
        answer = (await client.receive_json())["result"]
        # Statistics are compiled every five minutes: only their absence may be noted
        issues = [issue["type"] for part in answer["energy_sources"] for issue in part]
        assert not set(issues) - {"statistics_not_defined"}, (entity_id, answer)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_learned_tariff_names_its_register(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A week-end contract's registers take the meter's own words, ids stay."""
    meter = await start_meter("standard_weekend", load=(2000.0,))
    entry = entry_for(address_of("standard_weekend"), meter.path)
    assert await set_up(hass, entry)
    truth = meter.meter.truth.tariff
    entity_id = f"sensor.linky_energy_index_{truth.index}"
    label = " ".join(truth.label.split())

    def named() -> bool:
        state = hass.states.get(entity_id)
        return state is not None and state.attributes["friendly_name"].endswith(label)

    await until(named)
    registered = er.async_get(hass).async_get(entity_id)
    assert registered is not None
    assert registered.original_name is not None
    assert registered.original_name.endswith(label)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_registers_of_an_old_contract_are_left_disabled(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Under BASE the one register is the total; old ones are there if wanted."""
    frame = frame_of("standard_hc", contract="base", indexes=(9_000_000, 4_000_000))
    port = replay(frame)
    entry = entry_for(address_of("standard_hc"), port.path)
    assert await set_up(hass, entry)
    registry = er.async_get(hass)
    for index in (1, 2):
        entity = registry.async_get(f"sensor.linky_energy_index_{index}")
        assert entity is not None
        assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert registry.async_get("sensor.linky_energy_index_3") is None
    await hass.config_entries.async_unload(entry.entry_id)


OLD = {**STANDARD, "EASF03": "000107312", "EAST": "003107312"}
"""A register left over from an older contract."""
THIRD = "sensor.linky_energy_index_3"


def contract(calendar: str = "H PLEINE/CREUSE ", **changes: Data) -> bytes:
    """Return a frame under a calendar."""
    return eight_bits(encode({**OLD, **changes}, {"NGTF": calendar}))


def disabled_by(hass: HomeAssistant) -> er.RegistryEntryDisabler | None:
    """Return by what the third register is disabled."""
    entity = er.async_get(hass).async_get(THIRD)
    assert entity is not None
    return entity.disabled_by


def counts(hass: HomeAssistant, kwh: float) -> bool:
    """Return whether the third register is shown."""
    state = hass.states.get(THIRD)
    return state is not None and state.state == str(kwh)


WEEK_END = "HC et Week-End  "


@pytest.mark.parametrize("reload", [False, True])
async def test_a_register_that_counts_again_is_enabled(
    hass: HomeAssistant,
    replay: Replay,
    monkeypatch: pytest.MonkeyPatch,
    *,
    reload: bool,
) -> None:
    """What the integration disabled shows under a calendar that may count it."""
    as_newest(monkeypatch)
    port = replay(contract())
    entry = entry_for(str(STANDARD["ADSC"]), port.path)
    assert await set_up(hass, entry)
    assert disabled_by(hass) is er.RegistryEntryDisabler.INTEGRATION
    if reload:
        assert await hass.config_entries.async_unload(entry.entry_id)
    port.frame = contract(WEEK_END)
    if reload:
        assert await hass.config_entries.async_setup(entry.entry_id)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: counts(hass, 107.312))
    assert disabled_by(hass) is None
    # Home Assistant itself would reload half a minute later
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await hass.async_block_till_done()
    assert entry.runtime_data.coordinator is coordinator
    port.frame = contract(WEEK_END, EASF03="000107400", EAST="003107400")
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("everything", [False, True])
async def test_what_the_user_disabled_stays_disabled(
    hass: HomeAssistant, replay: Replay, *, everything: bool
) -> None:
    """One by one, or all that is new."""
    port = replay(contract())
    entry = entry_for(str(STANDARD["ADSC"]), port.path)
    assert await set_up(hass, entry)
    by = er.RegistryEntryDisabler.INTEGRATION
    if everything:
        hass.config_entries.async_update_entry(entry, pref_disable_new_entities=True)
    else:
        by = er.RegistryEntryDisabler.USER
        er.async_get(hass).async_update_entity(THIRD, disabled_by=by)
    port.frame = contract(WEEK_END)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.data["calendar_name"] == "HC et Week-End")
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert disabled_by(hass) is by
    assert not counts(hass, 107.312)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_register_above_zero_under_an_unknown_calendar(
    hass: HomeAssistant, replay: Replay
) -> None:
    """It shows from the first frame on, without waiting for a day that counts it."""
    entry = entry_for(str(STANDARD["ADSC"]), replay(contract(WEEK_END)).path)
    assert await set_up(hass, entry)
    assert disabled_by(hass) is None
    assert counts(hass, 107.312)
    assert er.async_get(hass).async_get("sensor.linky_energy_index_4") is None
    assert await hass.config_entries.async_unload(entry.entry_id)


F1 = [
    SHARED / "cases" / name
    for name in (
        "F1-hc-leftover-index3.tic",
        "F1-then-hc-week-end-index3-counted.tic",
    )
]


@pytest.mark.skipif(not F1[0].exists(), reason="samples beside the checkout")
async def test_the_reported_register(hass: HomeAssistant, replay: Replay) -> None:
    """As it was reported: off-peak, then off-peak with week-ends."""
    before, after = (eight_bits(path.read_bytes()) for path in F1)
    port = replay(before)
    (address,) = {frame.address for frame in decode(F1[0].read_bytes())}
    assert address is not None
    entry = entry_for(address, port.path)
    assert await set_up(hass, entry)
    assert disabled_by(hass) is er.RegistryEntryDisabler.INTEGRATION
    port.frame = after
    await until(lambda: hass.states.get(THIRD) is not None, 30)
    assert disabled_by(hass) is None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_limits_have_no_decimals(hass: HomeAssistant, replay: Replay) -> None:
    """In kVA, and in the VA that whoever chose that keeps."""
    preset = "standard_tempo_three_phase"
    port = replay(frame_of(preset))
    entry = entry_for(address_of(preset), port.path)
    entities, limit = er.async_get(hass), "sensor.linky_subscribed_power"

    def shown() -> tuple[str, Any]:
        state, found = hass.states.get(limit), entities.async_get(limit)
        assert state is not None
        assert found is not None
        unit = state.attributes["unit_of_measurement"]
        precision = found.options["sensor"]["suggested_display_precision"]
        return f"{float(state.state):.{precision}f} {unit}", precision

    assert await set_up(hass, entry)
    assert shown() == ("18 kVA", 0)
    entities.async_update_entity_options(limit, "sensor", {"unit_of_measurement": "VA"})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: hass.states.get(limit) is not None)
    assert shown() == ("18000 VA", 0)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_nothing_names_the_home(
    hass: HomeAssistant,
    start_meter: StartMeter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Address, PRM and port are in no log line, name, entity id or state."""
    caplog.set_level("DEBUG")
    meter = await start_meter("standard_tempo_three_phase")
    address = address_of("standard_tempo_three_phase")
    entry = entry_for(address, meter.path)
    assert await set_up(hass, entry)
    meter.unplug()
    await until(
        lambda: (
            (state := hass.states.get("sensor.linky_apparent_power")) is not None
            and state.state == STATE_UNAVAILABLE
        )
    )
    await hass.config_entries.async_unload(entry.entry_id)
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(f"custom_components.{DOMAIN}")
    ]
    assert ours
    shown = [
        f"{state.entity_id} {state.state} {state.attributes}"
        for state in hass.states.async_all()
    ]
    device = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)[0]
    for text in (*ours, *shown, entry.title, device.name or ""):
        for secret in (address, PRESETS["standard_hc"].prm, meter.device):
            assert secret not in text


def test_every_key_of_a_description_is_one_of_a_kind() -> None:
    """Unique ids cannot collide."""
    for rows in PLATFORMS.values():
        keys = [row.key for row in rows]
        assert len(keys) == len(set(keys))
    assert EMPTY["apparent_power"] is None


async def test_an_older_meter_without_power(
    hass: HomeAssistant, replay: Replay
) -> None:
    """A pre-Linky meter has no PAPP; its one phase needs no number."""
    frame = frame_of("historic_base", pre_linky=True)
    address = address_of("historic_base", pre_linky=True)
    port = replay(frame)
    entry = entry_for(address, port.path, baudrate=1200)
    assert await set_up(hass, entry)
    assert hass.states.get("sensor.linky_apparent_power") is None
    current = hass.states.get("sensor.linky_current_l1")
    assert current is not None
    assert current.attributes["friendly_name"].endswith(" Current")
    available = hass.states.get("sensor.linky_available_current")
    assert available is not None
    assert float(available.state) == 30 - float(current.state) - 0.5
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_concentrator_has_indexes_only(
    hass: HomeAssistant, replay: Replay
) -> None:
    """A meter that never tells its phases is set up all the same."""
    frame = frame_of("historic_hc", concentrator=True)
    port = replay(frame)
    address = address_of("historic_hc", concentrator=True)
    entry = entry_for(address, port.path, baudrate=1200)
    assert await set_up(hass, entry)
    assert hass.states.get("sensor.linky_energy_import") is not None
    assert hass.states.get("sensor.linky_available_current") is None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_two_registers_with_one_label(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Registers that the meter calls alike are told apart by their number."""
    frame = frame_of("standard_weekend", tariff_labels=("HEURES", "HEURES", "HEURES"))
    port = replay(frame)
    address = address_of("standard_weekend")
    entry = entry_for(address, port.path)
    memory = {
        "labels": {"HC et Week-End": {"1": "HEURES", "2": "HEURES"}},
        "active": [1, 2],
    }
    store = memory_store(hass, entry.entry_id)
    await store.async_save({"memory": memory, "baudrate": 9600})
    assert await set_up(hass, entry)
    names = [
        state.attributes["friendly_name"]
        for index in (1, 2)
        if (state := hass.states.get(f"sensor.linky_energy_index_{index}"))
    ]
    assert len(set(names)) == 2
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_renamed_entity_goes_on(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Its value stands under the new id at once, and follows the meter there."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    for old, new in (
        ("sensor.linky_apparent_power", "sensor.my_power"),
        ("sensor.linky_current_price", "sensor.my_price"),
        ("event.linky_overload", "event.my_overload"),
    ):
        before = hass.states.get(old)
        assert before is not None, old
        er.async_get(hass).async_update_entity(old, new_entity_id=new)
        await hass.async_block_till_done()
        assert hass.states.get(old) is None
        after = hass.states.get(new)
        assert after is not None
        assert after.attributes == before.attributes
    power = hass.states.get("sensor.my_power")
    assert power is not None
    meter.meter.set_load(float(power.state) + 1000)
    await until(lambda: hass.states.get("sensor.my_power") != power)
    await hass.config_entries.async_unload(entry.entry_id)


OTHERS = (LoadLog, LoadSensor, SupplyEvent, BaseLoadSensor, TariffCalendar)
"""What is neither of the meter nor of costs."""


def test_a_rename_leaves_every_entity_in_place() -> None:
    """Home Assistant 2026.11 asks it of each class that does things when it is added."""
    kinds: set[type[Entity]] = set()
    waiting: list[type[Entity]] = [LinkyEntity, CostEntity, *OTHERS]
    while waiting:
        kinds.add(kind := waiting.pop())
        waiting += kind.__subclasses__()
    assert {LinkyIndexSensor, LinkyBinarySensor, LinkyEvent, OfferSensor} <= kinds
    for kind in kinds:
        asked = [one for one in kind.__mro__ if one.__module__.startswith("custom_")]
        for one in asked:
            if {"async_added_to_hass", "async_will_remove_from_hass"} & set(vars(one)):
                assert any(
                    "async_entity_id_changed" in vars(other) and issubclass(other, one)
                    for other in asked
                ), one
