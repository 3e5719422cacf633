"""Print the figures: `python -m tests.watch [seed] [faults of each kind]`."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
import sys

from .households import FAULTS, KINDS, household
from .years import Trial, Year, year


def main() -> None:
    """Watch a year of each household, with a thermometer and without."""
    seed, each = (
        int(text) for text in (sys.argv[1:] + ["1", "3"][len(sys.argv) - 1 :])
    )
    for weather in (True, False):
        print("with outdoor temperature" if weather else "without")
        trials: dict[str, list[Trial]] = defaultdict(list)
        years: list[Year] = []
        for kind in KINDS:
            years.append(found := year(household(kind, seed), each, weather=weather))
            for trial in found.trials:
                trials[trial.fault.name].append(trial)
            hits = sum(trial.alarm is not None for trial in found.trials)
            print(
                f"{kind.name:30}{hits:4} of {len(found.trials):3} faults,"
                f"{len(found.alarms):3} false alarms a year, at most"
                f" {found.in_a_month} in a month",
                flush=True,
            )
        for fault in FAULTS:
            _line(fault.name, trials[fault.name])
        _line("all", [one for found in trials.values() for one in found])
        print()


def _line(name: str, trials: list[Trial]) -> None:
    days = [one.days for one in trials if one.days is not None]
    print(
        f"{name:52}{len(days):4} of {len(trials):4} ({len(days) / len(trials):4.0%}),"
        f" after {median(days):.0f} days"
    )


if __name__ == "__main__":
    main()
