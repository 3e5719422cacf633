"""Metrics as Prometheus itself takes them, and the dashboard that is made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any, override

import aiohttp
import pytest

from scripts.instance.folder import free_port
from tests.programs import Server, program
from tests.tic.helpers import HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE

from .helpers import SECONDS, TOKEN, Shared, sharing

pytestmark = pytest.mark.usefixtures("socket_enabled")

DASHBOARD = Path(__file__).parents[2] / "docs" / "grafana-prometheus.json"


async def metrics(shared: Shared) -> bytes:
    """Return the page of the metrics."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{shared.url}/metrics") as page,
    ):
        return await page.read()


@pytest.mark.parametrize("lines", [HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE])
async def test_conventions(lines: dict[str, Any]) -> None:
    """Prometheus's own checker finds nothing to say of names, types, units and texts."""
    async with sharing() as shared:
        shared.read(lines)
        text = await metrics(shared)
    checking = await asyncio.create_subprocess_exec(
        *(program("promtool"), "check", "metrics"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await checking.communicate(text)
    assert (checking.returncode, told.decode()) == (0, "")


class Prometheus(Server):
    """A real Prometheus that fetches a server's metrics."""

    def __init__(self, shared: Shared, folder: Path) -> None:
        """Prepare its folder."""
        config = folder / "prometheus.yml"
        port = free_port()
        super().__init__(
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            home=folder,
            port=port,
        )
        config.write_text(
            f"""
scrape_configs:
  - job_name: linky
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs:
      - targets: ["127.0.0.1:{shared.server.port}"]
    authorization:
      credentials: {TOKEN}
"""
        )

    @override
    async def answers(self) -> bool:
        """Return whether it takes queries."""
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"http://127.0.0.1:{self.port}/-/ready") as page:
                    return page.ok
            except aiohttp.ClientConnectionError:
                return False


def expressions() -> Iterator[str]:
    """Yield what the panels of the dashboard ask for."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert dashboard["__inputs"][0]["pluginId"] == "prometheus"
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"].replace("$meter", ".*")


async def test_dashboard(tmp_path: Path) -> None:
    """Every panel shows something once Prometheus has fetched twice."""
    missing = set(expressions())
    async with (
        sharing(token=TOKEN) as shared,
        Prometheus(shared, tmp_path) as prometheus,
        aiohttp.ClientSession() as session,
        asyncio.timeout(2 * SECONDS),
    ):
        while missing:
            shared.read(STANDARD)
            for expression in sorted(missing):
                async with session.get(
                    f"http://127.0.0.1:{prometheus.port}/api/v1/query",
                    params={"query": expression},
                ) as page:
                    answer = await page.json()
                assert answer["status"] == "success", answer
                if answer["data"]["result"]:
                    missing.remove(expression)
            await asyncio.sleep(0.2)
