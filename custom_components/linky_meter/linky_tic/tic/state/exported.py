"""Exported energy that no index counts, as far as it was estimated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Exported:
    """A counter that never falls; it outlives a restart."""

    wh: float = 0.0
