"""Power factors that explain the steps of an energy index: a Kalman filter.

State: the energy since the last step of the index, and the power factor of each channel
(a phase, or the whole meter). Between frames the energy grows by factor times apparent
power. The index tells when a whole Wh is full: an edge. How much one edge says follows
from how finely it is known (one frame's energy at most, 1 Wh at least), so windows are
as long as the load makes them. When the apparent power steps, the part that is not
active stays, for most great loads are heaters; how far that may be wrong enters as
noise, and the next edges decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log, sqrt, sumprod

from ..state.factors import REST, Estimated

_PRIOR = 0.9
_PRIOR_VARIANCE = 0.12**2
_MOST_VARIANCE = 0.2**2
_LEAST_FACTOR = 0.05
# What the steps of the index make of a factor of 1 lies on both sides of it
_MOST_FACTOR = 1.01
_LEAST_AFTER_STEP = 0.4
# Steps of about so many VA and less are taken for more of the same
_PROPORTIONAL_VA = 200.0
# The same apparent power may come from other appliances; more likely so after hours
_LEVEL_VARIANCE = 0.03**2
# Of phases that were only known together each alone was in doubt
_KEPT_VARIANCE = 0.04**2
_LEVEL_AGEING = 0.05**2 / 3600
_TWO_WAY_STEP_VA = 2.0
_JUMP_SHARE = 0.25
_TELLING_FACTOR = 0.95
_REST_VARIANCE = 25.0**2
_REST_AGEING = 200.0**2 / 3600
_LEVEL_WIDTH = log(1.1)
# A load drifts: so much variance of its factor per second
_DRIFT = 0.006**2 / 60
# Below this share and this many VA, a change is no step
_STEP_SHARE = 0.04
_STEP_VA = 12.0
# How far the factor of a step may lie from what was supposed: small, great steps
_SMALL_STEP_NOISE = 0.16
_GREAT_STEP_NOISE = 0.04
_GREAT_STEP_VA = 800.0
# Index and power are not of exactly the same moment, s
_SKEW = 0.6
_EDGE_VARIANCE = 0.03**2
_LIMIT_VARIANCE = 0.02
# An edge that is late by so many Wh says that the factors are wrong: by this variance
_OVERDUE_WH = 0.4
_DOUBT = 0.1**2

UNKNOWN_ENERGY = (0.5, 1 / 12)
"""Wh: anywhere between two edges, and its variance."""


class FactorFilter:
    """The power factors of some channels, and the energy since the last whole Wh."""

    def __init__(self, kept: Sequence[Mapping[int, Estimated]]) -> None:
        """Start with what was kept of each channel, by band of its apparent power."""
        channels = len(kept)
        self.factors = [_PRIOR] * channels
        self.energy = 0.5
        """Wh since the index last moved; 0 to 1 but for errors."""
        self._reference: list[float | None] = [None] * channels
        self.size = channels
        self._known: list[dict[int, tuple[float, float, float]]] = [
            {
                band: (
                    value,
                    variance if band == REST else min(variance, _KEPT_VARIANCE),
                    0.0,
                )
                for band, (value, variance) in bands.items()
            }
            for bands in kept
        ]
        self.recalled = False
        """Whether a factor is one that was kept."""
        self._clock = 0.0
        self.two_way = False
        """Whether there is a source behind the meter."""
        self._spread = [
            [_PRIOR_VARIANCE if i == j else 0.0 for j in range(channels)]
            for i in range(channels)
        ]
        self._cross = [0.0] * channels
        self._variance = 1 / 12
        self._doubted = False
        self._opening = True
        """Whether no edge was seen yet."""

    def power(self, loads: Sequence[float]) -> float:
        """Return the active power in W of signed apparent powers in VA."""
        return sumprod(self.factors, loads)

    def deviation(self, loads: Sequence[float]) -> float:
        """Return the standard deviation of ``power``, W."""
        total = 0.0
        for row, left in zip(self._spread, loads, strict=True):
            for value, right in zip(row, loads, strict=True):
                total += value * left * right
        return sqrt(max(total, 0.0))

    def reach(self, loads: Sequence[float]) -> None:
        """Follow the loads to their present apparent power."""
        for channel, load in enumerate(loads):
            reference = self._reference[channel]
            if reference is None:
                if load:
                    self._begin(channel, load)
            elif load and abs(load - reference) > (
                _TWO_WAY_STEP_VA
                if self.two_way
                else max(_STEP_VA, _STEP_SHARE * abs(reference))
            ):
                self._step(channel, reference, load)
                self._reference[channel] = load

    def present(self, loads: Sequence[float]) -> Iterator[tuple[int, int, Estimated]]:
        """Yield channel, band and what is known of it, for the loads of now."""
        for channel, load in enumerate(loads):
            if not load:
                continue
            if not self.two_way:
                factor, doubt = self.factors[channel], self._spread[channel][channel]
                yield channel, _level(load), Estimated(factor, doubt)
            elif (rest := self._rest(channel, load)) is not None:
                yield channel, REST, rest

    def _begin(self, channel: int, load: float) -> None:
        """Take the first load of a channel, with what was kept of its like."""
        self._reference[channel] = load
        found = self._find(channel, load)
        if found is None:
            return
        self.recalled = True
        self._move(channel, found[0] - self.factors[channel])
        self._spread[channel][channel] = min(
            max(found[1], _LEVEL_VARIANCE), _MOST_VARIANCE
        )

    def _step(self, channel: int, before: float, now: float) -> None:
        """Carry a factor over a step of its apparent power."""
        old, step = self.factors[channel], abs(now - before)
        recalled = self._recall(channel, before, now)
        ratio = abs(now) / abs(before)
        small = 0.0 if self.two_way else 1 / (1 + (step / _PROPORTIONAL_VA) ** 2)
        least = _LEAST_FACTOR if self.two_way else _LEAST_AFTER_STEP
        # What is not active grows in proportion on small steps and stays on great ones
        grown = ratio ** (small - 1)
        new = sqrt(max(1 - max(1 - old * old, 0.0) * grown * grown, least**2))
        slope = min(grown * grown * old / new, 3.0)
        self._scale(channel, slope)
        noise = _GREAT_STEP_NOISE + _SMALL_STEP_NOISE / (
            1 + (step / _GREAT_STEP_VA) ** 2
        )
        row = self._spread[channel]
        row[channel] += (noise * min(step / abs(now), 2.0)) ** 2
        if row[channel] > _MOST_VARIANCE:
            self._scale(channel, sqrt(_MOST_VARIANCE / row[channel]))
        self.factors[channel] = new
        if recalled is not None:
            self._measure(channel, *recalled)

    def _scale(self, channel: int, slope: float) -> None:
        """Scale what a factor has in common with everything, itself twice."""
        row = self._spread[channel]
        for other in range(self.size):
            row[other] *= slope
            self._spread[other][channel] *= slope
        self._cross[channel] *= slope

    def _recall(
        self, channel: int, before: float, now: float
    ) -> tuple[float, float] | None:
        """Keep what is known of a load that changes, return what was of the next."""
        known = self._known[channel]
        if not self.two_way:
            doubt = self._spread[channel][channel]
            known[_level(before)] = (self.factors[channel], doubt, self._clock)
            return self._find(channel, now)
        if abs(now - before) < _JUMP_SHARE * abs(before):
            return None
        found = self._find(channel, now)
        if (rest := self._rest(channel, before)) is not None:
            known[REST] = (*rest, self._clock)
        return found

    def _find(self, channel: int, load: float) -> tuple[float, float] | None:
        """Return a factor and its variance, as known of about such a load.

        Where energy flows both ways, the same apparent power may be any active power,
        and it is the part that is not active which lasts.
        """
        known = self._known[channel]
        if not self.two_way:
            level = _level(load)
            for near in (level, level - 1, level + 1):
                if near in known:
                    factor, variance, when = known[near]
                    age = _LEVEL_AGEING * (self._clock - when)
                    return factor, variance + _LEVEL_VARIANCE + age
            return None
        if REST not in known:
            return None
        rest, variance, when = known[REST]
        share = min(rest / abs(load), 0.999)
        factor = sqrt(1 - share * share)
        age = _REST_AGEING * (self._clock - when)
        return factor, (variance + _REST_VARIANCE + age) * (
            share / abs(load) / factor
        ) ** 2

    def _rest(self, channel: int, load: float) -> Estimated | None:
        """Return the part of a load that is not active, VA; None where it is small."""
        factor = self.factors[channel]
        if factor >= _TELLING_FACTOR:
            return None
        sine = sqrt(1 - factor * factor)
        doubt = self._spread[channel][channel]
        return Estimated(abs(load) * sine, doubt * (load * factor / sine) ** 2)

    def _measure(self, channel: int, factor: float, variance: float) -> None:
        """Take a factor from memory: it weighs as much as it is known better."""
        column = [row[channel] for row in self._spread]
        gain = 1 / (column[channel] + variance)
        error = (factor - self.factors[channel]) * gain
        cross = self._cross[channel]
        for other in range(self.size):
            self._move(other, column[other] * error)
            row = self._spread[other]
            for third in range(self.size):
                row[third] -= column[other] * column[third] * gain
            self._cross[other] -= column[other] * cross * gain
        self._variance -= cross * cross * gain
        self.energy += cross * error

    def _move(self, channel: int, change: float) -> None:
        """Correct a factor within what is possible."""
        factor = self.factors[channel] + change
        self.factors[channel] = min(max(factor, _LEAST_FACTOR), _MOST_FACTOR)

    def pass_time(
        self, before: Sequence[float], now: Sequence[float], seconds: float
    ) -> float:
        """Let energy grow and return it, Wh; loads signed so that the index counts them."""
        hours = seconds / 3600
        self._clock += seconds
        mean = [(a + b) / 2 * hours for a, b in zip(before, now, strict=True)]
        grown = self.power(mean)
        self.energy += grown
        # Nobody saw when between the frames the load changed
        timing = (sum(now) - sum(before)) * (seconds / 3.5 + _SKEW) / 3600
        cross, drift = self._cross, _DRIFT * seconds
        variance = self._variance + timing * timing + 2 * sumprod(mean, cross)
        for channel, (weight, row) in enumerate(zip(mean, self._spread, strict=True)):
            common = sumprod(mean, row)
            variance += weight * common
            cross[channel] += common
            row[channel] = min(row[channel] + drift, _MOST_VARIANCE)
        self._variance = variance
        return grown

    def observe(self, edges: int, expected: float) -> float:
        """Take the index: by how many Wh it rose, what one frame was expected to add.

        Without an edge only what contradicts the index is corrected.
        """
        self.energy -= edges
        self._opening = self._opening and not edges
        # Nobody knows how full the first Wh was when all began
        most = 1.5 if self._opening else 1.0
        if edges:
            width = min(1.0, max(expected, 0.02)) if edges == 1 else 1.0
            middle, noise = width / 2, width * width / 12 + _EDGE_VARIANCE
        elif 0 <= self.energy <= most:
            return 0.0
        else:
            middle, noise = min(max(self.energy, 0.0), most), _LIMIT_VARIANCE
        overdue = self.two_way and not edges and self.energy > most + _OVERDUE_WH
        if overdue and not self._doubted:
            self._doubt(expected)
        self._doubted = not edges and (self._doubted or overdue)
        return self._correct(middle, noise)

    def _doubt(self, expected: float) -> None:
        """Trust the factors less, as if they were wrong since the last edge."""
        for channel, factor in enumerate(self.factors):
            row = self._spread[channel]
            row[channel] = min(row[channel] + _DOUBT, _MOST_VARIANCE)
            weight = expected / factor / self.size
            self._cross[channel] += _DOUBT * weight
            self._variance += _DOUBT * weight * weight

    def swap_energy(self, other: tuple[float, float]) -> tuple[float, float]:
        """Go on with the energy of another index, return the present one."""
        present = (self.energy, self._variance)
        self._opening = other == UNKNOWN_ENERGY
        self.energy, self._variance = other
        self._cross = [0.0] * self.size
        return present

    def loosen(self, variance: float) -> None:
        """Trust the factors less, after time without frames."""
        for channel in range(self.size):
            row = self._spread[channel]
            row[channel] = min(row[channel] + variance, _MOST_VARIANCE)

    def _correct(self, measured: float, noise: float) -> float:
        """Take the energy as it was measured, return by how much it changed."""
        gain = 1 / (self._variance + noise)
        error = (measured - self.energy) * gain
        cross = list(self._cross)
        for channel in range(self.size):
            self._move(channel, cross[channel] * error)
            row = self._spread[channel]
            for other in range(self.size):
                row[other] -= cross[channel] * cross[other] * gain
            row[channel] = max(row[channel], 1e-8)
            self._cross[channel] -= cross[channel] * self._variance * gain
        change = self._variance * error
        self.energy += change
        self._variance = max(self._variance * (1 - self._variance * gain), 1e-8)
        return change


def _level(load: float) -> int:
    """Return the band of an apparent power: about a tenth wide, never ``REST``."""
    level = round(log(abs(load)) / _LEVEL_WIDTH)
    return max(level, 1) * (1 if load > 0 else -1)
