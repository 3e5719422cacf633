"""``linky-tic run``: reads for ever and hands on what is read."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
import logging
import os
import signal
import sys
import time
from typing import Any

from ...tic.frame import Frame
from ...tic.sources.guard import Guard
from ...tic.sources.lateness import Lateness
from ..accounts.bookkeeper import SAVE_SECONDS, Bookkeeper
from ..accounts.state import State, load_state
from ..input.follow import Follower, LateWatch
from ..input.link import Link
from ..input.sources import is_in_time
from ..log import Log, set_up
from ..messages import Exit, Language
from ..output.callbacks import Worker, loader
from ..output.influxdb import InfluxDB
from ..output.jsonl import JsonLines
from ..output.serving import Serving
from ..output.teller import Teller
from ..serve_settings import MeterSettings
from ..settings import Settings, load

STOP_SECONDS = 8.0
"""Less than the 10 s that containers are given."""

_STEP_SECONDS = 60.0
_OF_MQTT = ("compute_told", "compute_link")


class Service:
    """Reads a meter and feeds the callbacks, until it is told to stop."""

    def __init__(self, settings: Settings, state: State, log: Log) -> None:
        self._log = log
        self._guard = Guard(logging.getLogger(__name__), "Working on a frame")
        self.link = Link(
            settings.source,
            settings.baudrate,
            log,
            on_read=lambda read: self._hand("compute_link", read),
            on_lost=self._lost,
        )
        self._follower = Follower(
            state.address,
            state.memory,
            Lateness(state.clock),
            in_time=is_in_time(settings.source),
        )
        self._late_watch = LateWatch(known=state.clock is not None)
        self.workers = [_worker(name, settings, log) for name in settings.callbacks]
        self._teller = Teller() if "mqtt" in settings.callbacks else None
        self._keeper: Worker | None = None
        if settings.state is not None or settings.pricing.chosen:
            self._keeper = Worker(
                "state",
                lambda: Bookkeeper(
                    state.book,
                    settings.state,
                    log,
                    lambda costs: self._hand("compute_costs", costs),
                ),
                log,
            )
        self._kept = time.monotonic()
        self._wall = time.time() - self._kept

    async def run(self, stop: asyncio.Event) -> bool:
        """Read until stopped; return whether all callbacks ended in time."""
        everyone = [*self.workers, *([self._keeper] if self._keeper else [])]
        for worker in everyone:
            worker.start()
        self._keep_meter()
        reading = asyncio.create_task(self._read(), name="read")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, stopping):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await reading
            self._keep_meter()
            ended = await asyncio.gather(*(w.stop(STOP_SECONDS) for w in everyone))
        return all(ended)

    async def _read(self) -> None:
        """Hand on every complete frame."""
        async with aclosing(self.link.frames()) as frames:
            async for frame in frames:
                self._guard.call(self._process, frame)

    def _process(self, frame: Frame) -> None:
        at = time.monotonic()
        self._look_at_clock(at)
        reading = self._follower.process(frame, at=at)
        if not frame.complete or not frame.groups:
            return
        self._late_watch.tell(reading, self._log)
        self._hand("compute_reading", reading)
        if self._teller is not None:
            told = self._teller.tell(self._follower.meter, reading, at)
            self._hand("compute_told", told)
        if self._keeper is not None:
            # Energy is of the time at which it was counted
            said = replace(reading, received=reading.said, delay=0.0)
            self._keeper.put("keep", said, at - reading.delay)
            if at - self._kept >= SAVE_SECONDS:
                self._keep_meter()

    def _hand(self, method: str, *what: object) -> None:
        for worker in self.workers:
            # Of what is told of a meter only the broker knows
            if method not in _OF_MQTT or worker.name == "mqtt":
                worker.put(method, *what)

    def _lost(self) -> None:
        self._hand("meter_lost")

    def _keep_meter(self) -> None:
        """Have what was learned about the meter kept."""
        self._kept = time.monotonic()
        if self._keeper is not None:
            meter, lateness = self._follower.meter, self._follower.lateness
            learned: dict[str, Any] = {
                "address": meter.address,
                "memory": meter.memory.as_dict(),
                "clock": lateness and lateness.offset(time.time(), self._kept),
            }
            self._keeper.put("keep_meter", learned)

    def _look_at_clock(self, at: float) -> None:
        """Say so when the clock was set: times before and after do not fit."""
        wall = time.time() - at
        if abs(step := wall - self._wall) > _STEP_SECONDS:
            self._log.warning("clock_stepped", seconds=round(step))
        self._wall = wall


def _worker(name: str, settings: Settings, log: Log) -> Worker:
    if name == "influxdb":
        return Worker(
            name,
            lambda: InfluxDB(settings.influxdb, settings.name, log),
            log,
            settings.zone,
        )
    if name == "jsonl":
        return Worker(
            name,
            lambda: JsonLines(settings.jsonl, masked=settings.masked),
            log,
            settings.zone,
        )
    if name == "serve":
        meter = MeterSettings(settings.name, settings.source, settings.baudrate)
        return Worker(name, lambda: Serving(settings.serve, meter, log), log)
    if name == "mqtt":
        return Worker(name, lambda: _mqtt(settings, log), log, settings.zone)
    return Worker(name, loader(name, settings.folder), log, settings.zone)


def _mqtt(settings: Settings, log: Log) -> object:
    """Return the callback whose library only an extra of the package brings."""
    from ..output.mqtt.mqtt import Mqtt  # noqa: PLC0415

    offers = [offer.name for offer in settings.pricing.offers]
    return Mqtt(settings.mqtt, settings.name, log, offers)


def run(options: argparse.Namespace, lang: Language) -> int:
    """Run the command."""
    settings = load(options.config, os.environ)
    settings.check()
    set_up(settings.log_level)
    log = Log(lang)
    state = load_state(settings.state, settings.pricing)
    if state.aside:
        log.warning("state_aside")
    ended = asyncio.run(_run(Service(settings, state, log)))
    log.info("stopped")
    if not ended:
        # What hangs in a thread would be waited for
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(Exit.OK)
    return Exit.OK


async def _run(service: Service) -> bool:
    return await service.run(stopping())


def stopping() -> asyncio.Event:
    """Return what is set when the program is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows: Ctrl-C ends it as it is
            loop.add_signal_handler(number, stop.set)
    return stop
