"""The configuration of ``linky-tic run``, and what is said when it is wrong."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from custom_components.linky_meter.linky_tic.cli.messages import Language, say_setting
from custom_components.linky_meter.linky_tic.cli.settings import (
    InfluxSettings,
    load,
    read_settings,
)
from custom_components.linky_meter.linky_tic.cli.toml_table import SettingsError
from custom_components.linky_meter.linky_tic.costs.prices.offers import Structure

from .conftest import ROOT, Run

FULL = """\
# A comment
source = "ws://localhost?port_id=1-2"
name = "house"
log_level = "debug"
callbacks = [
    "influxdb",
    "your_package.MyPlugin",
]
state = "state.json"

[jsonl]
file = "frames.jsonl"
mask = true

[influxdb]
host = "db"
tls = true
token = "secret"
bucket = "power"

[prices]
power = 9
regulated = true

[[prices.periods]]
calendar = "HC.."
start = 2026-02-01
end = 2026-07-31
prices = [0.15, 0.21]
subscription = 15.86

[[prices.periods]]
calendar = "BASE"
prices = { 1 = 0.2 }

[[offers]]
name = "Week-end"
structure = "week_end"
supplier = "Someone"
prices = [0.15, 0.25, 0.16]
subscription = 18

[[offers]]
name = "Custom"
structure = "custom"
default_index = 2

[[offers.windows]]
index = 1
hours = "22:00-06:00; 12:30-14:30"
weekdays = ["mon", "fri"]
holidays = true

