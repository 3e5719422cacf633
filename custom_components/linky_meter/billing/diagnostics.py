"""What diagnostics tell of prices and energy."""

from __future__ import annotations

from typing import Any

from ..linky_tic.costs.ledger.readings import calendar_of
from .keeper import CostKeeper


def summary(keeper: CostKeeper) -> dict[str, Any]:
    """Return what diagnostics show of prices and energy: no names, no address."""
    kept, settings, view = keeper.kept, keeper.settings, keeper.view
    ledger = kept.ledger
    return {
        "source": settings.source,
        "power": settings.power,
        "periods": settings.periods.as_list(),
        "calendar": ledger.calendar,
        "calendar_now": calendar_of(keeper.latest()),
        "index": keeper.index,
        "epochs": [[day.isoformat(), name] for day, name in ledger.epochs],
        "days": len(ledger.days),
        "first_day": min(ledger.days).isoformat() if ledger.days else None,
        "months": [str(month) for month in sorted(ledger.months)],
        "flags": {
            day.isoformat(): sorted(row.flags)
            for day, row in sorted(ledger.days.items())
            if row.flags
        },
        "restarted": kept.restarted.isoformat() if kept.restarted else None,
        "learned": kept.learned.key if kept.learned else None,
        "offers": [
            {"structure": offer.structure, "regulated": offer.regulated}
            for offer in keeper.book.offers.values()
        ],
        "updates": keeper.updates.summary(),
        "month": None
        if view is None
        else {
            "wh": view.month.wh,
            "complete": view.month.complete,
            "unpriced": view.month.unpriced,
            "method": view.month.method,
        },
    }
