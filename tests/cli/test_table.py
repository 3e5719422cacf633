"""Readings as people see them."""

from datetime import UTC, datetime
import json

import pytest

from custom_components.linky_meter.linky_tic.cli.commands import watch
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.table import (
    line,
    show,
    table,
    wide_table,
)
from custom_components.linky_meter.linky_tic.tic.fields import Value
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.simulator import PRESETS, MeterConfig, SimulatedMeter

from .conftest import sent

EN, FR = Language.EN, Language.FR


class Terminal:
    """A terminal that remembers what was written on it."""

    def __init__(self) -> None:
        """Begin empty."""
        self.text = ""

    def write(self, text: str) -> None:
        """Show text."""
        self.text += text

    def flush(self) -> None:
        """Have nothing to do."""

    def isatty(self) -> bool:
        """Be a terminal."""
        return True


@pytest.mark.parametrize(("size", "rows"), [((200, 100), 99), ((60, 10), 9)])
def test_screen(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], rows: int
) -> None:
    """A wide terminal shows all side by side, a small one what fits."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_, **__: size)
    monkeypatch.setenv("TERM", "xterm")
    output = watch.Output(EN, as_json=False, masked=True)
    assert output.on_screen
    for reading in decode(sent("standard_hc", 2)):
        output.screen(reading)
    output.close()
    first, second = terminal.text.split("\x1b[H")[1:]
    lines = first.splitlines()[:-1]
    assert len(lines) <= rows
    assert ("more lines" in first) == (rows == 9)
    assert ("Worked out" in lines[2]) == (rows == 99)
    assert "042164123456" not in terminal.text
    assert second.endswith("\x1b[J\x1b[?25h")
    monkeypatch.setenv("TERM", "dumb")
    assert not output.on_screen


def test_table_of_a_historic_meter() -> None:
    """Numbers have their unit and scale, codes are explained."""
    *_, last = decode(sent("historic_tempo", 3))
    lines = table(last, EN)
    assert any(row.startswith("BBRHCJB  ") and row.endswith(" kWh") for row in lines)
    assert any(row.startswith("ISOUSC ") and row.endswith("  45 A") for row in lines)
    assert any(row.split() == ["Contract", "tempo"] for row in lines)
    assert any(row.startswith("Available current L1  ") for row in lines)
    # What a label says is not said twice
    assert not any(row.startswith("Current L1") for row in lines)


def test_table_in_french() -> None:
    """Descriptions, decimals, dates and words are French."""
    *_, last = decode(sent("standard_hc", 3))
    text = "\n".join(table(last, FR))
    assert "mode standard" in text
    assert "Énergie active soutirée totale" in text
    assert "Valeurs calculées" in text
    assert "13/01/2026 18:00:" in text
    assert " kWh" in text
    assert "Organe de coupure ouvert" in text
    assert "heures pleines" in text or "heures creuses" in text
    index = next(row for row in text.splitlines() if row.startswith("EAST"))
    assert "," in index.split("totale")[1]


def test_table_of_times() -> None:
    """Horodates are readable, day profiles too, and a lost clock is doubted."""
    meter = SimulatedMeter(MeterConfig(contract="tempo"))
    meter.degrade_clock()
    (reading,) = decode(meter.frame())
    lines = table(reading, EN)
    date = next(row for row in lines if row.startswith("DATE "))
    assert date.endswith("2026-01-13 18:00:00 ?")
    assert next(row for row in lines if row.startswith("PJOURF+1")).endswith(
        "00:00 1, 06:00 2, 22:00 1"
    )
    smax = next(row for row in lines if row.startswith("SMAXSN "))
    assert " VA (2026-01-13 " in smax


def test_table_of_what_is_not_understood() -> None:
    """A day profile that may mean two things is shown as sent."""
    meter = SimulatedMeter(MeterConfig(contract="base"))
    frame = meter.frame()
    start = frame.index(b"PJOURF+1\t") + 9
    blocks = b"00004001 06004002 16004001" + b" NONUTILE" * 8
    content = b"PJOURF+1\t" + blocks + b"\t"
    check = bytes([(sum(content) & 0x3F) + 0x20])
    frame = frame[: start - 9] + content + check + frame[start + 100 :]
    (reading,) = decode(frame)
    row = next(row for row in table(reading, EN) if row.startswith("PJOURF+1"))
    assert "00004001 06004002 16004001" in row or "22:00" in row
    assert "NONUTILE" not in row


def test_heading_tells_what_is_wrong() -> None:
    """Damage, a cut and short frames are said in the first line."""
    cut = sent("standard_hc", 1, "7bit").replace(b"PREF", b"PRxF")[:-200]
    (reading,) = decode(cut)
    assert "incomplete, damaged groups: 2" in table(reading, EN)[0]
    assert wide_table(reading, EN, 10) == table(reading, EN)
    meter = SimulatedMeter(PRESETS["historic_three_phase"])
    meter.advance(1)
    meter.set_load((9000.0, 100.0, 100.0))
    meter.advance(2)
    frames = b"".join(meter.frame() for _ in range(4))
    heads = [table(reading, EN)[0] for reading in decode(frames)]
    assert any("short frame" in head for head in heads)
    assert "historic mode" in heads[-1]


def test_line_of_a_frame(capsys: pytest.CaptureFixture[str]) -> None:
    """A line holds what is wanted most."""
    *_, last = decode(sent("standard_producer", 3))
    text = line(last, EN)
    watch.Output(EN, as_json=False, masked=False).line(last)
    watch.Output(EN, as_json=True, masked=False).line(last)
    first, second = capsys.readouterr().out.splitlines()
    assert first == text
    assert json.loads(second)["groups"]["ADSC"]
    for name in ("Apparent power ", "Exported apparent power", "Available current"):
        assert name in text


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "A", "unknown"),
        (True, "", "yes"),
        (12, "", "12"),
        (12345678, "Wh", "12 345.678 kWh"),
        (1234, "VA", "1 234 VA"),
        (-1.256, "A", "-1.26 A"),
        ("HEURE CREUSE", "", "HEURE CREUSE"),
        ("none", "", "none"),
        (datetime(2026, 7, 1, 10, 0, tzinfo=UTC), "", "2026-07-01 12:00:00"),
    ],
)
def test_values(value: Value | None, unit: str, shown: str) -> None:
    """Values are shown as people write them."""
    assert show(value, unit, EN) == shown


def test_a_meter_that_says_nothing_yet() -> None:
    """A frame of an unknown mode has a heading and no values."""
    reading = MeterReading(None, None, {}, Frame(None, ()), datetime.now(UTC))
    assert table(reading, EN)[0].endswith("mode unknown")
    assert show(1.5, "", EN) == "1.50"
