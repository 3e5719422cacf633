"""The bundled grid of regulated prices, and its script."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    EJP,
    INDEXES,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.errors import DamagedFileError
from custom_components.linky_meter.linky_tic.costs.fetch.cre import FILES
from custom_components.linky_meter.linky_tic.costs.prices.regulated import (
    _BUNDLED,
    Grid,
    RegulatedPrices,
    Row,
    bundled,
    discounted,
    excise,
    parse_grid,
)
from scripts import update_prices
from tests.costs.helpers import SAMPLES, day


def yearly(calendar: str, power: int, on: str) -> Decimal | None:
    """Return a subscription as the CRE tells it."""
    found = bundled().in_force(calendar, power, day(on))
    return found.row.yearly if found else None


@pytest.mark.parametrize(
    ("on", "base", "off_peak", "tempo", "subscriptions"),
    [
        (
            "2025-02-01",
            ("0.2016", "0.2016"),
            ("0.1696", "0.2146"),
            "0.1287 0.1552 0.1447 0.1792 0.1518 0.6586",
            ("165.17", "169.81", "211.16"),
        ),
        (
            "2025-08-01",
            ("0.1952", "0.1952"),
            ("0.1635", "0.2081"),
            "0.1232 0.1494 0.1391 0.1730 0.1460 0.6468",
            ("185.94", "189.99", "235.12"),
        ),
        (
            "2026-02-01",
            ("0.1940", "0.1927"),
            # As EDF bills it; the CRE's file says 0.1578
            ("0.1579", "0.2065"),
            "0.1325 0.1612 0.1499 0.1871 0.1575 0.7060",
            ("188.2", "188.24", "233.44"),
        ),
        (
            "2026-08-01",
            ("0.2001", "0.1985"),
            ("0.1589", "0.2142"),
            "0.1356 0.1654 0.1536 0.1921 0.1615 0.7295",
            ("190.81", "190.81", "237.34"),
        ),
    ],
)
def test_known_prices(
    on: str,
    base: tuple[str, str],
    off_peak: tuple[str, str],
    tempo: str,
    subscriptions: tuple[str, str, str],
) -> None:
    """As they were published."""
    six, nine = (RegulatedPrices(bundled(), power) for power in (6, 9))

    def prices(of: RegulatedPrices, calendar: str) -> list[Decimal]:
        quotes = [
            of.price(day(on), calendar, n) for n in range(1, INDEXES[calendar] + 1)
        ]
        assert all(quote and quote.since == day(on) for quote in quotes)
        return [quote.value for quote in quotes if quote]

    assert prices(six, BASE) + prices(nine, BASE) == [Decimal(one) for one in base]
    assert prices(six, OFF_PEAK) == [Decimal(one) for one in off_peak]
    assert prices(nine, TEMPO) == [Decimal(one) for one in tempo.split()]
    found = [
        yearly(calendar, power, on)
        for calendar, power in ((BASE, 6), (OFF_PEAK, 6), (TEMPO, 9))
    ]
    assert [round(one, 2) for one in found if one] == [
        Decimal(one) for one in subscriptions
    ]


@pytest.mark.parametrize(
    ("on", "calendar", "monthly"),
    [
        ("2025-08-01", BASE, {6: "15.47", 9: "19.39", 15: "27.06", 18: "30.76"}),
        ("2025-08-01", OFF_PEAK, {6: "15.74", 9: "19.81", 12: "23.76", 36: "54.61"}),
        ("2025-08-01", TEMPO, {9: "19.49", 36: "54.43"}),
        ("2026-02-01", BASE, {18: "30.49", 24: "38.24", 30: "45.37", 36: "52.54"}),
        ("2026-02-01", OFF_PEAK, {6: "15.65", 9: "19.56", 15: "26.84", 36: "52.54"}),
        ("2026-10-01", BASE, {6: "15.86"}),
        ("2026-10-01", OFF_PEAK, {6: "15.86"}),
        ("2026-10-01", TEMPO, {9: "19.70"}),
    ],
)
def test_billed_subscription(on: str, calendar: str, monthly: dict[int, str]) -> None:
    """EDF bills a little less than a twelfth of the CRE's year."""
    for power, amount in monthly.items():
        quote = RegulatedPrices(bundled(), power).subscription(day(on), calendar)
        assert quote is not None
        assert quote.value == Decimal(amount)
        year = yearly(calendar, power, on)
        assert year is None or 0 < year / 12 - quote.value < Decimal("0.52")


