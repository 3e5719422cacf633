"""Files as Enedis makes them: a household by the half hour, in each of its layouts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
import io
import zipfile

from custom_components.linky_meter.linky_tic.costs.calendar.days import PARIS, midnight

PRM, OTHER = "09000000000001", "09000000000002"
HALF_HOUR = timedelta(minutes=30)
PREAMBLE = (
    "Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;"
    "Grandeur metier;Etape metier;Unite;Pas en minutes"
)


def watts(at: datetime) -> int:
    """Return the mean power of the half hour that begins then: odd, and never 0."""
    minutes = int(at.timestamp()) // 1800
    return 201 + (minutes * 7919) % 1500 + (800 if at.astimezone(PARIS).hour < 6 else 0)


def halves(first: date, end: date) -> Iterator[tuple[datetime, int]]:
    """Yield each half hour of some days, in UTC, with its mean power."""
    at, until = midnight(first), midnight(end)
    while at < until:
        yield at, watts(at)
        at += HALF_HOUR


def energy(first: date, end: date) -> float:
    """Return the Wh of some days."""
    return sum(power for _, power in halves(first, end)) / 2


def curve(first: date, end: date, prm: str = PRM) -> list[str]:
    """Return the lines of a load curve, as until 2024."""
    told = f"{prm};Courbe de charge;{first:%d/%m/%Y};{end:%d/%m/%Y}"
    return [
        PREAMBLE,
        f"{told};Energie active;Consommation;Comptage Brut;W;",
        "Horodate;Valeur",
        *(
            f"{(at + HALF_HOUR).astimezone(PARIS).isoformat()};{power}"
            for at, power in halves(first, end)
        ),
    ]


def spans(first: date, end: date) -> list[str]:
    """Return the lines of the table of 2025, whose times have no zone."""
    lines = ["Début;Fin;Valeur (en kW)"]
    for at, power in halves(first, end):
        start, stop = (
            moment.astimezone(PARIS).strftime("%d/%m/%Y %H:%M:%S")
            for moment in (at, at + HALF_HOUR)
        )
        lines.append(f"{start};{stop};{power / 1000:.3f}".replace(".", ","))
    return lines


def flat(first: date, end: date, prm: str = PRM, *, starts: bool = False) -> list[str]:
    """Return the lines of the data hub, each with all that is known."""
    head = (
        "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;"
        "Etape métier;Unité;Horodate;Valeur;Nature;Pas"
    )
    told = f"{prm};{first} 00:00:00;{end} 00:00:00;PA;CONS;BRUT;W"
    return [
        head,
        *(
            f"{told};{(at if starts else at + HALF_HOUR).astimezone(PARIS):%Y-%m-%d %H:%M:%S};"
            f"{power};B;PT30M"
            for at, power in halves(first, end)
        ),
    ]


def text(
    lines: Iterable[str], encoding: str = "utf-8", end: str = "\r\n"
) -> io.BytesIO:
    """Return a file of text."""
    return io.BytesIO(end.join([*lines, ""]).encode(encoding))


def workbook(
    rows: Sequence[Sequence[str | float]], head: str = "", *, shared: bool = False
) -> io.BytesIO:
    """Return a workbook; its text stands in cells, or is shared and in two styles."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    texts: list[str] = []
    cells = "".join(
        "<row>"
        + "".join(_cell(cell, texts if shared else None) for cell in row)
        + "</row>"
        for row in rows
    )
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Consommation" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        '<Relationship Id="r1" Target="/xl/worksheets/s.xml"/></Relationships>',
        "xl/worksheets/s.xml": f'{head}<worksheet xmlns="{main}"><sheetData>{cells}'
        "</sheetData></worksheet>",
    }
    if shared:
        items = "".join(
            f"<si><r><t>{one[:3]}</t></r><r><t>{one[3:]}</t></r></si>" for one in texts
        )
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{items}</sst>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    file.seek(0)
    return file


def _cell(value: str | float, texts: list[str] | None) -> str:
    if not isinstance(value, str):
        return f"<c><v>{value}</v></c>"
    if texts is None:
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    texts.append(value)
    return f'<c t="s"><v>{len(texts) - 1}</v></c>'


def hourly(first: date, end: date) -> dict[datetime, float]:
    """Return the Wh of each hour, independently of the code."""
    found: dict[datetime, float] = {}
    for at, power in halves(first, end):
        hour = at.astimezone(UTC).replace(minute=0)
        found[hour] = found.get(hour, 0) + power / 2
    return found
