"""What the user chose about prices, as the options keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..const import CONF_POWER, CONF_PRICES, CONF_RTE_COLOURS, CONF_SOURCE
from ..linky_tic.costs.prices.prices import PriceBook, PriceList, Prices
from ..linky_tic.costs.prices.regulated import Grid, RegulatedPrices

CONF_PERIODS = "periods"


class PriceSource(StrEnum):
    """Where prices come from; what was typed comes before all others."""

    NONE = "none"
    MANUAL = "manual"
    REGULATED = "regulated"
    UPDATED = "updated"

    @property
    def is_regulated(self) -> bool:
        """Whether the regulated prices serve where none was typed."""
        return self in {PriceSource.REGULATED, PriceSource.UPDATED}


@dataclass(frozen=True)
class PriceSettings:
    """The choice of prices."""

    source: PriceSource = PriceSource.NONE
    power: int | None = None
    """Subscribed kVA of the regulated prices."""
    periods: PriceList = field(default_factory=PriceList)
    """What was typed."""
    rte_colours: bool = False
    """Whether RTE may be asked for Tempo colours."""

    @property
    def chosen(self) -> bool:
        """Whether there are costs at all."""
        return self.source is not PriceSource.NONE

    def book(self, grid: Grid) -> Prices:
        """Return what knows the prices."""
        lists: list[Prices] = []
        if self.chosen:
            lists.append(self.periods)
        if self.source.is_regulated and self.power is not None:
            lists.append(RegulatedPrices(grid, self.power))
        return PriceBook(lists)

    def as_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return an entry's options with this choice."""
        chosen = {
            CONF_SOURCE: str(self.source),
            CONF_POWER: self.power,
            CONF_PERIODS: self.periods.as_list(),
            CONF_RTE_COLOURS: self.rte_colours,
        }
        return {**options, CONF_PRICES: chosen}

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> PriceSettings:
        """Return the choice in an entry's options; none at first."""
        chosen = options.get(CONF_PRICES, {})
        return cls(
            PriceSource(chosen.get(CONF_SOURCE, PriceSource.NONE)),
            chosen.get(CONF_POWER),
            PriceList.from_list(chosen.get(CONF_PERIODS, ())),
            chosen.get(CONF_RTE_COLOURS, False),
        )
