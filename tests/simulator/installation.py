"""What flows through the meter: household or fixed load, sun and mains voltage."""

from collections.abc import Sequence
from datetime import datetime
from math import pi, sin

from .clock import chance
from .config import MeterConfig
from .household import Flow, Household, reactive
from .truth import Phase

# A wire of this many ohms leads to the transformer.
_LINE_OHMS = 0.25
_PRESENT_VOLTS = 50


class Installation:
    """Everything behind the meter, and the mains in front of it."""

    def __init__(self, config: MeterConfig) -> None:
        """Build it."""
        self._phases: int = config.phases
        self._seed = config.seed
        self._household = Household(
            config.seed,
            config.phases,
            config.kva,
            config.solar_kw,
            lively=config.lively,
        )
        self._has_sun = config.producer or config.exporting
        self._load: tuple[Flow, ...] | None = None
        self._added: tuple[Flow, ...] | None = None
        self._production: tuple[Flow, ...] | None = None
        self._voltage: tuple[float, ...] | None = None
        self.connected = True
        if config.load is not None:
            self.set_load(config.load)

    def set_load(
        self,
        watts: float | Sequence[float] | None,
        power_factor: float | Sequence[float] = 1.0,
    ) -> None:
        """Fix the load; a single number is shared by the phases."""
        self._load = None if watts is None else self._flows(watts, power_factor)

    def add_load(self, watts: Sequence[float]) -> None:
        """Let so much be drawn on each phase besides what the household draws."""
        self._added = self._flows(watts, 1.0)

    def set_production(
        self,
        watts: float | Sequence[float] | None,
        power_factor: float | Sequence[float] = 1.0,
    ) -> None:
        """Fix the production."""
        self._production = None if watts is None else self._flows(watts, power_factor)

    def set_voltage(self, volts: float | Sequence[float] | None) -> None:
        """Fix the voltage; a single number is that of all phases."""
        if isinstance(volts, (int, float)):
            volts = [volts] * self._phases
        self._voltage = None if volts is None else self._checked(volts)

    def phases(self, second: int, clock: datetime) -> tuple[Phase, ...]:
        """Return what flows during one second."""
        loads, sources = self._now(second, clock)
        result = []
        for number, (load, source) in enumerate(zip(loads, sources, strict=True)):
            watts, vars_ = load[0] - source[0], load[1] - source[1]
            if not self.connected:
                watts = vars_ = 0.0
            volts = self._volts(number, second, watts)
            if volts < _PRESENT_VOLTS:
                watts = vars_ = 0.0
            result.append(Phase(watts, vars_, volts))
        return tuple(result)

    def _now(self, second: int, clock: datetime) -> tuple[Sequence[Flow], ...]:
        none: tuple[Flow, ...] = ((0.0, 0.0),) * self._phases
        if self._load is not None:
            return self._load, self._production or none
        loads = self._household.load(second, clock)
        if self._added is not None:
            pairs = zip(loads, self._added, strict=True)
            loads = [(w + more, v) for (w, v), (more, _) in pairs]
        if self._production is not None:
            return loads, self._production
        return loads, self._household.sun(second, clock) if self._has_sun else none

    def _volts(self, number: int, second: int, watts: float) -> float:
        if self._voltage is not None:
            return self._voltage[number]
        slow = 3 * sin(2 * pi * (second / 86_400 + number / 3))
        quick = 2 * chance(self._seed, 5, number, second // 3) - 1
        return 234 + slow + quick - _LINE_OHMS * watts / 230

    def _flows(
        self, watts: float | Sequence[float], factor: float | Sequence[float]
    ) -> tuple[Flow, ...]:
        if isinstance(watts, (int, float)):
            watts = [watts / self._phases] * self._phases
        if isinstance(factor, (int, float)):
            factor = [factor] * self._phases
        pairs = zip(self._checked(watts), self._checked(factor), strict=True)
        return tuple((power, reactive(power, part)) for power, part in pairs)

    def _checked(self, values: Sequence[float]) -> tuple[float, ...]:
        if len(values) != self._phases:
            raise ValueError(f"This meter has {self._phases} phases")
        return tuple(float(value) for value in values)
