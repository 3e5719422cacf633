"""A year of clean frames, in four houses of three months each.

The meters are visited every ten minutes of simulated time, or every half hour where
time matters. Each visit is three frames in a row, because a state is shown when two or
three frames agree, and what is surprising waits for the next frame: one frame alone
could not confirm it. Three frames every half hour are one in ten minutes. Around each
change of tariff, colour and day it is eight frames, and around each happening eighty, so
that every transition is seen at full resolution.

A value is lost when its label came undamaged in three frames in a row and the reading
showed the truth of none of them. One that came one or two frames late has waited: that
is part of the design, and counted apart.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.simulator import MeterConfig, SimulatedMeter
from tests.simulator.clock import PARIS

from .classes import CLASSES
from .said import Said
from .streams import period_of, say
from .truth import Value, plain

LATEST = 2
"""Frames by which a value may come late."""
OTHER_METER = "042164999999"

TEN_MINUTES, HALF_HOUR = 600, 1800
"""Seconds between visits."""

_FRAMES, _AT_CHANGES, _AT_HAPPENINGS = 3, 8, 80
_CHANGES = {(0, 0), (6, 0), (6, 30), (20, 0), (22, 0), (22, 30)}
"""Hours and minutes at which contracts change tariff or colour, and the day ends."""


@dataclass(slots=True)
class YearTally:
    """What was counted."""

    frames: int = 0
    values: int = 0
    waited: Counter[str] = field(default_factory=Counter)
    """Values that came late, by class."""
    lost: Counter[str] = field(default_factory=Counter)
    """Values that did not come, by key."""
    falls: int = 0
    """Times that ``energy_import`` stepped down."""
    astray: dict[str, int] = field(default_factory=dict)
    """Wh that ``energy_import`` gained or lost against the meter, by house."""
    examples: list[str] = field(default_factory=list)

    def add(self, other: YearTally) -> None:
        """Count another house's too."""
        self.frames += other.frames
        self.values += other.values
        self.waited += other.waited
        self.lost += other.lost
        self.falls += other.falls
        self.astray |= other.astray
        self.examples += other.examples


type Act = Callable[[House], None]


class House:
    """A simulated meter, and who reads it."""

    def __init__(self, name: str, config: MeterConfig) -> None:
        """Move in."""
        self.name = name
        self.simulated = SimulatedMeter(config)
        self.tally = YearTally()
        self.silent_until = config.start
        self._begin = config.start
        self._decoder = Decoder()
        self._meter = Meter(self.simulated.address)
        self._said = Said()
        self._streaks: dict[str, int] = {}
        self._import: int | None = None
        self._start: tuple[int, int] | None = None

    def restart(self) -> None:
        """Start Home Assistant again: only the memory is kept."""
        memory = Memory.from_dict(self._meter.memory.as_dict())
        self._meter = Meter(self._meter.address, memory)
        self._decoder = Decoder()

    def visit(self, frames: int, act: Act | None = None) -> None:
        """Read so many frames; something happens in the middle of them."""
        self._streaks.clear()
        for number in range(frames):
            if act is not None and number == frames // 2:
                act(self)
            self._frame()

    def _frame(self) -> None:
        """Read one frame."""
        simulated, tally = self.simulated, self.tally
        total = simulated._ledger.energy.total
        frame = simulated.frame()
        simulated.advance(period_of(frame, simulated.mode))
        say(self._said, frame, simulated.mode)
        at = (simulated.now - self._begin).total_seconds()
        reading: MeterReading | None = None
        for decoded in self._decoder.feed(frame):
            reading = self._meter.process(decoded, at=at, received=simulated.now)
        tally.frames += 1
        if self._meter.other_address is not None:
            # The owner adopts the other meter
            self._meter = Meter(self._meter.other_address)
            self._import = self._start = None
        if reading is None:
            return
        values, streaks = reading.values, self._streaks
        for key, true in self._said.values.items():
            shown = values.get(key)
            if (shown == true and key not in streaks) or key == "energy_import":
                continue
            self._compare(key, true, shown)
        tally.values += len(self._said.values)
        self._compare_import(reading["energy_import"], total)

    def _compare(self, key: str, true: Value, shown: object) -> None:
        """Compare what is shown with the truth of this frame."""
        late = self._streaks.get(key, 0)
        if shown == true or plain(shown) == true:
            if self._streaks.pop(key, 0):
                self.tally.waited[str(CLASSES[key])] += late
            return
        self._streaks[key] = late + 1
        if late == LATEST:
            self.tally.lost[key] += 1
            if len(self.tally.examples) < 40:
                self.tally.examples.append(
                    f"{self.name}, {self.simulated.clock:%d %b %H:%M:%S}: "
                    f"{key} {shown!r}, true {true!r}"
                )

    def _compare_import(self, shown: object, total: int) -> None:
        """See that all energy goes on as the meter counts it."""
        if not isinstance(shown, int):
            return
        if self._import is not None and shown < self._import:
            self.tally.falls += 1
        self._import = shown
        if self._start is None:
            self._start = shown, total
        self.tally.astray[self.name] = shown - self._start[0] - total + self._start[1]


