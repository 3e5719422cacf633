"""Words, dates and numbers as Home Assistant's language writes them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN

_CATEGORIES = ("common", "entity", "selector")
_TARIFFS = ("contract_tariff", "tariff_period")
"""The sensors whose states are tariffs."""


@dataclass(frozen=True)
class Words:
    """The translations of what the integration puts together by itself."""

    language: str
    texts: Mapping[str, str]
    """By their whole keys, of common texts, entities and selectors."""

    @classmethod
    async def async_of(cls, hass: HomeAssistant) -> Self:
        """Return the words of Home Assistant's language."""
        language = hass.config.language
        texts = [
            await async_get_translations(hass, language, category, {DOMAIN})
            for category in _CATEGORIES
        ]
        # No copies: Home Assistant keeps these as long as it runs
        return cls(language, ChainMap(*texts))

    def text(self, key: str) -> str:
        """Return a common text as it is, with names for what fills it."""
        return self.texts[f"component.{DOMAIN}.common.{key}"]

    def say(self, key: str, **values: str) -> str:
        """Return a sentence."""
        return self.text(key).format(**values)

    def option(self, selector: str, name: object) -> str:
        """Return what an option of a selector is called."""
        return self.texts[f"component.{DOMAIN}.selector.{selector}.options.{name}"]

    def state(self, sensor: str, value: object) -> str | None:
        """Return what a state of a sensor is called, None where it has no words."""
        return self.texts.get(
            f"component.{DOMAIN}.entity.sensor.{sensor}.state.{value}"
        )

    def tariff(self, name: str) -> str:
        """Return what a tariff of a contract is called."""
        found = (self.state(sensor, name) for sensor in _TARIFFS)
        return next((text for text in found if text is not None), name)

    def amount(self, amount: Decimal | None) -> str:
        """Return an amount with all its digits."""
        return self.decimal("" if amount is None else f"{amount.normalize():f}")

    def number(self, number: float, digits: int = 0) -> str:
        """Return a number with so many digits, its thousands apart."""
        text = f"{number:,.{digits}f}"
        return self.decimal(text.replace(",", "\u202f") if self._french else text)

    def decimal(self, text: str) -> str:
        """Return a number that has a point with what the language has for it."""
        return text.replace(".", ",") if self._french else text

    def day_and_month(self, day: date) -> tuple[str, str]:
        """Return a day of a month, and the month in letters."""
        number, month = str(day.day), self.option("month", day.month)
        if self._french:
            # Only the first of a month is ordinal
            return "1ᵉʳ" if day.day == 1 else number, month.lower()
        return number, month

    def date(self, day: date) -> str:
        """Return a day, its month in letters."""
        number, month = self.day_and_month(day)
        return f"{number} {month} {day.year}"

    @property
    def _french(self) -> bool:
        return self.language == "fr"
