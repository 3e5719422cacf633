"""What somebody who knew the evening to come would shed: the least that avoids a trip.

The loads are taken one after the other, the best protected first: each gets the most time
that the breaker leaves it while all that is less important is off, and is part of the
house for the next. That is the least shed time by priority. For one load the best plan is
found exactly, by dynamic programming from the end of the evening to its beginning over
the filter's state (a grid, between whose points costs are interpolated), whether it is
on, and for how long it has been (its minimum times bind the oracle as well). In each step
of twenty seconds it may switch, and a charger may be set to any ampere; the filter runs
on by the second. No surprise, no delay, no margin.

Beside it stands what the same oracle would shed if it had to keep the reserve of one who
does not know what comes: at each second at which a load runs, the breaker has to bear
``SURPRISE`` VA more until the load can be off. Only what goes beyond that can be bettered.

A load on three phases would need three filters at once. Its bound is the worst of three
plans, each of which looks at one phase alone: less than any plan for all three can reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from custom_components.linky_meter.linky_tic.loads.outlook import SURPRISE

from .homes import SECONDS, Appliance, Evening, Series, trips

STEP = 20
_GRID = 120
_KEEP = 0.992
_REST = _KEEP**STEP
_NEVER = 1e7
_RISKY = 1e5
"""What a step without the reserve costs: it is kept wherever it can be."""
REACTION = 8.0
"""Seconds from a surprise until a load is off: a frame, its age, and a slow relay."""
_COUNT = SECONDS // STEP

type Levels = npt.NDArray[np.float64]
"""The share of its power that a load may draw, by step."""


def plan(evening: Evening, *, reserve: bool = False) -> dict[str, float]:
    """Return the seconds that each load is shed."""
    surprise = SURPRISE if reserve else None
    loads = [series.copy() for series in evening.people]
    shed: dict[str, float] = {}
    for one in reversed(evening.appliances):
        plans = [
            _one(loads[phase], one, evening.limit, surprise) for phase in one.phases
        ]
        shed[one.load.key] = max(cost for cost, _ in plans)
        for phase, (_, levels) in zip(one.phases, plans, strict=True):
            loads[phase] += one.wants * np.repeat(levels, STEP)
    return shed


def _added(loads: Series) -> Series:
    """Return what the squares of each step add to the filter at its end."""
    weights = (1 - _KEEP) * _KEEP ** np.arange(STEP - 1, -1, -1)
    return np.asarray((loads**2).reshape(_COUNT, STEP) @ weights)


def _bounds(loads: Series, limit: float, surprise: float) -> Series:
    """Return from which state on each step falls short of the reserve."""
    most, come = limit * limit, (loads + surprise) ** 2
    least = np.minimum(come - (come - most) / _KEEP**REACTION, most)
    # A load below it lets the filter empty by itself
    least[loads**2 <= least] = np.inf
    seconds = np.arange(STEP)
    past = seconds[:, None] - seconds
    weights = np.where(past >= 0, (1 - _KEEP) * _KEEP ** np.maximum(past, 0), 0.0)
    so_far = (loads**2).reshape(_COUNT, STEP) @ weights.T
    kept = _KEEP ** (seconds + 1)
    return np.asarray(((least.reshape(_COUNT, STEP) - so_far) / kept).min(axis=1))


def _one(
    people: Series, one: Appliance, limit: float, surprise: float | None
) -> tuple[float, Levels]:
    """Return the least shed seconds of a load beside a house, and its levels."""
    if surprise is None and not trips(people + one.wants, limit):
        return 0.0, np.ones(_COUNT)
    levels = (0.0, *one.levels)
    added = np.array([_added(people + level * one.wants) for level in levels])
    wanted = (one.wants > 0).reshape(_COUNT, STEP).sum(axis=1)
    grid = np.linspace(0, limit * limit, _GRID)
    bounds = np.full(added.shape, np.inf)
    if surprise is not None:
        for number, level in enumerate(one.levels, 1):
            bounds[number] = _bounds(people + level * one.wants, limit, surprise)
        bounds[:, wanted == 0] = np.inf
    most_on = max(ceil(one.load.min_on / STEP), 1)
    most_off = max(ceil(one.load.min_off / STEP), 1)
    problem = _Problem(levels, added, bounds, wanted, grid, most_on, most_off)
    return problem.follow(problem.solve(), float(people[0]))


@dataclass(frozen=True, slots=True)
class _Problem:
    """One load beside a house. Its ages: 1 to most on, then off; older is the oldest."""

    levels: tuple[float, ...]
    added: Series
    bounds: Series
    """The states from which a step falls short of the reserve, by level."""
    wanted: Series
    grid: Series
    most_on: int
    most_off: int

    def solve(self) -> Series:
        """Return the least cost after each step, by age and state."""
        most_on, most_off = self.most_on, self.most_off
        ages_on = np.minimum(np.arange(1, most_on + 1), most_on - 1)
        ages_off = np.minimum(np.arange(1, most_off + 1), most_off - 1)
        after = np.zeros((most_on + most_off, _GRID))
        kept = np.empty((_COUNT, most_on + most_off, _GRID))
        for step in range(_COUNT - 1, -1, -1):
            kept[step] = after
            on = self._on(after[:most_on], step)
            off = self._ahead(after[most_on:], self.added[0, step]) + self.wanted[step]
            after = np.concatenate((on[ages_on], off[ages_off]))
            after[most_on - 1] = np.minimum(after[most_on - 1], off[0])
            after[-1] = np.minimum(after[-1], on[0])
        return kept

    def _on(self, after: Series, step: int) -> Series:
        """Return the cost of being on for a step at the best level."""
        wanted = self.wanted[step]
        if not wanted:
            return self._ahead(after, self.added[0, step])
        costs = self._ahead(after, self.added[1:, step, None])
        costs += wanted * (1 - np.array(self.levels[1:])[:, None])
        costs += _RISKY * (self.grid >= self.bounds[1:, step, None])
        return np.asarray(costs.min(axis=1))

    def _ahead(self, after: Series, more: float | Series) -> Series:
        """Return the cost from where each state leads, by interpolation."""
        state, top = _REST * self.grid + more, self.grid[-1]
        place = state / top * (_GRID - 1)
        low = np.minimum(place.astype(int), _GRID - 2)
        part = place - low
        found = after[:, low] * (1 - part) + after[:, low + 1] * part
        found[:, state >= top] = _NEVER
        return np.asarray(found)

    def follow(self, kept: Series, first: float) -> tuple[float, Levels]:
        """Follow the best plan from the beginning with the true state."""
        state, on, age, cost = first**2, True, self.most_on, 0.0
        most = {True: self.most_on, False: self.most_off}
        chosen = np.zeros(_COUNT)
        for step in range(_COUNT):
            ways = []
            for number, level in enumerate(self.levels):
                lit = level > 0
                if lit != on and age < most[on]:
                    continue
                older = min(age + 1, most[lit]) if lit == on else 1
                then = _REST * state + self.added[number, step]
                row = older - 1 if lit else self.most_on + older - 1
                ahead = np.interp(then, self.grid, kept[step, row], right=_NEVER)
                spent = self.wanted[step] * (1 - level)
                spent += _RISKY * bool(state >= self.bounds[number, step])
                # Of equals the higher level
                ways.append((round(float(ahead + spent), 6), -level, older, then))
            _, less, age, state = min(ways)
            on = less < 0
            cost += self.wanted[step] * (1 + less)
            chosen[step] = -less
        return float(cost), chosen
