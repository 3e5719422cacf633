"""The figures of a series: how far the estimate is from the true watts."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from custom_components.linky_meter.linky_tic.tic.derive.active_power import (
    ActivePower,
    PhaseSample,
    Sample,
)

from .frames import Series, Shown

WARM_UP = 600
"""Seconds before the estimate is judged."""
HOUR = 3600
INTERVAL = 1800
"""Seconds of a load-curve point."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How good an estimate was, after the warm-up."""

    name: str
    hour: float
    """Worst error of an hour's energy, as a share of what flowed (100 Wh at least)."""
    hour_mean: float
    """Mean of these errors."""
    frame: float
    """Median error of a frame, W."""
    frame_share: float
    """Median error of a frame, as a share of the true watts."""
    points: float
    """Worst error against a load-curve point: 1 is 1 % or 2 Wh, the larger."""
    unknown: float
    """Share of frames without an estimate."""
    first: float
    """Seconds until the first estimate."""
    bad_points: float
    """Share of load-curve points whose error is above 1."""

    @property
    def good(self) -> bool:
        """Whether the targets are met."""
        return (
            self.hour < 0.02
            and (self.frame_share < 0.05 or self.frame < 10)
            and self.points < 1
            and self.unknown == 0
        )


def sample(shown: Shown) -> Sample:
    """Return a frame as the estimator takes it."""
    return Sample(
        at=shown.at,
        imported=shown.imported,
        exported=shown.exported,
        apparent=shown.apparent,
        apparent_export=shown.apparent_export,
        exporting=shown.exporting,
        phases=tuple(PhaseSample(*phase) for phase in shown.phases),
    )


def measure(series: Series) -> Figures:
    """Estimate a series and compare."""
    estimator = ActivePower()
    errors: list[float] = []
    shares: list[float] = []
    unknown, first = 0, -1.0
    hours: dict[int, float] = defaultdict(float)
    true_hours: dict[int, float] = defaultdict(float)
    points: dict[int, float] = defaultdict(float)
    true_points: dict[int, float] = defaultdict(float)
    points_out: dict[int, float] = defaultdict(float)
    true_points_out: dict[int, float] = defaultdict(float)
    gross: dict[int, float] = defaultdict(float)
    last: tuple[float, float] | None = None
    for shown in series.frames:
        watts = estimator.update(sample(shown)).watts
        now = shown.measured
        if watts is not None and first < 0:
            first = shown.at
        if last is not None:
            _spread(hours, last[0], now, last[1], HOUR)
            for sums, way in ((points, 1), (points_out, -1)):
                _spread(sums, last[0], now, max(last[1] * way, 0.0), INTERVAL)
        last = (now, watts or 0.0)
        if now < WARM_UP:
            continue
        if watts is None:
            unknown += 1
            continue
        error = abs(watts - shown.watts)
        errors.append(error)
        shares.append(error / max(abs(shown.watts), 1.0))
    for second, watts in enumerate(series.watts):
        true_hours[(second - WARM_UP) // HOUR] += watts / 3600
        gross[(second - WARM_UP) // HOUR] += abs(watts) / 3600
        true_points[(second - WARM_UP) // INTERVAL] += max(watts, 0.0) / 3600
        true_points_out[(second - WARM_UP) // INTERVAL] += max(-watts, 0.0) / 3600
    end = len(series.watts)
    hour = [
        abs(hours[n] - true_hours[n]) / max(gross[n], 100.0)
        for n in true_hours
        if n >= 0 and (n + 1) * HOUR + WARM_UP <= end
    ]
    point = [
        abs(sums[n] - true[n]) / max(0.01 * true[n], 2.0)
        for sums, true in ((points, true_points), (points_out, true_points_out))
        for n in true
        if n >= 0 and (n + 1) * INTERVAL + WARM_UP <= end
    ]
    return Figures(
        series.house.name,
        max(hour),
        sum(hour) / len(hour),
        median(errors),
        median(shares),
        max(point),
        unknown / max(unknown + len(errors), 1),
        first,
        sum(p > 1 for p in point) / len(point),
    )


def _spread(
    sums: dict[int, float], begin: float, end: float, watts: float, length: int
) -> None:
    """Add a power that held for a while to the intervals that it touches."""
    while begin < end:
        number = int((begin - WARM_UP) // length)
        until = min(end, (number + 1) * length + WARM_UP)
        if until <= begin:
            break
        sums[number] += watts * (until - begin) / 3600
        begin = until
