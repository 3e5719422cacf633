"""Print the figures: `python -m tests.money [households of each kind] [days between]`."""

from __future__ import annotations

import sys

from .breaker import measure as measure_breaker
from .coverage import LEAST, MOST, PARTS, Coverage, homes_of, measure


def main() -> None:
    """Measure the range of the estimate, then the adviser; what is missed is marked."""
    count, step = (
        int(text) for text in (sys.argv[1:] + ["16", "3"][len(sys.argv) - 1 :])
    )
    print(f"{'the range holds, on day of the month':38}" + "".join(map(_head, PARTS)))
    for tempo in (False, True):
        whole = Coverage()
        for name, homes in homes_of(count):
            label = f"Tempo, {name}" if tempo else name
            _row(label, found := measure(homes, step, tempo=tempo))
            for part in PARTS:
                whole.held[part] += found.held[part]
                whole.looks[part] += found.looks[part]
                whole.width[part] += found.width[part]
        _row("all under Tempo" if tempo else "all", whole, judged=True)
        print()
    for phases in (1, 3):
        for line in measure_breaker(1000, phases):
            print(line, flush=True)
        print()


def _head(part: str) -> str:
    return f"{part:>16}"


def _row(name: str, found: Coverage, *, judged: bool = False) -> None:
    shares, widths = found.shares(), found.widths()
    text = "".join(f"{shares[part]:9.0%} ±{widths[part]:5.1%}" for part in PARTS)
    missed = judged and not all(LEAST <= one <= MOST for one in shares.values())
    print(f"{name:38}{text}{'  missed' if missed else ''}", flush=True)


if __name__ == "__main__":
    main()