[[offers.periods]]
start = 2026-01-01
prices = [0.1, 0.2]
"""


def test_everything(tmp_path: Path) -> None:
    """Each setting arrives where it belongs."""
    settings = read_settings(FULL, {"TZ": "Europe/Paris"}, tmp_path)
    assert settings.source == "ws://localhost?port_id=1-2"
    assert (settings.name, settings.log_level) == ("house", "debug")
    assert settings.callbacks == ("influxdb", "your_package.MyPlugin")
    assert settings.state == tmp_path / "state.json"
    assert settings.jsonl == str(tmp_path / "frames.jsonl")
    assert settings.masked
    assert settings.zone == ZoneInfo("Europe/Paris")
    assert settings.influxdb == InfluxSettings(
        host="db", tls=True, token="secret", database="power"
    )
    pricing = settings.pricing
    prices = pricing.book()
    day = date(2026, 3, 1)
    quote = prices.price(day, "H PLEINE/CREUSE", 2)
    assert quote is not None
    assert quote.value == Decimal("0.21")
    # Where no period holds, the regulated price does
    quote = prices.price(date(2026, 9, 1), "H PLEINE/CREUSE", 2)
    assert quote is not None
    assert quote.value == Decimal("0.2142")
    week_end, custom = pricing.offers
    assert (week_end.structure, week_end.supplier) == (Structure.WEEK_END, "Someone")
    assert custom.indexes == (1, 2)
    assert custom.schedule is not None
    assert custom.schedule.windows[1].weekdays == {0, 4}
    assert custom.schedule.windows[1].holidays
    assert [offer.name for offer in pricing.sold] == [
        "base_9",
        "off_peak_9",
        "tempo_9",
    ]


def test_environment() -> None:
    """Variables come before the file, and an empty one is none."""
    environ = {
        "LINKY_PORT": "/dev/ttyACM0",
        "LINKY_BAUDRATE": "1200",
        "INFLUXDB_SERVICE_HOST": "other",
        "INFLUXDB_SERVICE_PORT": "8087",
        "INFLUXDB_DATABASE": "power",
        "INFLUXDB_USERNAME": "me",
        "INFLUXDB_PASSWORD": "pass",
        "INFLUXDB_TLS": "true",
        "INFLUXDB_TOKEN": "",
        "CURRENT_POWER": "6",
        "HP_KWH_PRICE": "0,2",
        "MONTHLY_SUBSCRIPTION_PRICE": "14.34",
    }
    settings = read_settings('source = "x"\n[influxdb]\nport = 1', environ)
    assert (settings.source, settings.baudrate) == ("/dev/ttyACM0", 1200)
    assert settings.callbacks == ("influxdb",)
    assert settings.influxdb == InfluxSettings(
        "other", 8087, tls=True, database="power", username="me", password="pass"
    )
    pricing = settings.pricing
    assert (pricing.power, pricing.regulated) == (6, False)
    for calendar, index in (("BASE", 1), ("H PLEINE/CREUSE", 2)):
        quote = pricing.book().price(date(2026, 9, 1), calendar, index)
        assert quote is not None
        assert quote.value == Decimal("0.2")
    assert pricing.book().price(date(2026, 9, 1), "H PLEINE/CREUSE", 1) is None


def test_nothing() -> None:
    """Without a file or variables there are still frames on standard output."""
    settings = read_settings("", {})
    assert (settings.source, settings.callbacks, settings.jsonl) == (
        None,
        ("jsonl",),
        "-",
    )
    assert settings.influxdb.host == "influxdb.local"
    assert not settings.pricing.chosen
    assert read_settings("", {"CURRENT_POWER": "9"}).pricing.regulated


@pytest.mark.parametrize(
    ("zone", "known"),
    [
        (":Europe/Paris", True),
        ("CET-1CEST,M3.5.0,M10.5.0/3", False),
        (":/etc/localtime", False),
    ],
)
def test_zones_that_only_the_system_knows(zone: str, known: bool) -> None:
    """TZ may be more than a name."""
    assert (read_settings("", {"TZ": zone}).zone is not None) is known


WRONG = [
    ("source = ", "line 1", "no TOML"),
    ("a = 1\nsource = [", "line 2", "no TOML"),
    ("source = 3", "line 1, source", "a text"),
    ('source = ""', "line 1, source", "a text"),
    ('\nsource = "ws://"', "line 2, source", "ws://host:port"),
    ("baudrate = 9600.5", "line 1, baudrate", "whole number"),
    ("baudrate = true", "line 1, baudrate", "from 300 to"),
    ('log_level = "loud"', "line 1, log_level", "debug, info"),
    ('sauce = "x"', "line 1, sauce", "here may stand: source"),
    ("[influxdb]\n\nhots = 1", "line 3, influxdb.hots", "no such setting"),
    ("influxdb = { port = 70000 }", "line 1, influxdb.port", "1 to 65535"),
    ("influxdb.port = 70000", "line 1, influxdb.port", "1 to 65535"),
    ("influxdb = 3", "line 1, influxdb", "a table"),
    ("[influxdb]\ntls = 1", "line 2, influxdb.tls", "true or false"),
    ('callbacks = "influxdb"', "line 1, callbacks", "list of texts"),
    ('callbacks = [\n"plugin"]', "line 1, callbacks", "plugin is no class"),
    ('callbacks = ["a b.C"]', "line 1, callbacks", "a b.C is no class"),
    ("[prices]\nregulated = true", "line 1, prices.power", "missing"),
    ("offers = 1", "line 1, offers", "tables"),
    ("[[offers]]\n", "line 1, offers.1.name", "missing"),
    (
        '[[offers]]\nname = "a"\nstructure = "base"',
        "line 1, offers.1",
        "regulated = kVA",
    ),
    (
        '[[offers]]\nname = "a"\nstructure = "custom"\nregulated = 3',
        "line 1, offers.1.windows",
        "missing",
    ),
    (
        '[[offers]]\nname = "a"\nstructure = "base"\nregulated = 3\n' * 2,
        "line 1, offers",
        "called a",
    ),
    (
        '[[offers]]\nname = "a"\nstructure = "base"\nprices = [20]',
        "line 4, offers.1.prices",
        "not cents",
    ),
    (
        '[[offers]]\nname = "a"\nstructure = "base"\nprices = { x = 1 }',
        "line 4, offers.1.prices",
        "by index",
    ),
    (
        '[[offers]]\nname = "a"\nstructure = "base"\n[[offers.windows]]\nhours = "9"',
        "line 5, offers.1.windows.1.hours",
        "22:00-06:00",
    ),
    (
        (
            '[[offers]]\nname = "a"\nstructure = "base"\n'
            '[[offers.windows]]\nweekdays = ["x"]'
        ),
        "line 5, offers.1.windows.1.weekdays",
        "mon, tue",
    ),
    ("[[prices.periods]]\n", "line 1, prices.periods.1.calendar", "missing"),
    (
        '[[prices.periods]]\ncalendar = "BASE"\nstart = "2026-02-01"',
        "line 3, prices.periods.1.start",
        "a date",
    ),
    (
        '[[prices.periods]]\ncalendar = "BASE"\nprices = [-1]',
        "line 3, prices.periods.1.prices",
        "below zero",
    ),
    (
        '[[prices.periods]]\ncalendar = "BASE"\nprices = { 11 = 0.1 }',
        "line 3, prices.periods.1.prices",
        "1 to 10",
    ),
    (
        '[[prices.periods]]\ncalendar = "BASE"\nprices = [nan]',
        "line 3, prices.periods.1.prices",
        "no number",
    ),
    (
        '[[prices.periods]]\ncalendar = "BASE"\n',
        "line 1, prices.periods.1.prices",
        "neither a price",
    ),
    (
        '[[prices.periods]]\ncalendar = "BASE"\nsubscription = "1"',
        "line 3, prices.periods.1.subscription",
        "a number",
    ),
    # What is a number for TOML, but none to count with
    ("[prices]\ndiscount = nan", "line 2, prices.discount", "a number"),
    ("[prices]\ndiscount = 1e99999999999999999999", "line 2, prices.discount", "numb"),
    (
        "[[prices.export]]\ndelivery_price = 0.1\nstored = 1e999999",
        "line 3, prices.export.1.stored",
        "a number",
    ),
    (
        '[[prices.periods]]\ncalendar = "BASE"\nprices = [1e99999999999999999999]',
        "line 3, prices.periods.1.prices",
        "no number",
    ),
    ("baudrate = " + "9" * 5000, "line 1", "no TOML"),
    (
        (
            '[[offers]]\nname = "a"\nstructure = "seasons_alert"\n'
            'alert_from = "06:00+01:00"'
        ),
        "line 4, offers.1.alert_from",
        "06:00",
    ),
    (
        (
            '[[prices.periods]]\ncalendar = "BASE"\nprices = [0.1]\n'
            "start = 2026-02-01\nend = 2026-01-01"
        ),
        "line 3, prices.periods.1.prices",
        "ends before",
    ),
    (
        (
            '[[prices.periods]]\ncalendar = "BASE"\nprices = [0.1]\n'
            "start = 2026-02-01\nend = 2026-03-01\n"
            '[[prices.periods]]\ncalendar = "BASE"\nprices = [0.1]\n'
            "start = 2026-02-20"
        ),
        "line 1, prices.periods",
        "2026-02-20",
    ),
]


@pytest.mark.parametrize(("text", "where", "what"), WRONG)
def test_wrong_settings(text: str, where: str, what: str) -> None:
    """Which key, on which line, and what is wanted there."""
    with pytest.raises(SettingsError) as caught:
        read_settings(text, {})
    said = say_setting(caught.value, Language.EN)
    assert said.startswith(f"linky-tic.toml, {where}: ")
    assert what in said
    assert "ligne" in say_setting(caught.value, Language.FR)


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("LINKY_BAUDRATE", "fast", "300 to"),
        ("LINKY_PORT", "ws://", "ws://host:port"),
        ("INFLUXDB_SERVICE_PORT", "0", "1 to 65535"),
        ("INFLUXDB_TLS", "yes", "true or false"),
        ("TZ", "Europe/Nowhere", "time zone"),
        ("TZ", "../etc", "time zone"),
        ("CURRENT_POWER", "-3", "1 to 250"),
        ("HP_KWH_PRICE", "-0.1", "below zero"),
        ("HP_KWH_PRICE", "dear", "no number"),
        ("HP_KWH_PRICE", "21.5", "not cents"),
    ],
)
def test_wrong_variables(variable: str, value: str, what: str) -> None:
    """A variable is named like a key."""
    with pytest.raises(SettingsError) as caught:
        read_settings("", {variable: value})
    said = say_setting(caught.value, Language.EN)
    assert said.startswith(f"{variable}: ")
    assert what in said


def test_too_deep() -> None:
    """Nothing that is written there makes a traceback."""
    with pytest.raises(SettingsError):
        read_settings("a = " + "[" * 100_000, {})


def test_no_text(tmp_path: Path) -> None:
    """Bytes that are no text are told with their line."""
    path = tmp_path / "linky-tic.toml"
    path.write_bytes(b"# fine\n\xff = 1")
    with pytest.raises(SettingsError) as caught:
        load(str(path), {})
    assert say_setting(caught.value, Language.EN) == (
        "linky-tic.toml, line 2: it is no UTF-8 text."
    )


def test_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the working folder is found."""
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).source is None
    (tmp_path / "linky-tic.toml").write_text('source = "here"')
    assert load(None, {}).source == "here"


async def test_in_the_shell(run: Run, tmp_path: Path) -> None:
    """A wrong setting and a missing file have their exit codes."""
    path = tmp_path / "x.toml"
    result = await run("run", "--config", str(path))
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    path.write_text("name = 1")
    result = await run("run", "--config", str(path), LANG="fr_FR.UTF-8")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "linky-tic: linky-tic.toml, ligne 1, name : il faut un texte.\n"
    )


@pytest.mark.parametrize("page", ["standalone.md"])
def test_documented_configuration(
    page: str, fences: Callable[[Path, str], list[str]]
) -> None:
    """Every configuration of the documentation can be read."""
    blocks = fences(ROOT / "docs" / "en" / page, "toml")
    assert len(blocks) >= 2
    for block in blocks:
        read_settings(block, {})
