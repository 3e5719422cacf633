"""A frame that brings small changes only is worked out when somebody asks."""

from __future__ import annotations

import os
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter import meter_coordinator
from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.link.sources import PortSource
from custom_components.linky_meter.linky_tic.tic.meter.early import KEYS
from homeassistant.core import HomeAssistant
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up, until
from tests.simulator.wire import with_parity
from tests.test_services import device_of, read_frame

PRESET = "standard_tempo_three_phase"
LOAD = (500.0, 600.0, 700.0)


def measuring(*load: float) -> bytes:
    """Return the frame of another load in which only the measurements are new."""
    groups = [frame_of(PRESET, load=each).split(b"\r") for each in (LOAD, load)]
    return b"\r".join(
        new if new[1:].split(b"\t")[0].decode() in KEYS else old
        for old, new in zip(*groups, strict=True)
    )


class Line:
    """A meter that says a frame when it is told to."""

    def __init__(self, hass: HomeAssistant, port: Any, entry: MockConfigEntry) -> None:
        """Take the port and the entry that reads it."""
        self._hass, self._port, self._entry = hass, port, entry

    @property
    def coordinator(self) -> LinkyCoordinator:
        """What the entities see."""
        found: LinkyCoordinator = self._entry.runtime_data.coordinator
        return found

    async def say(self, *load: float) -> bool:
        """Say a frame; return whether a reading of it was shown."""
        frames, before = self.coordinator.frames, self.coordinator.data
        os.write(self._port._master, with_parity(measuring(*load)))
        await until(lambda: self.coordinator.frames > frames)
        return self.coordinator.data is not before

    async def asked(self) -> dict[str, Any]:
        """Return what the action gives."""
        device = device_of(self._hass, self._entry.entry_id)
        reading: dict[str, Any] = (await read_frame(self._hass, device))["reading"]
        return reading


async def line_of(hass: HomeAssistant, replay: Replay, publishing: str) -> Line:
    """Set a meter up that has said all it can, and is quiet now."""
    port = replay(with_parity(frame_of(PRESET, load=LOAD)))
    port._pause = 0.2
    entry = entry_for(address_of(PRESET), port.path, publishing=publishing)
    assert await set_up(hass, entry)
    line = Line(hass, port, entry)
    await until(lambda: line.coordinator.frames > 4)
    port.frame = b""
    return line


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no reading come because it is time, however slow the machine is."""
    monkeypatch.setattr(meter_coordinator, "CALM_SECONDS", 1000.0)


async def test_small_changes_wait_until_somebody_asks(
    hass: HomeAssistant, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The action has them at once, entities with the next step or in their time."""
    line = await line_of(hass, replay, "balanced")
    coordinator = line.coordinator
    await line.say(*LOAD)
    assert not await line.say(460.0, 600.0, 700.0)
    assert (await line.asked())["apparent_power"] == pytest.approx(1760, abs=3)
    assert coordinator.data["apparent_power"] == pytest.approx(1800, abs=3)
    assert coordinator.latest["apparent_power"] == pytest.approx(1760, abs=3)
    # Little by little is a step too
    assert not await line.say(455.0, 560.0, 660.0)
    assert await line.say(460.0, 530.0, 670.0)
    assert coordinator.latest is coordinator.data
    # It is not put off for long
    monkeypatch.setattr(meter_coordinator, "CALM_SECONDS", 0.0)
    assert await line.say(450.0, 535.0, 655.0)
    assert coordinator.data["apparent_power"] == pytest.approx(1640, abs=3)
    await hass.config_entries.async_unload(line._entry.entry_id)


async def test_who_waits_for_a_reading_gets_it(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Whoever listens to everything, and an entity that asked, miss no frame."""
    line = await line_of(hass, replay, "balanced")
    coordinator = line.coordinator
    await line.say(*LOAD)
    assert not await line.say(*LOAD)
    forget = coordinator.async_add_listener(lambda: None)
    assert await line.say(*LOAD)
    assert await line.say(*LOAD)
    forget()
    assert not await line.say(*LOAD)
    coordinator.publisher.asked.add("overload")
    assert await line.say(*LOAD)
    assert not await line.say(*LOAD)
    await hass.config_entries.async_unload(line._entry.entry_id)


async def test_near_the_limit_every_frame_counts(
    hass: HomeAssistant, replay: Replay
) -> None:
    """An overload does not begin with a step."""
    line = await line_of(hass, replay, "economical")
    limit = line.coordinator.data["subscribed_power"]
    assert isinstance(limit, int)
    near = (0.92 * limit / 3, 700.0, 700.0)
    await line.say(*near)
    await line.say(*near)
    usage = line.coordinator.data["subscribed_power_usage"]
    assert isinstance(usage, float)
    assert 90 <= usage < 100
    assert await line.say(*near)
    await hass.config_entries.async_unload(line._entry.entry_id)


async def test_every_frame_is_worked_out_where_that_is_chosen(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Every frame means every frame."""
    line = await line_of(hass, replay, "every_frame")
    source = line.coordinator.source
    assert isinstance(source, PortSource)
    # So the end of a frame is urgent too
    prompt = source._protocol.prompt
    assert prompt is not None
    assert prompt()
    assert [await line.say(*LOAD) for _ in range(3)] == [True, True, True]
    hass.config_entries.async_update_entry(
        line._entry, options={**line._entry.options, "publishing": "balanced"}
    )
    await hass.async_block_till_done()
    assert line.coordinator.source is source
    assert not prompt()
    await hass.config_entries.async_unload(line._entry.entry_id)
