"""What the cards of the demo's dashboard are made of."""

from __future__ import annotations

from .client import Json

TITLES = {
    "en": {
        "title": "My Linky",
        "now": "Right now",
        "used": "Share of the subscribed power",
        "tariff": "Tariff",
        "today": "Today",
        "tomorrow": "Tomorrow",
        "safety": "Breaker and messages",
        "phases": "Phases, last hour",
        "hour": "Power, last hour",
        "days": "Energy per day and tariff",
        "week": "Power over a week",
        "costs": "Costs",
        "spent": "Cost of the energy per day and tariff",
        "offers": "Other offers",
        "offer": "Offer",
        "month": "This month",
        "estimate": "Estimate",
        "difference": "Difference",
        "point": ".",
    },
    "fr": {
        "title": "Mon Linky",
        "now": "En ce moment",
        "used": "Part de la puissance souscrite",
        "tariff": "Tarif",
        "today": "Aujourd’hui",
        "tomorrow": "Demain",
        "safety": "Disjoncteur et messages",
        "phases": "Phases, dernière heure",
        "hour": "Puissance, dernière heure",
        "days": "Énergie par jour et par tarif",
        "week": "Puissance sur une semaine",
        "costs": "Coûts",
        "spent": "Coût de l’énergie par jour et par tarif",
        "offers": "Autres offres",
        "offer": "Offre",
        "month": "Ce mois",
        "estimate": "Estimation",
        "difference": "Écart",
        "point": ",",
    },
}
# The device's name would be on every card
NAME = {"type": "entity"}
WIDE: Json = {"grid_options": {"columns": 12}}
TREND: Json = {"features": [{"type": "trend-graph", "hours_to_show": 1}]}
# Letters that half a column has room for
_SHORT = 17


class Page:
    """Builds cards of those entities that exist."""

    def __init__(
        self, entities: dict[str, str], names: dict[str, str], texts: dict[str, str]
    ) -> None:
        """Take the entities by key, their names by entity, and the words."""
        self.entities = entities
        self.names = names
        self.texts = texts

    def having(self, *keys: str) -> list[str]:
        """Return the entities that exist of some keys."""
        return [self.entities[key] for key in keys if key in self.entities]

    def named(self, *keys: str) -> list[Json]:
        """Return the entities that exist, for a graph."""
        return [{"entity": entity, "name": NAME} for entity in self.having(*keys)]

    def tiles(self, *keys: str, **settings: object) -> list[Json]:
        """Return a tile for each entity that exists; long names need the whole width."""
        found = self.having(*keys)
        if any(len(self.names.get(entity, "")) > _SHORT for entity in found):
            settings = WIDE | settings
        return [
            {"type": "tile", "entity": entity, "name": NAME, **settings}
            for entity in found
        ]

    def section(self, title: str, icon: str, *cards: Json) -> Json:
        """Return a column with a heading."""
        heading = {"type": "heading", "heading": self.texts[title], "icon": icon}
        return {"type": "grid", "cards": [heading, *cards]}
