"""The dashboard of the demo, made of what the meter has."""

from __future__ import annotations

from .client import Json
from .cost_cards import costs, offers
from .page import NAME, TITLES, TREND, Page


def dashboard(
    entities: dict[str, str],
    names: dict[str, str],
    language: str,
    *,
    kva: int,
    phases: int,
) -> Json:
    """Return the dashboard's configuration."""
    page = Page(entities, names, TITLES[language])
    sections = [
        page.section("now", "mdi:flash", *_now(page, kva)),
        page.section("tariff", "mdi:calendar-clock", *_tariff(page)),
        page.section("safety", "mdi:shield-home", *_safety(page)),
        _phases(page, phases),
        page.section("costs", "mdi:currency-eur", *costs(page)),
        page.section("offers", "mdi:scale-balance", *offers(page)),
        page.section("days", "mdi:chart-bar", *_energy(page)),
        page.section("week", "mdi:chart-line", *_week(page)),
    ]
    view = {
        "type": "sections",
        "title": page.texts["title"],
        "path": "linky",
        "max_columns": 3,
        "sections": sections,
    }
    return {"views": [view]}


def _now(page: Page, kva: int) -> list[Json]:
    gauge: Json = {"type": "gauge", "needle": True, "grid_options": {"columns": 12}}
    if usage := page.having("subscribed_power_usage"):
        gauge |= {"entity": usage[0], "name": page.texts["used"], "min": 0, "max": 130}
        gauge["severity"] = {"green": 0, "yellow": 80, "red": 100}
    else:
        full = kva * 1000
        gauge |= {"entity": page.entities["apparent_power"], "name": NAME}
        gauge |= {"min": 0, "max": full}
        gauge["severity"] = {"green": 0, "yellow": 0.8 * full, "red": 0.95 * full}
    return [
        gauge,
        *page.tiles("apparent_power", "available_current", **TREND),
        *page.tiles(
            "active_power", "apparent_power_export", "available_power", "time_to_trip"
        ),
    ]


def _tariff(page: Page) -> list[Json]:
    cards: list[Json] = []
    if days := page.having("tempo_today", "tempo_tomorrow"):
        colours = "{'blue': '🔵', 'white': '⚪', 'red': '🔴'}"
        lines = [
            f"{page.texts[name]} {{{{ {colours}.get(states('{entity}'), '❔') }}}}"
            for name, entity in zip(("today", "tomorrow"), days, strict=False)
        ]
        cards.append({"type": "markdown", "content": "## " + " · ".join(lines)})
    return cards + page.tiles(
        "tariff_period",
        "off_peak",
        "tariff_label",
        "contract",
        "next_tariff_change",
        "dry_contact",
    )


def _safety(page: Page) -> list[Json]:
    return page.tiles(
        "breaker",
        "breaker_open",
        "overload",
        "overvoltage",
        "exporting",
        "terminal_cover",
        "link",
        "tic_mode",
    ) + page.tiles("message_1", "message_2", grid_options={"columns": 12})


def _phases(page: Page, phases: int) -> Json:
    if phases == 1:
        keys = ("apparent_power", "active_power")
        graph = _graph(page, *keys)
        return page.section("hour", "mdi:sine-wave", graph, *page.tiles("voltage_l1"))
    numbers = ("l1", "l2", "l3")
    tiles = [
        card | {"name": number.upper()}
        for kind in ("current", "voltage")
        for number in numbers
        for card in page.tiles(
            f"{kind}_{number}", vertical=True, grid_options={"columns": 4}
        )
    ]
    graph = _graph(page, *(f"current_{number}" for number in numbers))
    return page.section("phases", "mdi:sine-wave", graph, *tiles)


def _graph(page: Page, *keys: str) -> Json:
    return {
        "type": "history-graph",
        "entities": page.named(*keys),
        "hours_to_show": 1,
        "grid_options": {"columns": 12},
    }


def _energy(page: Page) -> list[Json]:
    indexes = [f"energy_index_{number}" for number in range(1, 11)]
    counted = [key for key in indexes if key in page.entities] or ["energy_import"]
    graph = {
        "type": "statistics-graph",
        "entities": page.named(*counted),
        "chart_type": "bar-stack",
        "stat_types": ["change"],
        "period": "day",
        "days_to_show": 30,
        "hide_legend": False,
        "grid_options": {"columns": 12},
    }
    return [graph, *page.tiles("energy_import", "energy_export")]


def _week(page: Page) -> list[Json]:
    graph = {
        "type": "statistics-graph",
        "entities": page.named("apparent_power", "apparent_power_export"),
        "chart_type": "line",
        "stat_types": ["mean"],
        "period": "hour",
        "days_to_show": 7,
        "grid_options": {"columns": 12},
    }
    return [graph, *page.tiles("subscribed_power", "max_power_today")]
