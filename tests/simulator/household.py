"""A house that lives: what it draws and what its roof gives, at any moment.

Everything follows from the seed and the time, so a moment can be visited twice.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import asin, cos, pi, sin, sqrt
from random import Random
from typing import NamedTuple

from .clock import chance

Flow = tuple[float, float]
"""Watts and vars."""

_DAY = 86_400
_HEATING = 0.35
_LATITUDE, _LONGITUDE = 46.6, 2.4


class Use(NamedTuple):
    """An appliance at work, in seconds since midnight."""

    start: int
    end: int
    phase: int
    watts: float
    factor: float = 1.0
    period: int = 0
    duty: float = 1.0


@dataclass(frozen=True, slots=True)
class _Charge:
    """A night of charging."""

    start: int
    end: int
    watts: float


@dataclass(frozen=True, slots=True)
class _Day:
    """What runs on a day and the night after it."""

    uses: dict[int, list[Use]]
    """By the hours since its midnight in which they run."""
    charge: _Charge | None

    @classmethod
    def of(cls, uses: list[Use], charge: _Charge | None) -> _Day:
        """Sort the uses by hour, in their order."""
        hours: dict[int, list[Use]] = {}
        for use in uses:
            for hour in range(use.start // 3600, (use.end - 1) // 3600 + 1):
                hours.setdefault(hour, []).append(use)
        return cls(hours, charge)


def cold(day: date) -> float:
    """Return how cold a day is: 1 in January, 0 in July."""
    return 0.5 + 0.5 * cos(2 * pi * (day.timetuple().tm_yday - 20) / 365)


def lively_uses(rng: Random, winter: float) -> list[Use]:
    """Return what a house with people at home has more, so that it never stands still."""
    hour = 3600
    share = round(0.2 + 0.4 * winter * rng.uniform(0.8, 1.2), 2)
    uses = [
        # The heat pump, in summer that of the pool
        Use(0, _DAY, 2, 1100, 0.93, 900, share)
        if winter > _HEATING
        else Use(9 * hour, 19 * hour, 2, 800, 0.85, 1500, 0.6),
        Use(9 * hour, 18 * hour, 1, 160, 0.92),  # computers
    ]
    for start in range(7, 22):
        for phase in range(2):  # kettle, coffee, microwave, iron, vacuum cleaner
            second = start * hour + rng.randrange(hour)
            minutes = rng.uniform(2, 7)
            watts = rng.choice((900, 1200, 1600, 2100))
            uses.append(Use(second, second + int(60 * minutes), phase, watts))
    if rng.random() < 0.5:  # the dryer
        start = int(hour * rng.uniform(13.5, 15))
        uses.append(Use(start, start + hour, 0, 2200, 0.97, 300, 0.75))
    uses.append(Use(int(11.9 * hour), int(12.6 * hour), 1, 1800, 1.0, 40, 0.5))  # hob
    if rng.random() < 0.3:  # the car, by day
        start = int(hour * rng.uniform(10, 16))
        uses.append(Use(start, start + int(1.5 * hour), 1, 3200))
    return uses


def reactive(watts: float, factor: float) -> float:
    """Return the vars that go with these watts; a negative factor leads."""
    return abs(watts) * sqrt(1 / factor**2 - 1) * (1 if factor > 0 else -1)


class Household:
    """The appliances of a house on one or three phases."""

    def __init__(
        self,
        seed: int,
        phases: int,
        kva: int,
        solar_kw: float,
        *,
        lively: bool = False,
    ) -> None:
        """Furnish the house."""
        self._lively = lively
        self._seed = seed
        self._phases = phases
        self._share = 1000.0 * kva / phases
        self._solar = solar_kw * 1000
        self._days: dict[date, _Day] = {}

    def load(self, second: int, clock: datetime) -> list[Flow]:
        """Return what each phase draws."""
        flows = [[0.0, 0.0] for _ in range(self._phases)]
        seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
        today = self._day(clock.date())
        past = self._day(clock.date() - timedelta(days=1))
        for day, now in ((today, seconds), (past, seconds + _DAY)):
            for use in day.uses.get(now // 3600, ()):
                if not use.start <= now < use.end:
                    continue
                if use.period and (now - use.start) % use.period >= (
                    use.duty * use.period
                ):
                    continue
                flow = flows[use.phase % self._phases]
                flow[0] += use.watts
                flow[1] += reactive(use.watts, use.factor)
        self._always(second, flows)
        watts = 0.0
        for plan, now in ((today.charge, seconds), (past.charge, seconds + _DAY)):
            if plan is not None and plan.start <= now < plan.end:
                watts = plan.watts
        return [self._limit(flow, watts) for flow in flows]

    def sun(self, second: int, clock: datetime) -> list[Flow]:
        """Return what the inverter gives; it sits on the second phase, if any."""
        flows: list[Flow] = [(0.0, 0.0)] * self._phases
        watts = self._solar * 0.85 * _sun_height(second, clock)
        if watts > 5:
            # Clouds pass: points five minutes apart, joined by straight lines.
            slot, rest = divmod(second, 300)
            before, after = (0.3 + 0.7 * self._chance(9, slot + n) for n in (0, 1))
            watts *= before + (after - before) * rest / 300
            flows[1 % self._phases] = (watts, reactive(watts, 0.995))
        return flows

    def _chance(self, *parts: int) -> float:
        return chance(self._seed, *parts)

    def _always(self, second: int, flows: list[list[float]]) -> None:
        """Add what never stops: standby, refrigerator and freezer."""
        standby = 90 + 40 * self._chance(1, second // 7)
        flows[0][0] += standby
        flows[0][1] += reactive(standby, 0.8)
        for phase, period, share, watts in ((1, 2400, 0.4, 95), (2, 3300, 0.3, 120)):
            if (second + self._seed * 977) % period < share * period:
                flow = flows[phase % self._phases]
                flow[0] += watts
                flow[1] += reactive(watts, 0.7)

    def _limit(self, flow: list[float], car: float) -> Flow:
        """Charge the car with what is left, and never trip the breaker."""
        watts, vars_ = flow
        drawn = sqrt(watts * watts + vars_ * vars_)
        if car:
            watts += max(0.0, min(car, 0.9 * self._share - drawn))
        most = 0.97 * self._share
        if drawn > most:
            watts, vars_ = watts * most / drawn, vars_ * most / drawn
        return watts, vars_

    def _day(self, day: date) -> _Day:
        if (known := self._days.get(day)) is None:
            if len(self._days) > 8:
                self._days.clear()
            uses, charge = self._plan(day)
            if self._lively:
                uses += lively_uses(Random(f"lively:{self._seed}:{day}"), cold(day))
            known = self._days[day] = _Day.of(uses, charge)
        return known

    def _plan(self, day: date) -> tuple[list[Use], _Charge | None]:
        """Decide when what runs on this day."""
        rng = Random(f"{self._seed}:{day}")

        def at(hour: float, spread: float) -> int:
            return int(3600 * (hour + spread * rng.uniform(-1, 1)))

        uses: list[Use] = []

        def use(
            start: int,
            minutes: float,
            watts: float,
            phase: int,
            *,
            factor: float = 1.0,
            pulse: tuple[int, float] = (0, 1.0),
        ) -> None:
            end = start + int(minutes * 60)
            uses.append(Use(start, end, phase, watts, factor, *pulse))

        use(at(7.1, 0.4), 4, 2100, 0)  # kettle
        use(at(7.3, 0.5), 45, 180, 1, factor=0.92)  # lights
        use(at(12.2, 0.3), 35, 1900, 0, pulse=(30, 0.55))  # hob
        use(at(19.2, 0.4), 40, 2200, 0, pulse=(24, 0.6))  # hob
        use(at(17.8, 0.5), 310, 240, 1, factor=0.92)  # lights
        use(at(18.5, 0.8), 240, 160, 2, factor=0.65)  # television
        if rng.random() < 0.35:
            use(at(19.0, 0.4), 50, 2400, 1, pulse=(90, 0.7))  # oven
        if rng.random() < 0.45:
            start = at(10, 1.5)
            use(start + 300, 20, 2050, 2)  # washing machine: heat
            use(start, 75, 260, 2, factor=0.6, pulse=(50, 0.7))  # and motor
        if rng.random() < 0.7:
            start = at(22.9, 0.2)
            use(start, 70, 80, 1, factor=0.75)  # dishwasher: pump
            use(start + 600, 16, 1950, 1)  # and heat
        use(at(23.2, 0.3), rng.uniform(110, 200), 2200, 2)  # water heater
        if cold(day) > _HEATING:
            for phase in range(self._phases):
                duty = round(cold(day) * rng.uniform(0.5, 0.85), 2)
                for hour, minutes in ((5.8, 180), (16.5, 350)):
                    watts = 1500 if self._phases == 1 else 1000
                    start = at(hour, 0.2)
                    use(start, minutes, watts, phase, factor=0.99, pulse=(900, duty))
        car = None
        if rng.random() < 0.4:
            start = at(23.8, 0.2)
            car = _Charge(
                start,
                start + int(3600 * rng.uniform(2, 5)),
                3680 if self._phases == 3 else 3200,
            )
        return uses, car


def _sun_height(second: int, clock: datetime) -> float:
    """Return the sine of the sun's height over the middle of France."""
    tilt = asin(0.398 * sin(2 * pi * (clock.timetuple().tm_yday - 81) / 365))
    angle = 2 * pi * (second % _DAY) / _DAY - pi + _LONGITUDE * pi / 180
    latitude = _LATITUDE * pi / 180
    height = sin(latitude) * sin(tilt) + cos(latitude) * cos(tilt) * cos(angle)
    return max(0.0, height)