def test_base_above_15_kva_before_august_2026() -> None:
    """It is in no file of the CRE, and was sold all the same."""
    for on, price in (("2025-09-01", "0.1952"), ("2026-07-31", "0.1927")):
        quote = RegulatedPrices(bundled(), 36).price(day(on), BASE, 1)
        assert quote is not None
        assert quote.value == Decimal(price)


def test_an_earlier_subscription_is_a_twelfth_of_a_year() -> None:
    """Where no bill was seen."""
    quote = RegulatedPrices(bundled(), 6).subscription(day("2025-07-31"), BASE)
    assert quote is not None
    assert quote.value == Decimal("165.17") / 12


def test_the_last_digit_of_a_bill_stays() -> None:
    """The CRE's file says 0.1578 where EDF bills 0.1579; a real change still counts."""
    known = bundled().in_force(OFF_PEAK, 6, day("2026-07-31"))
    assert known is not None
    for new, kept in (("0.1578", "0.1579"), ("0.1570", "0.1570")):
        row = replace(known.row, prices=(Decimal(new), Decimal("0.2065")), monthly=None)
        found = bundled().merged([row]).in_force(OFF_PEAK, 6, day("2026-07-31"))
        assert found is not None
        assert found.row.prices[0] == Decimal(kept)
        assert found.row.monthly == Decimal("15.65")


