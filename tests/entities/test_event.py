"""Event entities of a meter on a port: each happening once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.linky_meter.const import CONF_TRIP_IMMINENT
from homeassistant.const import (
    EVENT_STATE_CHANGED,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import CoreState, Event, HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.simulator import PtyMeter
from tests.simulator.clock import PARIS
from tests.simulator.link.faults import Faults

EVENING = datetime(2026, 1, 13, 22, 20, tzinfo=PARIS)
OVERLOAD = "event.linky_overload"
TARIFF = "event.linky_tariff_change"
TEMPO = "event.linky_tempo_announced"
PEAK = "event.linky_mobile_peak"
MESSAGE = "event.linky_meter_message"

type Told = list[tuple[str, str]]


class Witness:
    """What an automation on the event entities would see."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to look."""
        self._changes: list[Event[Any]] = async_capture_events(
            hass, EVENT_STATE_CHANGED
        )

    @property
    def attributes(self) -> list[dict[str, Any]]:
        """The attributes of each event, with its entity."""
        found = []
        for change in self._changes:
            old, new = change.data["old_state"], change.data["new_state"]
            if not change.data["entity_id"].startswith("event.") or not old or not new:
                continue
            if STATE_UNAVAILABLE in (old.state, new.state) or old.state == new.state:
                continue
            found.append({"entity_id": new.entity_id} | dict(new.attributes))
        return found

    @property
    def told(self) -> Told:
        """Entity and type of each event."""
        return [(seen["entity_id"], seen["event_type"]) for seen in self.attributes]


async def frames(entry: MockConfigEntry, number: int) -> None:
    """Wait for so many frames that the meter's part of Home Assistant took."""
    coordinator = entry.runtime_data.coordinator
    wanted = coordinator.frames + number
    await until(lambda: coordinator.frames >= wanted, 30)


async def damaged_frames(meter: PtyMeter, entry: MockConfigEntry) -> None:
    """Let a few frames arrive damaged, then whole ones again."""
    before = entry.runtime_data.coordinator.meter_link.quality.damaged
    meter.line.faults = Faults(bit_flips=0.02)
    await until(
        lambda: entry.runtime_data.coordinator.meter_link.quality.damaged > before + 10,
        20,
    )
    meter.line.faults = Faults()
    await frames(entry, 4)


async def plugged(
    hass: HomeAssistant, start_meter: StartMeter, preset: str, **changes: Any
) -> tuple[PtyMeter, MockConfigEntry]:
    """Set a meter up and let its events take what is so."""
    meter = await start_meter(preset, **changes)
    config = meter.meter.config
    entry = entry_for(
        meter.meter.address,
        meter.path,
        baudrate=1200 if config.mode == "historic" else 9600,
    )
    assert await set_up(hass, entry)
    await frames(entry, 3)
    return meter, entry


