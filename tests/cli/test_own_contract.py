"""One's own contract by hours, exported energy and bills, as a configuration has them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
import json
from pathlib import Path

import pytest

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.accounts.price_lists import price_rows
from custom_components.linky_meter.linky_tic.cli.messages import Language, say_setting
from custom_components.linky_meter.linky_tic.cli.toml_table import SettingsError
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    Month,
    day_of,
)
from custom_components.linky_meter.linky_tic.costs.estimate.spans import (
    Billing,
    Every,
    Part,
)
from custom_components.linky_meter.linky_tic.costs.export.terms import (
    ExportKind,
    ExportTerms,
)
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.rows import (
    DayRow,
    FoldedMonth,
    Key,
)
from tests.costs.helpers import feed
from tests.costs.prices.test_contracts import (
    CASES,
    DEARER,
    END,
    PARIS,
    bill,
    cents,
    year,
)

from .test_offers import pricing, told

WEEK_END = """
[prices]
[[prices.periods]]
calendar = "BASE"
prices = [0.2]
subscription = 12
[[prices.contracts]]
structure = "week_end"
off_peak = "23:00-07:00"
[[prices.contracts.periods]]
start = 2026-02-01
prices = [0.1, 0.3, 0.15]
subscription = 15
"""


def owned(text: str) -> str:
    """Return offers as contracts of one's own."""
    return text.replace("[[offers", "[[prices.contracts")


def test_eight_own_contracts_cost_what_home_assistant_says() -> None:
    """A year each, to the cent, against the calculator of the same contracts there."""
    everyone = "\n".join(told(name, case) for name, case in CASES.items())
    book, shown = Book(pricing(everyone)), 1_000_000
    for at, wh in year():
        book.registers.feed(feed(book.ledger, at, {1: shown}, "BASE").bookings)
        shown += wh
    end = END.replace(tzinfo=PARIS)
    book.registers.feed(feed(book.ledger, end, {1: shown}, "BASE").bookings)
    for name, case in CASES.items():
        found = pricing(owned(told(name, case)))
        (contract,) = found.contracts
        assert contract.schedule == case.offer.schedule, name
        # What is not wanted any more is not sorted any more
        registers = book.registers.copy()
        mine = Book(found, book.ledger, registers, book.colours, book.learned)
        total, month = Decimal(0), Month(2025, 10)
        while month <= Month(2026, 9):
            own = mine.look(month.end, month).own
            assert own is not None
            assert own.exact, name
            total, month = total + own.full, month.next
        assert cents(total) == cents(bill(case)), name
        # As the best contract has it
        cost = mine.look(end).view.judgement.own.cost
        assert cost is not None
        assert cost.exact, name


