"""What ``linky-tic cost --year`` shows: the best contract, and the power to subscribe."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...costs.book.view import CostView
from ...costs.estimate.answers import contract_name, one_of_each, without_doubles
from ...costs.estimate.best import Contract
from ...costs.estimate.month import cents
from ...costs.estimate.sentences import answer
from ..messages import Language, say, words_of
from ..output.table import columns

NO_PRICE = "-"


def year_json(year: CostView | None, lang: Language) -> dict[str, Any]:
    """Return a year as the integration's action answers; nothing where none is asked."""
    return {} if year is None else {"year": _answer(year, lang)}


def year_table(year: CostView, lang: Language, *, every_power: bool) -> list[str]:
    """Return a year in words and as a table of contracts."""
    told, judgement = _answer(year, lang), year.judgement
    day = year.day.strftime("%d/%m/%Y" if lang is Language.FR else "%Y-%m-%d")
    lines = [say("cost_year", lang, day=day, days=judgement.days), "", told["summary"]]
    lines += [told["power_summary"]] if told["power_summary"] else []
    shown = without_doubles(judgement) if every_power else one_of_each(judgement)
    heads = ("cost_contract", "cost_a_year", "cost_difference")
    rows = [tuple(say(key, lang) for key in heads)]
    rows += [_row(one, lang) for one in shown]
    return [*lines, "", *columns(rows)]


def _answer(year: CostView, lang: Language) -> dict[str, Any]:
    return answer(
        year.judgement,
        year.advice,
        year.power_saving,
        text=lambda key: words_of(key, lang),
        french=lang is Language.FR,
    )


def _row(one: Contract, lang: Language) -> tuple[str, str, str]:
    """Return a contract; what is not known better stays a range."""
    name = say("cost_own", lang) if one.own else contract_name(one)
    cost, difference = one.cost, one.difference
    return (
        name,
        NO_PRICE if cost is None else _range(cost.low, cost.high, lang),
        ""
        if one.own
        else NO_PRICE
        if difference is None
        else _range(difference.low, difference.high, lang, sign=True),
    )


def _range(low: Decimal, high: Decimal, lang: Language, *, sign: bool = False) -> str:
    ends = dict.fromkeys(euros(end, lang, sign=sign) for end in (low, high))
    return " - ".join(ends)


def euros(amount: Decimal | None, lang: Language, *, sign: bool = False) -> str:
    """Return an amount as a language writes it."""
    if amount is None:
        return NO_PRICE
    # Plus zero, so that nothing is not shown as minus nothing
    amount = cents(amount) + 0
    text = f"{amount:+.2f}" if sign and amount else f"{amount:.2f}"
    return f"{text.replace('.', ',') if lang is Language.FR else text} €"


def kwh(wh: int, lang: Language) -> str:
    """Return energy as a language writes it."""
    return f"{plain(Decimal(wh).scaleb(-3), lang)} kWh"


def plain(amount: Decimal, lang: Language) -> str:
    """Return a number with all its digits, as a language writes it."""
    text = f"{amount:f}"
    return text.replace(".", ",") if lang is Language.FR else text
