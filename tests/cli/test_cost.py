"""``linky-tic cost`` and ``linky-tic prices``, as people run them."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
import json
import os
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.accounts.book import (
    Book,
    Costs,
    offer_amounts,
)
from custom_components.linky_meter.linky_tic.cli.accounts.pricing import Pricing
from custom_components.linky_meter.linky_tic.cli.accounts.state import VERSION
from custom_components.linky_meter.linky_tic.cli.commands.cost import _table
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.input.follow import Follower
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import TEMPO
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    Month,
)
from custom_components.linky_meter.linky_tic.costs.calendar.schedule import (
    Schedule,
    Window,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colour
from custom_components.linky_meter.linky_tic.costs.estimate.compare import beside
from custom_components.linky_meter.linky_tic.costs.estimate.month import MonthCost
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.readings import (
    calendar_of,
    colours_of,
    learned_of,
    sample_of,
)
from custom_components.linky_meter.linky_tic.costs.ledger.rows import Carry, Key
from custom_components.linky_meter.linky_tic.costs.prices.offers import Offer, Structure
from custom_components.linky_meter.linky_tic.costs.prices.prices import PriceList
from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.costs.files import enedis
from tests.simulator import PRESETS, SimulatedMeter

from .conftest import Result, Run, sent

PRICES = """
[prices]
power = 6

[[prices.periods]]
calendar = "HC.."
prices = [0.15, 0.21]
subscription = 15

[[offers]]
name = "Cheap"
structure = "base"
prices = [0.1]
subscription = 10
"""


def month_of_frames(
    preset: str, step: timedelta = timedelta(minutes=30)
) -> list[MeterReading]:
    """Return readings of a meter over three days from the start of a month."""
    meter = SimulatedMeter(PRESETS[preset])
    follower = Follower()
    at = datetime(2026, 10, 1, tzinfo=PARIS).astimezone(UTC)
    found = []
    for number in range(3 * 48 + 1):
        meter.advance(step.total_seconds())
        decoder = Decoder()
        frames = decoder.feed(meter.frame()) + decoder.feed(b"\x02")
        for frame in frames:
            if frame.complete and frame.groups:
                moment = at + number * step
                seconds = number * step.total_seconds()
                found.append(follower.process(frame, at=seconds, received=moment))
    return found


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands in this process, which is quick."""

    async def run(*arguments: str, **env: str) -> Result:
        with monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            try:
                code = main(arguments)
            except SystemExit as err:
                code = int(str(err.code))
        told = capsys.readouterr()
        return Result(code, told.out, told.err)

    return run


