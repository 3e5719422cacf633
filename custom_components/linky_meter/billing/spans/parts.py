"""How sensors read the sums of the day, month, calendar year and bill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from ...linky_tic.costs.estimate.spans import Part, SpanSum
from ..entity import CostValue, seen
from ..keeper import CostKeeper
from ..view import CostView


def of_part(
    part: Part, value: Callable[[SpanSum], CostValue]
) -> Callable[[CostKeeper], CostValue]:
    """Return what reads a sum; there is nothing where there is none."""

    def look(view: CostView) -> CostValue:
        found = view.spans.get(part)
        return None if found is None else value(found)

    return seen(look)


def span_settings(part: Part) -> dict[str, Any]:
    """Return what sensors of a part share: they begin anew with each."""
    return {"reset_fn": seen(partial(_start, part))}


def _start(part: Part, view: CostView) -> datetime | None:
    found = view.spans.get(part)
    return None if found is None else found.span.start
