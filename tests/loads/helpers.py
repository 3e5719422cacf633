"""A house in the hands of a test: what it draws, and loads that obey or do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    Decision,
    LoadReport,
    Observation,
    Order,
)
from custom_components.linky_meter.linky_tic.loads.draw import Draw, PhaseDraw
from custom_components.linky_meter.linky_tic.loads.load import Load, LoadKind
from custom_components.linky_meter.linky_tic.loads.manager import Manager
from tests.simulator.clock import PARIS

NOON = datetime(2027, 1, 14, 12, 0, tzinfo=PARIS)
HEATER = Load(key="heater", entities=("switch.heater",), priority=2, power=2000)
DRYER = Load(key="dryer", entities=("switch.dryer",), priority=1, power=1500)
CAR = Load(key="car", kind=LoadKind.CHARGER, priority=1)


@dataclass
class House:
    """6 kVA on one phase, or 9 on three, a frame every two seconds."""

    loads: list[Load]
    base: list[float] = field(default_factory=lambda: [1000.0])
    """VA of each phase that nobody sheds."""
    now: datetime = NOON
    slow: bool = True
    dry_run: bool = False
    state: Any = None
    measured: set[str] = field(default_factory=set)
    """Loads that tell their power."""
    stubborn: set[str] = field(default_factory=set)
    """Loads that do nothing that they are told."""
    watts: dict[str, float] = field(default_factory=dict)
    """What loads draw while they are on, whatever was typed."""
    orders: list[tuple[float, Order]] = field(default_factory=list)
    """All orders, with the seconds since the beginning."""

    def __post_init__(self) -> None:
        """Switch everything on."""
        self.manager = Manager(self.loads, self.state, dry_run=self.dry_run)
        self.seen = {
            load.key: Observation(True, level=load.highest if load.adjustable else None)
            for load in self.loads
        }
        self.start = self.now
        self.decision = Decision()

    @property
    def kva(self) -> float:
        """VA of the breaking power."""
        return 6000.0 if len(self.base) == 1 else 9000.0

    def draws(self) -> list[float]:
        """Return what each phase draws."""
        total = list(self.base)
        for load in self.loads:
            parts = load.parts(self.power(load), len(total))
            total = [a + b for a, b in zip(total, parts, strict=True)]
        return total

    def power(self, load: Load) -> float:
        """Return what a load draws."""
        seen = self.seen[load.key]
        if not seen.on and load.key not in self.stubborn:
            return 0.0
        if load.adjustable:
            return (seen.level or 0.0) * load.unit
        return self.watts.get(load.key, load.power or 1800.0)

    def run(self, seconds: float, *, obey: bool = True) -> House:
        """Let time pass; orders are carried out at once."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now += timedelta(seconds=2)
            self.frame(obey=obey)
        return self

    def frame(self, *, obey: bool = True, draw: bool = True) -> Decision:
        """Let the meter speak once, or be silent."""
        loads = self.draws()
        share = self.kva / len(loads)
        phases = tuple(PhaseDraw(va, share - va) for va in loads)
        said = Draw(self.now, phases, self.kva, slow=self.slow) if draw else None
        seen = {
            load.key: replace(self.seen[load.key], power=self.power(load))
            if load.key in self.measured and self.seen[load.key].on is not None
            else self.seen[load.key]
            for load in self.loads
        }
        self.decision = self.manager.decide(self.now, said, seen)
        for order in self.decision.orders:
            self.orders.append(((self.now - self.start).total_seconds(), order))
            if obey and not self.dry_run and order.load not in self.stubborn:
                self.obey(order)
        return self.decision

    def silence(self, seconds: float) -> House:
        """Let time pass without a frame."""
        for _ in range(int(seconds / 10)):
            self.now += timedelta(seconds=10)
            self.frame(draw=False)
        return self

    def obey(self, order: Order) -> None:
        """Carry an order out."""
        seen = self.seen[order.load]
        level = seen.level if order.level is None else order.level
        self.seen[order.load] = replace(
            seen, on=order.action is not Action.SHED, level=level
        )

    def switch(self, key: str, *, on: bool | None) -> None:
        """Switch a load by hand, or unplug it."""
        self.seen[key] = replace(self.seen[key], on=on)

    def told(self) -> list[tuple[str, Action]]:
        """Return the orders so far."""
        return [(order.load, order.action) for _, order in self.orders]

    def report(self, key: str) -> LoadReport:
        """Return how a load is."""
        return self.decision.states[key]


def actions(orders: Sequence[tuple[float, Order]], key: str) -> list[Action]:
    """Return what a load was told."""
    return [order.action for _, order in orders if order.load == key]
