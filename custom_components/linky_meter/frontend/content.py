"""What the cards of the dashboard show: all but the past, which the recorder has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..billing.keeper import CostKeeper
from ..coordinator import LinkyCoordinator, device_of
from ..entity import contract_of, enabled_entities
from ..linky_tic.costs.book.view import CostView
from ..linky_tic.costs.calendar.calendars import calendar_key
from ..linky_tic.costs.calendar.days import Month, day_of, midnight
from ..linky_tic.costs.calendar.tempo import (
    RED_DAYS,
    WHITE_DAYS,
    Colour,
    possible,
    season_days,
    tempo_day,
)
from ..linky_tic.costs.estimate.answers import contract_name, one_of_each
from ..linky_tic.costs.estimate.best import Judgement, YearCost
from ..linky_tic.costs.estimate.sentences import (
    Money,
    Sentence,
    Word,
    about_contracts,
    about_power,
)
from ..linky_tic.costs.ledger.ledger import Ledger
from ..linky_tic.costs.prices.prices import Quote
from ..linky_tic.tic.reading import MeterReading, plain
from ..linky_tic.tic.tariffs import (
    TARIFFS,
    Contract,
    contract_of_calendar,
    index_key,
    tariff_of_index,
)
from ..plan.ahead import colour_of
from ..runtime import LinkyConfigEntry
from .sums import sums_of

type Json = dict[str, Any]

_PER_PHASE = ("apparent_power", "available_current", "current", "voltage")
_NOW = (
    "active_power",
    "apparent_power",
    "apparent_power_export",
    "available_current",
    "available_power",
    "breaker",
    "breaker_open",
    "overload",
    "overvoltage",
    "time_to_trip",
    *(f"{key}_l{phase}" for key in _PER_PHASE for phase in (1, 2, 3)),
    *(f"current_limit_l{phase}" for phase in (1, 2, 3)),
)
CHANGES = (
    "tariff_period",
    "contract",
    "tempo_today",
    "tempo_tomorrow",
    "subscribed_power",
    "breaking_power",
)
"""Of a reading: when one of these is new, so is ``meter_of``."""


def now_of(coordinator: LinkyCoordinator) -> Json:
    """Return what the meter says now, in the units of its reading."""
    reading = coordinator.data
    values = {
        key: plain(value)
        for key in _NOW
        if (value := reading[key]) is not None and coordinator.is_available(key)
    }
    return {"at": reading.received.isoformat(), **values}


@callback
def meter_of(hass: HomeAssistant, entry: LinkyConfigEntry) -> Json:
    """Return what is known of a meter, loaded or not."""
    device = device_of(hass, entry)
    found: Json = {
        "entry": entry.entry_id,
        "name": (device and (device.name_by_user or device.name)) or entry.title,
        "device": device.id if device else None,
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
        "entities": {
            key: entity.entity_id for key, entity in enabled_entities(hass, entry)
        },
    }
    since = entry.created_at
    if entry.state is ConfigEntryState.LOADED:
        coordinator, costs = entry.runtime_data.coordinator, entry.runtime_data.costs
        found |= _read(coordinator) | _tariffs(coordinator, costs) | _money(costs)
        # The ledger may know of days before this entry
        first = min(costs.kept.ledger.days, default=day_of(dt_util.utcnow()))
        since = min(since, midnight(first))
    return found | {"since": since.isoformat()}


def _read(coordinator: LinkyCoordinator) -> Json:
    reading = coordinator.data
    quality = coordinator.meter_link.quality.percent(coordinator.hass.loop.time())
    return {
        "link": coordinator.link,
        "cause": coordinator.meter_link.problems.cause,
        "seen": reading.received.isoformat(),
        "mode": plain(reading.mode),
        "phases": coordinator.meter.memory.phases,
        "contract": plain(reading["contract"]),
        "calendar": reading["calendar_name"],
        "subscribed": reading["subscribed_power"],
        "breaking": reading["breaking_power"],
        "producer": "energy_export" in reading.values,
        "tells_power": "apparent_power" in coordinator.meter.memory.keys,
        "quality": quality,
    }


def _tariffs(coordinator: LinkyCoordinator, costs: CostKeeper) -> Json:
    """Return the indexes with their names and prices, and which count until when."""
    reading, contract = coordinator.data, contract_of(coordinator)
    calendar = str(reading["calendar_name"] or "")
    labels = coordinator.meter.memory.labels.get(calendar, {})
    windows = coordinator.meter.tariff_windows(dt_util.utcnow())
    counted = {index for index in range(1, 11) if reading[index_key(index)]}
    counted |= {one.supplier_index for one in windows if one.supplier_index}
    counted |= {costs.index} if costs.index else set()
    return {
        "index": costs.index,
        "indexes": {
            index: {
                "tariff": str(tariff_of_index(contract, index)),
                "label": labels.get(index),
                "price": _amount(quote.value if quote else None),
            }
            for index in sorted(counted)
            for quote in (_quote(costs, index),)
        },
        "windows": [
            {
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
                "index": one.supplier_index,
                "off_peak": one.slot == 1,
            }
            for one in windows
        ],
        "before": before_of(costs.kept.ledger, coordinator.meter.memory.labels),
        "tempo": tempo_of(reading, costs) if contract is Contract.TEMPO else None,
    }


def before_of(ledger: Ledger, labels: Mapping[str, Mapping[int, str]]) -> list[Json]:
    """Return until when earlier contracts were in force, and what their indexes are.

    ``labels`` has the meter's own names of these by calendar.
    """
    named = {calendar_key(calendar): names for calendar, names in labels.items()}
    return [
        {
            "until": midnight(until).isoformat(),
            "indexes": {
                index: {
                    "tariff": str(tariff_of_index(contract, index)),
                    "label": named.get(calendar, {}).get(index),
                }
                for index in range(1, len(TARIFFS[contract]) + 1)
                or sorted(named.get(calendar, {}))
            },
        }
        for (_, calendar), (until, _) in pairwise(ledger.epochs)
        for contract in (contract_of_calendar(calendar),)
    ]


def _quote(costs: CostKeeper, index: int) -> Quote | None:
    """Return the price of a register; by hours of one's own, only of what counts now."""
    if costs.contract is None:
        return costs.price(index)
    return costs.price(costs.counted) if index == costs.index else None


