"""Day profiles."""

from datetime import time

import pytest

from custom_components.linky_meter.linky_tic.tic.profile import (
    Contact,
    Encoding,
    Slot,
    format_day_profile,
    parse_day_profile,
)
from tests.simulator.contracts import CONTRACTS, encode_profile


def blocks(*used: str) -> str:
    """Return 98 characters."""
    return " ".join([*used, *["NONUTILE"] * (11 - len(used))])


def test_slots_of_the_document() -> None:
    """Its examples: Tempo contact, open, closed, and a virtual relay."""
    parsed = parse_day_profile(blocks("00004001", "06508002", "1220C001", "23000850"))
    assert parsed is not None
    profile, encoding = parsed
    assert encoding is Encoding.DECIMAL
    off = (False,) * 7
    assert profile == (
        Slot(time(0), Contact.TEMPO, off, 1),
        Slot(time(6, 50), Contact.OPEN, off, 2),
        Slot(time(12, 20), Contact.CLOSED, off, 1),
        Slot(time(23), Contact.UNCHANGED, (True, False, True, *off[:4]), None),
    )
    assert format_day_profile(profile) == "00:00 1, 06:50 2, 12:20 1, 23:00 ="


@pytest.mark.parametrize("action", ["0", "B", "C", "D", "E", "F"])
def test_actions_that_leave_the_tariff(action: str) -> None:
    """Supplier indexes are 1 to 10."""
    parsed = parse_day_profile(blocks("00000001", f"2359000{action}"))
    assert parsed is not None
    assert [slot.tariff for slot in parsed[0]] == [1, None]


def test_the_tenth_index_is_hexadecimal() -> None:
    """An action is a 16-bit number."""
    parsed = parse_day_profile(blocks("0000000A"))
    assert parsed is not None
    assert parsed[0][0].tariff == 10


def test_times_that_read_the_same_either_way() -> None:
    """They prove nothing and need no proof."""
    parsed = parse_day_profile(blocks("00008001", "06008002"))
    assert parsed is not None
    assert parsed[1] is None
    assert format_day_profile(parsed[0]) == "00:00 1, 06:00 2"
    assert parse_day_profile(blocks()) == ((), None)


@pytest.mark.parametrize(
    "used",
    [
        # 8 hours off-peak in both readings
        ("00008002", "0100C001", "06008002", "1230C001", "15308002"),
        # and in none
        ("00004001", "10004002", "12004001"),
        # nothing is said of a tariff
        ("00008000", "10004000"),
    ],
)
def test_undecided(used: tuple[str, ...]) -> None:
    """What this meter proved elsewhere decides; without it there is no answer."""
    text = blocks(*used)
    assert parse_day_profile(text) is None
    for encoding, base in ((Encoding.DECIMAL, 10), (Encoding.HEXADECIMAL, 16)):
        parsed = parse_day_profile(text, encoding)
        assert parsed is not None
        assert parsed[1] is encoding
        assert [slot.start for slot in parsed[0]] == [
            time(int(block[:2], base), int(block[2:4], base)) for block in used
        ]


def test_proof_is_stronger_than_what_was_learned() -> None:
    """An impossible reading stays impossible."""
    text = blocks("00004001", "06004002", "22004001")
    assert parse_day_profile(text, Encoding.HEXADECIMAL) == parse_day_profile(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NONUTILE NONUTIL",
        blocks("0000400"),
        blocks("0000400G"),
        # times that fall or are none in either reading
        blocks("06004001", "05004002"),
        blocks("00004001", "00004002"),
        blocks("99994001"),
        blocks("00004001", "0C1E4002", "22994001"),
    ],
)
def test_no_profile(text: str) -> None:
    """None, whatever the text."""
    assert parse_day_profile(text) is None
    assert parse_day_profile(text, Encoding.DECIMAL) is None


@pytest.mark.parametrize("name", CONTRACTS)
def test_profiles_of_simulated_meters(name: str) -> None:
    """Written by another hand, in both encodings, none is misread."""
    contract = next(row for key, row in CONTRACTS.items() if key == name)
    for day in (*contract.days, *contract.peaks.values()):
        expected = [(slot.minute, slot.index) for slot in day]
        for encoding in Encoding:
            text = encode_profile(
                day, "hex" if encoding is Encoding.HEXADECIMAL else "decimal"
            )
            assert len(text) == 98
            for known in (None, encoding):
                if (parsed := parse_day_profile(text, known)) is None:
                    assert known is None
                    continue
                assert [
                    (slot.start.hour * 60 + slot.start.minute, slot.tariff)
                    for slot in parsed[0]
                ] == expected
