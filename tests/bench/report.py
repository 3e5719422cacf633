"""Figures with their targets beside them, and how they are summed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True)
class Target:
    """What a figure should be."""

    limit: float
    least: bool = False
    """Whether more is better."""

    def met(self, value: float) -> bool:
        """Return whether a figure is good enough."""
        return value >= self.limit if self.least else value < self.limit

    def verdict(self, value: float) -> str:
        """Return what is printed after a figure."""
        word = "at least" if self.least else "under"
        answer = "met" if self.met(value) else "MISSED"
        return f"target {word} {self.limit:,g}: {answer}"


def share(values: Sequence[float], part: float) -> float:
    """Return the value that such a part of them does not exceed."""
    return sorted(values)[max(0, ceil(part * len(values)) - 1)]


@dataclass(frozen=True)
class Spread:
    """Many measurements of one thing, summed up."""

    number: int
    median: float
    most: float
    """99 of 100 do not exceed it."""
    worst: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up; there must be some."""
        return cls(len(values), median(values), share(values, 0.99), max(values))

    def line(self, unit: str) -> str:
        """Return the figures as a line."""
        return (
            f"median {self.median:.1f} {unit}, 99 % within {self.most:.1f} {unit}, "
            f"worst {self.worst:.1f} {unit} of {self.number}"
        )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, as the page of figures has it; the first column is text."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
