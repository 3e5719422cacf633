"""Several meters side by side: nothing is lost, none is taken for another."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.mosquitto import listening

from .fleet import fleet, last_energy


@pytest.mark.usefixtures("socket_enabled")
async def test_restarts(tmp_path: Path) -> None:
    """Database, broker and a program are restarted."""
    async with asyncio.timeout(110), fleet(tmp_path, 3, speed=10) as all_of:
        places = await all_of.all_online()
        assert len(places) == 3
        await all_of.all_read(10)
        await all_of.server.stop()
        await all_of.broker.stop()
        await all_of.all_read(20)
        await all_of.broker.start()
        await all_of.server.start()
        first = all_of.homes[0]
        await all_of.stop(first)
        before = len(first.frames())
        await all_of.start(first)
        assert await all_of.all_online() == places
        await all_of.all_read(before + 5)
        async with listening(all_of.broker.port, "linky/+/energy") as ear:
            await ear.until(lambda: len(ear.last) == 3)
            told = [json.loads(text)["energy_import"] for text in ear.last.values()]
        for home in all_of.homes:
            await all_of.stop(home)
        assert await all_of.lost() == {}
        assert max(told) <= max(map(last_energy, all_of.homes))
