"""What exported energy brings, as a configuration tells it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...costs.errors import CostsError
from ...costs.export.terms import MOST_STORED, ExportKind, ExportList, ExportTerms
from ..toml_table import Table
from .offers import ALWAYS, refused


def read_export(table: Table) -> ExportList:
    """Return the dated terms of exported energy; raise SettingsError."""
    found = ExportList()
    for one in table.tables("export"):
        terms = _terms(one)
        if any(other.start == terms.start for other in found.terms):
            raise one.error("price_overlap", "start", day=terms.start)
        found = found.with_terms(terms)
    return found


def _terms(table: Table) -> ExportTerms:
    start, end = table.day("start") or ALWAYS, table.day("end")
    sale, delivery = table.number("sale_price"), table.number("delivery_price")
    if (sale is None) is (delivery is None):
        raise table.error("export_price")
    kind = ExportKind.SALE if delivery is None else ExportKind.BATTERY
    parts: dict[str, dict[str, Any]] = {
        "end" if end else "start": {"start": start, "end": end},
        "sale_price" if delivery is None else "delivery_price": {
            "price": sale if delivery is None else delivery
        },
    }
    if kind is ExportKind.BATTERY:
        parts["battery_fee"] = {"monthly": table.number("battery_fee") or 0}
        size = _energy(table, "battery_size", 1, MOST_STORED)
        parts["battery_size"] = {"size": size}
        parts["surplus_price"] = {"surplus": table.number("surplus_price") or 0}
        stored = _energy(table, "stored", 0, size or MOST_STORED)
        parts["stored"] = {"stored": stored}
    table.done()
    whole: dict[str, Any] = {"kind": kind, "start": ALWAYS, "price": 0}
    for key, part in parts.items():
        whole |= part
        try:
            ExportTerms(**whole)
        except CostsError as err:
            raise refused(table, key, err) from err
    return ExportTerms(**whole)


def _energy(table: Table, key: str, least: int, most: int) -> int | None:
    """Return the Wh of a number of kWh."""
    if (energy := table.number(key)) is None:
        return None
    if not least <= energy * 1000 <= most:
        ends = {"least": least, "most": most}
        told = {name: f"{Decimal(wh).scaleb(-3):f}" for name, wh in ends.items()}
        raise table.error("export_stored", key, **told)
    return round(energy * 1000)
