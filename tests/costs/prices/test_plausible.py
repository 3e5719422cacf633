"""Prices that are seldom meant are told; those that are usual are not."""

from __future__ import annotations

import pytest

from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.prices.offers import (
    CALENDARS,
    Structure,
)
from custom_components.linky_meter.linky_tic.costs.prices.plausible import (
    DoubtKind,
    doubts,
)
from custom_components.linky_meter.linky_tic.costs.prices.regulated import Grid, bundled
from tests.costs.helpers import period

CUSTOM, WEEK_END = CALENDARS[Structure.CUSTOM], CALENDARS[Structure.WEEK_END]


def kinds(
    calendar: str,
    *prices: str,
    subscription: str | None = None,
    power: int | None = 6,
    grid: Grid | None = None,
) -> list[tuple[str, int | None]]:
    """Return what is strange about prices in the autumn of 2026."""
    typed = period("2026-10-01", *prices, subscription=subscription, calendar=calendar)
    found = doubts(typed, bundled() if grid is None else grid, power)
    return [(doubt.kind, doubt.index) for doubt in found]


@pytest.mark.parametrize(
    ("calendar", "prices", "subscription"),
    [
        (BASE, ("0.2001",), "15.86"),
        # An offer 20 % below the regulated price, and one above
        (BASE, ("0.1601",), "15.20"),
        (OFF_PEAK, ("0.1589", "0.2142"), "15.86"),
        ("HC..", ("0.1450", "0.1950"), "12.00"),
        (TEMPO, ("0.1356", "0.1654", "0.1536", "0.1921", "0.1615", "0.7295"), "15.80"),
        (WEEK_END, ("0.1589", "0.2250", "0.1589"), "15.86"),
        # Super off-peak is far cheaper than peak and still no mistake
        (CUSTOM, ("0.1100", "0.1600", "0.2400"), "16.00"),
    ],
)
def test_what_is_usual_is_not_asked_back(
    calendar: str, prices: tuple[str, ...], subscription: str
) -> None:
    """Prices as people have them raise no question."""
    assert kinds(calendar, *prices, subscription=subscription) == []


@pytest.mark.parametrize(
    ("calendar", "prices", "doubt"),
    [
        (OFF_PEAK, ("0.2142", "0.1589"), [(DoubtKind.SWAPPED, 1)]),
        (WEEK_END, ("0.1589", "0.2142", "0.2200"), [(DoubtKind.SWAPPED, 3)]),
        # Blue prices are right, red ones swapped: then they are far off as well
        (
            TEMPO,
            ("0.1356", "0.1654", "0.1536", "0.1921", "0.7295", "0.1615"),
            [(DoubtKind.SWAPPED, 5), (DoubtKind.FAR, 5), (DoubtKind.FAR, 6)],
        ),
        # Without taxes, as a supplier's page for companies has them
        (OFF_PEAK, ("0.1018", "0.1479"), [(DoubtKind.UNTAXED, None)]),
        (BASE, ("0.1361",), [(DoubtKind.UNTAXED, None)]),
        (
            TEMPO,
            ("0.0824", "0.1072", "0.0974", "0.1295", "0.1040", "0.5773"),
            [(DoubtKind.UNTAXED, None)],
        ),
        # A slip of the decimal point
        (OFF_PEAK, ("1.54", "0.2142"), [(DoubtKind.SWAPPED, 1), (DoubtKind.FAR, 1)]),
        (CUSTOM, ("0.05", "0.20"), [(DoubtKind.FAR, 1)]),
        (BASE, ("0",), [(DoubtKind.FREE, 1)]),
        (OFF_PEAK, ("0", "0.2142"), [(DoubtKind.FREE, 1)]),
    ],
)
def test_what_is_seldom_meant_is_told(
    calendar: str, prices: tuple[str, ...], doubt: list[tuple[str, int | None]]
) -> None:
    """Each strange thing is named, with the price that it is about."""
    assert kinds(calendar, *prices) == doubt


def test_a_subscription_of_another_size_is_told() -> None:
    """Twice what the power costs is asked back; without a power it is not judged."""
    told = [(DoubtKind.FAR_SUBSCRIPTION, None)]
    assert kinds(BASE, "0.2001", subscription="31.14") == told
    assert kinds(BASE, "0.2001", subscription="31.14", power=None) == []
    assert kinds(CUSTOM, "0.2001", subscription="31.14") == told
    assert kinds(BASE, "0.2001", subscription="0") == []


def test_without_regulated_prices_only_the_typed_ones_are_held_together() -> None:
    """A day before the grid begins leaves nothing to compare with."""
    nothing = Grid([])
    assert kinds(OFF_PEAK, "0.9", "0.8", subscription="90", grid=nothing) == [
        (DoubtKind.SWAPPED, 1)
    ]
    assert kinds(CUSTOM, "0.9", grid=nothing) == []
