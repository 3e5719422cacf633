"""Fixtures of the tests of a take-over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from homeassistant.config_entries import HANDLERS

from .old import MADE_UP


@pytest.fixture(autouse=True)
def _forget_flows() -> Iterator[None]:
    """Forget the flows of the integrations that a test makes up."""
    yield
    while MADE_UP:
        HANDLERS.pop(MADE_UP.pop(), None)
