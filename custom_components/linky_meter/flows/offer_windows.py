"""The hours of a compared offer, as its form asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import probatio as vol

from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)

from ..linky_tic.costs.calendar.schedule import (
    EVERY_DAY,
    Schedule,
    Window,
    parse_windows,
)
from ..linky_tic.costs.errors import ScheduleError
from ..linky_tic.costs.prices.offers import WEEK_END_WINDOW, Structure

CONF_WINDOWS = "windows"
CONF_WINDOWS_SUMMER = "windows_summer"

# The off-peak reform of 2025 to 2027: summer is April to October
SUMMER = (4, 1), (10, 31)
WINTER = (11, 1), (3, 31)
SEASONS = {"all_year": None, "summer": SUMMER, "winter": WINTER}
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

_CUSTOM = (2, 3, 4)


def window_fields(structure: Structure) -> dict[vol.Marker, Any]:
    """Return the fields for the hours of a structure."""
    if structure in {Structure.OFF_PEAK, Structure.WEEK_END}:
        return {
            vol.Optional(CONF_WINDOWS): TextSelector(),
            vol.Optional(CONF_WINDOWS_SUMMER): TextSelector(),
        }
    if structure is not Structure.CUSTOM:
        return {}
    fields: dict[vol.Marker, Any] = {}
    for n in _CUSTOM:
        fields[vol.Optional(f"windows_{n}")] = TextSelector()
        fields[vol.Optional(f"weekdays_{n}")] = SelectSelector(
            SelectSelectorConfig(
                options=list(WEEKDAYS), multiple=True, translation_key="weekdays"
            )
        )
        fields[vol.Optional(f"season_{n}")] = SelectSelector(
            SelectSelectorConfig(options=list(SEASONS), translation_key="season")
        )
    return fields


def read_schedule(
    structure: Structure, values: Mapping[str, Any], errors: dict[str, str]
) -> Schedule | None:
    """Return the hours that a form holds; what is wrong goes to ``errors`` by field.

    None where the meter's own hours, or none at all, are to be taken.
    """
    if structure is Structure.CUSTOM:
        return _custom(values, errors)
    if structure not in {Structure.OFF_PEAK, Structure.WEEK_END}:
        return None
    all_year = _windows(CONF_WINDOWS, 1, values, errors)
    summer = _windows(CONF_WINDOWS_SUMMER, 1, values, errors)
    if summer and not all_year:
        errors.setdefault(CONF_WINDOWS, "no_windows")
    if errors or not all_year:
        return None
    if summer:
        all_year = tuple(replace(window, season=WINTER) for window in all_year)
        summer = tuple(replace(window, season=SUMMER) for window in summer)
    first = (WEEK_END_WINDOW,) if structure is Structure.WEEK_END else ()
    return Schedule((*first, *summer, *all_year), 2)


def _custom(values: Mapping[str, Any], errors: dict[str, str]) -> Schedule | None:
    """Return the hours of an offer of any shape; outside them index 1 counts."""
    windows: list[Window] = []
    for n in _CUSTOM:
        days = frozenset(
            WEEKDAYS.index(name) for name in values.get(f"weekdays_{n}", ())
        )
        found = _windows(f"windows_{n}", n, values, errors)
        if not found and days:
            found = (Window(n),)
        season = SEASONS[values.get(f"season_{n}", "all_year")]
        windows += [
            replace(window, weekdays=days or EVERY_DAY, season=season)
            for window in found
        ]
    if not windows and not errors:
        errors["windows_2"] = "no_windows"
    return None if errors else Schedule(tuple(windows), 1)


def _windows(
    field: str, index: int, values: Mapping[str, Any], errors: dict[str, str]
) -> tuple[Window, ...]:
    """Return the windows of a field, none if it is empty."""
    text = values.get(field, "")
    if not text.strip():
        return ()
    try:
        return parse_windows(text, index)
    except ScheduleError:
        errors[field] = "bad_windows"
        return ()