def tempo_of(reading: MeterReading, costs: CostKeeper) -> Json:
    """Return the colours of today and tomorrow, and how many days of each are left."""
    today = tempo_day(dt_util.utcnow())
    colours, ledger = costs.kept.colours, costs.kept.ledger
    known = {
        day: colour
        for day in season_days(today)
        if (colour := colour_of(day, colours, ledger)) is not None
    }
    return {
        "today": plain(reading["tempo_today"]),
        "tomorrow": plain(reading["tempo_tomorrow"]),
        "left": days_left(known, today),
    }


def days_left(known: dict[date, Colour], today: date) -> dict[str, int | None]:
    """Return how many days of each colour are left after one in its season.

    None where a day that may have had the colour is not known.
    """
    season = list(season_days(today))
    totals = {Colour.RED: RED_DAYS, Colour.WHITE: WHITE_DAYS}
    totals[Colour.BLUE] = len(season) - RED_DAYS - WHITE_DAYS
    over = [day for day in season if day <= today]
    return {
        str(colour): max(total - sum(known.get(day) is colour for day in over), 0)
        if all(day in known for day in over if colour in possible(day))
        else None
        for colour, total in totals.items()
    }


def _money(costs: CostKeeper) -> Json:
    """Return energy by the ledger, what it cost, and what offers would have."""
    ledger, view = costs.kept.ledger, costs.view
    today = day_of(dt_util.utcnow())
    month = Month.of(today)
    rows = {day: row.total for day, row in ledger.days.items()}
    first = min(rows, default=today)
    return {
        "chosen": costs.settings.chosen,
        "own_hours": costs.contract is not None,
        "today": {
            "kwh": rows[today] / 1000 if today in rows else None,
            "eur": _amount(view.today_total if view and view.today else None),
        },
        "month": {
            "kwh": sum(wh for day, wh in rows.items() if day >= month.first) / 1000,
            "since": midnight(first).isoformat() if first > month.first else None,
            **(_month(view) if view else {}),
        },
        "year": year_of(view) if view else None,
        "mean_price": _amount(view.mean_price) if view else None,
        "sums": sums_of(view, costs.settings.export) if view else None,
        "offers": _offers(view) if view else [],
        "contracts": _contracts(view) if view else None,
        "power": _power(view) if view else None,
    }


