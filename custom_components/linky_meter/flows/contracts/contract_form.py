"""What the forms of compared offers and of one's own contract share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import probatio as vol

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowHandler
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.util import dt as dt_util

from ...billing.entity import EUROS_PER_KWH
from ...billing.settings import CONF_SUBSCRIPTION, CONF_VALID_FROM
from ...linky_tic.costs.calendar.days import day_of
from ...linky_tic.costs.calendar.schedule import Schedule
from ...linky_tic.costs.prices.dynamic import Formula
from ...linky_tic.costs.prices.hours import never, overlapping
from ...linky_tic.costs.prices.offers import (
    CALENDARS,
    CUSTOM_INDEXES,
    INDEXES,
    Structure,
)
from ...linky_tic.costs.prices.plausible import doubts
from ...linky_tic.costs.prices.prices import PricePeriod
from ...linky_tic.costs.prices.regulated import Grid
from ...words import Words
from ..selectors import amount
from .offer_windows import (
    custom_fields,
    errors_in_parts,
    in_parts,
    read_schedule,
    window_fields,
)
from .price_entity_form import formula_fields, read_formula
from .price_form import period_fields, price_key, read_period

CONF_CONFIRM = "confirm"

ALWAYS = date(2000, 1, 1)
"""From when the prices of an offer hold that has no date: today's, for all the past."""

OWN_STRUCTURES = tuple(
    one for one in Structure if one not in {Structure.BASE, Structure.TEMPO}
)
"""What one's own contract may be where the meter's indexes do not tell its hours."""


class _Asking(Protocol):
    """A flow that asks for contracts of each structure."""

    def ask(
        self, structure: Structure, user_input: dict[str, Any] | None = None
    ) -> Awaitable[Any]:
        """Ask for a contract of a structure."""


def step_of(structure: Structure) -> Callable[..., Awaitable[Any]]:
    """Return the step of a flow that asks for a contract of a structure."""

    async def step(flow: _Asking, user_input: dict[str, Any] | None = None) -> Any:
        return await flow.ask(structure, user_input)

    return step


def contract_fields(
    structure: Structure,
    more: Mapping[vol.Marker, Any],
    values: Mapping[str, Any],
    *,
    own: bool,
) -> dict[vol.Marker, Any]:
    """Return the fields of a contract: ``more``, its hours, prices and dates.

    ``values`` is what they hold. A form with many prices has the order of a bill: since
    when, what a month costs, the prices.
    """
    rest = period_fields((), dated=own)
    if structure is Structure.DYNAMIC:
        return {**more, **formula_fields(), **rest}
    if structure is not Structure.CUSTOM:
        prices = period_fields(range(1, len(INDEXES[structure]) + 1), dated=own)
        return {**more, **window_fields(structure), **prices}
    price: dict[vol.Marker, Any] = {vol.Optional(price_key(1)): amount(EUROS_PER_KWH)}
    hours = {**price, **custom_fields(values), **window_fields(structure)}
    named = {str(key): {key: field} for key, field in rest.items()}
    # An offer has no date at first
    since = named.pop(CONF_VALID_FROM) if own else {}
    paid = named.pop(CONF_SUBSCRIPTION)
    until = [item for one in named.values() for item in one.items()]
    return {**more, **since, **paid, **hours, **dict(until)}


@dataclass(frozen=True)
class Read:
    """What a form holds."""

    schedule: Schedule | None
    period: PricePeriod
    formula: Formula | None = None


