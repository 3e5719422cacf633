"""Active power and power factor, which no meter sends.

The indexes count active energy in steps of 1 Wh, and the apparent power comes with
every frame. How many watts a volt-ampere makes follows from both (``FactorFilter``);
applied to the live apparent power, the result moves with each frame. Source of the
signs: Enedis-NOI-CPT_54E v3, sections 6.2.3.8 and 6.2.3.12 (STGE bit 9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..state.factors import KnownFactors
from .factor_filter import UNKNOWN_ENERGY, FactorFilter
from .index_balance import IndexBalance

_GAP_SECONDS = 15.0
_FORGET_SECONDS = 900.0
# How much less the factors are trusted after a gap
_GAP_VARIANCE = 0.05**2
# The first frame has none before it that bears it out
_FRAMES_TO_SHOW = 2
# The power factor until then: the few great loads have 1, the many small ones less
_SUPPOSED = 0.95
# Known from so many frames with an edge, or from what was kept, and to so much of the
# power or so many W
_EDGES_TO_KNOW = 2
_KNOWN_SHARE = 0.08
_KNOWN_WATTS = 10.0
# A phase that shows no power but so many amperes flows the other way
_EXPORT_AMPERES = 1
# Totals and phases are rounded each for itself, VA
_ROUNDING = 3


class PhaseSample(NamedTuple):
    """What one phase shows. None is unknown."""

    apparent: float | None
    """VA drawn, 0 while the phase exports."""
    current: float | None
    """A, without direction."""
    voltage: float | None
    """V."""


@dataclass(slots=True, kw_only=True)
class Sample:
    """What a frame says about power and energy. None is unknown or never sent."""

    at: float
    """A steady clock, s."""
    imported: int | None
    """Wh, one total that never falls: EAST, or the sum of the historic registers."""
    exported: int | None = None
    """Wh: EAIT."""
    apparent: float | None
    """VA drawn by the whole installation: SINSTS or PAPP."""
    apparent_export: float | None = None
    """VA given: SINSTI."""
    exporting: bool | None = None
    """STGE bit 9; None in historic mode."""
    phases: Sequence[PhaseSample] = ()
    """Each phase; without apparent power in historic mode."""


class Estimate(NamedTuple):
    """What a sample comes to. None is unknown."""

    watts: float | None = None
    """W, negative while exporting."""
    power_factor: float | None = None
    """0 to 1; of the whole installation, in either direction."""


UNKNOWN = Estimate()


class Flow(NamedTuple):
    """Where the apparent power of a moment goes."""

    loads: list[float]
    """VA of each channel, negative where it exports."""
    direction: int
    """1 when the meter as a whole imports, -1 when it exports."""
    coarse: float | None = None
    """W, where nothing better than amperes is known."""


class ActivePower:
    """Active power of one meter, learned from its indexes.

    What outlives a restart is put into ``kept``.
    """

    def __init__(self, kept: KnownFactors | None = None) -> None:
        self.kept = KnownFactors() if kept is None else kept
        self._at: float | None = None
        self._indexes = {1: IndexBalance(), -1: IndexBalance()}
        self._direction = 1
        self._filter = FactorFilter(self.kept.of(1))
        self._known = False
        self._edges = self._frames = 0
        self._loads: list[float] = []
        self._watts = 0.0

    def update(self, sample: Sample) -> Estimate:
        """Take a frame's values, return the power of its moment."""
        flow = signed_loads(sample)
        elapsed = self._elapsed(sample.at)
        seen = {1: sample.imported, -1: sample.exported}
        if flow is None or flow.coarse is not None:
            # What flows unseen is in no window
            self._restart()
            self._see(seen)
            return UNKNOWN if flow is None else Estimate(flow.coarse)
        if len(flow.loads) != self._filter.size:
            self._forget(len(flow.loads))
        if sample.apparent_export is not None or min(flow.loads) < 0:
            self._filter.two_way = True
        if flow.direction != self._direction:
            # Half of the time passed before it, and half after
            elapsed /= 2
            self._grow([0.0] * len(flow.loads), elapsed)
            self._spend(2 * elapsed)
            self._observe(seen[self._direction])
            self._turn(flow.direction)
        else:
            self._spend(elapsed)
        self._frames += 1
        self._filter.reach(flow.loads)
        self._grow(flow.loads, elapsed)
        self._observe(seen[self._direction])
        self._see(seen)
        return self._estimate(flow)

    def preview(self, sample: Sample) -> float | None:
        """Return the W of loads that are measured now, and learn nothing.

        None where the next ``update`` may tell another direction.
        """
        flow = signed_loads(sample)
        if (
            flow is None
            or self._frames < _FRAMES_TO_SHOW
            or flow.direction != self._direction
            or len(flow.loads) != self._filter.size
            or not any(flow.loads)
        ):
            return None
        return round(self._paying(flow, self._power_of(flow)) * flow.direction, 1)

    def _elapsed(self, at: float) -> float:
        """Return the seconds since the last frame, 0 after a gap."""
        elapsed = 0.0 if self._at is None else max(at - self._at, 0.0)
        self._at = at
        if elapsed <= _GAP_SECONDS:
            return elapsed
        if elapsed > _FORGET_SECONDS:
            self._forget(self._filter.size)
        self._restart()
        self._filter.loosen(_GAP_VARIANCE)
        return 0.0

    def _estimate(self, flow: Flow) -> Estimate:
        """Return the power of a flow whose direction is known."""
        way = flow.direction
        if not any(flow.loads):
            self._watts = 0.0
            return Estimate(0.0)
        if self._frames < _FRAMES_TO_SHOW:
            return UNKNOWN
        self._known = self._known or self._knows(flow)
        watts = self._power_of(flow)
        if not self._known:
            return Estimate(round(watts * way, 1))
        total = abs(sum(flow.loads))
        factor = min(watts / total, 1.0) if total else None
        self._indexes[way].limit(watts, two_way=self._filter.two_way)
        self._watts = self._paying(flow, watts)
        return Estimate(
            round(self._watts * way, 1), None if factor is None else round(factor, 3)
        )

    def _knows(self, flow: Flow) -> bool:
        """Return whether the factors are good enough to be held to account."""
        if not self._filter.recalled and self._edges < _EDGES_TO_KNOW:
            return False
        watts = self._filter.power(flow.loads) * flow.direction
        doubt = self._filter.deviation(flow.loads)
        return doubt <= max(_KNOWN_SHARE * watts, _KNOWN_WATTS)

    def _power_of(self, flow: Flow) -> float:
        """Return the power of a flow in its direction, W."""
        if not self._known and not self._filter.recalled:
            return _SUPPOSED * abs(sum(flow.loads))
        return max(self._filter.power(flow.loads) * flow.direction, 0.0)

    def _paying(self, flow: Flow, watts: float) -> float:
        """Return the power of a flow, with a part of what is owed."""
        if not self._known:
            return watts
        return self._indexes[flow.direction].paying(
            watts, sum(map(abs, flow.loads)), two_way=self._filter.two_way
        )

    def _grow(self, loads: list[float], elapsed: float) -> None:
        """Let the energy of the index in use grow since the last frame."""
        way, index = self._direction, self._indexes[self._direction]
        if self._loads and elapsed:
            grown = self._filter.pass_time(
                [load * way for load in self._loads],
                [load * way for load in loads],
                elapsed,
            )
            index.expected += grown
            if self._known:
                index.balance += grown
        self._loads = loads

    def _spend(self, elapsed: float) -> None:
        """Take off what the published power came to."""
        if self._known:
            self._indexes[self._direction].balance -= self._watts * elapsed / 3600

    def _observe(self, now: int | None) -> None:
        """Compare with the index in use."""
        index = self._indexes[self._direction]
        if now is None or index.last is None:
            index.last = index.last if now is None else now
            return
        edges, index.last = now - index.last, now
        if not index.plausible(edges):
            self._restart()
            return
        corrected = self._filter.observe(edges, index.expected)
        index.expected = 0.0
        if not self._edges:
            # How full the first Wh was when all began, the index does not owe
            index.balance, corrected = 0.0, 0.0
        self._edges += edges > 0
        if not self._known:
            return
        index.balance += corrected
        if edges:
            for channel, band, known in self._filter.present(self._loads):
                self.kept.learn(self._filter.size, channel, band, known)

    def _see(self, seen: Mapping[int, int | None]) -> None:
        """Keep the indexes that nothing was compared with."""
        for way, now in seen.items():
            self._indexes[way].keep(now)

    def _turn(self, direction: int) -> None:
        """Count on the other index from now on."""
        self._indexes[self._direction].energy = self._filter.swap_energy(
            self._indexes[direction].energy
        )
        self._direction = direction

    def _restart(self) -> None:
        """Begin new windows."""
        for index in self._indexes.values():
            index.restart()
        self._filter.swap_energy(UNKNOWN_ENERGY)
        self._loads = []
        self._watts = 0.0

    def _forget(self, channels: int) -> None:
        """Begin as on the first frame."""
        self._filter = FactorFilter(self.kept.of(channels))
        self._known, self._edges, self._frames = False, 0, 0
        self._restart()