@pytest.fixture(scope="module")
def month() -> list[MeterReading]:
    """Return three days of a meter."""
    return month_of_frames("standard_hc")


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Return a configuration with prices."""
    path = tmp_path / "linky-tic.toml"
    path.write_text(PRICES)
    return str(path)


def rise(month: list[MeterReading], key: str) -> int:
    """Return how much a register rose."""
    known = [value for one in month if isinstance(value := one[key], int)]
    return known[-1] - known[0]


async def test_stream(
    run: Run, month: list[MeterReading], config: str, tmp_path: Path
) -> None:
    """The sums are those of the registers, to the cent, also of two files."""
    lines = [one.as_json() + "\n" for one in month]
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    first.write_text("".join(lines[:60]) + "torn {\n" + '{"reading": {}}\n')
    second.write_text("".join(lines[60:]))
    result = await run("cost", str(first), str(second), "--config", config, "--json")
    assert (result.code, result.err) == (0, "")
    told = json.loads(result.out)
    low = Decimal(rise(month, "energy_index_1")) * Decimal("0.00015")
    high = Decimal(rise(month, "energy_index_2")) * Decimal("0.00021")
    assert low > 0
    assert high > 0
    assert told["own"]["energy_cost"] == pytest.approx(float(low + high), abs=1e-4)
    assert [row["index"] for row in told["indexes"]] == [1, 2]
    assert told["month"] == "2026-10"
    assert told["at"] == "2026-10-04T00:00:00+02:00"
    assert told["own"]["subscription"] == 15
    assert told["own"]["cost"] == pytest.approx(
        float(low + high) + 15 * 3 / 31, abs=1e-3
    )
    offers = {offer["name"]: offer for offer in told["offers"]}
    whole = rise(month, "energy_meter_total") / 1000
    assert offers["Cheap"]["energy_cost"] == pytest.approx(whole * 0.1, abs=1e-4)
    assert set(offers) == {"Cheap", "base_6", "off_peak_6", "tempo_6"}
    assert offers["Cheap"]["difference"] < 0
    result = await run(
        *("cost", str(first), str(second), "--config", config, "--month", "2026-09"),
        LANG="fr_FR.UTF-8",
    )
    assert result.out.startswith("2026-09, jusqu'au 2026-10-01 00:00\n")


async def test_streams_that_overlap(
    run: Run, month: list[MeterReading], config: str, tmp_path: Path
) -> None:
    """Energy counts once: of a file named twice, of two that overlap, in any order."""
    lines = [one.as_json() + "\n" for one in month]
    parts = {"whole": lines, "a": lines[:90], "b": lines[60:]}
    names = {name: str(tmp_path / f"{name}.jsonl") for name in parts}
    for name, part in parts.items():
        Path(names[name]).write_text("".join(part))
    expected = await run("cost", names["whole"], "--config", config, "--json")
    assert expected.code == 0
    for several in (("whole", "whole"), ("a", "b"), ("b", "a"), ("whole", "b")):
        arguments = [names[name] for name in several]
        result = await run("cost", *arguments, "--config", config, "--json")
        assert json.loads(result.out) == json.loads(expected.out), several
    # What is kept goes on where the stream is newer, and counts nothing twice
    book = Book(read_settings(PRICES, {}).pricing)
    for reading in month[:100]:
        book.feed(reading)
    state = tmp_path / "state.json"
    state.write_text(json.dumps({VERSION: {"book": book.as_dict()}}))
    for arguments in ([str(state), names["whole"]], [names["whole"], str(state)]):
        result = await run("cost", *arguments, "--config", config, "--json")
        assert json.loads(result.out) == json.loads(expected.out)


async def test_table(
    run: Run, month: list[MeterReading], config: str, tmp_path: Path
) -> None:
    """People are shown a table, in both languages."""
    path = tmp_path / "stream"
    path.write_text("".join(one.as_json() + "\n" for one in month))
    result = await run("cost", str(path), "--config", config)
    assert result.code == 0
    rows = [line.split("  ")[0] for line in result.out.splitlines()]
    assert rows[2:8] == [
        "Off peak",
        "Peak",
        "Subscription",
        "Cost",
        "Estimate",
        "Linear estimate",
    ]
    assert "-" in result.out.splitlines()[-1]
    assert "of 15.00 €" in result.out
    result = await run("cost", str(path), "--config", config, LANG="fr_FR.UTF-8")
    assert "sur 15,00 €" in result.out
    assert "Heures creuses" in result.out


async def test_variables_of_linkypy(
    run: Run, month: list[MeterReading], tmp_path: Path
) -> None:
    """Linkypy's variables alone will do."""
    path = tmp_path / "stream"
    path.write_text("".join(one.as_json() + "\n" for one in month))
    result = await run(
        *("cost", str(path), "--json"),
        HP_KWH_PRICE="0.1657",
        HC_KWH_PRICE="0.1249",
        MONTHLY_SUBSCRIPTION_PRICE="14.34",
        CURRENT_POWER="9",
    )
    told = json.loads(result.out)
    expected = (
        rise(month, "energy_index_1") * 0.1249 + rise(month, "energy_index_2") * 0.1657
    ) / 1000 + 14.34
    assert told["own"]["cost_with_subscription"] == pytest.approx(expected, abs=1e-3)
    assert [offer["name"] for offer in told["offers"]] == [
        "base_9",
        "off_peak_9",
        "tempo_9",
    ]
    result = await run("cost", str(path), "--json", HC_KWH_PRICE="0.1249")
    told = json.loads(result.out)
    assert told["indexes"][1]["unpriced"] > 0
    result = await run("cost", str(path), HC_KWH_PRICE="0.1249")
    assert "Without a price: " in result.out
    assert "The subscription is not known." in result.out