def _month(view: CostView) -> Json:
    month = view.month
    return {
        "eur": _amount(month.total),
        "energy": _amount(month.energy),
        "priced_kwh": sum(one.wh - one.unpriced for one in month.carries.values())
        / 1000,
        "low": _amount(month.low),
        "high": _amount(month.high),
        "complete": month.complete,
    }


def year_of(view: CostView) -> Json | None:
    """Return what a year costs: the one over which contracts are judged, if any is.

    Else the last twelve whole months, once all of them is known.
    """
    if (judgement := _judged(view)) is not None and judgement.own.cost is not None:
        own = judgement.own.cost
        return {
            "kwh": own.wh / 1000,
            **_range(own),
            "subscription": _amount(own.subscription),
        }
    if (year := view.years.get(None)) is None:
        return None
    return {
        "kwh": year.wh / 1000,
        "eur": _amount(year.full),
        "low": _amount(year.full_low),
        "high": _amount(year.full_high),
        "subscription": _amount(year.subscription),
    }


def _offers(view: CostView) -> list[Json]:
    """Return what offers differ by this month, over as much as can be judged for all."""
    judged = {
        name: one
        for name, one in view.comparisons.items()
        if not one.cost.unpriced and one.cost.subscription_known
    }
    if all(one.estimate for one in judged.values()):
        over, own = "month", view.month.estimate or view.month.total
        rows = {n: one.estimate.expected for n, one in judged.items() if one.estimate}
    else:
        over, own = "until_now", view.month.total
        rows = {name: one.difference.expected for name, one in judged.items()}
    return [
        {
            "name": view.comparisons[name].offer.name,
            "over": over,
            "difference": _amount(difference),
            "eur": _amount(own + difference),
        }
        for name, difference in sorted(rows.items(), key=lambda item: item[1])
    ]


def _contracts(view: CostView) -> Json | None:
    """Return which contract is best over a year, None while that cannot be judged."""
    if (judgement := _judged(view)) is None:
        return None
    own = judgement.own.cost
    return {
        "says": _sentences(about_contracts(judgement)),
        "rows": [
            {"name": None if one.own else contract_name(one), **_range(one.cost)}
            for one in one_of_each(judgement)
            if one.cost is not None
            # One's own contract, added as an offer, says nothing new
            and (one.own or own is None or _range(one.cost) != _range(own))
        ],
    }


def _judged(view: CostView) -> Judgement | None:
    return None if view.judgement.best is None else view.judgement


def _range(cost: YearCost) -> Json:
    return {
        "eur": _amount(cost.expected),
        "low": _amount(cost.low),
        "high": _amount(cost.high),
    }


def _power(view: CostView) -> list[Json] | None:
    """Return what is said of the power to subscribe, None while that is not known."""
    if not view.advice.known:
        return None
    return _sentences(about_power(view.advice, view.power_saving))


def _sentences(sentences: list[Sentence]) -> list[Json]:
    """Return sentences for the page, which has their words and writes what fills them."""
    return [
        {
            "key": one.key,
            "words": {name: _word(word) for name, word in one.words.items()},
        }
        for one in sentences
    ]


def _word(word: Word) -> Json | str | int:
    if isinstance(word, Money):
        return {"eur": word.euros}
    if isinstance(word, datetime):
        return {"at": word.isoformat()}
    return {"day": word.isoformat()} if isinstance(word, date) else word


def _amount(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 6)
