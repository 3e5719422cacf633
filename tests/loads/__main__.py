"""Print the figures: `python -m tests.loads [evenings] [phases]`."""

import sys

from .figures import measure

FIRST = 4000
"""Seed of the first evening. Those before were looked at while the manager was made."""
PLANNED = 300
"""Evenings of which the oracle's plans are made: they take most of the time."""


def main() -> None:
    """Measure a house of 6 kVA on one phase, then one of 9 kVA on three."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for phases in [int(text) for text in sys.argv[2:]] or [1, 3]:
        print(f"{phases} phase{'s' if phases > 1 else ''}")
        for line in measure(range(FIRST, FIRST + count), phases, PLANNED).words():
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
