"""The dashboard's cards about costs and compared offers."""

from __future__ import annotations

from .client import Json
from .page import WIDE, Page

# Shown here, and off by default
OFF_BY_DEFAULT = ("cost_today", "cost_yesterday", "cost_last_month", "cheapest_offer")
_INDEXES = range(1, 11)
_COLUMNS = ("offer", "month", "estimate", "difference")


def costs(page: Page) -> list[Json]:
    """Return the price now, the month, and what each index costs."""
    each = page.named(*(f"cost_index_{number}" for number in _INDEXES))
    if not each:
        return []
    graph = {
        "type": "statistics-graph",
        "entities": each,
        "chart_type": "bar-stack",
        "stat_types": ["change"],
        "period": "day",
        "days_to_show": 30,
        "hide_legend": True,
        **WIDE,
    }
    return [
        *page.tiles(
            *("current_price", "cost_month", "cost_estimate", "cost_last_month"), **WIDE
        ),
        *page.tiles("cost_today", "cost_yesterday"),
        {"type": "entities", "entities": each, **WIDE},
        {
            "type": "heading",
            "heading": page.texts["spent"],
            "heading_style": "subtitle",
        },
        graph,
    ]


def offers(page: Page) -> list[Json]:
    """Return the compared offers, one in a line."""
    found = sorted(
        key.removesuffix("_offer_cost")
        for key in page.entities
        if key.endswith("_offer_cost")
    )
    if not found:
        return []
    texts = page.texts
    lines = [
        f"| {' | '.join(texts[key] for key in _COLUMNS)} |",
        "| :-- | --: | --: | --: |",
    ]
    for offer in found:
        entity = page.entities[f"{offer}_offer_cost"]
        cells = [
            _euros(page.entities[f"{offer}_{key}"], texts["point"])
            for key in ("offer_cost", "offer_estimate", "offer_difference")
        ]
        name = f"{{{{ device_name('{entity}') }}}}"
        lines.append(f"| {' | '.join([name, *cells])} |")
    table = {"type": "markdown", "content": "\n".join(lines), **WIDE}
    return [table, *page.tiles("cheapest_offer", **WIDE)]


def _euros(entity: str, point: str) -> str:
    """Return the template of an amount, with a decimal point or comma."""
    number = f"'%.2f' | format(states('{entity}') | float)"
    return f"{{{{ ({number}) | replace('.', '{point}') }}}}&nbsp;€"