async def test_ledgers(
    run: Run, month: list[MeterReading], config: str, tmp_path: Path
) -> None:
    """What ``run`` and Home Assistant keep, and the ledger alone, are all read."""
    pricing = read_settings(PRICES, {}).pricing
    book = Book(pricing)
    for reading in month:
        book.feed(reading)
    kept = book.as_dict()
    path = tmp_path / "ledger"
    outs = []
    for content in (
        {VERSION: {"address": None, "memory": {}, "book": kept}},
        {"version": 1, "key": "linky_meter.x.costs", "data": kept},
        kept["ledger"],
    ):
        path.write_text(json.dumps(content, indent=2))
        result = await run("cost", str(path), "--config", config)
        assert (result.code, result.err) == (0, "")
        outs.append(result.out)
    assert outs[0] == outs[1]
    # Only offers that sort energy by time need more than the ledger
    assert outs[2].partition("tempo_6")[0].split() == (
        outs[0].partition("tempo_6")[0].split()
    )
    assert " - " in outs[2].splitlines()[-1]
    for wrong in ('{"version": 1}', "{"):
        path.write_text(wrong)
        result = await run("cost", str(path), "--config", config)
        assert result.code == 1
        assert "neither a recorded stream nor a ledger" in result.err


@pytest.mark.parametrize("preset", PRESETS)
async def test_captures(preset: str, tmp_path: Path, config: str, run: Run) -> None:
    """Raw bytes of any meter give its energy, a recording too."""
    path = tmp_path / "capture"
    path.write_bytes(sent(preset, 4))
    result = await run("cost", str(path), "--json", CURRENT_POWER="9")
    told = json.loads(result.out)
    assert result.code == 0
    # No regulated price is that of a week-end contract
    assert (told["own"] is None) is (preset == "standard_weekend")
    assert len(told["offers"]) == 3


async def test_nothing_to_tell(run: Run, tmp_path: Path, config: str) -> None:
    """No price, no energy, no file and no month are each told."""
    path = tmp_path / "empty"
    path.write_bytes(b"")
    for arguments, code, what in (
        ((str(path),), 2, "No price is known"),
        ((str(path), "--config", config), 1, "There is no energy"),
        ((str(tmp_path / "none"), "--config", config), 1, "cannot be used"),
        ((str(path), "--month", "2026-13"), 2, "not a month"),
    ):
        result = await run("cost", *arguments)
        assert result.code == code
        assert what in result.err
        assert "Traceback" not in result.err


async def test_recording(run: Run, tmp_path: Path, config: str) -> None:
    """A recording of ``linky-tic record`` has its own time."""
    path = tmp_path / "recording"
    rows: list[dict[str, object]] = [
        {"format": "linky-tic", "version": 1, "started": "2026-03-01T00:00:00+00:00"}
    ]
    data = sent("standard_hc", 3)
    rows += [
        {"t": start / 100, "baud": 9600, "hex": data[start : start + 200].hex()}
        for start in range(0, len(data), 200)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_text(text)
    result = await run("cost", str(path), "--config", config)
    assert result.out.startswith("2026-03, ")
    # One that is unpacked on its way, too
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writing = asyncio.create_task(asyncio.to_thread(pipe.write_text, text))
    piped = await asyncio.to_thread(
        partial(asyncio.run, run("cost", str(pipe), "--config", config))
    )
    await writing
    assert piped == result


async def test_prices(run: Run, config: str) -> None:
    """The lists of a day, of all powers or one, one's own first."""
    result = await run("prices", "--date", "2026-03-01", "--power", "9", "--json")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(row["name"], row["power"]) for row in rows] == [
        ("base", 9),
        ("hphc", 9),
        ("tempo", 9),
        ("ejp", 9),
    ]
    assert rows[0]["since"] == "2026-02-01"
    assert set(rows[2]["prices"]) == set("123456")
    assert all(row["source"] for row in rows)
    result = await run("prices", "--config", config, "--date", "2026-03-01")
    assert result.code == 0
    head, own, offer, *rest = result.out.splitlines()
    assert head.split() == [
        "Offer",
        "Power",
        "Since",
        "A",
        "month",
        "Euros",
        "a",
        "kWh",
    ]
    assert own.startswith("own H PLEINE/CREUSE")
    assert own.endswith("15.00 €  Off peak 0.15  Peak 0.21")
    assert offer.startswith("Cheap")
    assert all("6 kVA" in row or "9 kVA" in row for row in rest)
    result = await run("prices", "--date", "2040-01-01")
    assert "does not know the newest prices of: base, hphc" in result.err
    assert len(result.out.splitlines()) > 15
    result = await run("prices", "--date", "1990-01-01", LANG="fr_FR.UTF-8")
    assert result.out.split() == [
        "Offre",
        "Puissance",
        "Depuis",
        "Par",
        "mois",
        "Euros",
        "par",
        "kWh",
    ]
    assert (await run("prices", "--date", "today")).code == 2


