"""The prices ahead over HTTP: of ``serve`` and ``run``, in the shapes of others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from scripts.instance.folder import free_port
from tests.cli.conftest import Starter
from tests.sharing.helpers import TOKEN, sharing
from tests.simulator import PRESETS, PtyMeter

pytestmark = pytest.mark.usefixtures("socket_enabled")

PRICES = """
[[prices.periods]]
calendar = "HC.."
prices = [0.15, 0.21]
subscription = 12
"""


async def get(url: str) -> Any:
    """Return what a page has once it has it, JSON."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            try:
                async with session.get(url) as page:
                    if page.status == 200:
                        return await page.json()
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


async def status(url: str) -> int:
    """Return what a page answers."""
    async with aiohttp.ClientSession() as session, session.get(url) as page:
        return page.status


@pytest.mark.parametrize("command", ["serve", "run"])
async def test_prices_ahead(start: Starter, tmp_path: Path, command: str) -> None:
    """Off-peak hours as the meter has them, until the end of tomorrow."""
    port, config = free_port(), tmp_path / "linky-tic.toml"
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        config.write_text(
            f'source = "{meter.path}"\nbaudrate = 9600\ncallbacks = ["serve"]\n'
            f'[serve]\nport = {port}\ntoken = "{TOKEN}"\n{PRICES}'
        )
        async with asyncio.timeout(110), start(command, "--config", str(config)):
            page, token = f"http://127.0.0.1:{port}/prices", f"?token={TOKEN}"
            asked = datetime.now(UTC)
            slots = await get(f"{page}/slots{token}")
            evcc = await get(f"{page}/evcc{token}")
            emhass = await get(f"{page}/emhass{token}")
            assert await status(f"{page}/evcc") == 401
            assert await status(f"{page}/other{token}") == 404
            assert await status(f"{page}/evcc{token}&meter=other") == 404
            assert await status(f"{page}/evcc{token}&meter=linky") == 200
    first = datetime.fromisoformat(slots[0]["start"])
    # The program may take its time
    assert asked <= first <= asked + timedelta(minutes=2)
    assert all(before["end"] == after["start"] for before, after in pairwise(slots))
    assert {slot["price"] for slot in slots} == {0.15, 0.21}
    assert {slot["tariff"] for slot in slots} == {"off_peak", "peak"}
    end = datetime.fromisoformat(slots[-1]["end"])
    assert timedelta(hours=23) < end - first <= timedelta(hours=50)
    assert (end.hour, end.minute) == (0, 0)
    assert [set(slot) for slot in evcc] == [{"start", "end", "value"}] * len(evcc)
    # A midnight may have passed since
    assert evcc[-1]["end"] >= slots[-1]["end"]
    assert {slot["value"] for slot in evcc} == {0.15, 0.21}
    values = emhass["load_cost_forecast"]
    assert len(values) >= (end - first) // timedelta(minutes=30)
    assert all(0.15 <= value <= 0.21 for value in values)


async def test_no_prices() -> None:
    """Without prices there is no page; the first meter is meant where none is named."""
    async with sharing() as shared:
        page = f"{shared.url}/prices"
        assert await status(f"{page}/evcc") == 404
        shared.meter.prices = lambda shape: [] if shape == "evcc" else None
        assert await get(f"{page}/evcc") == []
        assert await status(f"{page}/slots") == 404
        assert await status(f"{page}/evcc?meter=other") == 404
        shared.server.board.remove(shared.meter)
        assert await status(f"{page}/evcc") == 404
