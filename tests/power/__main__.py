"""Print the figures: `python -m tests.power`."""

from itertools import chain
from time import perf_counter

from .figures import measure
from .frames import series
from .houses import fixed_loads, households, random_houses, sunny_households


def main() -> None:
    """Measure every house; targets that are missed are marked."""
    print(
        "house                        hour: worst   mean   frame: median"
        "   points: worst  missed   first  per call"
    )
    for house in chain(
        fixed_loads(), random_houses(), households(), sunny_households()
    ):
        shown = series(house)
        begin = perf_counter()
        figures = measure(shown)
        spent = (perf_counter() - begin) / len(shown.frames) * 1e6
        print(
            f"{figures.name:28} {figures.hour:11.2%} {figures.hour_mean:6.2%}"
            f" {figures.frame:8.1f} W {figures.frame_share:5.2%}"
            f" {figures.points:14.2f} {figures.bad_points:7.1%}"
            f" {figures.first:5.0f} s {spent:5.0f} µs"
            f"{'' if figures.good else '  missed'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
