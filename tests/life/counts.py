"""What a program holds: threads, tasks, file descriptors and timers, counted."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields
import gc
from pathlib import Path
import re
import threading
from typing import Any, override

from custom_components.linky_meter.const import DOMAIN
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.helpers.storage import Store

_OURS = ("custom_components.linky_meter", "serialx")
# Home Assistant keeps the threads of its executor for the next job
_EXECUTORS = ("SyncWorker", "ImportExecutor", "asyncio_")
_FILES = Path("/proc/self/fd")


@dataclass(frozen=True)
class Counts:
    """What is held at a moment, each kind by its name."""

    threads: Counter[str]
    tasks: Counter[str]
    files: Counter[str]
    timers: Counter[str]

    @classmethod
    def now(cls) -> Counts:
        """Count, but for the task that asks; an event loop must run."""
        gc.collect()
        loop = asyncio.get_running_loop()
        return cls(
            Counter(
                thread.name
                for thread in threading.enumerate()
                if not thread.name.startswith(_EXECUTORS)
            ),
            Counter(
                getattr(task.get_coro(), "__qualname__", task.get_name())
                for task in asyncio.all_tasks()
                if task is not asyncio.current_task()
            ),
            _files(),
            Counter(
                name
                for handle in loop._scheduled  # type: ignore[attr-defined]
                if not handle.cancelled() and (name := _timer(handle))
            ),
        )

    def more_than(self, before: Counts) -> dict[str, Counter[str]]:
        """Return what is held now and was not before."""
        return {
            kind.name: more
            for kind in fields(self)
            if (more := getattr(self, kind.name) - getattr(before, kind.name))
        }

    @override
    def __str__(self) -> str:
        """Return the totals."""
        return ", ".join(
            f"{getattr(self, kind.name).total()} {kind.name}" for kind in fields(self)
        )


def _files() -> Counter[str]:
    """Return the kinds of open files; their numbers differ from run to run."""
    kinds: Counter[str] = Counter()
    for file in _FILES.iterdir():
        # The one that lists them is gone
        with suppress(OSError):
            kinds[re.sub(r"[\d\[\]:]+", "", str(file.readlink()))] += 1
    return kinds


def _timer(handle: asyncio.TimerHandle) -> str:
    """Return what a timer of ours calls, nothing for those of others."""
    called: Any = handle._callback  # type: ignore[attr-defined]
    jobs = [job for job in handle._args or () if isinstance(job, HassJob)]
    if jobs:
        called = jobs[-1].target
    owner = getattr(called, "__self__", None)
    if isinstance(owner, Store):
        return owner.key.partition(".")[0] if owner.key.startswith(DOMAIN) else ""
    if not str(getattr(called, "__module__", "")).startswith(_OURS):
        return ""
    return getattr(called, "__qualname__", repr(called))


async def held_again(before: Counts) -> Counts:
    """Compare with what was held before; what ends by itself gets a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(3):
            while Counts.now() != before:
                await asyncio.sleep(0.05)
    after = Counts.now()
    more, less = after.more_than(before), before.more_than(after)
    assert not more, f"left: {more}"
    assert not less, f"gone: {less}"
    return after


@asynccontextmanager
async def nothing_left(hass: HomeAssistant) -> AsyncIterator[None]:
    """Compare what is held before and after."""
    await hass.async_block_till_done()
    before = Counts.now()
    yield
    await hass.async_block_till_done()
    await held_again(before)
