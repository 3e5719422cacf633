"""What is really so, whatever the frames say of it."""

from dataclasses import dataclass
from datetime import datetime
from math import hypot
from typing import Literal

from .agenda import Tariff
from .frames.registers import DailyMax, Point
from .frames.wire import Mode

BreakerState = Literal[
    "closed",
    "overpower",
    "overvoltage",
    "load_shedding",
    "order",
    "overheating_high",
    "overheating_low",
    "undefined",
]
BREAKER_CODES: dict[BreakerState, int] = {
    "closed": 0,
    "overpower": 1,
    "overvoltage": 2,
    "load_shedding": 3,
    "order": 4,
    "overheating_high": 5,
    "overheating_low": 6,
    "undefined": 7,
}


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase; powers are positive when they are drawn."""

    watts: float
    vars: float
    volts: float

    @property
    def va(self) -> float:
        """Apparent power, without sign."""
        return hypot(self.watts, self.vars)

    @property
    def signed_va(self) -> float:
        """Apparent power with the sign of the active power."""
        return -self.va if self.watts < 0 else self.va

    @property
    def imported_va(self) -> float:
        """Apparent power drawn: none while the phase exports."""
        return max(self.signed_va, 0.0)

    @property
    def amperes(self) -> float:
        """Effective current; it knows no direction."""
        return self.va / self.volts if self.volts else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A meter and its house at one moment."""

    now: datetime
    """True time."""
    clock: datetime
    """What the meter takes the legal time to be."""
    time: str
    """The same, as the meter writes it."""
    mode: Mode
    address: str
    phases: tuple[Phase, ...]

    active_power: float
    import_va: float
    export_va: float

    supplier: tuple[int, ...]
    distributor: tuple[int, ...]
    total: int
    injected: int
    reactive: tuple[int, ...]
    exact_supplier: tuple[float, ...]
    """Wh of each supplier index, before the meter rounds them down."""
    exact_injected: float

    tariff: Tariff
    calendar_name: str
    max_import: DailyMax
    max_phases: tuple[DailyMax, ...]
    """Of each phase; empty on a single-phase meter."""
    max_export: DailyMax
    max_currents: tuple[float, ...]
    load_curve: tuple[Point, ...]
    load_curve_export: tuple[Point, ...]
    mean_voltages: tuple[Point, ...]
    filtered: float
    """What the breaker's filter makes of the whole import, in VA."""
    filtered_phases: tuple[float, ...]

    breaker: BreakerState
    overloaded: tuple[int, ...]
    """Phases whose current is above the subscribed one."""
    reference_exceeded: bool
    overvoltage: bool
    relays: int
    cover_open: bool
    clock_degraded: bool
    message: str
    ultra_short: str | None
    """MSG2, until a frame has carried it."""

    @property
    def import_wh(self) -> float:
        """Exact energy drawn."""
        return sum(self.exact_supplier)

    @property
    def missing(self) -> tuple[int, ...]:
        """Phases without voltage."""
        return tuple(
            number for number, phase in enumerate(self.phases, 1) if phase.volts < 115
        )
