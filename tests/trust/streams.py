"""Streams of undamaged frames, each with what it truly says.

A stream is a simulated day in bursts: frames at the pace of the line around whatever
changes (load, overload, tariff, colour, midnight, breaker), hours apart. It is made
once; the same frames are then damaged again and again, otherwise each time.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache

from tests.simulator import PRESETS, MeterConfig, SimulatedMeter
from tests.simulator.clock import PARIS
from tests.simulator.frames.wire import Mode

from .said import Said
from .truth import Value

CLEAN = 5
"""Frames without damage with which each burst begins: the link is found again."""

type Act = Callable[[SimulatedMeter], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """One frame, undamaged."""

    labels: tuple[str, ...]
    groups: tuple[bytes, ...]
    """As seven-bit characters, LF to CR."""
    end: bytes
    at: float
    """When it had arrived, in seconds."""
    received: datetime
    lead: bool
    """Whether it is one of the clean frames of a burst."""
    changes: dict[str, Value | None]
    """What it says otherwise than the frame before, by key; None: no more."""


@dataclass(slots=True)
class Stream:
    """The frames of one meter."""

    name: str
    address: str
    phases: int
    rating: int
    sent: list[Sent] = field(default_factory=list)
    sources: dict[str, set[str]] = field(default_factory=dict)
    """The labels of which each key is made."""
    past: dict[str, tuple[list[int], list[Value | None]]] = field(default_factory=dict)
    """Of each key, the frames at which it changed, and to what."""

    def truth(self, key: str, number: int) -> Value | None:
        """Return what was true of a key at a frame."""
        numbers, values = self.past.get(key, ([], []))
        place = bisect_right(numbers, number)
        return values[place - 1] if place else None

    def truths(self, key: str, first: int, last: int) -> Iterator[Value]:
        """Yield all that was true of a key from one frame to another."""
        numbers, values = self.past.get(key, ([], []))
        start = max(bisect_right(numbers, first) - 1, 0)
        for value in values[start : bisect_right(numbers, last)]:
            if value is not None:
                yield value


def _on(phases: int, watts: float) -> Act:
    return lambda meter: meter.set_load([watts / phases] * phases)


def _house(meter: SimulatedMeter) -> None:
    meter.set_load(None)


def _overload(meter: SimulatedMeter) -> None:
    share = 1000 * meter.config.kva / meter.config.phases
    meter.set_load([1.15 * share] + [0.5 * share] * (meter.config.phases - 1))


def _message(meter: SimulatedMeter) -> None:
    meter.trigger_message("COUPURE DEMAIN A 8 H", "TRAVAUX")


def _tempo(meter: SimulatedMeter) -> None:
    if meter.config.contract == "tempo":
        meter.set_tempo("white")


def _announce(meter: SimulatedMeter) -> None:
    if meter.config.contract == "tempo":
        meter.set_tempo("white", "red")


def _cover(meter: SimulatedMeter) -> None:
    meter.open_cover()
    meter.set_relays(129)


def _close(meter: SimulatedMeter) -> None:
    meter.open_cover(False)
    meter.set_relays(None)
    meter.close_breaker()


def _bursts(
    phases: int,
) -> tuple[tuple[str, tuple[tuple[float, Act | None], ...]], ...]:
    """Return when each burst has its middle, and what happens in which part of it."""
    low, high = _on(phases, 300), _on(phases, 4200)
    return (
        ("12:50", ((0, _tempo), (0.2, high), (0.5, low), (0.6, high), (0.8, _house))),
        ("19:30", ((0.3, _overload), (0.5, _house), (0.7, _message))),
        ("20:00", ((0.5, _announce),)),
        ("22:00", ()),
        ("22:30", ()),
        ("+00:00", ()),
        ("+06:00", ()),
        ("+06:30", ()),
        ("+08:00", ((0.3, _cover), (0.5, SimulatedMeter.open_breaker), (0.8, _close))),
    )


_START = datetime(2026, 1, 13, 12, 0, tzinfo=PARIS)
_HOUSES: dict[str, tuple[MeterConfig, Act | None]] = {
    "historic, off-peak": (PRESETS["historic_hc"], None),
    "historic, Tempo": (PRESETS["historic_tempo"], None),
    "historic, exporting": (
        MeterConfig(mode="historic", exporting=True, solar_kw=6, seed=15),
        lambda meter: meter.set_production(1100),
    ),
    "historic, three phases": (PRESETS["historic_three_phase"], None),
    "standard, off-peak": (PRESETS["standard_hc"], None),
    "standard, three phases, Tempo": (PRESETS["standard_tempo_three_phase"], None),
    "standard, three phases, producer": (PRESETS["standard_producer"], None),
    "standard, exporting": (
        MeterConfig(contract="hc", kva=9, exporting=True, seed=25),
        lambda meter: meter.set_production(1100),
    ),
    "standard, phases in opposite directions": (
        MeterConfig(phases=3, contract="hc", kva=18, exporting=True, seed=26),
        lambda meter: meter.set_production([0, 2600, 0]),
    ),
}
NAMES = tuple(_HOUSES)
"""The streams."""


def period_of(frame: bytes, mode: Mode) -> float:
    """Return how long a frame takes with its silences, in seconds."""
    groups = frame.count(b"\r")
    return (
        len(frame) * 10 / (1200 if mode == "historic" else 9600) + 0.02 + 0.006 * groups
    )


def say(said: Said, frame: bytes, mode: Mode) -> tuple[str, ...]:
    """Let an undamaged frame be said, return its labels."""
    groups = [_parsed(line) for line in frame[1:-1].split(b"\r")[:-1]]
    for group in groups:
        said.take(*group)
    labels = tuple(group[0] for group in groups)
    if frame[-1] == 3 and (mode == "standard" or "OPTARIF" in labels):
        said.leave(set(labels))
    said.finish(mode)
    return labels


@lru_cache(maxsize=2000)
def _parsed(line: bytes) -> tuple[str, str, str]:
    """Return label, horodate and data of a group."""
    separator = "\t" if b"\t" in line else " "
    # The checksum may be a space, so it is cut off by its place
    label, *rest = line[1:-2].decode().split(separator)
    return label, rest[0] if len(rest) > 1 else "", rest[-1]


@cache
def stream(name: str, frames: int) -> Stream:
    """Return a stream with so many frames in each burst."""
    config, act = _HOUSES[name]
    meter = SimulatedMeter(replace(config, start=_START))
    if act is not None:
        act(meter)
    rating = 90 if meter.address[4:6] in ("62", "75") else 60
    made = Stream(name, meter.address, config.phases, rating)
    said, before = Said(), dict[str, Value]()
    begin = meter.now
    pace = period_of(meter.frame(), meter.mode)
    for clock, happenings in _bursts(config.phases):
        day = _START.date() + timedelta(days=clock.startswith("+"))
        middle = datetime.fromisoformat(f"{day}T{clock.lstrip('+')}").replace(
            tzinfo=PARIS
        )
        meter.advance_to(middle - timedelta(seconds=frames * pace / 2))
        due = [(int(part * frames), act) for part, act in happenings]
        for number in range(frames):
            for place, act in due:
                if place == number and act is not None:
                    act(meter)
            frame = meter.frame()
            meter.advance(period_of(frame, meter.mode))
            labels = say(said, frame, meter.mode)
            made.sent.append(
                Sent(
                    labels,
                    _groups(frame),
                    frame[-1:],
                    (meter.now - begin).total_seconds(),
                    meter.now,
                    number < CLEAN,
                    _changes(made, before, said.values),
                )
            )
            before = dict(said.values)
    made.sources = {
        key: {label for label in labels if any(label in s.labels for s in made.sent)}
        for key, labels in said.sources.items()
    }
    return made


def _groups(frame: bytes) -> tuple[bytes, ...]:
    lines = frame[1:-1].split(b"\r")[:-1]
    return tuple(_known(line + b"\r") for line in lines)


@lru_cache(maxsize=100_000)
def _known(group: bytes) -> bytes:
    """Return the one copy of a group: most come again in each frame."""
    return group


def _changes(
    made: Stream, before: dict[str, Value], now: dict[str, Value]
) -> dict[str, Value | None]:
    """Note what changed with the frame that comes next."""
    changes: dict[str, Value | None] = {
        key: value for key, value in now.items() if before.get(key) != value
    }
    changes |= dict.fromkeys(before.keys() - now.keys())
    for key, value in changes.items():
        numbers, values = made.past.setdefault(key, ([], []))
        numbers.append(len(made.sent))
        values.append(value)
    return changes
