"""When bills begin, as a configuration says it."""

from __future__ import annotations

from datetime import date

import pytest

from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.cli.toml_table import SettingsError
from custom_components.linky_meter.linky_tic.costs.estimate.spans import Billing, Every


@pytest.mark.parametrize(
    ("lines", "billing"),
    [
        ("", None),
        ("bill_first = 2026-01-31", Billing(date(2026, 1, 31), Every.MONTH)),
        (
            'bill_first = 2026-01-31\nbill_every = "two_months"',
            Billing(date(2026, 1, 31), Every.TWO_MONTHS),
        ),
    ],
)
def test_bills(lines: str, billing: Billing | None) -> None:
    """The first day of one is enough."""
    assert read_settings(f"[prices]\n{lines}", {}).pricing.billing == billing


@pytest.mark.parametrize(
    ("lines", "problem", "key"),
    [
        ('bill_every = "month"', "setting_missing", "prices.bill_first"),
        ('bill_first = "today"', "setting_day", "prices.bill_first"),
        (
            'bill_first = 2026-01-31\nbill_every = "week"',
            "setting_choice",
            "prices.bill_every",
        ),
    ],
)
def test_what_is_wrong(lines: str, problem: str, key: str) -> None:
    """It is said of which key."""
    with pytest.raises(SettingsError) as caught:
        read_settings(f"[prices]\n{lines}", {})
    assert (caught.value.problem, caught.value.key) == (problem, key)
