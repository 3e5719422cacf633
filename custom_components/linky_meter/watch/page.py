"""The supply log as a page to print: what a customer shows the grid's operator."""

from __future__ import annotations

from datetime import datetime
from html import escape

from ..linky_tic.costs.calendar.days import PARIS, Month, day_of
from ..linky_tic.watch.supply import Incident, Kind, SupplyLog
from ..words import Words

_STYLE = """
body { font: 11pt/1.4 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; color: #111; background: #fff; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #ccc;
  vertical-align: top; }
td.t { white-space: nowrap; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
p.small { font-size: .85rem; color: #444; }
@media screen and (max-width: 36rem) {
  body { margin: 1rem auto; }
  table { font-size: .75rem; }
  td.t { white-space: normal; }
  th, td { padding-right: .4rem; }
}
@media print { button { display: none; } body { margin: 0; max-width: none; } }
"""
_SUMS = (Kind.OUTAGE, Kind.MEAN_LOW, Kind.MEAN_HIGH, Kind.LOW, Kind.HIGH)


def page(
    log: SupplyLog, words: Words, start: datetime, end: datetime, prm: str | None
) -> str:
    """Return the page of a time, between two aware moments."""
    say = words.say
    since = max(start, log.since or end)
    found = log.between(since, end)
    title = escape(say("supply_title"))
    about = [
        say("supply_period", start=_when(since), end=_when(end)),
        *([say("supply_prm", prm=prm)] if prm else []),
    ]
    body = [
        f"<h1>{title}</h1>",
        *(f"<div>{escape(line)}</div>" for line in about),
        f'<p><button onclick="print()">{escape(say("supply_print"))}</button></p>',
        _sums(found, words),
        _rows(found, words) if found else f"<p>{escape(say('supply_none'))}</p>",
        f'<p class="small">{escape(_unread(log, words, since, end))}</p>',
        f'<p class="small">{escape(say("supply_how"))}</p>',
    ]
    return (
        f'<!doctype html><html lang="{escape(words.language)}"><head>'
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>"
    )


def _sums(found: list[Incident], words: Words) -> str:
    """Return how many incidents each phase had of each kind, and how long they were."""
    kinds: dict[tuple[int, int], list[Incident]] = {}
    for one in found:
        place = _SUMS.index(one.kind), one.phase or 0
        kinds.setdefault(place, []).append(one)
    if not kinds:
        return ""
    rows = [
        f"<tr><td>{escape(words.say(f'supply_{_SUMS[kind]}'))}</td>"
        f"<td>{phase or ''}</td>"
        f"<td>{len(same)}</td>"
        f'<td class="t">{escape(_lasted(same, words))}</td></tr>'
        for (kind, phase), same in sorted(kinds.items())
    ]
    head = _head(
        words, "supply_what", "supply_phase", "supply_number", "supply_duration"
    )
    return f"<table>{head}{''.join(rows)}</table>"


def _rows(found: list[Incident], words: Words) -> str:
    head = _head(
        words,
        *("supply_begin", "supply_duration", "supply_what"),
        *("supply_phase", "supply_volts"),
    )
    return (
        f"<table>{head}{''.join(_row(one, words) for one in reversed(found))}</table>"
    )


def _row(one: Incident, words: Words) -> str:
    what = words.say(f"supply_{one.kind}")
    if one.unsure:
        what = f"{what} {words.say('supply_unsure')}"
    volts = "" if one.volts is None else f"{one.volts} V"
    return (
        f'<tr><td class="t">{_when(one.start)}</td>'
        f'<td class="t">{escape(_lasted([one], words))}</td><td>{escape(what)}</td>'
        f"<td>{one.phase or ''}</td>"
        f'<td class="t">{volts}</td></tr>'
    )


def _head(words: Words, *keys: str) -> str:
    cells = "".join(f"<th>{escape(words.say(key))}</th>" for key in keys)
    return f"<thead><tr>{cells}</tr></thead>"


def _unread(log: SupplyLog, words: Words, start: datetime, end: datetime) -> str:
    first, last = day_of(start), day_of(end)
    days = {day: s for day, s in log.unread.items() if first <= day <= last}
    said = []
    if spent := sum(days.values()):
        each = (f"{day:%d/%m/%Y} ({_long(days[day], words)})" for day in sorted(days))
        long = _long(spent, words)
        said = [words.say("supply_unread", duration=long, days=", ".join(each))]
    months = Month.of(first), Month.of(last)
    older = log.unread_months.items()
    if spent := sum(s for month, s in older if months[0] <= month <= months[1]):
        long = _long(spent, words)
        said.append(words.say("supply_unread_months", duration=long))
    return " ".join(said) or words.say("supply_read")


def _lasted(incidents: list[Incident], words: Words) -> str:
    """Return how long incidents were together, or were at least."""
    long = _long(sum(one.seconds for one in incidents), words)
    if all(one.at_least is None for one in incidents):
        return long
    return words.say("supply_at_least", duration=long)


def _when(at: datetime) -> str:
    """Return a moment of French legal time, as it is written in France."""
    local = at.astimezone(PARIS)
    text = f"{local:%d/%m/%Y %H:%M:%S}"
    if local.utcoffset() != local.replace(fold=not local.fold).utcoffset():
        # In the hour that comes twice in October
        text += " (UTC+2)" if local.fold == 0 else " (UTC+1)"
    return text


def _long(seconds: int, words: Words) -> str:
    """Return a duration."""
    if seconds < 60:
        return f"{max(seconds, 1)} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{words.number(hours)} h {minutes:02} min"
