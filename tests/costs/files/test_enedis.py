"""Files of Enedis: every layout, every coding, clocks that change, gaps and doubles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
import io
from itertools import accumulate
from pathlib import Path
import random

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    midnight,
)
from custom_components.linky_meter.linky_tic.costs.enedis.energy import MeterEnergy
from custom_components.linky_meter.linky_tic.costs.enedis.file import (
    EnedisFile,
    read_file,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    DamagedFileError,
    EmptyFileError,
    FileError,
    ImplausibleFileError,
    NoUnitError,
    ProductionFileError,
    WrongFileError,
)

from .enedis import (
    HALF_HOUR,
    OTHER,
    PREAMBLE,
    PRM,
    curve,
    energy,
    flat,
    halves,
    hourly,
    spans,
    text,
    workbook,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "enedis"
FIRST, END = date(2026, 1, 5), date(2026, 1, 8)
SPRING, AUTUMN = date(2026, 3, 29), date(2025, 10, 26)


def only(file: EnedisFile) -> MeterEnergy:
    """Return the one meter of a file, of which all could be read."""
    assert file.unread == 0
    [(_, meter)] = file.meters.items()
    return meter


def as_rows(lines: list[str]) -> list[list[str | float]]:
    """Return lines as a workbook has them: values are numbers."""
    return [
        [
            float(cell.replace(",", "."))
            if number and cell.replace(",", "").isdigit()
            else cell
            for number, cell in enumerate(line.split(";"))
        ]
        for line in lines
    ]


def check(meter: MeterEnergy, first: date, end: date) -> None:
    """Check each hour against the household, and the sum to the Wh."""
    wanted = hourly(first, end)
    found = meter.hours()
    assert found.keys() == wanted.keys()
    for passed, whole in zip(
        accumulate(found[hour] for hour in sorted(found)),
        accumulate(wanted[hour] for hour in sorted(wanted)),
        strict=True,
    ):
        assert abs(passed - whole) <= 0.5
    days = meter.found_days()
    assert all(day.complete for day in days.values())
    assert len(days) == (end - first).days


@pytest.mark.parametrize(
    ("first", "end"),
    [(FIRST, END), (SPRING - DAY, SPRING + DAY), (AUTUMN - DAY, AUTUMN + 2 * DAY)],
    ids=["winter", "spring", "autumn"],
)
@pytest.mark.parametrize("layout", [curve, spans, flat], ids=["curve", "spans", "flat"])
@pytest.mark.parametrize("way", ["text", "latin", "mark", "utf-16", "inline", "shared"])
def test_layouts(
    layout: Callable[[date, date], list[str]], first: date, end: date, way: str
) -> None:
    """Whatever the layout and coding, each hour is right, also where clocks change."""
    lines = layout(first, end)
    file = {
        "text": lambda: text(lines),
        "latin": lambda: text(lines, "cp1252", "\n"),
        "mark": lambda: text(lines, "utf-8-sig"),
        "utf-16": lambda: text(lines, "utf-16"),
        "inline": lambda: workbook(as_rows(lines)),
        "shared": lambda: workbook(as_rows(lines), shared=True),
    }[way]()
    check(only(read_file(file)), first, end)


@pytest.mark.parametrize("layout", [curve, spans, flat])
@pytest.mark.parametrize("day", [FIRST, SPRING, AUTUMN])
def test_newest_first(layout: Callable[[date, date], list[str]], day: date) -> None:
    """A file may begin with its newest row."""
    lines = layout(day - DAY, day + 2 * DAY)
    head = 3 if layout is curve else 1
    file = text([*lines[:head], *reversed(lines[head:])])
    check(only(read_file(file)), day - DAY, day + 2 * DAY)


def test_begins() -> None:
    """Moments may be those at which half hours begin: then the last is no midnight."""
    check(only(read_file(text(flat(FIRST, END, starts=True)))), FIRST, END)
    # Nor is the first of what tells ends
    lines = flat(FIRST, END)
    check(only(read_file(text([lines[0], *lines[1:]]))), FIRST, END)


def test_other_words() -> None:
    """Columns are found by their names: commas, quotes, capitals, other columns."""
    rows = [
        f'x,"{start:%d/%m/%Y %H:%M}","{start + HALF_HOUR:%d/%m/%Y %H:%M}","1,5"'
        for start in (datetime(2026, 1, 5) + n * HALF_HOUR for n in range(48))
    ]
    file = read_file(text(["Remarque,DÉBUT, Fin ,Valeur  (en Kw) :", *rows]))
    assert sum(only(file).hours().values()) == 36_000
    ends = [
        "Identifiant PRM;09000000000001;Type de donnees;Courbe de charge;",
        "horodate ISO fin de pas;puissance moyenne (W)",
        *(
            f"{(at + HALF_HOUR).astimezone(PARIS).isoformat()};{power}"
            for at, power in halves(FIRST, END)
        ),
    ]
    meter = only(read_file(text(ends)))
    assert meter.prm == PRM
    check(meter, FIRST, END)


@pytest.mark.parametrize("minutes", [5, 10, 15, 60])
def test_steps(minutes: int) -> None:
    """Steps are told by the rows; a mean power over one is energy."""
    step = timedelta(minutes=minutes)
    lines = [
        f"{(midnight(FIRST) + n * step).astimezone(PARIS).isoformat()};{600 + n}"
        for n in range(1, 3 * 24 * 60 // minutes + 1)
    ]
    meter = only(read_file(text([*curve(FIRST, FIRST)[:3], *lines])))
    wh = sum(600 + n for n in range(1, len(lines) + 1)) * minutes / 60
    assert abs(sum(meter.hours().values()) - wh) <= 0.5
    assert all(day.complete for day in meter.found_days().values())


def test_step_of_each_day() -> None:
    """A meter may have been set from hours to ten minutes in between."""
    hours = [
        f"{(midnight(FIRST) + timedelta(hours=n)).isoformat()};1000"
        for n in range(1, 25)
    ]
    tens = [
        f"{(midnight(FIRST + DAY) + n * timedelta(minutes=10)).isoformat()};600"
        for n in range(1, 145)
    ]
    meter = only(read_file(text([*curve(FIRST, FIRST)[:3], *hours, *tens])))
    assert [day.wh for day in meter.found_days().values()] == [24_000, 14_400]


def test_unit_of_energy() -> None:
    """Wh of a step are that, and not multiplied by its time."""
    lines = curve(FIRST, END)
    lines[1] = lines[1].replace(";W;", ";Wh;")
    wh = sum(only(read_file(text(lines))).hours().values())
    assert wh == sum(power for _, power in halves(FIRST, END))


def test_gaps() -> None:
    """What lacks is no zero; a day that lacks ten minutes at most is whole."""
    lines = curve(FIRST, END)
    # An hour and a half of the second day: without a row, without a value
    gone = [row for n, row in enumerate(lines) if n not in {3 + 60, 3 + 61}]
    gone[3 + 70] = f"{gone[3 + 70].partition(';')[0]};"
    meter = only(read_file(text(gone)))
    days = meter.found_days()
    assert [day.complete for day in days.values()] == [True, False, True]
    lacks = [power for _, power in halves(FIRST, END)]
    missing = lacks[60] + lacks[61] + lacks[72]
    assert (
        abs(sum(day.wh for day in days.values()) - (energy(FIRST, END) - missing / 2))
        <= 0.5
    )


def test_row_alone_in_a_gap() -> None:
    """A row between gaps lasts as long as the others of its day."""
    lines = curve(FIRST, END)
    meter = only(read_file(text([*lines[:23], lines[26], *lines[29:]])))
    lacks = [n for n in range(72 * 2) if n in {20, 21, 22, 24, 25}]
    powers = [power for _, power in halves(FIRST, END)]
    wanted = energy(FIRST, END) - sum(powers[n] for n in lacks) / 2
    assert abs(sum(meter.hours().values()) - wanted) <= 0.5


def test_doubles() -> None:
    """What is said twice counts once, whether the same or not."""
    lines = curve(FIRST, END)
    again = lines[50].partition(";")[0] + ";9000"
    meter = only(read_file(text([*lines, again, *lines[3:60]])))
    assert meter.doubles == 58
    check(meter, FIRST, END)
    file = read_file(text([*lines, *lines]))
    check(only(file), FIRST, END)
    assert only(file).doubles == len(lines) - 3


def test_clock_of_all_year() -> None:
    """Rows of the hour that is left out in March count only where they say something."""
    lines = spans(SPRING, SPRING + DAY)
    zeros = [
        "29/03/2026 02:00:00;29/03/2026 02:30:00;0",
        "29/03/2026 02:30:00;29/03/2026 03:00:00;0",
    ]
    check(only(read_file(text([*lines[:5], *zeros, *lines[5:]]))), SPRING, SPRING + DAY)


def test_several_meters() -> None:
    """A file of two meters is read as two."""
    file = read_file(text([*flat(FIRST, END), *flat(FIRST, END - DAY, OTHER)[1:]]))
    assert set(file.meters) == {PRM, OTHER}
    check(file.meters[PRM], FIRST, END)
    check(file.meters[OTHER], FIRST, END - DAY)
    file = read_file(text([*curve(FIRST, END), "", *curve(FIRST, END, OTHER)]))
    check(file.meters[OTHER], FIRST, END)


def test_files_of_one_meter() -> None:
    """Weeks that were downloaded one by one are put together."""
    meter = MeterEnergy()
    meter.update(only(read_file(text(curve(FIRST, FIRST + DAY)))))
    meter.update(only(read_file(text(spans(FIRST, END)))))
    assert (meter.prm, meter.doubles) == (PRM, 48)
    check(meter, FIRST, END)
    days = [
        "Date;Valeur (en kWh)",
        *(f"{FIRST + n * DAY:%d/%m/%Y};9" for n in range(9)),
    ]
    meter.update(only(read_file(text(days))))
    meter.update(only(read_file(text(REGISTERS))))
    found = meter.found_days()
    assert len(found) == 3 + 9
    assert (found[date(2026, 1, 1)].wh, found[END].wh) == (1200, 9000)


REGISTERS = [
    PREAMBLE.removesuffix(";Pas en minutes"),
    f"{PRM};Index;01/01/2026;05/01/2026;Energie active;Consommation;Comptage Brut;Wh",
    "Horodate;Type de releve;EAS F1;EAS F2;EAS F10;EAS D1;EAS T",
    "2026-01-01T00:00:00+01:00;Arrêté quotidien;1000;2000;;3000;3000",
    "2026-01-02T00:00:00+01:00;Arrêté quotidien;1500;2700;;4200;4200",
    "2026-01-04T00:00:00+01:00;Arrêté quotidien;2500;3701;;6201;6201",
    "Periode;Identifiant calendrier fournisseur;Libelle calendrier fournisseur",
    "Du 2026-01-01T00:00:00+01:00 au;FC000001;Heures Creuses",
    f"{PREAMBLE}",
    f"{PRM};Puissance maximale quotidienne;a;b;Puissance maximale atteinte;c;d;W;",
    "Horodate;Valeur",
    "2026-01-01T15:17:24+01:00;3695",
]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_registers(encoding: str) -> None:
    """Registers of each midnight tell days; a day that lacks shares what was counted."""
    meter = only(read_file(text(REGISTERS, encoding)))
    assert {day: found.wh for day, found in meter.found_days().items()} == {
        date(2026, 1, 1): 1200,
        date(2026, 1, 2): 1000,
        date(2026, 1, 3): 1001,
    }
    assert list(meter.registers[2].values()) == [2000, 2700, 3701]
    assert not meter.registers.keys() & {10}
    assert sum(meter.hours().values()) == 3201


def test_registers_of_a_new_meter() -> None:
    """Where a register falls another meter counts, and long gaps are not shared out."""
    rows = [
        "2026-01-05T00:00:00+01:00;Arrêté quotidien;10;10;;20;20",
        "2026-01-06T00:00:00+01:00;Arrêté quotidien;30;30;;60;60",
        "2026-02-06T00:00:00+01:00;Arrêté quotidien;90;90;;180;180",
        "2026-02-06T00:00:00+01:00;Arrêté quotidien;90;90;;180;180",
    ]
    meter = only(read_file(text([*REGISTERS[:6], *rows])))
    assert max(meter.found_days()) == date(2026, 1, 5)
    assert meter.found_days()[date(2026, 1, 5)].wh == 40
    assert meter.doubles == 1


def test_finest_known() -> None:
    """A day's sum serves where its half hours are not all there."""
    lines = curve(FIRST, END)
    days = [f"{FIRST + n * DAY:%d/%m/%Y};{30 + n},5" for n in range(4)]
    both = [*lines[:80], "", "Date;Valeur (en kWh)", *days]
    found = only(read_file(text(both))).found_days()
    assert [day.complete for day in found.values()] == [True] * 4
    assert abs(found[FIRST].wh - energy(FIRST, FIRST + DAY)) <= 0.5
    assert [found[FIRST + n * DAY].wh for n in (1, 2, 3)] == [31_500, 32_500, 33_500]


