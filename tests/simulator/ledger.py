"""Everything that a meter remembers, fed second by second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .agenda import Tariff
from .clock import stamp
from .config import MeterConfig
from .frames.registers import DailyMax, Energy, Filter, Mean, Point
from .truth import Phase

LOAD_CURVE_INTERVAL = 1800
VOLTAGE_INTERVAL = 600

# Wh that a household of some years has, by contract.
_STARTING_INDEXES = {
    "base": (24_815_302,),
    "hc": (9_412_877, 15_230_461),
    "ejp": (21_004_518, 1_352_740),
    "tempo": (8_328_856, 13_739_545, 1_466_099, 2_132_883, 860_118, 844_115),
    "weekend": (5_432_429, 9_236_697, 6_357_049),
    "super_off_peak": (2_905_120, 11_874_003, 4_510_996),
}


@dataclass(slots=True)
class Balance:
    """The phases together."""

    watts: float
    vars: float
    import_va: float
    export_va: float

    @classmethod
    def of(cls, phases: Sequence[Phase]) -> Balance:
        """Add signed apparent powers; the active power gives the direction."""
        watts = sum(phase.watts for phase in phases)
        total = abs(sum(phase.signed_va for phase in phases))
        drawn = watts >= 0
        return cls(
            watts,
            sum(phase.vars for phase in phases),
            total if drawn else 0.0,
            0.0 if drawn else total,
        )


class Ledger:
    """The registers of one meter."""

    def __init__(self, config: MeterConfig, *, new: bool = False) -> None:
        """Start with the configured indexes, or as a meter that is just installed."""
        self._config = config
        indexes = config.indexes or _STARTING_INDEXES[config.contract]
        distributors = 1 if config.contract == "base" else 4
        self._indexes: tuple[int, ...] = (0,) if new else indexes
        self._distributors = distributors
        self._injected = 0 if new or not config.producer else config.injected
        count = 1 if config.phases == 1 else 4
        self.energy = Energy()
        # The whole first, then each phase of a three-phase meter.
        self.filters = [Filter() for _ in range(count)]
        self.maxima: list[DailyMax] = []
        self.export_filter = Filter()
        self.max_export = DailyMax(Point("", 0.0), Point("", 0.0))
        self.currents = [Filter(keep=1 - 1 / 600) for _ in range(config.phases)]
        self.max_currents = [0.0] * config.phases
        self.load_curve = Mean(LOAD_CURVE_INTERVAL)
        self.load_curve_export = Mean(LOAD_CURVE_INTERVAL)
        self.voltages = [Mean(VOLTAGE_INTERVAL) for _ in range(config.phases)]
        self._day: date | None = None
        self.reset_indexes()

    def reset_indexes(self) -> None:
        """Set the indexes to where they start; what is filtered stays."""
        self.energy = Energy.starting(self._indexes, self._distributors, self._injected)

    def integrate(
        self, phases: Sequence[Phase], tariff: Tariff, seconds: float
    ) -> None:
        """Count what flowed for a part of a second, or for more."""
        balance = Balance.of(phases)
        self.energy.book(
            balance.watts, balance.vars, seconds, tariff.index, tariff.distributor
        )
        self.load_curve.add(max(balance.watts, 0.0), seconds)
        self.load_curve_export.add(max(-balance.watts, 0.0), seconds)
        for mean, phase in zip(self.voltages, phases, strict=True):
            mean.add(phase.volts, seconds)

    def tick(
        self,
        phases: Sequence[Phase],
        seconds: int,
        clock: datetime,
        *,
        degraded: bool = False,
    ) -> None:
        """End some whole seconds: filter, compare with the maxima, close intervals."""
        balance = Balance.of(phases)
        imports = [balance.import_va]
        if len(phases) > 1:
            imports += [phase.imported_va for phase in phases]
        for breaker, power in zip(self.filters, imports, strict=True):
            breaker.feed(power, seconds)
        self.export_filter.feed(balance.export_va, seconds)
        for number, phase in enumerate(phases):
            self.currents[number].feed(phase.amperes, seconds)
            most = max(self.max_currents[number], self.currents[number].power)
            self.max_currents[number] = most
        time, second = stamp(clock, degraded=degraded), int(clock.timestamp())
        self._maxima(time, clock.date())
        for mean in (self.load_curve, self.load_curve_export, *self.voltages):
            mean.tick(second, time)

    def _maxima(self, time: str, day: date) -> None:
        if not self.maxima:
            nothing = DailyMax(Point(time, 0.0), Point(time, 0.0))
            self.maxima = [nothing] * len(self.filters)
            self.max_export = nothing
        elif day != self._day:
            self.maxima = [highest.new_day(time) for highest in self.maxima]
            self.max_export = self.max_export.new_day(time)
        self._day = day
        self.maxima = [
            highest.seen(time, breaker.power)
            for highest, breaker in zip(self.maxima, self.filters, strict=True)
        ]
        self.max_export = self.max_export.seen(time, self.export_filter.power)