def _contract(name: str) -> Act:
    return lambda house: house.simulated.switch_contract(name)  # type: ignore[arg-type]


def _standard(house: House) -> None:
    house.simulated.switch_mode("standard")


def _historic(house: House) -> None:
    house.simulated.switch_mode("historic")


def _nothing(house: House) -> None:
    """Look closer."""


def _outage(house: House) -> None:
    house.silent_until = house.simulated.now + timedelta(days=30)
    house.restart()


def _replaced(house: House) -> None:
    house.simulated.swap(OTHER_METER, (120, 340))


def _opposite(house: House) -> None:
    house.simulated.set_production([0, 2600, 0])


def _producer(house: House) -> None:
    house.simulated.set_producer()


def _time(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=PARIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """One house, its three months and what happens there."""

    config: MeterConfig
    end: datetime
    happenings: dict[datetime, Act]


QUARTERS: dict[str, Quarter] = {
    "one phase, historic": Quarter(
        config=MeterConfig(
            mode="historic", contract="hc", kva=9, start=_time(2026, 1, 1), seed=41
        ),
        end=_time(2026, 4, 1),
        happenings={
            _time(2026, 2, 1, 10): _contract("tempo"),
            _time(2026, 3, 1, 10): _contract("weekend"),
            _time(2026, 3, 20, 10): _standard,
            _time(2026, 3, 29, 3): _nothing,
        },
    ),
    "three phases, producer": Quarter(
        config=MeterConfig(
            phases=3,
            contract="base",
            kva=12,
            producer=True,
            solar_kw=6,
            start=_time(2026, 4, 1),
            seed=42,
        ),
        end=_time(2026, 7, 1),
        happenings={
            _time(2026, 4, 20, 10): _outage,
            _time(2026, 6, 10, 10): _contract("hc"),
            _time(2026, 6, 20, 10): _opposite,
        },
    ),
    "one phase, exporting": Quarter(
        config=MeterConfig(
            contract="hc", kva=9, exporting=True, start=_time(2026, 7, 1), seed=43
        ),
        end=_time(2026, 10, 1),
        happenings={
            _time(2026, 8, 10, 10): _replaced,
            _time(2026, 9, 1, 10): _producer,
            _time(2026, 9, 10, 10): _contract("weekend"),
        },
    ),
    "three phases, Tempo": Quarter(
        config=MeterConfig(
            phases=3,
            contract="tempo",
            kva=18,
            breaking_kva=15,
            start=_time(2026, 10, 1),
            seed=44,
        ),
        end=_time(2027, 1, 1),
        happenings={
            _time(2026, 10, 25, 2): _nothing,
            _time(2026, 10, 25, 3): _nothing,
            _time(2026, 11, 10, 10): _historic,
        },
    ),
}
"""The year."""


def live(name: str, visit: int = TEN_MINUTES) -> YearTally:
    """Live through three months, return what was counted."""
    quarter = QUARTERS[name]
    house = House(name, quarter.config)
    happenings = {
        int(when.timestamp()): act for when, act in quarter.happenings.items()
    }
    for mark, usual in _visits(quarter, visit):
        act = happenings.get(mark)
        frames = _AT_HAPPENINGS if act else usual
        simulated = house.simulated
        now = simulated.now.timestamp()
        if mark < house.silent_until.timestamp() and act is None:
            continue
        pace = period_of(simulated.frame(), simulated.mode) if frames > _FRAMES else 0
        simulated.advance(mark - frames // 2 * pace - now, step=visit)
        house.visit(frames, act)
    return house.tally


def _visits(quarter: Quarter, visit: int) -> Iterator[tuple[int, int]]:
    """Yield the second of each visit, and how many frames it takes."""
    first, last = (
        int(when.timestamp()) for when in (quarter.config.start, quarter.end)
    )
    for mark in range(first + visit, last, visit):
        local = datetime.fromtimestamp(mark, PARIS)
        change = (local.hour, local.minute) in _CHANGES
        yield mark, _AT_CHANGES if change else _FRAMES
