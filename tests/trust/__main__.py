"""Print what a damaged line gets into a reading: `python -m tests.trust`."""

import argparse
from collections import Counter
from pathlib import Path
import sys
import time

from .damage import KINDS
from .judge import Tally
from .repeating import REPEATING
from .run import Plan, in_parallel, run_all
from .tables import repeating_table, table, write, year_table
from .year import QUARTERS, live

# Damaged groups of each kind
_REPEATING_FULL = 150_000
_PARITIES = {"off": (False,), "on": (True,), "both": (False, True)}


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    options = _parser().parse_args(arguments)
    kinds = options.kind or list(KINDS)
    plans = _full() if options.full else _plans(options)
    started = time.monotonic()
    if options.repeating or options.full:
        _repeating(options)
    if options.only_repeating:
        return 0
    results = run_all(plans, kinds)
    text = "\n".join(table(by_kind, plan) for plan, by_kind in results.items())
    if options.year or options.full:
        tallies = dict(zip(QUARTERS, in_parallel(live, QUARTERS), strict=True))
        text += "\n" + year_table(tallies)
        for house in tallies.values():
            print(*house.examples[: options.examples], sep="\n")
    if options.write is not None:
        write(options.write, text)
    print(text)
    found = [
        result.reading for by_kind in results.values() for result in by_kind.values()
    ]
    if options.keys:
        _keys(found)
    for tally in found:
        print(*tally.examples[: options.examples], sep="\n")
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


def _repeating(options: argparse.Namespace) -> None:
    """Print what damage that repeats itself does to the indexes."""
    groups = _REPEATING_FULL if options.full else options.groups // 10
    plans = [Plan(groups=groups, seed=options.seed, parity=on) for on in (False, True)]
    results = run_all(plans, list(REPEATING))
    text = "\n".join(
        repeating_table(by_kind, plan) for plan, by_kind in results.items()
    )
    if options.write is not None:
        write(options.write, text, "repeating")
    print(text)
    for by_kind in results.values():
        for result in by_kind.values():
            print(*result.reading.examples[: options.examples], sep="\n")


def _plans(options: argparse.Namespace) -> list[Plan]:
    """Return what was asked for."""
    burst = options.burst or (60 if options.groups < 100_000 else 300)
    return [
        Plan(
            groups=options.groups,
            share=options.share,
            seed=options.seed,
            burst=burst,
            parity=parity,
        )
        for parity in _PARITIES[options.parity]
    ]


def _full() -> list[Plan]:
    """Return a million of each kind, with and without parity, and fewer of the rest."""
    return [
        Plan(groups=1_000_000, burst=300),
        Plan(groups=50_000, burst=300, share=0.01),
        Plan(groups=5_000, burst=300, share=0.001),
        Plan(groups=1_000_000, burst=300, parity=True),
    ]


def _keys(found: list[Tally]) -> None:
    """Print the keys that were wrong, the most frequent first."""
    keys: Counter[str] = Counter()
    for tally in found:
        keys += tally.keys
    for key, count in keys.most_common():
        print(f"{count:9,} {key}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.trust", description=__doc__)
    parser.add_argument(
        "--groups", type=int, default=20_000, help="damaged groups of each kind"
    )
    parser.add_argument(
        "--share", type=float, default=0.1, help="of all groups, 0.001 to 0.1"
    )
    parser.add_argument(
        "--parity",
        choices=_PARITIES,
        nargs="?",
        const="on",
        default="off",
        help="whether bit 7 carries the parity",
    )
    parser.add_argument(
        "--full", action="store_true", help="a million of each kind, and the year"
    )
    parser.add_argument(
        "--repeating", action="store_true", help="also damage that repeats itself"
    )
    parser.add_argument(
        "--only-repeating", action="store_true", help="with --full: nothing else"
    )
    parser.add_argument(
        "--year", action="store_true", help="also the year of clean frames"
    )
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burst", type=int, help="frames in a row")
    parser.add_argument("--keys", action="store_true", help="list the wrong keys")
    parser.add_argument(
        "--examples", type=int, default=0, help="show so many of each kind"
    )
    parser.add_argument("--write", type=Path, help="put the tables into this page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
