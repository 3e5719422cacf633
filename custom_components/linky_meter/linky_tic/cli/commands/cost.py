"""``linky-tic cost`` and ``linky-tic prices``: what a month costs, and what does."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
import json
import os
from pathlib import Path
import sys

from ...costs.calendar.days import PARIS, Month, day_of
from ...costs.estimate.compare import Comparison
from ...costs.estimate.month import MonthCost
from ...costs.estimate.spans import Sums
from ...costs.ledger.rows import Key
from ...costs.prices.offers import CALENDARS, INDEXES
from ...tic.tariffs import TARIFFS, contract_of_calendar
from ..accounts.book import Costs, month_amounts, offer_amounts
from ..accounts.enedis import EnedisError
from ..accounts.energy_file import NoLedgerError, read_energy
from ..accounts.price_lists import price_rows
from ..messages import Exit, Language, say
from ..output.names import word
from ..output.table import columns
from ..settings import load
from .sums import sums_json, sums_table
from .year import NO_PRICE, euros, kwh, plain, year_json, year_table

_OFFERS = {CALENDARS[structure]: names for structure, names in INDEXES.items()}
"""What the indexes of contracts with hours of their own are called."""


def cost(options: argparse.Namespace, lang: Language) -> int:
    """Run ``linky-tic cost``."""
    pricing = load(options.config, os.environ).pricing
    if not pricing.chosen:
        return _end("cost_no_prices", lang, Exit.USAGE)
    with ExitStack() as stack:
        files = [stack.enter_context(Path(name).open("rb")) for name in options.files]
        try:
            book = read_energy(files, pricing)
        except NoLedgerError:
            return _end("cost_no_ledger", lang, Exit.FAILED)
        except EnedisError as err:
            return _end(err.key, lang, Exit.FAILED)
    if book.ledger.last is None:
        return _end("cost_no_energy", lang, Exit.FAILED)
    month = options.month or Month.of(day_of(book.ledger.last))
    costs, sums = book.look(month=month), book.sums(month)
    year = costs.view if options.year or options.offers else None
    if options.json:
        told = {**_json(costs, month), **sums_json(sums), **year_json(year, lang)}
        print(json.dumps(told, ensure_ascii=False))
    elif year is not None:
        print("\n".join(year_table(year, lang, every_power=options.offers)))
    else:
        print("\n".join(_table(costs, sums, month, lang)))
    return Exit.OK


def prices(options: argparse.Namespace, lang: Language) -> int:
    """Run ``linky-tic prices``."""
    pricing = load(options.config, os.environ).pricing
    day = options.date or datetime.now(PARIS).date()
    power = options.power or pricing.power
    rows = price_rows(pricing, day, power)
    if options.json:
        for row in rows:
            print(json.dumps(row.as_dict(), ensure_ascii=False))
        return Exit.OK
    heads = ("prices_offer", "prices_power", "prices_since", "prices_subscription")
    cells = [tuple(say(key, lang) for key in (*heads, "prices_kwh"))]
    cells += [
        (
            f"{say('prices_own', lang)} {row.name}" if row.own else row.name,
            f"{row.power} kVA" if row.power else "",
            row.since.isoformat(),
            NO_PRICE if row.subscription is None else euros(row.subscription, lang),
            "  ".join(
                f"{_index(key, lang)} {plain(price, lang)}"
                for key, price in row.prices.items()
            ),
        )
        for row in rows
    ]
    print("\n".join(columns(cells)))
    if stale := ", ".join(dict.fromkeys(row.name for row in rows if row.stale)):
        print(f"linky-tic: {say('prices_stale', lang, names=stale)}", file=sys.stderr)
    return Exit.OK


def _end(key: str, lang: Language, code: Exit) -> int:
    print(f"linky-tic: {say(key, lang)}", file=sys.stderr)
    return code


def _json(costs: Costs, month: Month) -> Mapping[str, object]:
    own = costs.own
    return {
        "month": str(month),
        "at": costs.view.at.astimezone(PARIS).isoformat(timespec="seconds"),
        "complete": None if own is None else own.complete,
        "own": None if own is None else _numbers(month_amounts(own)),
        "indexes": []
        if own is None
        else [
            {
                "calendar": key.calendar,
                "index": key.index,
                "energy": carry.wh / 1000,
                "cost": float(round(carry.cost, 4)),
                "unpriced": carry.unpriced / 1000,
            }
            for key, carry in sorted(own.carries.items())
        ],
        "offers": [
            {
                "name": one.offer.name,
                "supplier": one.offer.supplier,
                **_numbers(offer_amounts(one)),
            }
            for one in costs.offers
        ],
    }


def _numbers(amounts: Mapping[str, Decimal]) -> dict[str, float]:
    return {key: float(round(amount, 4)) for key, amount in amounts.items()}


def _table(costs: Costs, sums: Sums | None, month: Month, lang: Language) -> list[str]:
    until = min(costs.view.at, month.end).astimezone(PARIS)
    lines = [say("cost_month", lang, month=month, until=f"{until:%Y-%m-%d %H:%M}"), ""]
    if costs.own is not None:
        lines += [*_own(costs.own, lang), *sums_table(sums, lang)]
    if costs.offers:
        heads = ("prices_offer", "cost_total", "cost_estimate", "cost_difference")
        rows = [tuple(say(key, lang) for key in heads)]
        for one in costs.offers:
            amounts = offer_amounts(one)
            rows.append(
                (
                    one.offer.name,
                    _range(one.cost, lang),
                    NO_PRICE
                    if one.cost.unpriced
                    else euros(amounts.get("estimate"), lang),
                    _difference(one, lang) if costs.own is not None else NO_PRICE,
                )
            )
        lines += ["", *columns(rows)] if costs.own is not None else columns(rows)
    return lines


def _difference(one: Comparison, lang: Language) -> str:
    """Return what an offer differs by: a range where hours or colours are unknown."""
    if one.cost.unpriced:
        return NO_PRICE
    low, expected, high = one.estimate or one.difference
    if one.cost.exact:
        return euros(expected, lang, sign=True)
    return " - ".join(euros(end, lang, sign=True) for end in (low, high))


def _own(month: MonthCost, lang: Language) -> list[str]:
    """Return what one's own contract costs, index by index."""
    rows = [
        (
            _index(key, lang),
            kwh(carry.wh, lang),
            NO_PRICE if carry.unpriced else euros(carry.cost, lang),
        )
        for key, carry in sorted(month.carries.items())
    ]
    accrued = say(
        "cost_of_whole",
        lang,
        part=euros(month.accrued, lang),
        whole=euros(month.subscription, lang),
    )
    rows += [
        (say("cost_subscription", lang), "", accrued),
        (
            say("cost_total", lang),
            kwh(month.wh, lang),
            NO_PRICE
            if month.unpriced and month.unpriced == month.wh
            else euros(month.total, lang),
        ),
    ]
    amounts = month_amounts(month)
    if (estimate := amounts.get("estimate")) is not None:
        text = euros(estimate, lang)
        if month.low is not None and month.high is not None:
            low, high = euros(month.low, lang), euros(month.high, lang)
            text += f" ({low} - {high})" if low != high else ""
        rows.append((say("cost_estimate", lang), "", text))
    if month.linear is not None:
        rows.append((say("cost_linear", lang), "", euros(month.linear, lang)))
    lines = columns(rows)
    if not month.complete:
        lines.append(say("cost_incomplete", lang))
    if month.unpriced:
        lines.append(say("cost_unpriced", lang, energy=kwh(month.unpriced, lang)))
    if not month.subscription_known:
        lines.append(say("cost_no_subscription", lang))
    return lines


def _index(key: Key, lang: Language) -> str:
    tariffs = TARIFFS.get(contract_of_calendar(key.calendar), ())
    names = _OFFERS.get(key.calendar) or tuple(map(str, tariffs))
    name = names[key.index - 1 : key.index]
    return word(name[0] if name else f"index_{key.index}", lang).capitalize()


def _range(month: MonthCost, lang: Language) -> str:
    """Return what a month costs, from and to where that is not known better."""
    if month.unpriced:
        return NO_PRICE
    if month.exact:
        return euros(month.total, lang)
    low, high = (
        euros(energy + month.accrued, lang)
        for energy in (month.energy_low, month.energy_high)
    )
    return f"{low} - {high}"