def test_a_contract_follows_the_prices_of_the_meter(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """From its first day on its hours hold, in costs, in lists and in prices ahead."""
    found = pricing(WEEK_END)
    book, shown = Book(found), 1_000_000
    # Saturday and Sunday, in the afternoon and at night
    for at in (
        *("2026-01-31T12:00", "2026-02-01T00:00", "2026-02-01T12:00"),
        *("2026-02-02T00:00", "2026-02-02T07:00", "2026-02-02T12:00"),
    ):
        shown += 1000
        fed = feed(book.ledger, at, {1: shown}, "BASE")
        book.registers.feed(fed.bookings)
    look = book.look()
    assert look.own is not None
    carries = {key.index: one.wh for key, one in look.own.carries.items()}
    assert carries == {3: 2000, 1: 1000, 2: 1000}
    assert look.own.energy == Decimal("0.7")
    assert (look.counted, look.own_hours) == (2, found.contracts[0])
    costs_now = {n: quote.value for n, quote in look.quotes.items()}
    assert costs_now == {1: Decimal("0.1"), 2: Decimal("0.3"), 3: Decimal("0.15")}
    assert look.contract is not None
    noon = datetime(2026, 2, 7, 12, tzinfo=PARIS)
    (slot,) = look.contract.slots(noon, noon.replace(hour=13))
    assert (slot.index, slot.price) == (3, Decimal("0.15"))
    january = book.look(month=Month(2026, 1)).own
    assert january is not None
    assert january.energy == Decimal("0.2")
    for day, names in ((date(2026, 1, 31), ["BASE"]), (DEARER, ["week_end"])):
        own = [row for row in price_rows(found, day, 6) if row.own]
        assert [row.name for row in own] == names
    kept, config = tmp_path / "kept.json", tmp_path / "linky-tic.toml"
    kept.write_text(json.dumps(book.as_dict()))
    config.write_text(WEEK_END)
    assert main(["cost", str(kept), "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert [line.split("  ")[0] for line in out.splitlines()[2:5]] == [
        *("Off peak", "Peak", "Week end")
    ]
    # A colour that is not known has no index
    tempo = WEEK_END.replace('"week_end"', '"tempo"').replace("off_peak =", "#")
    prices = "prices = [0.1, 0.2, 0.1, 0.2, 0.1, 0.7]"
    tempo = tempo.replace("prices = [0.1, 0.3, 0.15]", prices)
    assert Book(pricing(tempo), book.ledger, book.registers).look().counted is None


EXPORT = """
[prices]
bill_first = 2026-11-15
[[prices.periods]]
calendar = "BASE"
prices = [0.2]
subscription = 30
[[prices.export]]
sale_price = 0.1
end = 2026-10-31
[[prices.export]]
start = 2026-11-01
delivery_price = 0.05
battery_fee = 3
stored = 12.5
"""


def exporter(text: str = EXPORT) -> Book:
    """Return the book of a household that draws 2 kWh a day and feeds in 3."""
    ledger = Ledger(epochs=[(date(2026, 10, 1), "BASE")])
    day = date(2026, 10, 1)
    while day < date(2026, 11, 30):
        ledger.days[day] = DayRow({Key("BASE", 1): 2000}, exported=3000)
        day += DAY
    book = Book(pricing(text), ledger)
    ledger.last = datetime(2026, 11, 29, 23, 59, 59, tzinfo=PARIS)
    return book


def test_terms_and_bills_are_read() -> None:
    """As the integration keeps them."""
    found = pricing(EXPORT)
    assert found.billing == Billing(date(2026, 11, 15))
    always = date(2000, 1, 1)
    assert found.export.terms == (
        ExportTerms(ExportKind.SALE, always, Decimal("0.1"), end=date(2026, 10, 31)),
        ExportTerms(
            *(ExportKind.BATTERY, date(2026, 11, 1), Decimal("0.05")),
            monthly=Decimal(3),
            stored=12_500,
        ),
    )
    yearly = pricing('[prices]\nbill_first = 2026-01-31\nbill_every = "year"\n')
    assert yearly.billing == Billing(date(2026, 1, 31), Every.YEAR)


def test_a_battery_with_a_limit() -> None:
    """What has no room is sold where a price is told."""
    text = EXPORT + "battery_size = 15\nsurplus_price = 0.04\n"
    sums = exporter(text).sums()
    assert sums is not None
    assert sums.export is not None
    assert sums.export.stored == 15_000
    # 2.5 kWh find room, that of the last day is not over
    sold = (28 - Decimal("2.5")) * Decimal("0.04")
    assert sums.revenue == Decimal("0.3") * 60 + sold


def test_sums_until_now_and_of_a_month_that_is_over() -> None:
    """By hand: each kWh sold for 10 cents, later given back for five."""
    sums = exporter().sums()
    assert sums is not None
    assert set(sums.spans) == set(Part)
    assert sums.export is not None
    # 12.5 kWh, and one more each day
    assert sums.export.stored == 41_500
    assert sums.revenue == Decimal("0.3") * 31 + 29 * Decimal("0.3")
    bill = sums.spans[Part.BILL]
    assert (bill.wh, bill.exported) == (30_000, 45_000)
    assert cents(bill.revenue) == Decimal("4.50")
    # Fifteen days of 2 kWh, of a subscription and a fee by the day, but for a second
    assert cents(bill.net) == Decimal("1.50") + 15 + Decimal("1.50")
    over = exporter().sums(Month(2026, 10))
    assert over is not None
    assert list(over.spans) == [Part.MONTH]
    month = over.spans[Part.MONTH]
    assert cents(month.total) == Decimal("12.4") + 30
    assert cents(month.net) == Decimal("12.4") + 30 - Decimal("9.3")
    assert exporter().sums(Month(2026, 12)) is None
    folded = exporter()
    folded.ledger.months[Month(2026, 9)] = FoldedMonth()
    assert folded.sums(Month(2026, 9)) is None


def test_sums_in_words(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A table in both languages; without export only energy and cost."""
    kept, config = tmp_path / "kept.json", tmp_path / "linky-tic.toml"
    kept.write_text(json.dumps(exporter().as_dict()))
    config.write_text(EXPORT)
    arguments = ["cost", str(kept), "--config", str(config)]
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert main(arguments) == 0
    out = capsys.readouterr().out
    (row,) = (line for line in out.splitlines() if line.startswith("Bill"))
    assert row.split() == (
        [
            "Bill",
            "since",
            "2026-11-15",
            "30.000",
            "kWh",
            "21.00",
            "€",
            "45.000",
            "kWh",
            "4.50",
            "€",
            "18.00",
            "€",
        ]
    )
    assert "Exported energy brought 18.00 € since the count began." in out
    assert "In the virtual battery: 41.500 kWh." in out
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert main(arguments) == 0
    assert "Facture depuis le 15/11/2026" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["export"] == {"revenue": 18.0, "virtual_battery": 41.5}
    assert told["sums"]["bill"]["start"] == "2026-11-15"
    assert told["sums"]["bill"]["exported"] == 45
    assert main([*arguments, "--json", "--month", "2026-12"]) == 0
    assert "sums" not in json.loads(capsys.readouterr().out)
    config.write_text(EXPORT.partition("[[prices.export]]")[0])
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["sums"]["month"]) == {"start", "energy", "cost"}
    assert "export" not in told
    assert main(arguments) == 0
    assert "Exportée" not in capsys.readouterr().out


def test_old_days_are_folded_at_their_contract_and_terms() -> None:
    """Their revenue and their cost stay as they were."""
    ledger = Ledger(epochs=[(date(2024, 1, 1), "BASE")])
    ledger.days[date(2025, 1, 8)] = DayRow({Key("BASE", 1): 2000}, exported=3000)
    text = EXPORT.replace("end = 2026-10-31", "") + owned(
        '[[offers]]\nstructure = "base"\nprices = [0.5]\n'
    )
    book = Book(pricing(text), ledger)
    book._tidy(day_of(datetime(2026, 11, 30, tzinfo=PARIS)))
    month = ledger.months[Month(2025, 1)]
    assert month.revenue == Decimal("0.3")
    assert [one.cost for one in month.carries.values()] == [1]


OWN = '[[prices.contracts]]\nstructure = "week_end"\noff_peak = "22-6"\n'
PRICE = "prices = [0.1, 0.2, 0.3]\n"


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ('[prices]\nbill_every = "month"', "prices.bill_first", "missing"),
        ('[prices]\nbill_every = "week"', "prices.bill_every", "two_months"),
        ("[[prices.export]]\nstart = 2026-01-01", "prices.export.1", "sale_price"),
        (
            "[[prices.export]]\nsale_price = 0.1\ndelivery_price = 0.1",
            "prices.export.1",
            "delivery_price",
        ),
        (
            "[[prices.export]]\nsale_price = 4",
            "prices.export.1.sale_price",
            "not cents",
        ),
        (
            "[[prices.export]]\nsale_price = 0.1\nstart = 2026-02-01\nend = 2026-01-01",
            "prices.export.1.end",
            "ends before",
        ),
        (
            "[[prices.export]]\ndelivery_price = 0.1\nbattery_fee = 700",
            "prices.export.1.battery_fee",
            "not a year",
        ),
        (
            "[[prices.export]]\ndelivery_price = 0.1\nstored = -1",
            "prices.export.1.stored",
            "kWh from 0",
        ),
        (
            "[[prices.export]]\ndelivery_price = 0.1\nbattery_size = 0",
            "prices.export.1.battery_size",
            "kWh from 0.001",
        ),
        (
            "[[prices.export]]\ndelivery_price = 0.1\nbattery_size = 5\nstored = 6",
            "prices.export.1.stored",
            "kWh from 0.000 to 5.000",
        ),
        (
            "[[prices.export]]\ndelivery_price = 0.1\nsurplus_price = 4",
            "prices.export.1.surplus_price",
            "not cents",
        ),
        (
            "[[prices.export]]\nsale_price = 0.1\nstored = 1",
            "prices.export.1.stored",
            "no such setting",
        ),
        (
            "[[prices.export]]\nsale_price = 0.1\n[[prices.export]]\nsale_price = 0.2",
            "prices.export.2.start",
            "2000-01-01",
        ),
        (OWN, "prices.contracts.1", "[[prices.contracts.periods]]"),
        (f"{OWN}{PRICE}regulated = 6", "prices.contracts.1.regulated", "no such"),
        (f"{OWN}{PRICE}{OWN}{PRICE}", "prices.contracts", "begin on 2000-01-01"),
        (
            "[[prices.contracts]]\n" + PRICE,
            "prices.contracts.1.structure",
            "missing",
        ),
    ],
)
def test_what_is_wrong_is_said(text: str, where: str, words: str) -> None:
    """With its key and its line, and what to do, in both languages."""
    with pytest.raises(SettingsError) as err:
        pricing(text)
    assert err.value.key == where
    assert err.value.line
    assert words in say_setting(err.value, Language.EN)
    assert "ligne" in say_setting(err.value, Language.FR)


@pytest.mark.parametrize("table", ["offers", "prices.contracts"])
@pytest.mark.parametrize(
    ("key", "value", "instead"),
    [
        ("off_peak", '"22-6"', 'hours = "22:00-06:00"'),
        ("off_peak_summer", '"22-6"', 'season = "summer"'),
        ("alert_hours", '"18-20"', "alert = true"),
        ("summer", '"04-01/10-31"', 'season = "04-01/10-31"'),
        ("off_peak_week_ends", '"summer"', 'weekdays = ["sat", "sun"]'),
        ("holidays", "true", "holidays = true"),
    ],
)
def test_windows_have_the_word(table: str, key: str, value: str, instead: str) -> None:
    """What would say nothing beside them is refused, with what says it in a window."""
    with pytest.raises(SettingsError) as err:
        pricing(
            f'[[{table}]]\nname = "A"\nstructure = "custom"\nprices = [0.1, 0.2]\n'
            f"{key} = {value}\n[[{table}.windows]]\nindex = 1\n"
        )
    assert (err.value.key, err.value.line) == (f"{table}.1.{key}", 5)
    for lang in Language:
        assert instead in say_setting(err.value, lang)
