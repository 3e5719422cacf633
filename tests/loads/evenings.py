"""Evenings under a manager: what it sheds, what trips, how often it switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from custom_components.linky_meter.linky_tic.loads.decision import (
    Action,
    Observation,
    Order,
)
from custom_components.linky_meter.linky_tic.loads.draw import Draw, PhaseDraw
from custom_components.linky_meter.linky_tic.loads.manager import Manager
from tests.simulator.frames.registers import Filter

from .homes import SECONDS, START, Appliance, Evening

DELAYS = (0.5, 4.5)
"""Seconds from an order to its effect."""
LATENCY = 0.8
"""Seconds from what a frame measures to its end."""


@dataclass(slots=True)
class Switched:
    """An appliance that obeys after a while."""

    appliance: Appliance
    on: bool = True
    level: float = 1.0
    """The share of its power that it may draw."""
    due: list[tuple[float, bool, float]] = field(default_factory=list)
    changes: list[tuple[float, bool]] = field(default_factory=list)
    """When it was switched off and on."""
    settings: int = 0
    shed: float = 0.0
    """Seconds for which it was kept from what it wants."""

    def order(self, order: Order, second: float, chance: Random) -> None:
        """Take an order."""
        on = order.action is not Action.SHED
        level = self.due[-1][2] if self.due else self.level
        if order.level is not None:
            level = order.level / self.appliance.load.highest
        self.due.append((second + chance.uniform(*DELAYS), on, level))
        self.settings += order.action is Action.SET
        if order.action is not Action.SET:
            self.changes.append((second, on))

    def pass_to(self, second: int) -> float:
        """Let a second begin, return the VA drawn on each of its phases."""
        while self.due and second >= self.due[0][0]:
            _, self.on, self.level = self.due.pop(0)
        wanted = float(self.appliance.wants[second])
        if not wanted:
            return 0.0
        given = self.level if self.on else 0.0
        self.shed += 1 - given
        return wanted * given

    def seen(self, drawn: float) -> Observation:
        """Return what Home Assistant would see."""
        load = self.appliance.load
        # A charger without a car does not charge
        on = self.on and (drawn > 0 or not load.adjustable)
        power = drawn * len(self.appliance.phases) if self.appliance.measured else None
        level = self.level * load.highest if load.adjustable else None
        return Observation(on, power, level=level)

    def too_often(self) -> Iterator[float]:
        """Yield the seconds of each state that was shorter than its minimum."""
        load = self.appliance.load
        for (begin, on), (end, _) in zip(self.changes, self.changes[1:], strict=False):
            if end - begin < (load.min_on if on else load.min_off) - 1e-6:
                yield end - begin


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an evening went."""

    tripped: bool
    shed: dict[str, float]
    """Seconds by load."""
    switched: int
    settings: int
    too_often: int
    worst: float
    """The greatest output of the filter, as a share of what opens the breaker."""
    log: list[Any] = field(default_factory=list)


def manage(evening: Evening, seed: int, *, log: bool = False) -> Outcome:
    """Live through an evening with a manager."""
    chance = Random(f"actuators {seed}")
    homes = [Switched(one) for one in evening.appliances]
    manager = Manager([one.load for one in evening.appliances])
    count = len(evening.people)
    filters = [Filter(state=float(one[0]) ** 2) for one in evening.people]
    people = [series.tolist() for series in evening.people]
    due, worst, lines = 0.0, 0.0, []
    measured: list[float] = []
    drawn = [0.0] * len(homes)
    for second in range(SECONDS):
        loads = [series[second] for series in people]
        for number, one in enumerate(homes):
            drawn[number] = one.pass_to(second)
            for phase in one.appliance.phases:
                loads[phase] += drawn[number]
        for load, breaker in zip(loads, filters, strict=True):
            breaker.feed(load, 1)
            worst = max(worst, breaker.power / evening.limit)
        if worst >= 1:
            break
        if second >= due and measured:
            due += chance.uniform(1.5, 2.0)
            now = START + timedelta(seconds=second)
            draw = Draw(
                now,
                tuple(PhaseDraw(round(va), evening.share - va) for va in measured),
                evening.share * count,
            )
            seen = {
                one.appliance.load.key: one.seen(power)
                for one, power in zip(homes, drawn, strict=True)
            }
            for order in manager.decide(now, draw, seen).orders:
                one = next(h for h in homes if h.appliance.load.key == order.load)
                one.order(order, second, chance)
                if log:
                    lines.append((second, order, [round(va) for va in loads]))
        # A frame tells of the second before its end
        measured = loads
    return Outcome(
        worst >= 1,
        {one.appliance.load.key: one.shed for one in homes},
        sum(len(one.changes) for one in homes),
        sum(one.settings for one in homes),
        sum(1 for one in homes for _ in one.too_often()),
        worst,
        lines,
    )