def test_workbooks() -> None:
    """Workbooks of another program: shared text, dates as numbers, several sheets."""
    with (FIXTURES / "daily.xlsx").open("rb") as file:
        meter = only(read_file(file))
    assert meter.prm == PRM
    assert not meter.by_halves
    assert {day.day: found.wh for day, found in meter.found_days().items()} == {
        1: 6329,
        2: 3217,
        4: 4966,
        5: 3655,
    }
    with (FIXTURES / "half_hours.xlsx").open("rb") as file:
        meter = only(read_file(file))
    assert meter.by_halves
    assert sum(meter.hours().values()) == 21_480
    assert [day.complete for day in meter.found_days().values()] == [True, True]


def test_days_of_the_data_hub() -> None:
    """Days may be told by a step of a day, and by begins and ends."""
    rows = flat(FIRST, FIRST)[:1] + [
        f"{PRM};x;y;EA;CONS;BRUT;Wh;{FIRST + n * DAY} 00:00:00;{1000 + n};B;P1D"
        for n in range(3)
    ]
    found = only(read_file(text(rows))).found_days()
    assert [day.wh for day in found.values()] == [1000, 1001, 1002]
    lines = [
        "Début;Fin;Valeur (en kWh)",
        "28/03/2026 00:00:00;29/03/2026 00:00:00;5",
        "29/03/2026 00:00:00;30/03/2026 00:00:00;6",
        "29/03/2026 00:00:00;30/03/2026 00:00:00;7",
    ]
    meter = only(read_file(text(lines)))
    assert [day.wh for day in meter.found_days().values()] == [5000, 6000]
    assert meter.doubles == 1


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], WrongFileError),
        (["hello"], WrongFileError),
        (["Consommation (euros);Date", "5;01/01/2026"], WrongFileError),
        (["Date;Valeur (en kWh)"], EmptyFileError),
        (["Date;Valeur (en kWh)", "01/01/2026;NA"], EmptyFileError),
        (["Date;Valeur (en kWh)", "hello;5", "01/01/1926;5"], EmptyFileError),
        (["Date;Valeur (en kW)", "01/01/2026;5"], EmptyFileError),
        (["Date;Valeur (en kWh)", "01/01/2026 07:00;5"], EmptyFileError),
        (["Date;Valeur", "01/01/2026;5"], NoUnitError),
        (["Date;Valeur (en kWh)", "01/01/2026;9999"], ImplausibleFileError),
        (
            ["Début;Fin;Valeur (en kW)", "01/01/2026 00:00;01/01/2026 00:30;999"],
            ImplausibleFileError,
        ),
        (
            ["Début;Fin;Valeur (en kW)", "01/01/2026 00:00;01/01/2026 00:00;1"],
            EmptyFileError,
        ),
        (
            ["Début;Fin;Valeur (en kW)", "01/01/2026 00:10;01/01/2026 00:40;1"],
            EmptyFileError,
        ),
        ([*curve(FIRST, END)[:3], "2026-01-05T00:30:00+01:00;12"], EmptyFileError),
        (
            [line.replace("Consommation", "Production") for line in curve(FIRST, END)],
            ProductionFileError,
        ),
        (REGISTERS[-4:], EmptyFileError),
    ],
)
def test_refused(lines: list[str], error: type[FileError]) -> None:
    """What cannot be right is refused, each for a reason of its own."""
    with pytest.raises(error):
        read_file(text(lines))


