"""One reading for each frame, whichever meter it comes from, and whether it is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
import time

from ...tic.frame import EndedBy, Frame
from ...tic.meter.meter import Meter
from ...tic.reading import MeterReading
from ...tic.sources.lateness import LATE_SECONDS, OF_NOW, Lateness, date_of
from ...tic.state.memory import Memory
from ..log import Log

# One may be damaged
_FRAMES_BEHIND = 2
# No server is later than that: such a clock was not set
_MOST_BEHIND = 3600.0


class Follower:
    """Follows the meter on a line, and the next one after an exchange.

    ``lateness`` is for frames that a server may give late; with ``in_time`` they come
    from a port and only teach it.
    """

    def __init__(
        self,
        address: str | None = None,
        memory: Memory | None = None,
        lateness: Lateness | None = None,
        *,
        in_time: bool = False,
    ) -> None:
        """Start without a meter, or with what was learned about one."""
        self.meter = Meter(address, memory)
        self.lateness = lateness
        self._in_time = in_time

    def process(
        self,
        frame: Frame,
        *,
        at: float | None = None,
        received: datetime | None = None,
    ) -> MeterReading:
        """Process a frame; until another meter's address is sure, its values are not."""
        at = time.monotonic() if at is None else at
        received = received or datetime.now(UTC)
        reading = self.meter.process(frame, at=at, received=received)
        if reading is None and self.meter.other_address is not None:
            self.meter = Meter()
            if self.lateness is not None:
                # Another meter has another clock
                self.lateness = Lateness()
            reading = self.meter.process(frame, at=at, received=received)
        if reading is None:
            return MeterReading(frame.mode, None, {}, frame, received)
        return self._dated(reading, at, self.lateness) if self.lateness else reading

    def _dated(
        self, reading: MeterReading, at: float, lateness: Lateness
    ) -> MeterReading:
        """Return a reading with its delay; a late one has nothing to switch loads by."""
        date = date_of(reading.frame)
        if date is not None and self._in_time:
            lateness.trust(date, at)
        elif date is not None:
            lateness.process(date, wall=reading.received.timestamp(), at=at)
        if not lateness.late:
            return reading
        unknown = dict.fromkeys(reading.values.keys() & OF_NOW)
        return replace(
            reading, values={**reading.values, **unknown}, delay=lateness.delay
        )


class LateWatch:
    """Finds what is to be said of a server's delay, once each time that it changes.

    Without a ``known`` offset of the meter's clock, one that is behind from the first
    frame on is no delay for sure, but worth a word.
    """

    def __init__(self, *, known: bool = False) -> None:
        self.late = False
        self._behind: list[float] | None = None if known else []

    def tell(self, reading: MeterReading, log: Log) -> None:
        """Log what is new."""
        if (news := self.news(reading)) is None:
            return
        key, seconds = news
        say = log.info if key == "in_time" else log.warning
        say(key, seconds=seconds)

    def news(self, reading: MeterReading) -> tuple[str, int] | None:
        """Return a message's key and its seconds, None when there is nothing new."""
        if (reading.delay > 0) is not self.late:
            self.late = not self.late
            self._behind = None
            return "late" if self.late else "in_time", round(reading.delay)
        date = date_of(reading.frame)
        served = reading.frame.ended_by is EndedBy.SERVER
        if self._behind is None or date is None or not served:
            return None
        self._behind.append(reading.received.timestamp() - date)
        if len(self._behind) < _FRAMES_BEHIND:
            return None
        least, self._behind = min(self._behind), None
        behind = LATE_SECONDS <= least <= _MOST_BEHIND
        return ("clock_behind", round(least)) if behind else None
