"""What a meter says, told to a broker as ``linky-tic run`` does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.linky_meter.linky_tic.cli.input.follow import Follower
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.mqtt_settings import MqttSettings
from custom_components.linky_meter.linky_tic.cli.output.mqtt.mqtt import Mqtt
from custom_components.linky_meter.linky_tic.cli.output.teller import Teller, Told
from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from tests.simulator import PRESETS, Line, SimulatedMeter

LOG = Log(Language.EN)


class Feed:
    """Makes of bytes what the callback gets, a second for each frame."""

    def __init__(self, at: datetime | None = None) -> None:
        """Start without a frame."""
        self.decoder, self.teller = Decoder(), Teller()
        self.follower = Follower()
        self.now = 0.0
        self._started = at or datetime.now(UTC)

    def told(self, data: bytes) -> Iterator[Told]:
        """Yield what is told of each complete frame."""
        for frame in self.decoder.feed(data):
            self.now += 1
            received = self._started + timedelta(seconds=self.now)
            reading = self.follower.process(frame, at=self.now, received=received)
            if frame.complete and frame.groups:
                yield self.teller.tell(self.follower.meter, reading, self.now)


class House:
    """A simulated meter whose frames are told to a broker."""

    def __init__(self, mqtt: Mqtt, preset: str, **changes: Any) -> None:
        """Start without a frame."""
        self.line = Line(SimulatedMeter(replace(PRESETS[preset], **changes)))
        self.feed = Feed()
        self.mqtt = mqtt
        self.last: Told | None = None

    async def speak(self, frames: int = 1) -> None:
        """Tell some frames."""
        for _ in range(frames):
            for told in self.feed.told(self.line.send().data):
                self.last = told
                await self.mqtt.compute_told(told)


@asynccontextmanager
async def telling(
    port: int, name: str = "linky", offers: Collection[str] = (), **options: Any
) -> AsyncIterator[Mqtt]:
    """Tell a broker what a meter says."""
    options.setdefault("host", "127.0.0.1")
    mqtt = Mqtt(MqttSettings(port=port, **options), name, LOG, offers)
    try:
        yield mqtt
    finally:
        await mqtt.close()
