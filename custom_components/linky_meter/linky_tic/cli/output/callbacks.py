"""Callbacks: each in a thread of its own, so that none can hold up the reading."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
import importlib
import inspect
import os
from pathlib import Path
import sys
import threading
import time
import traceback
from typing import Any
from zoneinfo import ZoneInfo

from ...tic.labels import ADDRESS_LABELS
from ...tic.reading import MeterReading
from ..log import Log

MOST_WAITING = 100
"""Frames that wait for a callback that is slow; two minutes or so."""

_PRIVATE = (*ADDRESS_LABELS, "PRM", "MSG1", "MSG2")
_POLL_SECONDS = 0.02


class NoComputeError(Exception):
    """A class that could be loaded has nothing to call."""


class Worker:
    """A callback with its queue, its thread and its event loop.

    ``make`` is called in the thread, so that whatever wants to live in one thread can.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], object],
        log: Log,
        zone: ZoneInfo | None = None,
        most: int = MOST_WAITING,
    ) -> None:
        self.name = name
        self.dropped = 0
        """Frames that were left out, because it was too slow."""
        self.failed = False
        """Whether it could not be loaded."""
        self._make, self._log, self._zone, self._most = make, log, zone, most
        self._queue: deque[tuple[str, tuple[Any, ...]]] = deque()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._waking = self._ending = self._told = False
        self._process = os.getpid()
        # A thread that never ends must not keep the program alive
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)

    def start(self) -> None:
        """Load the callback and begin."""
        self._thread.start()

    def put(self, method: str, *arguments: Any) -> None:
        """Have a method called, if there is one; never waits."""
        with self._lock:
            if self.failed:
                return
            first = False
            if len(self._queue) >= self._most:
                self._queue.popleft()
                self.dropped += 1
                first = self.dropped == 1
            self._queue.append((method, arguments))
        if first:
            self._log.warning("callback_slow", name=self.name)
        self._wake()

    async def stop(self, seconds: float) -> bool:
        """Let it finish; return whether it did in time."""
        self._ending = True
        self._wake()
        end = time.monotonic() + seconds
        while self._thread.is_alive() and time.monotonic() < end:
            await asyncio.sleep(_POLL_SECONDS)
        if self.dropped:
            self._log.warning("callback_dropped", name=self.name, count=self.dropped)
        if self._thread.is_alive():
            self._log.warning("callback_stuck", name=self.name)
            return False
        return True

    def _wake(self) -> None:
        """Have the thread look at its queue."""
        with self._lock:
            # One call at a time: a thread that blocks would gather them
            if self._waking or self._loop is None:
                return
            self._waking = True
            with suppress(RuntimeError):  # closed in this moment
                self._loop.call_soon_threadsafe(self._woken)

    def _woken(self) -> None:
        with self._lock:
            self._waking = False
        self._news.set()

    def _main(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        try:
            target = self._make()
        except NoComputeError:
            self._fail("callback_no_compute", None)
            return
        except (Exception, SystemExit) as err:  # noqa: BLE001 anybody's code
            self._fail("callback_not_loaded", err)
            return
        finally:
            self._end_fork()
        while True:
            with self._lock:
                item = self._queue.popleft() if self._queue else None
            if item is not None:
                await self._hand(target, *item)
            elif self._ending:
                break
            else:
                await self._news.wait()
                self._news.clear()
        if hasattr(target, "close"):
            await self._call(target.close, ())

    async def _hand(
        self, target: object, method: str, arguments: tuple[Any, ...]
    ) -> None:
        if method == "compute_reading" and hasattr(target, "compute"):
            (reading,) = arguments
            data = {
                label: group.value for label, group in reading.frame.by_label.items()
            }
            at = reading.said.astimezone(self._zone)
            await self._call(target.compute, (data, at), reading)
        if hasattr(target, method):
            await self._call(getattr(target, method), arguments, *arguments[:1])

    async def _call(
        self,
        method: Callable[..., object],
        arguments: tuple[Any, ...],
        about: object = None,
    ) -> None:
        """Call a method, plain or async; its first failure is told."""
        try:
            result = method(*arguments)
            if inspect.isawaitable(result):
                await result
        except (Exception, SystemExit, asyncio.CancelledError) as err:  # noqa: BLE001
            self._tell("callback_failed", err, about)
        finally:
            self._end_fork()

    def _end_fork(self) -> None:
        """End a child that a callback made and did not end itself."""
        if os.getpid() != self._process:
            os._exit(0)

    def _fail(self, key: str, err: BaseException | None) -> None:
        with self._lock:
            self.failed = True
            self._queue.clear()
        self._tell(key, err)

    def _tell(self, key: str, err: BaseException | None, about: object = None) -> None:
        if self._told:
            return
        self._told = True
        reason = "" if err is None else describe(err, about)
        self._log.warning(key, name=self.name, reason=reason)


def describe(err: BaseException, about: object = None) -> str:
    """Return what a callback raised and where, without what is private in a reading."""
    # A file's name is the user's own; why it cannot be used is enough
    text = (isinstance(err, OSError) and err.strerror) or str(err)
    if isinstance(about, MeterReading):
        labels = about.frame.by_label
        for group in (labels[label] for label in _PRIVATE if label in labels):
            for secret in (group.value, group.value.strip()):
                if secret:
                    text = text.replace(secret, "…")
    lines = [
        line
        for line in traceback.extract_tb(err.__traceback__)
        if not line.filename.startswith("<")
    ]
    where = f" ({Path(lines[-1].filename).name}:{lines[-1].lineno})" if lines else ""
    return f"{type(err).__name__}: {text}{where}".replace("\n", " ")


def loader(name: str, folder: Path | None) -> Callable[[], object]:
    """Return what imports a class and makes one; ``folder`` is looked in last."""

    def make() -> object:
        module, _, klass = name.rpartition(".")
        if folder is not None and str(folder) not in sys.path:
            sys.path.append(str(folder))
        target: object = getattr(importlib.import_module(module), klass)()
        if not any(hasattr(target, name) for name in ("compute", "compute_reading")):
            raise NoComputeError
        return target

    return make
