"""Print the figures: `python -m tests.watch [seed] [faults of each kind] [seeds]`."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
import sys

from .households import FAULTS, KINDS, household
from .years import Trial, Year, year


def main() -> None:
    """Watch a year of each household, with a thermometer and without."""
    given = [int(text) for text in sys.argv[1:]]
    seed, each, seeds = given + [1, 3, 1][len(given) :]
    for weather in (True, False):
        print("with outdoor temperature" if weather else "without")
        trials: dict[str, list[Trial]] = defaultdict(list)
        all_years: list[Year] = []
        for kind in KINDS:
            years = [
                year(household(kind, one), each, weather=weather)
                for one in range(seed, seed + seeds)
            ]
            all_years += years
            found = [trial for one in years for trial in one.trials]
            for trial in found:
                trials[trial.fault.name].append(trial)
            hits = sum(trial.alarm is not None for trial in found)
            print(
                f"{kind.name:30}{hits:4} of {len(found):3} faults, {_in_vain(years)}",
                flush=True,
            )
        for fault in FAULTS:
            _line(fault.name, trials[fault.name])
        _line("all", [one for found in trials.values() for one in found])
        anyway = sum(one.by_chance for one in all_years)
        print(f"{anyway} were said on a day on which it is said without the fault too")
        print(_in_vain(all_years), end="\n\n")


def _in_vain(years: list[Year]) -> str:
    alarms = sum(len(one.alarms) for one in years) / len(years)
    most = max(one.in_a_month for one in years)
    return f"{alarms:.1f} false alarms a year, at most {most} in a month"


def _line(name: str, trials: list[Trial]) -> None:
    days = [one.days for one in trials if one.days is not None]
    print(
        f"{name:52}{len(days):4} of {len(trials):4} ({len(days) / len(trials):4.0%}),"
        f" after {median(days):.0f} days"
    )


if __name__ == "__main__":
    main()