def test_bundled_grid() -> None:
    """Holds every option without a hole from 2022 on, and is in its own form."""
    grid = bundled()
    assert update_prices.format_grid(grid) == "".join(
        line for line in _BUNDLED.splitlines(keepends=True) if line[0] != "#"
    )
    assert list(parse_grid(update_prices.format_grid(grid))) == list(grid)
    for calendar, power in (
        (BASE, 3),
        (BASE, 15),
        (OFF_PEAK, 6),
        (OFF_PEAK, 36),
        (TEMPO, 9),
    ):
        one = date(2022, 1, 1)
        while one < date(2026, 12, 1):
            found = grid.in_force(calendar, power, one)
            assert found is not None
            assert not found.stale
            one = date(one.year + one.month // 12, one.month % 12 + 1, 1)
    assert all(len(row.prices) == INDEXES[row.calendar] for row in grid)
    assert all(row.source for row in grid)
    assert grid.in_force(TEMPO, 6, day("2023-01-31")) is None
    assert grid.in_force(TEMPO, 6, day("2023-02-01"))
    assert grid.in_force(BASE, 6, day("2019-01-01")) is None
    ejp = RegulatedPrices(grid, 9).price(day("2026-05-01"), EJP, 2)
    assert ejp is not None
    assert (ejp.value, ejp.stale) == (Decimal("0.3440"), False)
    later = RegulatedPrices(grid, 9).price(day("2026-10-01"), EJP, 2)
    assert later is not None
    assert later.stale


def test_power_that_is_not_sold() -> None:
    """Is the next above."""
    prices = RegulatedPrices(bundled(), 7)
    assert prices.price(day("2026-10-01"), BASE, 1) == RegulatedPrices(
        bundled(), 9
    ).price(day("2026-10-01"), BASE, 1)
    none = RegulatedPrices(bundled(), 99)
    assert none.price(day("2026-10-01"), BASE, 1) is None
    assert none.subscription(day("2026-10-01"), BASE) is None
    assert not none.stale(BASE, day("2026-10-01"))
    assert prices.price(day("2026-10-01"), "ZEN FLEX", 1) is None
    assert prices.price(day("2026-10-01"), BASE, 2) is None
    assert prices.subscription(day("2000-10-01"), BASE) is None


def row(start: str, end: str | None = None, **more: Any) -> Row:
    """Return a row of Base at 6 kVA."""
    return Row(
        **{  # type: ignore[arg-type]
            "calendar": BASE,
            "power": 6,
            "start": day(start),
            "prices": (Decimal("0.2"),),
            "end": day(end) if end else None,
            "yearly": Decimal(180),
        }
        | more
    )


def test_rows_in_force() -> None:
    """A future one waits; a hole between two has no price; the last one serves on."""
    grid = Grid([row("2026-01-01", "2026-01-31"), row("2026-03-01", "2026-03-31")])
    found = [grid.in_force(BASE, 6, day(f"2026-0{month}-15")) for month in range(1, 5)]
    assert [None if one is None else one.stale for one in found] == [
        *(False, None, False, True)
    ]
    early = Grid([row("2026-01-01"), row("2026-08-01")])
    now = early.in_force(BASE, 6, day("2026-07-31"))
    assert now is not None
    assert now.row.start == day("2026-01-01")


@pytest.mark.parametrize(
    ("start", "end", "today", "stale"),
    [
        ("2026-02-01", None, "2026-08-10", False),
        ("2026-02-01", None, "2026-08-11", True),
        ("2026-08-01", None, "2026-09-30", False),
        ("2026-08-01", None, "2027-01-31", False),
        ("2026-08-01", None, "2027-02-10", False),
        ("2026-08-01", None, "2027-02-11", True),
        ("2026-06-25", None, "2026-09-11", False),
        ("2026-02-01", "2026-07-31", "2026-08-01", True),
        ("2024-02-01", "2025-01-31", "2024-09-01", False),
        ("2027-01-01", None, "2026-08-01", False),
    ],
)
def test_stale(start: str, end: str | None, today: str, stale: bool) -> None:
    """Ten days after 1 February and 1 August prices of these days should be known."""
    assert Grid([row(start, end)]).stale(BASE, 6, day(today)) is stale
    assert RegulatedPrices(Grid([row(start, end)]), 6).stale(BASE, day(today)) is stale


def test_merging() -> None:
    """Newer rows replace, and keep what only the older ones know."""
    old = Grid([row("2026-02-01", monthly=Decimal(15), source="old")])
    assert list(old.merged([row("2026-02-01", source="new")])) == list(old)
    closed = row("2026-02-01", "2026-07-31", source="new")
    later = row("2026-08-01", source="new")
    found = list(old.merged([row("2016-02-01", "2017-01-31"), closed, later]))
    assert [one.start for one in found] == [day("2026-02-01"), day("2026-08-01")]
    assert found[0].monthly == 15
    assert found[0].end == day("2026-07-31")
    assert found[0].source == "new"
    reopened = Grid(found).merged([row("2026-02-01", source="older copy")])
    assert list(reopened) == found
    first = Grid([]).merged([closed])
    assert list(first) == [closed]
    assert row("2026-02-01", yearly=None).subscription is None


@pytest.mark.parametrize(
    "text",
    [
        "6 1 - 0.2",
        "base 2026-02-01",
        "base 2026-02-01 - x\nsix 1 - 0.2",
        "base 2026-02-01 - x\n6 1 - 0.2 0.3",
        "base 2026-02-01 - x\n6 1 - none",
        "base yesterday - x",
    ],
)
def test_damaged_grid(text: str) -> None:
    """Is told with its line."""
    with pytest.raises(DamagedFileError, match="Line"):
        parse_grid(text)


HEAD = "DATE_DEBUT;DATE_FIN;P_SOUSCRITE;PART_FIXE_HT;PART_FIXE_TTC"
NEW_BASE = (
    f"{HEAD};PART_VARIABLE_HT;PART_VARIABLE_TTC\r\n"
    "01/08/2026;31/01/2027;6;143,28;190,81;0,1361;0,2001\r\n"
    "01/02/2027;;6;143,28;192,5;0,1361;0,2002\r\n"
)


def test_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It adds what is new, says so, and changes nothing the second time."""
    target = tmp_path / "regulated_prices.txt"
    target.write_bytes(update_prices.DATA.read_bytes())
    monkeypatch.setattr(update_prices.write, "__defaults__", (target,))
    file = tmp_path / "file.csv"
    file.write_text(NEW_BASE, encoding="utf-8-sig", newline="")
    assert update_prices.main([str(file)]) == 0
    said = capsys.readouterr().out
    assert "BASE, 6 kVA, from 2027-02-01" in said
    assert "The grid is new." in said
    grid = parse_grid(target.read_text(encoding="utf-8"))
    found = grid.in_force(BASE, 6, day("2027-03-01"))
    assert found is not None
    assert found.row.prices == (Decimal("0.2002"),)
    assert found.row.source.startswith("CRE Option_Base.csv, read 20")
    before = grid.in_force(BASE, 6, day("2027-01-31"))
    assert before is not None
    assert before.row.monthly == Decimal("15.86")
    assert update_prices.main([str(file)]) == 0
    assert "Nothing has changed." in capsys.readouterr().out


def test_script_changes_nothing_of_the_bundled_grid() -> None:
    """The file is what the script writes."""
    assert not update_prices.write(bundled())


def test_script_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files that it cannot trust."""
    file = tmp_path / "file.csv"
    file.write_text("<html>", encoding="utf-8")
    assert update_prices.main([str(file)]) == 1
    assert update_prices.main([str(tmp_path / "none.csv")]) == 1
    assert "WrongFileError" in capsys.readouterr().err


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples")
def test_script_with_samples() -> None:
    """They hold nothing that the bundled grid does not."""
    texts = [path.read_text("utf-8") for path in sorted(SAMPLES.glob("*.csv"))]
    assert len(texts) == 2 * len(FILES)
    assert list(update_prices.updated(bundled(), texts, day("2026-11-22"))) == list(
        bundled()
    )


def test_below_the_regulated_price() -> None:
    """Some per cent off what is left without taxes: the excise is not theirs to cut.

    By hand: 0.2001 with VAT is 0.16675, of which 0.03061 is excise. Ten per cent off
    0.13614 leaves 0.122526; with both taxes again, 0.1837632.
    """
    prices = RegulatedPrices(bundled(), 6, Decimal(10))
    found = prices.price(date(2026, 9, 1), BASE, 1)
    assert found is not None
    assert found.value.normalize() == Decimal("0.1837632")
    assert found.since == date(2026, 8, 1)
    whole = RegulatedPrices(bundled(), 6)
    day = date(2026, 9, 1)
    assert prices.subscription(day, BASE) == whole.subscription(day, BASE)
    none = discounted(Decimal("0.1740"), date(2022, 1, 31), Decimal("0.1"))
    assert none is None
    assert prices.price(date(2022, 1, 31), BASE, 1) is None
    assert whole.price(date(2022, 1, 31), BASE, 1) is not None


@pytest.mark.parametrize(
    ("start", "net", "gross"),
    [
        # The CRE's files, at 6 kVA: off-peak, peak
        ("2024-02-01", "0.1513", "0.2068"),
        ("2025-02-01", "0.1452", "0.2146"),
        ("2025-08-01", "0.1434", "0.2081"),
        ("2026-02-01", "0.1412", "0.2065"),
        ("2026-08-01", "0.1479", "0.2142"),
    ],
)
def test_the_excise_is_what_the_published_prices_differ_by(
    start: str, net: str, gross: str
) -> None:
    """VAT is paid on it too; prices have four digits."""
    tax = excise(date.fromisoformat(start))
    assert tax is not None
    assert abs((Decimal(net) + tax) * Decimal("1.2") - Decimal(gross)) < Decimal("2e-4")
