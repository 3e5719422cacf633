"""The results as tables in Markdown."""

from pathlib import Path

from .classes import LabelClass
from .judge import DOWN, Tally
from .run import Plan, Result
from .year import YearTally

_MARKERS = ("<!-- {}: begin -->", "<!-- {}: end -->")

_COLUMNS = ("index", DOWN, *(str(kind) for kind in LabelClass if kind != "index"))
_MEASURES = ("power", "current", "voltage")


def table(results: dict[str, Result], plan: Plan) -> str:
    """Return a table: kinds in rows, classes in columns."""
    heads = ["damage", "groups", *_COLUMNS, "longest", "not shown"]
    lines = [_line(heads), _line(["---", *["--:"] * (len(heads) - 1)])]
    total = Result()
    for kind, result in results.items():
        total.add(result)
        lines.append(_row(kind, result))
    if len(results) > 1:
        lines.append(_row("**all**", total))
    bit = "with" if plan.parity else "without"
    return (
        f"### {bit.capitalize()} parity, {plan.share:.1%} of the groups damaged\n\n"
        + "\n".join(lines)
        + "\n"
    )


def repeating_table(results: dict[str, Result], plan: Plan) -> str:
    """Return a table of damage that repeats itself: what came of the indexes."""
    heads = ["damage", "groups", "index", "longest", DOWN, "late", "above", "for"]
    lines = [_line(heads), _line(["---", *["--:"] * (len(heads) - 1)])]
    for kind, result in results.items():
        tally, alone = result.reading, result.alone
        cells = [
            f"**{tally.wrong['index']:,}** / {alone.wrong['index']:,}",
            str(tally.longest["index"]),
            f"**{tally.wrong[DOWN]:,}** / {alone.wrong[DOWN]:,}",
            f"{tally.late:,}",
            f"{tally.above:,} Wh",
            f"{tally.above_frames:,}",
        ]
        lines.append(_line([kind, f"{tally.damaged:,}", *cells]))
    bit = "with" if plan.parity else "without"
    return f"### {bit.capitalize()} parity\n\n" + "\n".join(lines) + "\n"


def year_table(houses: dict[str, YearTally]) -> str:
    """Return a table: the houses of the year of clean frames in rows."""
    heads = ["house", "frames", "values", "waited", "lost", "energy astray"]
    lines = [_line(heads), _line(["---", *["--:"] * (len(heads) - 1)])]
    for name, tally in houses.items():
        lines.append(
            _line(
                [
                    name,
                    f"{tally.frames:,}",
                    f"{tally.values:,}",
                    f"{tally.waited.total():,}",
                    f"**{tally.lost.total():,}**",
                    f"{sum(tally.astray.values()):,} Wh",
                ]
            )
        )
    return "### A year of clean frames\n\n" + "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _row(kind: str, result: Result) -> str:
    reading, alone = result.reading, result.alone
    cells = [
        f"**{reading.wrong[name]:,}** / {alone.wrong[name]:,}" for name in _COLUMNS
    ]
    cells.append(str(max(reading.longest[name] for name in _MEASURES)))
    cells.append(f"{_missing(reading):.2%}")
    return _line([kind, f"{reading.damaged:,}", *cells])


def _missing(tally: Tally) -> float:
    return tally.missing / max(1, tally.missing + tally.shown)


def write(page: Path, text: str, name: str = "trust") -> None:
    """Put tables into a page, between the markers of their name."""
    opening, closing = (marker.format(name) for marker in _MARKERS)
    before, begin, rest = page.read_text(encoding="utf-8").partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise ValueError(f"{page} lacks the markers {opening} and {closing}")
    page.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")