async def test_prices_of_offers(run: Run, tmp_path: Path) -> None:
    """Regulated and later offers have their lists as well."""
    path = tmp_path / "x.toml"
    path.write_text(
        '[[offers]]\nname = "A"\nstructure = "base"\nregulated = 3\n'
        '[[offers]]\nname = "B"\nstructure = "week_end"\n'
        "[[offers.periods]]\nstart = 2026-05-01\nprices = [0.1, 0.2, 0.15]\n"
    )
    for day, names in (("2026-04-30", ["A"]), ("2026-05-01", ["A", "B"])):
        result = await run(
            "prices", "--config", str(path), "--date", day, "--power", "6"
        )
        rows = [line.split()[0] for line in result.out.splitlines()[1:]]
        assert rows == [*names, "base", "hphc", "tempo", "ejp"]
    assert "Off peak 0.1  Peak 0.2  Week end 0.15" in result.out


def reading_of(preset: str, hour: int = 12, **values: Any) -> MeterReading:
    """Return a reading at an hour of a winter day, with other values."""
    *_, last = decode(sent(preset, 4))
    received = datetime(2026, 1, 7, hour, tzinfo=PARIS)
    return MeterReading(
        last.mode,
        last.address,
        {**last.values, **values},
        last.frame,
        received,
    )


def test_samples() -> None:
    """What a reading means to the ledger."""
    reading = reading_of("historic_base")
    sample = sample_of(reading, 5.0)
    assert sample is not None
    assert sample.calendar == calendar_of(reading) == "BASE"
    assert sample.indexes == {1: int(reading.frame.by_label["BASE"].value)}
    assert (sample.total, sample.uptime) == (None, 5.0)
    assert sample_of(reading_of("historic_hc", contract=None), None) is None
    sample = sample_of(reading_of("standard_hc"), None)
    assert sample is not None
    assert sample.total is not None
    assert sample.max_power_at is not None


def test_colours() -> None:
    """Tempo colours are taken by day, and not near a change of day."""
    told: dict[str, Any] = {"tempo_today": "red", "tempo_tomorrow": "white"}
    found = colours_of(reading_of("historic_tempo", **told))
    assert list(found.values()) == [Colour.RED, Colour.WHITE]
    assert not colours_of(reading_of("historic_tempo", hour=5, **told))
    # No Sunday is red
    sunday = reading_of("historic_tempo", **told)
    moved = MeterReading(
        sunday.mode,
        None,
        sunday.values,
        sunday.frame,
        datetime(2026, 1, 10, 12, tzinfo=PARIS),
    )
    assert list(colours_of(moved).values()) == []


def test_learned_hours(month: list[MeterReading]) -> None:
    """Offers follow the meter's own off-peak hours once it tells them."""
    profile = "00:00 1, 07:00 2, 23:00 1"
    reading = reading_of("standard_hc", day_profile=profile)
    learned = learned_of(reading)
    assert learned is not None
    assert learned_of(reading_of("standard_hc", day_profile="00:00 2")) is None
    assert learned_of(reading_of("historic_base")) is None
    pricing = read_settings(
        '[[offers]]\nname = "A"\nstructure = "off_peak"\nprices = [0.1, 0.2]\n'
        '[[offers.windows]]\nhours = "1-2"\n'
        '[[offers]]\nname = "B"\nstructure = "week_end"\nprices = [0.1, 0.2, 0.15]\n',
        {},
    ).pricing
    book = Book(pricing)
    for one in month[:3]:
        book.feed(one)
    own = Schedule((Window(1, *(reading.received.time(),) * 2),), 2)
    assert own.key not in book.registers.schedules
    before = set(book.registers.schedules)
    book.feed(reading)
    assert book.learned == learned
    # Hours that no meter changes stay: those of an offer, and of Tempo
    assert len(set(book.registers.schedules) & before) == 2


