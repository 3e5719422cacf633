"""Readings that call back."""

import asyncio

import pytest

from custom_components.linky_meter.linky_tic.cli.input import live
from custom_components.linky_meter.linky_tic.tic.errors import PortMissingError
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.simulator import PRESETS, PtyMeter


async def test_subscribe() -> None:
    """Readings are called back until unsubscribed; then the port is free again."""
    got: list[MeterReading] = []
    async with asyncio.timeout(30), PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        for _ in range(2):
            enough = asyncio.Event()

            def take(reading: MeterReading, enough: asyncio.Event = enough) -> None:
                got.append(reading)
                enough.set()

            subscription = live.subscribe(meter.path, take, baudrate=1200)
            await enough.wait()
            subscription()
            await subscription
    assert len(got) >= 2


async def test_subscription_ends_with_its_port() -> None:
    """Whoever awaits a subscription learns what ended it."""
    subscription = live.subscribe("/dev/ttyNOWHERE", print)
    with pytest.raises(PortMissingError):
        await subscription


async def test_waiting_for_a_subscription_may_be_cancelled() -> None:
    """The subscription goes on when nobody waits for it any more."""
    got: list[MeterReading] = []
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        subscription = live.subscribe(meter.path, got.append, baudrate=1200)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(subscription, 0.1)
        async with asyncio.timeout(30):
            while not got:
                await asyncio.sleep(0.02)
        subscription()
        await subscription