def signed_loads(sample: Sample) -> Flow | None:
    """Return what flows on each channel, None when the direction is unknown.

    A phase that shows 0 VA and some amperes exports; how much is what the total lacks
    of the sum of the phases, for the total is the sum with signs.
    """
    given = sample.apparent_export
    phases = sample.phases
    if sample.apparent:
        total, direction = sample.apparent, 1
    elif given:
        total, direction = -given, -1
    elif sample.apparent is None:
        return None
    elif sample.exporting and given is None:
        watts = _coarse_export(phases)
        return None if watts is None else Flow([], -1, watts)
    elif given is None and (
        not phases
        or any(p.current is None or p.current >= _EXPORT_AMPERES for p in phases)
    ):
        return None
    else:
        total, direction = 0.0, -1 if sample.exporting else 1
    shown = [phase.apparent for phase in phases]
    if len(shown) < 3 or None in shown:
        return Flow([total], direction)
    loads = [float(apparent or 0) for apparent in shown]
    missing = sum(loads) - total
    idle = [n for n, load in enumerate(loads) if not load]
    if missing > _ROUNDING and idle:
        weights = [(phases[n].current or 0) * (phases[n].voltage or 230) for n in idle]
        whole = sum(weights)
        for n, weight in zip(idle, weights, strict=True):
            share = weight / whole if whole else 1 / len(idle)
            loads[n] = -missing * share
    return Flow(loads, direction)


def _coarse_export(phases: Sequence[PhaseSample]) -> float | None:
    """Return W that a consumer's meter exports: known to 1 A of each phase only."""
    watts = 0.0
    for phase in phases:
        if phase.apparent:
            watts += phase.apparent
        elif phase.current is None or phase.voltage is None:
            return None
        else:
            watts -= phase.current * phase.voltage
    return min(watts, 0.0) if phases else None
