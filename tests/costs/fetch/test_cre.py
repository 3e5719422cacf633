"""The CRE's files."""

from decimal import Decimal
import json

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.errors import (
    DamagedFileError,
    FileError,
    ImplausibleFileError,
    WrongFileError,
)
from custom_components.linky_meter.linky_tic.costs.fetch.cre import (
    FILES,
    decode,
    parse_file,
)
from custom_components.linky_meter.linky_tic.costs.prices.regulated import Grid, Row
from tests.costs.helpers import SAMPLES, day

HEAD = "DATE_DEBUT;DATE_FIN;P_SOUSCRITE;PART_FIXE_HT;PART_FIXE_TTC"
BASE_HEAD = f"{HEAD};PART_VARIABLE_HT;PART_VARIABLE_TTC"
LINE = "01/08/2026;;6;143,28;190,81;0,1361;0,2001"


def base(*lines: str) -> str:
    """Return a file of the Base option."""
    return "\r\n".join([BASE_HEAD, *lines, ""])


def test_base() -> None:
    """One line, with its decimal commas."""
    assert parse_file(base(LINE), BASE) == [
        Row(
            *(BASE, 6, day("2026-08-01"), (Decimal("0.2001"),)),
            yearly=Decimal("190.81"),
            source="CRE",
        )
    ]


def test_off_peak_comes_first() -> None:
    """By the columns' names, in any order and case, with others between."""
    text = (
        "\ufeffdate_debut; DATE_FIN ;NEW;PART_VARIABLE_HP_TTC;P_SOUSCRITE;"
        "PART_VARIABLE_HC_TTC;PART_FIXE_TTC\n"
        "01/02/2026;31/07/2026;x;0,2065;6;0,1578;188,24\n"
    )
    (row,) = parse_file(text, OFF_PEAK)
    assert row.prices == (Decimal("0.1578"), Decimal("0.2065"))
    assert row.end == day("2026-07-31")


def test_tempo_blank_rows() -> None:
    """Rows without prices and blank ones are passed over."""
    columns = ";".join(
        f"PART_VARIABLE_{name}_{tax}"
        for name in ("HCBleu", "HPBleu", "HCBlanc", "HPBlanc", "HCRouge", "HPRouge")
        for tax in ("HT", "TTC")
    )
    text = "\r\n".join(
        [
            f"{HEAD};{columns}",
            "01/08/2016;31/07/2017;6" + ";" * 14,
            (
                "01/08/2026;;9;177;237,3436191;0,0824;0,1356;0,1072;0,1654;0,0974;0,1536;"
                "0,1295;0,1921;0,1040;0,1615;0,5773;0,7295"
            ),
            ";" * 16,
            "",
            "",
        ]
    )
    (row,) = parse_file(text, TEMPO)
    assert row.prices == tuple(
        map(Decimal, ["0.1356", "0.1654", "0.1536", "0.1921", "0.1615", "0.7295"])
    )
    assert row.yearly == Decimal("237.3436191")


def test_order_does_not_matter() -> None:
    """Rows come out oldest first; a row without end is over when the next begins."""
    rows = parse_file(base("01/02/2027;;6;1;192;1;0,21", LINE, "", LINE), BASE)
    assert [row.start for row in rows] == [day("2026-08-01"), day("2027-02-01")]
    found = Grid(rows).in_force(BASE, 6, day("2027-01-31"))
    assert found is not None
    assert found.row.start == day("2026-08-01")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", WrongFileError),
        ("<!DOCTYPE html>\n<html></html>\n", WrongFileError),
        (BASE_HEAD, WrongFileError),
        (base(";;;;;;"), WrongFileError),
        (BASE_HEAD.replace("PART_FIXE_TTC", "X") + "\n" + LINE, WrongFileError),
        ((BASE_HEAD + "\n" + LINE).replace(";", ","), WrongFileError),
        (base(LINE, "01/08/2026;;9;178,8;23"), DamagedFileError),
        (base(LINE.replace("0,2001", "0,20x1")), DamagedFileError),
        (base(LINE.replace("0,2001", "0.2001")), DamagedFileError),
        (base(LINE.replace("0,2001", "-0,2001")), DamagedFileError),
        (base(LINE.replace("0,2001", "1e5")), DamagedFileError),
        (base(LINE.replace("01/08/2026", "2026-01-08")), DamagedFileError),
        (base(LINE.replace("01/08/2026", "31/02/2026")), DamagedFileError),
        (base(LINE.replace(";6;", ";6,5;")), DamagedFileError),
        (base(LINE, LINE.replace("0,2001", "0,2002")), DamagedFileError),
        (base('"' + "x" * 200_000), DamagedFileError),
        (base(LINE.replace("0,2001", "20,01")), ImplausibleFileError),
        (base(LINE.replace("0,2001", "0,02")), ImplausibleFileError),
        (base(LINE.replace("190,81", "15,86")), ImplausibleFileError),
        (base(LINE.replace("190,81", "3190,81")), ImplausibleFileError),
        (base(LINE.replace(";6;", ";250;")), ImplausibleFileError),
        (base(LINE.replace("2026;;", "2026;31/07/2026;")), ImplausibleFileError),
        (
            base("01/02/2026;01/08/2026;6;1;188;1;0,2", LINE),
            ImplausibleFileError,
        ),
    ],
)
def test_refused(text: str, error: type[Exception]) -> None:
    """Nothing of such a file counts."""
    with pytest.raises(error) as raised:
        parse_file(text, BASE)
    assert type(raised.value) is error


