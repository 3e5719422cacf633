"""One reading for each frame, whichever meter it comes from."""

from __future__ import annotations

from datetime import UTC, datetime

from ...tic.frame import Frame
from ...tic.meter.meter import Meter
from ...tic.reading import MeterReading
from ...tic.state.memory import Memory


class Follower:
    """Follows the meter on a line, and the next one after an exchange."""

    def __init__(
        self, address: str | None = None, memory: Memory | None = None
    ) -> None:
        """Start without a meter, or with what was learned about one."""
        self.meter = Meter(address, memory)

    def process(
        self,
        frame: Frame,
        *,
        at: float | None = None,
        received: datetime | None = None,
    ) -> MeterReading:
        """Process a frame; until another meter's address is sure, its values are not."""
        received = received or datetime.now(UTC)
        reading = self.meter.process(frame, at=at, received=received)
        if reading is None and self.meter.other_address is not None:
            self.meter = Meter()
            reading = self.meter.process(frame, at=at, received=received)
        return reading or MeterReading(frame.mode, None, {}, frame, received)
