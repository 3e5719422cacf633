"""What is told of a meter frame by frame, beside its readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...tic.derive.events import WATCHES, MeterEvent, Present, events_since
from ...tic.fields import Value
from ...tic.meter.meter import Meter
from ...tic.reading import MeterReading
from ...tic.sources.quality import LinkQuality
from ...tic.state.memory import Memory


@dataclass(frozen=True, slots=True)
class Told:
    """A reading, what was learned of its meter, and what happened."""

    reading: MeterReading
    memory: Memory
    """A copy: it is read in another thread."""
    at: float
    """When it came, s by a steady clock."""
    events: tuple[tuple[str, MeterEvent], ...] = ()
    """What happened, by the key of its kind."""
    line: Mapping[str, Value | None] = field(default_factory=dict)
    """How good the line is, under the keys of the catalogue."""


@dataclass
class Teller:
    """Follows a meter, for one who shows all of it in another thread."""

    _quality: LinkQuality = field(default_factory=LinkQuality)
    _generation: tuple[int, ...] = ()
    _memory: Memory = field(default_factory=Memory)
    _whole_seen: bool = False

    def tell(self, meter: Meter, reading: MeterReading, at: float) -> Told:
        """Return a reading with all that is known; ``at`` is a steady clock, s."""
        frame = reading.frame
        self._quality.add(at, len(frame.groups), frame.damaged)
        if meter.generation != self._generation:
            self._generation = meter.generation
            self._memory = _copy(meter.memory)
        # What the first frames left out is only not heard yet
        self._whole_seen = self._whole_seen or frame.undamaged
        events = self._events(meter.memory, reading) if self._whole_seen else []
        interval = meter.frame_interval
        line: dict[str, Value | None] = {
            "link": True,
            "damaged_groups": self._quality.damaged,
            "link_quality": self._quality.percent(at),
            "frame_interval": round(interval, 2) if interval else None,
        }
        return Told(reading, self._memory, at, tuple(events), line)

    def _events(
        self, memory: Memory, reading: MeterReading
    ) -> list[tuple[str, MeterEvent]]:
        """Return what happened since the last reading, which may be before a restart."""
        present = Present(reading, labels=memory.labels)
        return [
            (key, event)
            for key, watch in WATCHES.items()
            if any(shown in memory.keys for shown in watch.keys)
            for event in events_since(key, memory.events.setdefault(key, {}), present)
        ]


def _copy(memory: Memory) -> Memory:
    """Return what names and entities depend on, for another thread."""
    return Memory(
        phases=memory.phases,
        labels={calendar: dict(names) for calendar, names in memory.labels.items()},
        active=set(memory.active),
        keys=dict(memory.keys),
    )