def test_another_option() -> None:
    """Is another file."""
    with pytest.raises(WrongFileError, match="HC_TTC"):
        parse_file(base(LINE), OFF_PEAK)


@pytest.mark.parametrize(
    "encoding", ["ascii", "utf-8", "utf-8-sig", "utf-16", "cp1252"]
)
def test_encodings(encoding: str) -> None:
    """With or without mark; a thousand may be apart from its hundreds."""
    text = base(LINE).replace("190,81", "1 190,81")
    if encoding != "ascii":
        text = text.replace("1 190", "1\u00a0190")
    (row,) = parse_file(decode(text.encode(encoding)), BASE)
    assert row.yearly == Decimal("1190.81")


def test_no_text() -> None:
    """Bytes that are none."""
    for data in (b"\x00\x01", b"\xff\xfe\x00", b"\x81\x8d"):
        with pytest.raises(DamagedFileError):
            decode(data)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    """Is told, or leaves plausible rows."""
    text = base(LINE, LINE.replace(";6;", ";9;")).encode()
    at = data.draw(st.integers(0, len(text) - 1))
    cut = data.draw(st.integers(0, 20))
    damaged = text[:at] + data.draw(st.binary(max_size=5)) + text[at + cut :]
    try:
        rows = parse_file(decode(damaged), BASE)
    except FileError:
        return
    assert rows
    for row in rows:
        assert 0 < row.prices[0] < 2


needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples")


@needs_samples
@pytest.mark.parametrize(
    ("name", "calendar", "count"),
    [
        ("Option_Base_2025-08.csv", BASE, 105),
        ("Option_HPHC_2025-08.csv", OFF_PEAK, 168),
        ("Option_Tempo_2025-08.csv", TEMPO, None),
        ("Option_Base_2026-08_excerpt.csv", BASE, 20),
        ("Option_HPHC_2026-08_excerpt.csv", OFF_PEAK, 33),
        ("Option_Tempo_2026-08_excerpt.csv", TEMPO, 28),
    ],
)
def test_samples(name: str, calendar: str, count: int | None) -> None:
    """Every row of the copies, as they are and with what other copies had."""
    data = (SAMPLES / name).read_bytes()
    rows = parse_file(decode(data), calendar)
    assert count is None or len(rows) == count
    assert parse_file(decode(b"\xef\xbb\xbf" + data), calendar) == rows
    assert parse_file(decode(data).replace("\r\n", "\n"), calendar) == rows
    for other in FILES:
        if other != calendar:
            with pytest.raises(WrongFileError):
                parse_file(decode(data), other)


@needs_samples
def test_excerpt_with_holes() -> None:
    """Between its rows nothing is known."""
    text = (SAMPLES / "Option_Base_2026-08_excerpt.csv").read_text("utf-8")
    grid = Grid(parse_file(text, BASE))
    assert grid.in_force(BASE, 6, day("2020-01-01")) is None
    assert grid.in_force(BASE, 6, day("2017-07-31"))
    tempo = (SAMPLES / "Option_Tempo_2025-08.csv").read_text("utf-8")
    powers = {
        row.power for row in parse_file(tempo, TEMPO) if row.start < day("2023-02-01")
    }
    assert 6 not in powers


@needs_samples
def test_tabular_api_is_refused() -> None:
    """Its dates are swapped."""
    text = (SAMPLES / "tabular_api_tempo_6kva_2026-10-03.json").read_text("utf-8")
    with pytest.raises(WrongFileError):
        parse_file(text, TEMPO)
    (row,) = json.loads(text)["data"]
    lines = ";".join(row) + "\n" + ";".join(str(value) for value in row.values())
    with pytest.raises(FileError):
        parse_file(lines, TEMPO)
