"""What a meter adds up: energy, daily maxima, means and the breaker's filter."""

from dataclasses import dataclass, field, replace
from math import sqrt


@dataclass(frozen=True, slots=True)
class Point:
    """A value and the time that the meter gives it."""

    time: str
    value: float


@dataclass(frozen=True, slots=True)
class DailyMax:
    """The highest value of today and that of the day before."""

    today: Point
    yesterday: Point

    def seen(self, time: str, value: float) -> DailyMax:
        """Return it with one more value."""
        if value <= self.today.value:
            return self
        return replace(self, today=Point(time, value))

    def new_day(self, time: str) -> DailyMax:
        """Return it at midnight."""
        return DailyMax(Point(time, 0.0), self.today)


@dataclass(slots=True)
class Mean:
    """Means over whole intervals of legal time, and the last points."""

    interval: int
    points: tuple[Point, ...] = ()
    _sum: float = 0.0
    _weight: float = 0.0
    _slot: int | None = None

    def add(self, value: float, seconds: float) -> None:
        """Count a value that held for some seconds."""
        self._sum += value * seconds
        self._weight += seconds

    def tick(self, second: int, time: str) -> None:
        """Close the interval if this second begins another."""
        slot = second // self.interval
        if slot == self._slot:
            return
        if self._slot is not None and self._weight:
            point = Point(time, self._sum / self._weight)
            self.points = (point, *self.points[:1])
        self._slot, self._sum, self._weight = slot, 0.0, 0.0


@dataclass(slots=True)
class Filter:
    """The breaker's filter: it follows the square of the power, once a second."""

    keep: float = 0.992
    state: float = 0.0

    def feed(self, power: float, seconds: int) -> None:
        """Count a power that held for whole seconds."""
        square = power * power
        self.state = square + (self.state - square) * self.keep**seconds

    @property
    def power(self) -> float:
        """Filtered power."""
        return sqrt(self.state)


@dataclass(slots=True)
class Energy:
    """Indexes: exact sums, and the whole Wh that the meter shows.

    The meter books whole Wh, so that its registers agree to the last digit.
    """

    supplier: list[int] = field(default_factory=lambda: [0] * 10)
    distributor: list[int] = field(default_factory=lambda: [0] * 4)
    injected: int = 0
    reactive: list[int] = field(default_factory=lambda: [0] * 4)
    exact_supplier: list[float] = field(default_factory=lambda: [0.0] * 10)
    exact_injected: float = 0.0
    _open_import: float = 0.0
    _open_export: float = 0.0
    _open_reactive: list[float] = field(default_factory=lambda: [0.0] * 4)

    @classmethod
    def starting(
        cls, supplier: tuple[int, ...], distributors: int, injected: int
    ) -> Energy:
        """Return the indexes of a meter that has been running."""
        first = list(supplier) + [0] * (10 - len(supplier))
        total = sum(first)
        split = [0] * 4
        for number in range(1, distributors):
            split[number] = total * (number + 1) // 11
        split[0] = total - sum(split)
        energy = cls(first, split, injected, exact_supplier=[float(x) for x in first])
        energy.exact_injected = float(injected)
        energy.reactive = [total // part for part in (9, 90, 40, 25)]
        return energy

    @property
    def total(self) -> int:
        """Whole Wh drawn."""
        return sum(self.supplier)

    def book(
        self, watts: float, vars_: float, seconds: float, index: int, distributor: int
    ) -> None:
        """Count a net power on the indexes in force."""
        energy = abs(watts) * seconds / 3600
        if watts >= 0:
            self.exact_supplier[index - 1] += energy
            whole, self._open_import = _carry(self._open_import + energy)
            self.supplier[index - 1] += whole
            self.distributor[distributor - 1] += whole
            quadrant = 0 if vars_ >= 0 else 3
        else:
            self.exact_injected += energy
            whole, self._open_export = _carry(self._open_export + energy)
            self.injected += whole
            quadrant = 1 if vars_ >= 0 else 2
        amount = self._open_reactive[quadrant] + abs(vars_) * seconds / 3600
        whole, self._open_reactive[quadrant] = _carry(amount)
        self.reactive[quadrant] += whole


def _carry(amount: float) -> tuple[int, float]:
    whole = int(amount)
    return whole, amount - whole
