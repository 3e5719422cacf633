"""Fixtures of the tests of the load manager."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.coordinator import LinkyCoordinator
from homeassistant.util import dt as dt_util
from tests.conftest import until

type Pass = Callable[..., Awaitable[None]]
"""Of an entry, seconds, and what is to be so then."""


def _beyond(coordinator: LinkyCoordinator, frames: int) -> bool:
    return coordinator.frames >= frames


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Return a function that lets seconds pass, with readings, till something is so."""
    offset = timedelta()
    monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.now(UTC) + offset)

    async def leap(coordinator: LinkyCoordinator, seconds: float) -> None:
        nonlocal offset
        while seconds > 0:
            # In steps in which the meter does not count as lost
            step = min(seconds, 30.0)
            seconds -= step
            offset += timedelta(seconds=step)
            wanted = coordinator.frames + 2
            await until(partial(_beyond, coordinator, wanted))

    async def wait(
        entry: MockConfigEntry,
        seconds: float,
        so: Callable[[], object] = lambda: True,
    ) -> None:
        coordinator = entry.runtime_data.coordinator
        await leap(coordinator, seconds)
        for _ in range(10):
            with suppress(TimeoutError):
                await until(so, 5)
                return
            # On a slow machine an order may have to be given again, a minute later
            await leap(coordinator, 30)
        await until(so)

    return wait
