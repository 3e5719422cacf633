"""``linky-tic serve``: reads meters for ever and shares them with other programs."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing
import gc
import logging
import os
import sys
import time

from ...costs.calendar.days import day_of
from ...sharing.server import SharingServer
from ...tic.frame import Frame
from ...tic.reading import MeterReading
from ...tic.sources.guard import Guard
from ...tic.sources.lateness import Lateness
from ..accounts.book import Book
from ..accounts.bookkeeper import LOOK_SECONDS
from ..accounts.pricing import Pricing
from ..input.follow import Follower, LateWatch
from ..input.link import Link
from ..input.sources import is_in_time
from ..log import Log, set_up
from ..messages import Exit, Language, say
from ..output.serving import Served, announce, why_not
from ..serve_settings import MeterSettings, ServeSettings, with_arguments
from ..settings import load
from .run import stopping


class _Reader:
    """Reads one meter and shares it."""

    def __init__(
        self,
        meter: MeterSettings,
        number: int,
        log: Log,
        pricing: Pricing,
        *,
        masked: bool,
    ) -> None:
        self.served = Served(meter, number, masked=masked)
        self._book = Book(pricing) if pricing.chosen else None
        self._priced: float | None = None
        self._log = log
        self._guard = Guard(logging.getLogger(__name__), "Working on a frame")
        self._late_watch = LateWatch()
        self._link = Link(
            meter.source, meter.baudrate, log, on_lost=self.served.shared.lose
        )
        self._follower = Follower(lateness=Lateness(), in_time=is_in_time(meter.source))

    async def read(self) -> None:
        """Share every frame, until it is cancelled."""
        async with aclosing(self._link.frames()) as frames:
            async for frame in frames:
                # Each by itself: what cannot be made a reading is shared all the same
                self._guard.call(self.served.process, frame)
                self._guard.call(self._process, frame)

    def _price(self, book: Book, reading: MeterReading) -> None:
        """Follow what tells the prices ahead: contract, colours, off-peak hours."""
        book.feed(reading)
        now = time.monotonic()
        if self._priced is None or now - self._priced >= LOOK_SECONDS:
            contract = book.contract(day_of(reading.received))
            self._priced = None if contract is None else now
            self.served.price(contract)

    def _process(self, frame: Frame) -> None:
        reading = self._follower.process(frame)
        if not frame.complete or not frame.groups:
            return
        self._late_watch.tell(reading, self._log)
        self.served.process_reading(reading)
        if self._book is not None:
            self._price(self._book, reading)


def serve(options: argparse.Namespace, lang: Language) -> int:
    """Run the command."""
    settings = load(options.config, os.environ)
    serving = with_arguments(
        settings.serve, settings.name, options.ports, options.bind, options.port
    )
    serving.check()
    meters = serving.meters or (
        MeterSettings(settings.name, settings.source, settings.baudrate),
    )
    set_up(settings.log_level)
    return asyncio.run(_serve(serving, meters, settings.pricing, lang))


async def _serve(
    settings: ServeSettings,
    meters: tuple[MeterSettings, ...],
    pricing: Pricing,
    lang: Language,
) -> int:
    server, log = SharingServer(settings.server), Log(lang)
    stop = stopping()
    try:
        await server.start()
    except OSError as err:
        key, code = why_not(err)
        print(f"linky-tic: {say(key, lang)}", file=sys.stderr)
        return code
    log.info("serve_listens")
    readers = [
        _Reader(
            meter,
            number,
            Log(lang, meter.name if len(meters) > 1 else ""),
            pricing,
            masked=settings.masked,
        )
        for number, meter in enumerate(meters, 1)
    ]
    for reader in readers:
        server.board.add(reader.served.shared)
    tasks = [asyncio.create_task(reader.read(), name="read") for reader in readers]
    silence = await announce(server, settings, log)
    # Looking again and again through what stays for ever would hold up a frame for 6 ms
    gc.collect()
    gc.freeze()
    try:
        await stop.wait()
    finally:
        gc.unfreeze()
        await silence()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await server.stop()
        for reader in readers:
            server.board.remove(reader.served.shared)
    log.info("stopped")
    return Exit.OK
