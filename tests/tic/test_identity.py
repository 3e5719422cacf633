"""The meter's address."""

import csv

import pytest

from custom_components.linky_meter.linky_tic.tic.identity import (
    MANUFACTURERS,
    TYPES,
    Identity,
    parse_address,
)

from .helpers import SHARED


def test_address_of_a_linky() -> None:
    """Maker, year, type and serial number."""
    identity = parse_address("042176123456")
    assert identity == Identity(
        address="042176123456",
        manufacturer="Landis+Gyr",
        year=2021,
        model="Linky three-phase 60 A G3",
        french_model="Linky triphasé 60 A G3",
        phases=3,
        rating=60,
        linky=True,
    )
    assert identity.serial_number == "123456"
    assert identity.model_in("fr-CA") == "Linky triphasé 60 A G3"
    assert identity.model_in("de") == "Linky three-phase 60 A G3"


@pytest.mark.parametrize(
    ("address", "year", "phases", "rating", "linky"),
    [
        ("021961000042", 2019, 1, 60, True),
        ("031575000001", 2015, 1, 90, True),
        ("039809000001", 1998, 3, None, False),
        ("040828000001", 2008, 1, None, False),
        ("0421AA123456", 2021, None, None, False),
        ("9921ZZ123456", None, None, None, None),
        ("992199123456", 2021, None, None, False),
    ],
)
def test_what_an_address_tells(
    address: str,
    year: int | None,
    phases: int | None,
    rating: int | None,
    linky: bool | None,
) -> None:
    """An unknown type or maker tells nothing; a type may hold letters."""
    identity = parse_address(address)
    if year is None:
        assert identity is None
        return
    assert identity is not None
    assert (identity.year, identity.phases, identity.rating, identity.linky) == (
        year,
        phases,
        rating,
        linky,
    )


def test_unknown_codes() -> None:
    """They have no name."""
    identity = parse_address("992199123456")
    assert identity is not None
    assert identity.manufacturer is None
    assert identity.model is None


@pytest.mark.parametrize(
    "address",
    [
        *("", "0" * 12, "04216412345", "0421641234567", "XXXXXXXXXXXX"),
        *("04216412345A", "A42164123456", "0421641 3456", "042164123456\n"),
    ],
)
def test_no_address(address: str) -> None:
    """Masked and damaged ones name no meter."""
    assert parse_address(address) is None


def rows(name: str) -> list[dict[str, str]]:
    """Return a table of the digest."""
    path = SHARED / "spec" / name
    if not path.exists():
        pytest.skip("The digest is not on this machine")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_manufacturers_agree_with_the_digest() -> None:
    """All assigned codes and no other."""
    assert set(MANUFACTURERS) == {
        row["code"]
        for row in rows("euridis-manufacturers.csv")
        if row["status"] == "assigned"
    }


def test_types_agree_with_the_digest() -> None:
    """All codes, with their phases and ratings."""
    phases = {"": None, "single": 1, "three": 3}
    expected = {
        row["type_code"]: (
            phases[row["phases"]],
            int(row["max_current_a"]) if row["max_current_a"] else None,
            row["family"] == "linky",
        )
        for row in rows("euridis-device-types.csv")
    }
    assert {
        code: (device.phases, device.rating, device.linky)
        for code, device in TYPES.items()
    } == expected


def test_types_of_the_specification() -> None:
    """54E names eight, all of them Linky meters."""
    ratings = {"61": 60, "64": 60, "62": 90, "75": 90, "70": 60}
    for code, rating in ratings.items():
        assert (TYPES[code].phases, TYPES[code].rating) == (1, rating)
    for code in ("63", "76", "71"):
        assert (TYPES[code].phases, TYPES[code].rating) == (3, 60)
