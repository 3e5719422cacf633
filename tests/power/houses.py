"""Houses whose watts are known for every second."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from random import Random

from tests.simulator.clock import PARIS, local
from tests.simulator.config import MeterConfig
from tests.simulator.installation import Installation
from tests.simulator.truth import Phase

VOLTS = 234.0


@dataclass(frozen=True, kw_only=True)
class House:
    """A meter and what flows through it."""

    name: str
    mode: str = "standard"
    phases: int = 1
    producer: bool = False
    hours: float = 2.0
    seed: int = 1
    flows: Callable[[House], Iterator[Sequence[Phase]]] = field(repr=False)
    """Yields what the phases carry, second by second, for ever."""


def fixed(watts: float, factor: float) -> Callable[[House], Iterator[Sequence[Phase]]]:
    """Return a load that never changes, shared by the phases; negative: export."""

    def flows(house: House) -> Iterator[Sequence[Phase]]:
        part = watts / house.phases
        phases = [Phase(part, _vars(part, factor), VOLTS)] * house.phases
        while True:
            yield phases

    return flows


@dataclass(frozen=True, slots=True)
class _Appliance:
    """Something that switches itself on and off."""

    watts: float
    factor: float
    on: float
    off: float
    """Mean seconds."""
    phase: int
    noise: float


_KINDS = (
    # Watts, power factor, mean seconds on and off: small electronics, compressor,
    # heater, thermostat, motor, car
    ((40, 250), (0.55, 0.95), (600, 7200), (600, 7200)),
    ((70, 180), (0.6, 0.85), (500, 1500), (900, 3000)),
    ((800, 3500), (0.97, 1.0), (60, 1800), (600, 9000)),
    ((1200, 2500), (0.98, 1.0), (8, 40), (6, 60)),
    ((400, 2200), (0.8, 0.95), (300, 3600), (1800, 9000)),
    ((1500, 3600), (0.95, 1.0), (1800, 9000), (9000, 30000)),
)


def random_house(house: House) -> Iterator[Sequence[Phase]]:
    """Yield the life of a house furnished by chance, unlike the simulator's."""
    rng = Random(f"random house {house.seed}")
    appliances = []
    for watts, factor, on, off in _KINDS:
        for _ in range(rng.randint(1, 2)):
            rated = rng.uniform(*watts)
            appliances.append(
                _Appliance(
                    rated,
                    rng.uniform(*factor),
                    rng.uniform(*on),
                    rng.uniform(*off),
                    rng.randrange(house.phases),
                    rng.choice((0.0, 0.01, 0.05)),
                )
            )
    base = [(rng.uniform(20, 150), rng.uniform(0.5, 0.95)) for _ in range(house.phases)]
    running = [rng.random() < 0.3 for _ in appliances]
    until = [
        rng.expovariate(1 / (thing.on if on else thing.off))
        for thing, on in zip(appliances, running, strict=True)
    ]
    second = 0
    while True:
        flow = [[power, _vars(power, part)] for power, part in base]
        for n, thing in enumerate(appliances):
            if second >= until[n]:
                running[n] = not running[n]
                mean = thing.on if running[n] else thing.off
                until[n] = second + max(3.0, rng.expovariate(1 / mean))
            if running[n]:
                drawn = thing.watts * (1 + rng.gauss(0, thing.noise))
                flow[thing.phase][0] += drawn
                flow[thing.phase][1] += _vars(drawn, thing.factor)
        yield [Phase(power, reactive, VOLTS) for power, reactive in flow]
        second += 1


def household(
    start: datetime, kva: int = 9, solar: float = 0.0
) -> Callable[[House], Iterator[Sequence[Phase]]]:
    """Return the simulator's household from a moment on."""

    def flows(house: House) -> Iterator[Sequence[Phase]]:
        config = MeterConfig(
            phases=3 if house.phases == 3 else 1,
            kva=kva,
            seed=house.seed,
            exporting=solar > 0,
            solar_kw=solar,
        )
        installation = Installation(config)
        second = int(start.timestamp())
        while True:
            yield installation.phases(second, local(second))
            second += 1

    return flows


def _vars(watts: float, factor: float) -> float:
    return abs(watts) * sqrt(1 / factor**2 - 1)


WINTER = datetime(2026, 1, 13, tzinfo=PARIS)
SUMMER = datetime(2026, 6, 13, 4, tzinfo=PARIS)


def fixed_loads() -> Iterator[House]:
    """Yield loads that never change."""
    for mode in ("standard", "historic"):
        for phases in (1, 3):
            for watts in (60, 150, 400, 1000, 3000, 9000):
                for factor in (0.6, 0.8, 0.95, 1.0):
                    yield House(
                        name=f"{mode} {phases} {watts} W {factor}",
                        mode=mode,
                        phases=phases,
                        hours=1.2,
                        flows=fixed(watts, factor),
                    )
    for watts in (-60, -400, -3000):
        for phases in (1, 3):
            for factor in (0.6, 0.95):
                yield House(
                    name=f"export {phases} {watts} W {factor}",
                    phases=phases,
                    producer=True,
                    hours=1.2,
                    flows=fixed(watts, factor),
                )


def random_houses(hours: float = 12.2, seeds: int = 3) -> Iterator[House]:
    """Yield houses furnished by chance."""
    for mode in ("standard", "historic"):
        for phases in (1, 3):
            for seed in range(1, seeds + 1):
                yield House(
                    name=f"{mode} {phases} random {seed}",
                    mode=mode,
                    phases=phases,
                    hours=hours,
                    seed=seed,
                    flows=random_house,
                )


def households(seeds: int = 2) -> Iterator[House]:
    """Yield winter days of the simulator's household."""
    for mode in ("standard", "historic"):
        for phases in (1, 3):
            for seed in range(1, seeds + 1):
                yield House(
                    name=f"{mode} {phases} winter day {seed}",
                    mode=mode,
                    phases=phases,
                    hours=24.2,
                    seed=seed,
                    flows=household(WINTER),
                )


def sunny_households(seeds: int = 2) -> Iterator[House]:
    """Yield summer days with a roof that feeds in."""
    for phases in (1, 3):
        for seed in range(1, seeds + 1):
            yield House(
                name=f"standard {phases} sunny day {seed}",
                phases=phases,
                producer=True,
                hours=20.2,
                seed=seed,
                flows=household(SUMMER, solar=3.0),
            )