async def test_files_of_enedis(
    run: Run, month: list[MeterReading], config: str, tmp_path: Path
) -> None:
    """They are read alone, and beside a ledger, of which they tell the days before."""
    first, end = date(2026, 9, 1), date(2026, 10, 1)
    path = tmp_path / "enedis.csv"
    path.write_bytes(enedis.text(enedis.curve(first, end)).getvalue())
    result = await run("cost", str(path), "--config", config, "--json")
    assert (result.code, result.err) == (0, "")
    told = json.loads(result.out)
    assert (told["month"], told["complete"]) == ("2026-09", True)
    offers = {offer["name"]: offer for offer in told["offers"]}
    kwh = enedis.energy(first, end) / 1000
    assert offers["Cheap"]["energy_cost"] == pytest.approx(kwh * 0.1, abs=1e-4)
    # A ledger, whichever comes first, counts its own days itself
    stream = tmp_path / "stream"
    stream.write_text("".join(one.as_json() + "\n" for one in month))
    path.write_bytes(enedis.text(enedis.curve(first, end + 9 * DAY)).getvalue())
    arguments = ("cost", str(path), str(stream), "--config", config, "--json")
    told = json.loads((await run(*arguments)).out)
    alone = json.loads(
        (await run("cost", str(stream), "--config", config, "--json")).out
    )
    for key in ("energy", "energy_cost", "cost"):
        assert told["own"][key] == alone["own"][key]
    assert told["own"]["estimate"] != alone["own"]["estimate"]  # more days are known
    told = json.loads((await run(*arguments, "--month", "2026-09")).out)
    offers = {offer["name"]: offer for offer in told["offers"]}
    assert offers["Cheap"]["energy_cost"] == pytest.approx(kwh * 0.1, abs=1e-4)
    state = tmp_path / "state.json"
    book = Book.from_dict({"ledger": {**Ledger().as_dict()}}, Pricing(PriceList()))
    book.ledger.backfill(end, "BASE", {1: 5})
    state.write_text(json.dumps(book.as_dict()))
    told = json.loads(
        (await run("cost", str(state), *arguments[1:2], *arguments[3:])).out
    )
    assert told["month"] == "2026-10"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["Date;Valeur (en kWh)"], "no value"),
        (["Date;Valeur", "01/01/2026;5"], "no unit"),
        (
            [
                *enedis.flat(date(2026, 1, 1), date(2026, 1, 2)),
                *enedis.flat(date(2026, 1, 1), date(2026, 1, 2), enedis.OTHER)[1:],
            ],
            "several",
        ),
        (
            ["Type de donnees;Production", "Date;Valeur (en kWh)", "01/01/2026;5"],
            "fed in",
        ),
    ],
)
async def test_files_of_enedis_of_no_use(
    run: Run, config: str, tmp_path: Path, lines: list[str], words: str
) -> None:
    """Each tells why."""
    path = tmp_path / "enedis.csv"
    path.write_bytes(enedis.text(lines).getvalue())
    result = await run("cost", str(path), "--config", config)
    assert result.code == 1
    assert words in result.err


def test_what_is_not_known_is_no_figure() -> None:
    """A contract without a price costs no 0.00, and a range stays a range."""
    offer = Offer("Tempo", Structure.TEMPO, regulated=6)
    key, month = Key(TEMPO, 1), Month(2026, 10)
    unpriced = MonthCost(month, carries={key: Carry(1000, Decimal(0), 1000)})
    nine = Decimal(9)
    own = MonthCost(month, nine, nine, nine, carries={key: Carry(1000)})
    one = beside(offer, unpriced, own)
    assert set(offer_amounts(one)) == {"energy"}
    at = datetime(2026, 10, 5, tzinfo=UTC)
    costs = Costs(Book(Pricing(PriceList())).look(at).view, unpriced, (one,))
    table = _table(costs, None, month, Language.EN)
    assert not [
        line for line in table if "0.00 €" in line and "Subscription" not in line
    ]
    ranged = beside(
        offer, MonthCost(month, Decimal(8), nine, Decimal(12), unsorted=1), own
    )
    amounts = offer_amounts(ranged)
    assert amounts["difference_low"] == Decimal(-1)
    assert amounts["difference_high"] == Decimal(3)
    (row,) = (
        line
        for line in _table(
            replace(costs, own=own, offers=(ranged,)), None, month, Language.EN
        )
        if line.startswith("Tempo")
    )
    assert "8.00 € - 12.00 €" in row
    assert "-1.00 € - +3.00 €" in row
