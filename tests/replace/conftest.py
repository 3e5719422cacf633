"""Fixtures of the tests of a replaced meter and of its statistics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import time

from freezegun import freeze_time
from freezegun.api import real_monotonic
import pytest

from homeassistant.components.recorder import Recorder
from tests.conftest import Replay

from .house import Clock, House


@pytest.fixture
async def house(replay: Replay) -> House:
    """Return a meter under the test's control."""
    return House(replay)


@pytest.fixture
def minute() -> int:
    """Return the minute at which the test begins."""
    return 46


@pytest.fixture
async def clock(
    recorder_mock: Recorder, minute: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Clock]:
    """Return the clock of a test with statistics."""
    monkeypatch.setattr(asyncio.get_running_loop(), "time", real_monotonic)
    start = datetime.fromtimestamp(time.time(), UTC) + timedelta(hours=1)
    start = start.replace(minute=minute, second=0, microsecond=0)
    with freeze_time(start) as frozen:
        clock = Clock(frozen)
        yield clock
        await clock.close()
