"""What a year says of contracts and of powers, in sentences.

A sentence is the key of its words, which whoever says it has in its language, and what
fills them: names, whole numbers, amounts and days, to be written as readers write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from ..calendar.days import PARIS
from .adviser import Above, Advice
from .answers import answer_of, contract_name, plain_power
from .best import Judgement

_HALF_A_EURO = Decimal("0.5")


class Money(NamedTuple):
    """Whole euros."""

    euros: int


type Word = str | int | Money | date


@dataclass(frozen=True)
class Sentence:
    """A sentence without its words."""

    key: str
    words: Mapping[str, Word]

    def said(self, template: str, write: Callable[[Word], str]) -> str:
        """Return it in the words of a language; ``write`` writes what fills them."""
        return template.format(**{key: write(one) for key, one in self.words.items()})


def say(
    sentences: Iterable[Sentence],
    text: Callable[[str], str],
    write: Callable[[Word], str],
) -> str:
    """Return sentences one after the other; ``text`` has the words of a key."""
    return " ".join(one.said(text(one.key), write) for one in sentences)


def about_contracts(judgement: Judgement) -> list[Sentence]:
    """Return what sums up which contract is best."""
    known: dict[str, Word] = {"days": judgement.days}
    if not judgement.enough:
        return [Sentence("best_not_known", known)]
    if (best := judgement.best) is None:
        return [Sentence("best_no_price", {})]
    difference, cost = best.difference, best.cost
    assert difference is not None
    assert cost is not None
    # Under Tempo already, avoiding red days has nothing to do with the contract
    here = judgement.own.cost
    avoided = max(cost.red_peak - (here.red_peak if here else 0), Decimal(0))
    saving = avoided - difference.expected
    if best.own or (cost.exact and saving < _HALF_A_EURO):
        return [_own(judgement)]
    words: dict[str, Word] = {"name": contract_name(best), "saving": _money(saving)}
    if not cost.exact:
        words |= {
            "saving": _money(-difference.expected),
            "high": _money(-difference.low),
        }
        if difference.high > 0:
            return [Sentence("best_unsure", {**words, "more": _money(difference.high)})]
        return [Sentence("best_range", {**words, "low": _money(-difference.high)})]
    if avoided >= _HALF_A_EURO:
        return [Sentence("best_red", {**words, "avoided": _money(avoided)})]
    return [Sentence("best_exact", words)]


def answer(
    judgement: Judgement,
    advice: Advice,
    saving: Decimal | None,
    *,
    text: Callable[[str], str],
    french: bool,
) -> dict[str, Any]:
    """Return what a year says, in figures and in the words of a language."""
    write = partial(written, french=french)
    return {
        "summary": say(about_contracts(judgement), text, write),
        "power_summary": say(about_power(advice, saving), text, write),
        **answer_of(judgement),
        "recommended_power": plain_power(advice, saving),
    }


def _own(judgement: Judgement) -> Sentence:
    """Return that one's own is the best, and by how much where that is sure."""
    for one in judgement.contracts:
        difference = one.difference
        if difference is None or difference.expected < _HALF_A_EURO:
            continue
        if difference.low == difference.high:
            more = _money(difference.expected)
            return Sentence("best_own_by", {"name": contract_name(one), "more": more})
        break
    return Sentence("best_own", {})


def about_power(advice: Advice, saving: Decimal | None) -> list[Sentence]:
    """Return what sums up which power to subscribe; ``saving`` is in euros a year."""
    power, now, above = advice.recommended, advice.now, advice.above
    if power is None or above is None:
        known_from = advice.known_from
        return [Sentence("power_not_known", {"date": known_from})] if known_from else []
    words: dict[str, Word] = {"power": power}
    if now is None:
        return [Sentence("power_would_do", words), *_above(above[power])]
    if power > now:
        words["now"] = now
        return [Sentence("power_more", words), *_above(above[now])]
    if power < now:
        found = [Sentence("power_would_do", words)]
        if saving is not None:
            found.append(Sentence("power_saving", {"saving": _money(saving)}))
        return [*found, *_above(above[power])]
    found = [Sentence("power_fits", words)]
    possible = advice.possible
    if possible is not None and possible < now:
        found.append(Sentence("power_possible", {"power": possible}))
        found += _above(above[possible])
    return found


def _above(above: Above) -> list[Sentence]:
    """Return on how many days a power was exceeded, and when most."""
    worst = above.worst or above.worst_day
    words: dict[str, Word] = {"power": above.power, "days": above.days}
    if worst is None:
        return [Sentence("power_never_above", words)]
    return [Sentence("power_above", {**words, "worst": worst})]


def _money(amount: Decimal) -> Money:
    return Money(round(amount))


def written(word: Word, *, french: bool) -> str:
    """Return what fills a sentence, as a language writes it."""
    if isinstance(word, Money):
        return f"{word.euros}\u00a0€"
    if isinstance(word, datetime):
        shape = "%d/%m/%Y à %H:%M" if french else "%Y-%m-%d at %H:%M"
        return word.astimezone(PARIS).strftime(shape)
    if isinstance(word, date):
        return word.strftime("%d/%m/%Y" if french else "%Y-%m-%d")
    return str(word)
