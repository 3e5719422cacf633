"""What the dashboard shows of bills and of exported energy, to whom it applies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..linky_tic.costs.book.view import CostView
from ..linky_tic.costs.estimate.spans import Part
from ..linky_tic.costs.export.terms import ExportKind, ExportList


def sums_of(view: CostView, terms: ExportList) -> dict[str, Any] | None:
    """Return the bill, calendar year and month that go on; None without bill or export.

    Amounts are in euros, energy in kWh.
    """
    if Part.BILL not in view.sums.spans and not terms:
        return None
    found: dict[str, Any] = {
        str(part): {
            "since": one.span.start.isoformat(),
            "kwh": one.wh / 1000,
            "eur": _cents(one.total),
            **(
                {
                    "exported": one.exported / 1000,
                    "revenue": _cents(one.revenue),
                    "net": _cents(one.net),
                }
                if terms
                else {}
            ),
        }
        for part, one in view.sums.spans.items()
        if part is not Part.TODAY
    }
    if view.sums.export is not None and terms.has(ExportKind.BATTERY):
        found["battery"] = view.sums.export.stored / 1000
    return found


def _cents(amount: Decimal) -> float:
    return round(float(amount), 6)
