"""Typed values."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.linky_meter.linky_tic.tic.values import (
    Breaker,
    Colour,
    Euridis,
    MobilePeak,
    Plc,
    StatusRegister,
    normalise,
    parse_horodate,
    parse_message,
    parse_missing_phases,
    parse_relays,
    parse_status,
)

from .helpers import SHARED


@pytest.mark.parametrize(
    ("text", "utc", "degraded"),
    [
        ("H260113180000", datetime(2026, 1, 13, 17, tzinfo=UTC), False),
        ("E240924225642", datetime(2024, 9, 24, 20, 56, 42, tzinfo=UTC), False),
        ("h260113180000", datetime(2026, 1, 13, 17, tzinfo=UTC), True),
        ("e240924225642", datetime(2024, 9, 24, 20, 56, 42, tzinfo=UTC), True),
        (" 260114060000", datetime(2026, 1, 14, 5, tzinfo=UTC), False),
        (" 260714060000", datetime(2026, 7, 14, 4, tzinfo=UTC), False),
        # The hour that comes twice
        ("E261025023000", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), False),
        ("H261025023000", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), False),
        ("H991231235959", datetime(2099, 12, 31, 22, 59, 59, tzinfo=UTC), False),
    ],
)
def test_horodate(text: str, utc: datetime, degraded: bool) -> None:
    """Local time whose letter tells the season and the state of the clock."""
    parsed = parse_horodate(text)
    assert parsed is not None
    assert parsed.at.astimezone(UTC) == utc
    assert parsed.degraded is degraded
    assert parsed.at.utcoffset() in (timedelta(hours=1), timedelta(hours=2))


@pytest.mark.parametrize(
    "text",
    [
        *("", "H26011318000", "H2601131800000", "X260113180000", "2601131800000"),
        *("H261313180000", "H260230180000", "H260113250000", "H26011318000x"),
        "H٢60113180000",
    ],
)
def test_no_horodate(text: str) -> None:
    """What is no time is None."""
    assert parse_horodate(text) is None


def status(text: str) -> StatusRegister:
    """Return a register that is one."""
    parsed = parse_status(text)
    assert parsed is not None
    return parsed


def test_status_registers_of_real_frames() -> None:
    """Decoded by hand, consistent with the other groups of their frames."""
    producer = status("013A0501")
    assert producer == StatusRegister(
        dry_contact_open=True,
        breaker=Breaker.CLOSED,
        terminal_cover_open=False,
        overvoltage=False,
        reference_power_exceeded=False,
        producer=True,
        exporting=False,
        supplier_index=2,
        distributor_index=1,
        clock_degraded=False,
        standard_mode=True,
        euridis=Euridis.SECURED,
        plc=Plc.NEW_LOCK,
        plc_synchronised=False,
        tempo_today=Colour.BLUE,
        tempo_tomorrow=None,
        mobile_peak_notice=MobilePeak.NONE,
        mobile_peak=MobilePeak.NONE,
    )
    red = status("9B3A9000")
    assert (red.supplier_index, red.distributor_index) == (5, 3)
    assert (red.tempo_today, red.tempo_tomorrow) == ("red", "white")
    assert (red.mobile_peak_notice, red.mobile_peak) == ("peak_1", "peak_2")
    assert not red.dry_contact_open
    white = status("463A0800")
    assert (white.supplier_index, white.mobile_peak) == (3, "peak_1")
    assert (white.tempo_today, white.tempo_tomorrow) == ("white", "blue")
    other = status("423A4C01")
    assert (other.supplier_index, other.distributor_index) == (4, 2)
    assert (other.tempo_today, other.tempo_tomorrow) == ("white", None)
    exporting = status("002A0301")
    assert (exporting.producer, exporting.exporting) == (True, True)
    assert exporting.euridis is Euridis.ENABLED
    consumer = status("010A4601")
    assert (consumer.producer, consumer.exporting) == (False, True)


FLAGS = {
    "dry_contact": ("dry_contact_open", 0),
    "distributor_terminal_cover": ("terminal_cover_open", 4),
    "overvoltage_any_phase": ("overvoltage", 6),
    "reference_power_exceeded": ("reference_power_exceeded", 7),
    "producer_mode": ("producer", 8),
    "active_energy_direction": ("exporting", 9),
    "clock_degraded": ("clock_degraded", 16),
    "tic_mode": ("standard_mode", 17),
    "plc_synchronised": ("plc_synchronised", 23),
}
CODES: dict[str, tuple[str, int, list[object]]] = {
    "cutoff_device": ("breaker", 1, [*Breaker, None]),
    "supplier_tariff_index": ("supplier_index", 10, [*range(1, 11), *[None] * 6]),
    "distributor_tariff_index": ("distributor_index", 14, [1, 2, 3, 4]),
    "euridis_output": ("euridis", 19, ["disabled", "enabled", None, "secured"]),
    "plc_status": ("plc", 21, [*Plc, None]),
    "tempo_colour_today": ("tempo_today", 24, [None, "blue", "white", "red"]),
    "tempo_colour_tomorrow": ("tempo_tomorrow", 26, [None, "blue", "white", "red"]),
    "mobile_peak_notice": ("mobile_peak_notice", 28, [*MobilePeak]),
    "mobile_peak": ("mobile_peak", 30, [*MobilePeak]),
}


def test_every_flag_is_its_own_bit() -> None:
    """Setting one changes one field."""
    nothing = status("00000000")
    for attribute, bit in FLAGS.values():
        one = status(f"{1 << bit:08X}")
        changed = [
            name
            for name in StatusRegister.__slots__
            if getattr(one, name) != getattr(nothing, name)
        ]
        assert changed == [attribute]
        assert getattr(one, attribute) is True


def test_every_code_of_the_status_register() -> None:
    """Undefined ones are None."""
    for attribute, bit, meanings in CODES.values():
        for code, meaning in enumerate(meanings):
            assert getattr(status(f"{code << bit:08X}"), attribute) == meaning


def test_status_bits_agree_with_the_digest() -> None:
    """Every field and bit range of its table is read, and no other."""
    path = SHARED / "spec" / "stge-bits.csv"
    if not path.exists():
        pytest.skip("The digest is not on this machine")
    with path.open(encoding="utf-8", newline="") as file:
        ranges = {row["field"]: row["bit_range"] for row in csv.DictReader(file)}
    del ranges["reserved"]
    assert {field: int(bits.split("..")[0]) for field, bits in ranges.items()} == {
        field: row[1] for field, row in (FLAGS | CODES).items()
    }
    for field, (_, low, meanings) in CODES.items():
        high = int(ranges[field].split("..")[1])
        assert 2 ** (high - low + 1) == len(meanings)


@pytest.mark.parametrize("text", ["", "013A050", "013A05010", "013A050G", " 13A0501"])
def test_no_status(text: str) -> None:
    """What is no register is None."""
    assert parse_status(text) is None


def test_relays() -> None:
    """Decimal: relays 3, 4 and 8 closed make 140."""
    closed = parse_relays("140")
    assert closed is not None
    assert [n for n, is_closed in enumerate(closed, 1) if is_closed] == [3, 4, 8]
    assert parse_relays("001") == (True, *[False] * 7)
    assert parse_relays("255") == (True,) * 8
    for text in ("256", "", "0A1", "-01", "1" * 5000):
        assert parse_relays(text) is None


def test_missing_phases() -> None:
    """Bits 1 to 3 of an octet in hexadecimal."""
    assert parse_missing_phases("00") == (False, False, False)
    assert parse_missing_phases("02") == (True, False, False)
    assert parse_missing_phases("04") == (False, True, False)
    assert parse_missing_phases("0E") == (True, True, True)
    for text in ("", "0", "0G", "002"):
        assert parse_missing_phases(text) is None


def test_names_and_messages() -> None:
    """Padding is none of them, nor is the default text."""
    assert normalise("  HEURE  PLEINE   ") == "HEURE PLEINE"
    assert parse_message("PAS DE          MESSAGE         ") == "none"
    assert parse_message(" " * 16) == "none"
    assert parse_message(" COUPURE  LUNDI ") == "COUPURE LUNDI"
