"""Dates and amounts as forms write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from custom_components.linky_meter.words import Words
from homeassistant.core import HomeAssistant


@pytest.mark.parametrize(
    ("language", "first", "second", "amount"),
    [
        ("en", "1 March 2026", "2 March 2026", "0.2001"),
        ("fr", "1ᵉʳ mars 2026", "2 mars 2026", "0,2001"),
    ],
)
async def test_as_the_language_does(
    hass: HomeAssistant, language: str, first: str, second: str, amount: str
) -> None:
    """French has an ordinal for the first only, and a comma."""
    hass.config.language = language
    words = await Words.async_of(hass)
    assert words.date(date(2026, 3, 1)) == first
    assert words.date(date(2026, 3, 2)) == second
    assert words.amount(Decimal("0.20010")) == amount
    assert words.amount(None) == ""
    assert words.tariff("nobody's") == "nobody's"
