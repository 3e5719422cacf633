"""What ``linky-tic run`` keeps over a restart: a JSON file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
import os
from pathlib import Path
from typing import Any

from ...costs.errors import CostsError
from ...tic.state.memory import Memory
from .book import Book
from .pricing import Pricing

VERSION = "linky-tic 1"


@dataclass
class State:
    """A meter's energy by day, and what was learned about it."""

    book: Book
    address: str | None = None
    memory: Memory = field(default_factory=Memory)
    clock: float | None = None
    """The meter's clock against ours, s."""
    aside: bool = False
    """Whether what was kept could not be read and was put aside."""


def load_state(path: Path | None, pricing: Pricing) -> State:
    """Return what was kept; what cannot be read is put aside. Raises OSError."""
    if path is None:
        return State(Book(pricing))
    try:
        data = json.loads(path.read_bytes())[VERSION]
        clock = data.get("clock")
        return State(
            Book.from_dict(data["book"], pricing),
            data["address"],
            Memory.from_dict(data["memory"]),
            clock if isinstance(clock, int | float) else None,
        )
    except FileNotFoundError:
        return State(Book(pricing))
    except (CostsError, ValueError, KeyError, TypeError, AttributeError):
        path.replace(path.with_name(f"{path.name}.unreadable"))
        return State(Book(pricing, restarted=datetime.now(UTC)), aside=True)


def save_state(
    path: Path, book: Mapping[str, Any], meter: Mapping[str, Any] | None
) -> None:
    """Write it, whole or not at all; only the user may read it. Raises OSError."""
    data = {
        "address": meter["address"] if meter else None,
        "memory": meter["memory"] if meter else Memory().as_dict(),
        "clock": meter.get("clock") if meter else None,
        "book": book,
    }
    new = path.with_name(f"{path.name}.new")
    try:
        new.touch(0o600)
        with new.open("w", encoding="utf-8") as file:
            json.dump({VERSION: data}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
