"""The selectors that forms share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

TOKEN = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
"""A field for a token, which is not shown."""


def number(
    least: float | None = None,
    most: float | None = None,
    unit: str | None = None,
    step: float | Literal["any"] = 1,
) -> NumberSelector:
    """Return a box for a number."""
    config = NumberSelectorConfig(step=step, mode=NumberSelectorMode.BOX)
    if least is not None:
        config["min"] = least
    if most is not None:
        config["max"] = most
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def amount(unit: str) -> NumberSelector:
    """Return a box for an amount; what it must be is said in clear words later."""
    return number(unit=unit, step="any")


def choice(
    options: Iterable[str],
    translation_key: str,
    *,
    dropdown: bool = False,
    several: bool = False,
) -> SelectSelector:
    """Return a choice of options that have words in the translations."""
    config = SelectSelectorConfig(
        options=list(options), multiple=several, translation_key=translation_key
    )
    if dropdown:
        config["mode"] = SelectSelectorMode.DROPDOWN
    return SelectSelector(config)


def pick(labels: Mapping[str, str], *, several: bool = False) -> SelectSelector:
    """Return a choice of what has a label of its own, by value."""
    config = SelectSelectorConfig(
        options=[
            SelectOptionDict(value=value, label=label)
            for value, label in labels.items()
        ],
        multiple=several,
    )
    if several:
        config["mode"] = SelectSelectorMode.LIST
    return SelectSelector(config)
