"""A meter whose line is handed to the coordinator without a port, as fast as it can."""

from __future__ import annotations

import asyncio
from dataclasses import replace
import math
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.link.sources import PortSource
from homeassistant.core import HomeAssistant
from tests.conftest import entry_for
from tests.simulator import PRESETS, SimulatedMeter
from tests.simulator.frames.wire import BITS_PER_CHARACTER, with_parity

from .clock import Clock

GROUP_GAP = 0.005
FRAME_GAP = 0.025


class FedMeter:
    """A simulated meter, and the entry that hears it; time passes with its frames."""

    def __init__(
        self, preset: str, clock: Clock, frozen: Any = None, **changes: Any
    ) -> None:
        """Prepare; ``frozen`` is Home Assistant's time of day, if it is to follow."""
        self.meter = SimulatedMeter(replace(PRESETS[preset], **changes))
        self.entry: MockConfigEntry = entry_for(self.meter.address, "/dev/ttyFED")
        self.sent = 0
        self.source: PortSource | None = None
        self._clock = clock
        self._frozen = frozen

    @property
    def coordinator(self) -> LinkyCoordinator:
        """What gives readings to the entities."""
        coordinator: LinkyCoordinator = self.entry.runtime_data.coordinator
        return coordinator

    def plug(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the entry's port open and close without being there."""

        async def open_nothing(source: PortSource) -> None:
            """Have nothing to open."""
            self.source = source

        async def close_nothing(_: PortSource) -> None:
            """Have nothing to close."""
            self.source = None

        monkeypatch.setattr(PortSource, "open", open_nothing)
        monkeypatch.setattr(PortSource, "close", close_nothing)

    @property
    def energy(self) -> int:
        """What ``energy_import`` is now, Wh."""
        energy = self.coordinator.data["energy_import"]
        assert isinstance(energy, int)
        return energy

    @property
    def counted(self) -> int:
        """What the meter counted in all, Wh."""
        return sum(self.meter.truth.supplier)

    async def set_up(self, hass: HomeAssistant, most: float = math.inf) -> None:
        """Set the entry up while the meter speaks, so many frames at most."""
        self.entry.add_to_hass(hass)
        task = hass.async_create_task(
            hass.config_entries.async_setup(self.entry.entry_id)
        )
        while not task.done():
            if self.source is not None and self.sent < most:
                self.speak()
            await self._clock.leap(0)
        assert task.result()
        await hass.async_block_till_done()

    def speak(self) -> float:
        """Send a frame in the time that it takes; return that time."""
        assert self.source is not None
        frame = self.meter.frame()
        seconds = (
            len(frame) * BITS_PER_CHARACTER / self.meter.baud_rate
            + frame.count(b"\r") * GROUP_GAP
            + FRAME_GAP
        )
        self.meter.advance(seconds)
        self._clock.hop(seconds)
        if self._frozen is not None:
            self._frozen.move_to(self.meter.now)
        data = with_parity(frame)
        # It arrives in pieces, as from a port
        middle = len(data) // 2
        self.source._protocol.data_received(data[:middle])
        self.source._protocol.data_received(data[middle:])
        self.sent += 1
        return seconds

    async def speak_for(self, seconds: float) -> None:
        """Send frames for so long; what they set off happens between them."""
        while seconds > 0:
            seconds -= self.speak()
            await asyncio.sleep(0)
