"""Write the bundled grid of regulated prices anew, with what the CRE's files hold.

    update_prices.py [FILE...]

Without files it fetches them. Rows from other sources, and billed subscriptions, stay.
It says which rows are new and fails, writing nothing, when a file cannot be trusted.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
import sys

import aiohttp

from custom_components.linky_meter.linky_tic.costs.errors import (
    CostsError,
    WrongFileError,
)
from custom_components.linky_meter.linky_tic.costs.fetch.cre import (
    FILES,
    decode,
    parse_file,
)
from custom_components.linky_meter.linky_tic.costs.fetch.cre_client import CreClient
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    OPTIONS,
    Grid,
    Row,
    bundled,
    parse_grid,
)

DATA = (
    Path(__file__).parents[1]
    / "custom_components"
    / "linky_meter"
    / "linky_tic"
    / "costs"
    / "prices"
    / "regulated_prices.txt"
)


def format_grid(grid: Grid) -> str:
    """Return a grid in our own form: ``parse_grid`` gives it back."""
    names = {calendar: option for option, calendar in OPTIONS.items()}
    lines: list[str] = []
    head = ""
    for row in grid:
        end = row.end or "-"
        this = f"{names[row.calendar]} {row.start} {end} {row.source}".rstrip()
        if this != head:
            lines.append(this)
            head = this
        amounts = [_plain(amount, 2) for amount in (row.yearly, row.monthly)]
        amounts += [_plain(price, 4) for price in row.prices]
        lines.append(f"{row.power:4} " + " ".join(amounts))
    return "\n".join(lines) + "\n"


def _plain(amount: Decimal | None, digits: int) -> str:
    if amount is None:
        return "-"
    whole, _, rest = f"{amount:f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(digits, '0')}"


def name_of(calendar: str) -> str:
    """Return the file name of a calendar."""
    return FILES[calendar].urls[0].rsplit("/", 1)[1]


def rows_of(text: str, read: date) -> list[Row]:
    """Return the rows of whichever file it is; raise FileError."""
    for calendar in FILES:
        source = f"CRE {name_of(calendar)}, read {read:%Y-%m}"
        try:
            return parse_file(text, calendar, source)
        except WrongFileError:
            continue
    raise WrongFileError("It is none of the CRE's files")


async def fetched() -> list[str]:
    """Return the texts of all files as they are now; raise CostsError."""
    async with aiohttp.ClientSession() as session:
        client = CreClient(session)
        update = await client.update()
    for error in update.errors.values():
        raise error
    return [file["text"] for file in client.as_dict()["files"].values()]


def updated(grid: Grid, texts: list[str], read: date) -> Grid:
    """Return the grid with the rows of files; raise FileError."""
    for text in texts:
        grid = grid.merged(rows_of(text, read))
    return grid


def write(grid: Grid, path: Path = DATA) -> bool:
    """Write the grid below the words on top of its file; return whether it is new."""
    before = path.read_text(encoding="utf-8")
    words = [line for line in before.splitlines(keepends=True) if line[0] == "#"]
    text = "".join(words) + format_grid(grid)
    assert list(parse_grid(text)) == list(grid)
    if before == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def main(arguments: list[str]) -> int:
    """Update the grid and say what is new."""
    before = bundled()
    try:
        if arguments:
            texts = [decode(Path(path).read_bytes()) for path in arguments]
        else:
            texts = asyncio.run(fetched())
        grid = updated(before, texts, datetime.now(UTC).date())
    except (CostsError, OSError) as err:
        print(f"{type(err).__name__}: {err}", file=sys.stderr)
        return 1
    new = set(grid) - set(before)
    for row in grid:
        if row in new:
            print(f"- {row.calendar}, {row.power} kVA, from {row.start}")
    print("The grid is new." if write(grid) else "Nothing has changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
