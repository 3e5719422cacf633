"""What is wrong with prices, said in repairs while it lasts, and told in diagnostics."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback

from ..link.problems import Issue, async_heal, async_raise
from ..linky_tic.costs.ledger.readings import calendar_of
from ..linky_tic.costs.prices.regulated import RegulatedPrices

if TYPE_CHECKING:
    from .keeper import CostKeeper


@callback
def async_mend(keeper: CostKeeper) -> None:
    """Raise the repairs about prices, or take them away."""
    hass, entry, view = keeper.hass, keeper.entry, keeper.view
    if view is not None and view.unpriced:
        calendar = keeper.coordinator.data["calendar_name"]
        async_raise(
            hass,
            entry,
            Issue.UNPRICED_CALENDAR,
            calendar=str(calendar or keeper.kept.ledger.calendar),
            indexes=", ".join(str(key.index) for key in sorted(view.unpriced)),
        )
    else:
        async_heal(hass, entry.entry_id, Issue.UNPRICED_CALENDAR)
    if (since := _stale_since(keeper)) is not None:
        async_raise(hass, entry, Issue.PRICES_STALE, since=since.isoformat())
    else:
        async_heal(hass, entry.entry_id, Issue.PRICES_STALE)


def _stale_since(keeper: CostKeeper) -> date | None:
    """Return since when the regulated prices hold that should be over by now."""
    settings, calendar = keeper.settings, keeper.kept.ledger.calendar
    if keeper.view is None or calendar is None or settings.power is None:
        return None
    today = keeper.view.day
    if (
        not settings.source.is_regulated
        or settings.periods.on(today, calendar) is not None
    ):
        return None
    regulated = RegulatedPrices(keeper.book.grid, settings.power)
    quote = regulated.price(today, calendar, 1)
    if quote is None or not regulated.stale(calendar, today):
        return None
    return quote.since


def summary(keeper: CostKeeper) -> dict[str, Any]:
    """Return what diagnostics show of prices and energy: no names, no address."""
    kept, settings, view = keeper.kept, keeper.settings, keeper.view
    ledger = kept.ledger
    return {
        "source": settings.source,
        "power": settings.power,
        "periods": settings.periods.as_list(),
        "calendar": ledger.calendar,
        "calendar_now": calendar_of(keeper.coordinator.data),
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