@pytest.mark.parametrize("preset", ["standard_hc", "historic_hc"])
async def test_tariff_change_once(
    hass: HomeAssistant, start_meter: StartMeter, preset: str
) -> None:
    """Told once, over damaged frames and a reload of the entry."""
    meter, entry = await plugged(hass, start_meter, preset, start=EVENING)
    witness = Witness(hass)
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    await until(lambda: witness.told)
    (seen,) = witness.attributes
    assert seen["entity_id"] == TARIFF
    assert seen["previous"] == "peak"
    assert seen["tariff_period"] == "off_peak"
    await damaged_frames(meter, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await frames(entry, 4)
    assert witness.told == [(TARIFF, "changed")]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_tariff_change_during_a_restart(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What changed meanwhile is told once, when automations listen."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", start=EVENING)
    await hass.config_entries.async_unload(entry.entry_id)
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    witness = Witness(hass)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await frames(entry, 3)
    assert not witness.told
    hass.set_state(CoreState.running)
    await until(lambda: witness.told)
    await frames(entry, 3)
    assert witness.told == [(TARIFF, "changed")]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_told_change_is_saved_at_once(
    hass: HomeAssistant, hass_storage: dict[str, Any], start_meter: StartMeter
) -> None:
    """A power cut soon after does not make it happen again."""
    meter, entry = await plugged(hass, start_meter, "standard_hc", start=EVENING)
    witness = Witness(hass)
    meter.meter.advance_to(EVENING + timedelta(minutes=11))
    await until(lambda: witness.told)

    def saved() -> bool:
        stored = hass_storage.get(f"linky_meter.{entry.entry_id}", {})
        memory = stored.get("data", {}).get("memory", {})
        known = memory.get("events", {}).get("tariff_change", {})
        return bool(known.get("tariff_period") == "off_peak")

    await until(saved)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_overload(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Begun, a trip imminent within the chosen seconds, ended: once each."""
    meter, entry = await plugged(
        hass, start_meter, "standard_hc", load=(1000.0,), speed=4.0
    )
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_TRIP_IMMINENT: 600}
    )
    witness = Witness(hass)
    meter.meter.set_load(7000.0)
    await until(lambda: witness.told == [(OVERLOAD, "begun")])
    # The status register says so too, a frame later
    await frames(entry, 3)
    await damaged_frames(meter, entry)
    assert witness.told == [(OVERLOAD, "begun")]
    meter.meter.set_load(8400.0)
    await until(lambda: len(witness.told) > 1)
    await damaged_frames(meter, entry)
    meter.meter.set_load(1000.0)
    await until(lambda: (OVERLOAD, "ended") in witness.told)
    await frames(entry, 3)
    assert witness.told == [
        (OVERLOAD, "begun"),
        (OVERLOAD, "trip_imminent"),
        (OVERLOAD, "ended"),
    ]
    assert 0 < witness.attributes[1]["time_to_trip"] < 600
    await hass.config_entries.async_unload(entry.entry_id)


async def test_historic_overload(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """ADPS begins and ends an overload; other modes' events are not there."""
    meter, entry = await plugged(hass, start_meter, "historic_base", load=(1000.0,))
    assert hass.states.async_entity_ids(Platform.EVENT) == [OVERLOAD, TARIFF]
    witness = Witness(hass)
    meter.meter.set_load(7000.0)
    await until(lambda: witness.told == [(OVERLOAD, "begun")])
    assert await hass.config_entries.async_reload(entry.entry_id)
    await frames(entry, 3)
    meter.meter.set_load(1000.0)
    await until(lambda: len(witness.told) > 1)
    await frames(entry, 3)
    assert witness.told == [(OVERLOAD, "begun"), (OVERLOAD, "ended")]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_messages(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """The default text is none; MSG2 lives for one frame."""
    meter, entry = await plugged(hass, start_meter, "standard_hc")
    state = hass.states.get(MESSAGE)
    assert state is not None
    assert state.state == STATE_UNKNOWN
    witness = Witness(hass)
    meter.meter.trigger_message("COUPURE PREVUE MARDI")
    await until(lambda: witness.told)
    meter.meter.trigger_message(ultra_short="EJP DEMAIN")
    await until(lambda: len(witness.told) > 1)
    await damaged_frames(meter, entry)
    meter.meter.trigger_message("PAS DE          MESSAGE")
    await frames(entry, 5)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await frames(entry, 3)
    assert [(seen["text"], seen["label"]) for seen in witness.attributes] == [
        ("COUPURE PREVUE MARDI", "message_1"),
        ("EJP DEMAIN", "message_2"),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_tempo(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Colours announced and started, and the peaks that they are."""
    meter, entry = await plugged(hass, start_meter, "standard_tempo_three_phase")
    meter.meter.set_tempo("blue")
    await frames(entry, 4)
    witness = Witness(hass)
    meter.meter.set_tempo("blue", "white")
    await until(lambda: len(witness.told) == 2)
    assert {(seen["event_type"], seen["colour"]) for seen in witness.attributes} == {
        ("announced", "white"),
        ("notice", "white"),
    }
    await damaged_frames(meter, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await frames(entry, 4)
    assert len(witness.told) == 2
    meter.meter.advance_to(datetime(2026, 1, 14, 6, 1, tzinfo=PARIS))
    await until(lambda: (PEAK, "started") in witness.told)
    await frames(entry, 3)
    assert sorted(witness.told[2:]) == [
        (PEAK, "started"),
        (TARIFF, "changed"),
        (TEMPO, "started"),
    ]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_damaged_first_frames_tell_nothing(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What is only not heard yet after a restart is not over, and begins not again."""
    meter = await start_meter("historic_base", contract="ejp", start=EVENING)
    start = EVENING + timedelta(hours=1)
    meter.meter.announce_peak(1, start, start + timedelta(hours=1))
    entry = entry_for(meter.meter.address, meter.path, baudrate=1200)
    assert await set_up(hass, entry)
    await frames(entry, 3)
    assert entry.runtime_data.coordinator.data["mobile_peak_notice"] == "peak_1"
    await hass.config_entries.async_unload(entry.entry_id)
    witness = Witness(hass)
    whole, said = meter.meter.frame, 0

    def hit() -> bytes:
        nonlocal said
        said += 1
        return whole().replace(b"PEJP", b"PEJ?")

    with patch.object(meter.meter, "frame", hit):
        # The frame under way may be heard too
        await until(lambda: said > 1)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await frames(entry, 4)
        assert entry.runtime_data.coordinator.data["mobile_peak_notice"] == "none"
    await frames(entry, 4)
    assert entry.runtime_data.coordinator.data["mobile_peak_notice"] == "peak_1"
    assert not witness.told
    await hass.config_entries.async_unload(entry.entry_id)


async def test_lost_and_found(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Events are unavailable while the meter is not read; what came then is told."""
    meter, entry = await plugged(
        hass, start_meter, "standard_hc", address=address_of("standard_hc")
    )
    witness = Witness(hass)
    meter.unplug()

    def state() -> str | None:
        found = hass.states.get(MESSAGE)
        return found.state if found else None

    await until(lambda: state() == STATE_UNAVAILABLE)
    meter.meter.trigger_message("NOUVEAU MESSAGE")
    meter.replug()
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "device": meter.path}
    )
    await until(lambda: witness.told, 30)
    assert witness.told == [(MESSAGE, "received")]
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
