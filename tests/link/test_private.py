"""What is shown of a meter's groups tells nobody whose meter it is."""

from __future__ import annotations

from random import Random
import re

import pytest

from custom_components.linky_meter.link.redact import (
    mask_address,
    mask_label,
    mask_value,
    show_damaged,
    show_group,
    show_unknown,
)
from custom_components.linky_meter.linky_tic.tic.frame import Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from tests.conftest import address_of, frame_of
from tests.simulator import PRESETS
from tests.simulator.link.faults import Faults

ADDRESS = "021875123456"
PRM = "09876543210987"
SECRETS = {ADDRESS, PRM, "COUPURE RUE DES LILAS"}


def test_an_address_keeps_maker_year_and_type() -> None:
    """The serial number goes, also from one with a letter in its type."""
    assert mask_address(ADDRESS) == "021875######"
    assert mask_address("02187A123456") == "02187A######"


def test_good_groups() -> None:
    """Numbers keep their length, messages nothing, all else is as it was sent."""
    assert mask_value(Group("PRM", PRM)) == "#" * 14
    assert "LILAS" not in mask_value(Group("MSG1", "COUPURE RUE DES LILAS"))
    assert show_group(Group("ADCO", ADDRESS), Mode.HISTORIC) == "ADCO 021875######"
    assert show_group(Group("SMAXSN", "01234", "E250101120000"), Mode.STANDARD) == (
        "SMAXSN\tE250101120000\t01234"
    )


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        (Group("NEW1", "00123"), "NEW1\t00123"),
        (Group("NEW1", "HC", "E250101"), "NEW1\tx######\txx"),
        (Group("ADSB", ADDRESS), "ADSB\t############"),
        (Group("ADCP", "12"), "ADCP\t##"),
        (Group("MSG4", "RUE DES LILAS"), "MSG4\txxx xxx xxxxx"),
        (Group("NOTE", "RUE DES LILAS"), "NOTE\txxx xxx xxxxx"),
        (Group("A0218751", "1"), "x#######\t1"),
    ],
)
def test_unknown_labels(group: Group, shown: str) -> None:
    """A new label can be told; a damaged private one cannot be read."""
    assert show_unknown(group, SECRETS) == shown


def test_labels_of_numbers() -> None:
    """A label may have a number, not be one."""
    assert mask_label("EASF11") == "EASF11"
    assert mask_label("X1234") == "x####"


@pytest.mark.parametrize(
    ("reason", "content", "shown"),
    [
        # A known label keeps what can be read of it
        ("checksum", b"EASF01\t0012\x0056789\t:", "EASF01\t0012\x0056789\t:"),
        ("checksum", b"IINST 00A X", "IINST 00x x"),
        ("shape", b"PTEC HC.. S", "PTEC HC.. S"),
        # A private one only its name
        ("checksum", b"ADSC\t0218751x3456\t1", "ADSC\t#######x####\t#"),
        ("shape", b"MSG1\tRUE DES LILAS\tA", "MSG1\txxx xxx xxxxx\tx"),
        # What it was cannot be told: nothing
        ("checksum", b"ASC\t021875123456\t1", "xxx\t############\t#"),
        ("shape", b"75123456 1", "######## #"),
        # Groups that grew together
        ("checksum", b"IINST 0ADCO 021875123 1", "IINST 0xxxx ######### #"),
        ("shape", b"EASF02\t0012123456\t1", "EASF02\t##########\t1"),
        ("shape", b"EASF02\t00123456\t1", "EASF02\t00######\t1"),
        ("shape", b"IINST 999999999999 X", "IINST ############ X"),
        ("shape", b"LTARF\tHC RUE DES LILAS\tA", "LTARF\tHC xxx xxx xxxxx\tA"),
        # A time is no number
        ("shape", b"SMAXSN\tE250101120000\t012\tA", "SMAXSN\tE250101120000\t012\tA"),
    ],
)
def test_damaged_groups(reason: str, content: bytes, shown: str) -> None:
    """As much as possible is shown of what cannot be private."""
    assert show_damaged(reason, content, SECRETS) == shown


@pytest.mark.parametrize("preset", ["standard_tempo_three_phase", "historic_hc"])
def test_whatever_the_damage(preset: str) -> None:
    """On any line, no piece of the number, the metering point or the message shows."""
    changes = {"message": "COUPURE RUE DES LILAS"} if "standard" in preset else {}
    frame = frame_of(preset, **changes)
    address, prm = address_of(preset), PRESETS[preset].prm
    secrets = {address, prm, "COUPURE RUE DES LILAS"}
    pieces = [
        number[place : place + 4]
        for number in (address, prm)
        for place in range(len(number) - 3)
    ]
    faults = Faults(bit_flips=0.01, lost=0.01, splices=0.02, bursts=0.005)
    rng = Random(7)
    for _ in range(200):
        timed = faults.apply(rng, [(0.0, byte) for byte in frame], bytes(range(128)))
        data = bytes(byte & 0x7F for _, byte in timed)
        for content in re.split(rb"[\r\n\x02\x03]+", data):
            shown = show_damaged(rng.choice(("shape", "checksum")), content, secrets)
            assert len(shown) == len(content)
            assert not [piece for piece in pieces if piece in shown], content
            assert not re.search("RUE|LILAS", shown), content