def test_one_line_is_enough() -> None:
    """One day alone is read; so is one half hour whose both ends are told."""
    [day] = only(read_file(text(["Date;Valeur (en kWh)", "01/01/2026;5"]))).spans()
    assert day.wh == 5000
    lines = ["Début;Fin;Valeur (en kW)", "01/01/2026 00:00;01/01/2026 00:30;1"]
    [half] = only(read_file(text(lines))).spans()
    assert half == (
        midnight(date(2026, 1, 1)),
        midnight(date(2026, 1, 1)) + HALF_HOUR,
        500,
    )


def test_rows_that_cannot_be_read() -> None:
    """One bad row costs no other: it is counted."""
    lines = curve(FIRST, END)
    bad = [
        "31/31/2026;5",
        "2026-01-05T00:30:00+01:00;x",
        "2026-01-05T00:30:00+01:00;-5",
    ]
    odd = ["2026-01-05T12:14:10+01:00;5", "2026-01-05T12:14:00+01:00"]
    file = read_file(text([*lines, *bad, *odd]))
    assert file.unread == 4
    assert abs(sum(file.meters[PRM].hours().values()) - energy(FIRST, END)) <= 0.5


def test_documents_that_are_none() -> None:
    """No document makes trouble: pictures, archives, half a workbook, bombs."""
    whole = workbook([["Date", "Valeur (en kWh)"], ["01/01/2026", 5]]).getvalue()
    assert read_file(io.BytesIO(whole)).meters
    for data, error in (
        (b"\0\1\2\3" * 100, DamagedFileError),
        (whole[: len(whole) // 2], DamagedFileError),
        (whole.replace(b"xl/workbook.xml", b"xl/workbook.xmm"), WrongFileError),
        (text(spans(FIRST, END)).getvalue().replace(b";", b"\0"), DamagedFileError),
        (b"Date;Valeur (en kWh)\n" + b'"' + b"x" * 200_000, DamagedFileError),
    ):
        with pytest.raises(error):
            read_file(io.BytesIO(data))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(DamagedFileError):
        read_file(workbook([["&b;"]], head=bomb))


def test_any_damage_is_told() -> None:
    """Whatever is done to a file: it is read, or refused as what it is."""
    chance = random.Random(19)
    originals = [
        text(curve(FIRST, FIRST + DAY)).getvalue(),
        workbook(as_rows(spans(FIRST, FIRST + DAY))).getvalue(),
        (FIXTURES / "daily.xlsx").read_bytes(),
    ]
    for number in range(300):
        data = bytearray(originals[number % 3])
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_file(io.BytesIO(data))
        except FileError:
            continue


def test_is_private() -> None:
    """Nothing that is printed tells the metering point."""
    file = read_file(text(curve(FIRST, END)))
    assert PRM not in repr(file)
    assert PRM not in repr(only(file))


def test_long_file(tmp_path: Path) -> None:
    """A file of years by five minutes is read line by line, and tells the same sum."""
    path = tmp_path / "long.csv"
    head = "\n".join([*curve(FIRST, FIRST)[:3], ""])
    at = datetime(2006, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="ascii") as file:
        file.write(head)
        for _ in range(20_000):
            at += timedelta(minutes=5)
            file.write(f"{at:%Y-%m-%dT%H:%M:%S}+00:00;600\n")
    with path.open("rb") as binary:
        meter = only(read_file(binary))
    assert sum(meter.hours().values()) == 20_000 * 50
