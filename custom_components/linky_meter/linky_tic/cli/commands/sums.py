"""What ``linky-tic cost`` shows of days, months, years and bills, and of what is fed in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...costs.estimate.spans import SpanSum, Sums
from ..messages import Language, say
from ..output.table import columns
from .year import euros, kwh

# A hundredth of a cent, as the integration shows it
_SHOWN = Decimal("0.0001")


def sums_json(sums: Sums | None) -> dict[str, Any]:
    """Return the sums, and what exported energy brought in all; nothing without any."""
    if sums is None:
        return {}
    found: dict[str, Any] = {
        "sums": {
            str(part): _amounts(one, exports=sums.export is not None)
            for part, one in sums.spans.items()
        }
    }
    if sums.export is not None:
        found["export"] = {"revenue": _number(sums.revenue)}
        if sums.battery:
            found["export"]["virtual_battery"] = sums.export.stored / 1000
    return found


def _amounts(one: SpanSum, *, exports: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "start": one.span.first.isoformat(),
        "energy": one.wh / 1000,
        "cost": _number(one.total),
    }
    if exports:
        found |= {
            "exported": one.exported / 1000,
            "revenue": _number(one.revenue),
            "fee": _number(one.fee),
            "net_cost": _number(one.net),
        }
    return found


def _number(amount: Decimal) -> float:
    """Return euros to the hundredth of a cent, as the integration shows them."""
    return float(amount.quantize(_SHOWN, "ROUND_HALF_UP"))


def sums_table(sums: Sums | None, lang: Language) -> list[str]:
    """Return the sums as a table, with an empty line before."""
    if sums is None:
        return []
    exports = sums.export is not None
    heads = ["cost_energy", "cost_total"]
    heads += ["cost_exported", "cost_revenue", "cost_net"] if exports else []
    rows = [("", *(say(key, lang) for key in heads))]
    for part, one in sums.spans.items():
        day = one.span.first.strftime("%d/%m/%Y" if lang is Language.FR else "%Y-%m-%d")
        cells = [kwh(one.wh, lang), euros(one.total, lang)]
        if exports:
            cells += [kwh(one.exported, lang), euros(one.revenue, lang)]
            cells += [euros(one.net, lang)]
        rows.append((say(f"cost_part_{part}", lang, day=day), *cells))
    lines = ["", *columns(rows)]
    if sums.export is not None:
        revenue = euros(sums.revenue, lang)
        lines.append(say("cost_revenue_all", lang, revenue=revenue))
        if sums.battery:
            stored = kwh(sums.export.stored, lang)
            lines.append(say("cost_battery", lang, energy=stored))
    return lines
