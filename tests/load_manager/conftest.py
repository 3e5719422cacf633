"""Fixtures of the tests of the load manager."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.coordinator import LinkyCoordinator
from homeassistant.util import dt as dt_util
from tests.conftest import until

type Pass = Callable[[MockConfigEntry, float], Awaitable[None]]


def _beyond(coordinator: LinkyCoordinator, frames: int) -> bool:
    return coordinator.frames >= frames


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Return a function that lets seconds pass on the wall, with readings among them."""
    offset = timedelta()
    monkeypatch.setattr(dt_util, "utcnow", lambda: datetime.now(UTC) + offset)

    async def wait(entry: MockConfigEntry, seconds: float) -> None:
        nonlocal offset
        coordinator = entry.runtime_data.coordinator
        while seconds > 0:
            # In steps in which the meter does not count as lost
            step = min(seconds, 30.0)
            seconds -= step
            offset += timedelta(seconds=step)
            wanted = coordinator.frames + 2
            await until(partial(_beyond, coordinator, wanted))

    return wait