def read_contract(
    hass: HomeAssistant,
    structure: Structure,
    values: Mapping[str, Any],
    errors: dict[str, str],
    *,
    own: bool,
) -> Read | None:
    """Return what a form holds, flat; what is wrong goes to ``errors`` by field."""
    needed = {CONF_SUBSCRIPTION: "no_subscription"}
    if structure is Structure.CUSTOM:
        needed[price_key(1)] = "no_amount"
    elif structure is not Structure.DYNAMIC:
        for index in range(1, len(INDEXES[structure]) + 1):
            needed[price_key(index)] = "no_amount"
    errors |= {key: needed[key] for key in needed if values.get(key) is None}
    schedule = read_schedule(structure, values, errors, own=own)
    if structure is Structure.CUSTOM and schedule is not None:
        used = {window.index for window in schedule.windows}
        for index in sorted(used - {1}):
            if values.get(price_key(index)) is None:
                errors[price_key(index)] = "no_price"
    formula = None
    if structure is Structure.DYNAMIC:
        formula = read_formula(hass, values, errors)
    dated = {CONF_VALID_FROM: ALWAYS.isoformat(), **values}
    period = read_period(CALENDARS[structure], dated, errors)
    if errors or period is None:
        return None
    return Read(schedule, period, formula)


def _index_names(structure: Structure, words: Words) -> dict[int, str]:
    """Return what the indexes of a structure are called."""
    if structure is Structure.CUSTOM:
        return {n: words.tariff(f"index_{n}") for n in CUSTOM_INDEXES}
    return {n: words.tariff(name) for n, name in enumerate(INDEXES[structure], 1)}


def contract_doubts(
    structure: Structure, read: Read, grid: Grid, power: int | None, words: Words
) -> list[str]:
    """Return in words what is strange about a contract.

    Windows overlap by the design of a structure that has a name. On alert days some of
    its prices need not count.
    """
    names, schedule = _index_names(structure, words), read.schedule
    if structure is Structure.CUSTOM:
        return doubt_lines(read.period, grid, power, names, words, schedule=schedule)
    lines = doubt_lines(read.period, grid, power, names, words)
    if schedule is not None and not any(one.alert for one in schedule.windows):
        lines += _never_lines(schedule, read.period, names, words)
    return lines


def _never_lines(
    schedule: Schedule, period: PricePeriod, names: Mapping[int, str], words: Words
) -> list[str]:
    """Return in words which prices no hour has."""
    indexes = never(schedule, period.prices)
    return [words.say("doubt_never", name=names[index]) for index in indexes]


def doubt_lines(
    period: PricePeriod,
    grid: Grid,
    power: int | None,
    names: Mapping[int, str],
    words: Words,
    *,
    schedule: Schedule | None = None,
) -> list[str]:
    """Return in words what is strange about prices and hours; nothing if all is well.

    Prices that hold since ever are held against those of today.
    """
    day = day_of(dt_util.utcnow()) if period.start == ALWAYS else None
    lines = [
        words.say(
            f"doubt_{one.kind}",
            name=names.get(one.index or 0, ""),
            value=words.amount(one.value),
            usual=words.amount(one.usual),
        )
        for one in doubts(period, grid, power, day)
    ]
    if schedule is not None:
        lines += [
            words.say("doubt_overlapping", name=names[one], other=names[other])
            for one, other in overlapping(schedule)
        ]
        lines += _never_lines(schedule, period, names, words)
    return lines


def doubtful_page(
    flow: FlowHandler[Any, Any, Any],
    fields: Mapping[vol.Marker, Any],
    values: Mapping[str, Any],
    lines: list[str],
) -> dict[str, Any]:
    """Return what is shown of a form: its fields, and what was typed.

    What is strange (``lines``) can be accepted with a box.
    """
    box = {vol.Required(CONF_CONFIRM, default=False): BooleanSelector()}
    schema = vol.Schema({**fields, **(box if lines else {})})
    return {
        "data_schema": flow.add_suggested_values_to_schema(schema, values),
        "description_placeholders": {"doubts": " ".join(lines)},
    }


def contract_page(
    flow: FlowHandler[Any, Any, Any],
    structure: Structure,
    fields: Mapping[vol.Marker, Any],
    values: Mapping[str, Any],
    *,
    errors: dict[str, str],
    lines: list[str],
) -> dict[str, Any]:
    """Return what is shown of a form with parts, and what is wrong in it."""
    return {
        "errors": errors_in_parts(structure, errors),
        **doubtful_page(flow, fields, in_parts(values), lines),
    }
