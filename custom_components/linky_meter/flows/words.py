"""Words, dates and numbers as the user's language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..linky_tic.costs.calendar.days import day_of
from ..linky_tic.costs.prices.prices import PricePeriod

_SENSOR = f"component.{DOMAIN}.entity.sensor"
_STATES = tuple(
    f"{_SENSOR}.{key}.state" for key in ("contract_tariff", "tariff_period")
)


@dataclass(frozen=True)
class Words:
    """The translations that forms put together by themselves."""

    language: str
    entity: Mapping[str, str]
    selector: Mapping[str, str]
    common: Mapping[str, str]
    today: date

    def tariff(self, name: str) -> str:
        """Return what a tariff of a contract is called."""
        found = (self.entity.get(f"{states}.{name}") for states in _STATES)
        return next((text for text in found if text is not None), name)

    def say(self, key: str, **values: str) -> str:
        """Return a sentence."""
        return self.common[f"component.{DOMAIN}.common.{key}"].format(**values)

    def number(self, amount: Decimal | None) -> str:
        """Return an amount."""
        text = "" if amount is None else f"{amount.normalize():f}"
        return text.replace(".", ",") if self.language == "fr" else text

    def count(self, whole: float) -> str:
        """Return a whole number, its thousands apart."""
        text = f"{whole:,.0f}"
        return text.replace(",", "\u202f") if self.language == "fr" else text

    def structure(self, name: str) -> str:
        """Return what a structure of contracts is called."""
        return self.selector[f"component.{DOMAIN}.selector.structure.options.{name}"]

    def prices(self, period: PricePeriod) -> str:
        """Return the prices of a period, in the order of its indexes."""
        return " / ".join(self.number(p) for _, p in sorted(period.prices.items()))

    def date(self, day: date) -> str:
        """Return a day, its month in letters."""
        month = self.selector[f"component.{DOMAIN}.selector.month.options.{day.month}"]
        if self.language == "fr":
            # Only the first of a month is ordinal
            first = "1ᵉʳ" if day.day == 1 else str(day.day)
            return f"{first} {month.lower()} {day.year}"
        return f"{day.day} {month} {day.year}"


async def async_words(hass: HomeAssistant) -> Words:
    """Return the words of Home Assistant's language."""
    language = hass.config.language
    entity, selector, common = [
        await async_get_translations(hass, language, category, {DOMAIN})
        for category in ("entity", "selector", "common")
    ]
    return Words(language, entity, selector, common, day_of(dt_util.utcnow()))
