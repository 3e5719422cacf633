"""What docs/en/standalone.md shows, works."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import re
import subprocess
import sys
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.arguments import parser
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from tests.influx_server import InfluxServer
from tests.simulator import PRESETS, PtyMeter
from tests.tic.server_helpers import tic
from tests.tic2websocket_server import Tic2WebSocketServer

from .conftest import ROOT, sent
from .run.test_influxdb import writing
from .run.test_run import PLUGIN

DOCS = ROOT / "docs"
PAGE = DOCS / "en" / "standalone.md"
LIBRARY = DOCS / "development" / "library.md"

type Fences = Callable[[Path, str], list[str]]


async def first_line(package: Path, folder: Path, source: str) -> str:
    """Run an example until it says something."""
    path = folder / "example.py"
    path.write_text(source)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(path)),
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            return (await process.stdout.readline()).decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_examples(fences: Fences, package: Path, tmp_path: Path) -> None:
    """Each example of the library runs and says what it should."""
    (plugin,), examples = fences(PAGE, "python"), fences(LIBRARY, "python")
    assert plugin == PLUGIN.replace("\n\n", "\n")
    (tmp_path / "night.tic").write_bytes(sent("standard_hc", 3))
    told = []
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        for example in examples:
            if "19584" not in example:
                source = example.replace("/dev/ttyUSB0", meter.path)
                told.append(await first_line(package, tmp_path, source))
    opened, subscribed, decoded, costs = told
    assert re.fullmatch(r"(\d+|None) ([\d.]+|None)", opened)
    assert re.fullmatch(r"standard 20\S+ \S+ (\d+|None)", subscribed)
    assert json.loads(decoded)["mode"] == "standard"
    assert costs == "23500 Wh cost 4.7000 euros, and 0.82 for two days"


@pytest.mark.usefixtures("socket_enabled")
async def test_client_example(fences: Fences, package: Path, tmp_path: Path) -> None:
    """The example of the client talks to a server."""
    (example,) = (one for one in fences(LIBRARY, "python") if "19584" in one)
    async with Tic2WebSocketServer(tic(), interval=0.2) as server:
        source = example.replace("19584", str(server.port))
        source = source.replace("localhost", "127.0.0.1")
        assert await first_line(package, tmp_path, source) == "/dev/ttyUSB0"


def test_examples_are_typed(fences: Fences, package: Path, tmp_path: Path) -> None:
    """The examples are checked strictly."""
    names = []
    for number, example in enumerate(fences(LIBRARY, "python")):
        path = tmp_path / f"example_{number}.py"
        path.write_text(example)
        names.append(str(path))
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull),
            *("--python-version", "3.13", "--cache-dir", str(tmp_path / "cache")),
            "--follow-imports=silent",
            *names,
        ],
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(package)},
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def commands() -> Iterator[list[str]]:
    """Yield the arguments of each command that the page shows."""
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ")
    for match in re.finditer(r"^\$ (?:\S*/)?linky-tic (.+)$", text, re.MULTILINE):
        yield match[1].split()


def test_commands() -> None:
    """Each command that is shown can be given."""
    shown = list(commands())
    assert {one[0] for one in shown} == {"run", "cost", "prices"}
    for arguments in shown:
        parser().parse_args(arguments)


def queries(dashboard: dict[str, Any]) -> Iterator[str]:
    """Yield the queries of a dashboard, as Grafana would send them."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            query: str = target["query"]
            yield (
                query.replace("$timeFilter", "time > now() - 10h")
                .replace("$__interval", "1m")
                .replace("$meter", ".*")
            )


@pytest.mark.usefixtures("socket_enabled")
async def test_dashboard(tmp_path: Path) -> None:
    """Every panel shows something once a meter with prices was read."""
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    assert dashboard["__inputs"][0]["pluginId"] == "influxdb"
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    pricing = read_settings("", {"CURRENT_POWER": "6"}).pricing
    book = Book(pricing)
    now = datetime.now(UTC)
    raw = sent("standard_hc", 5)
    async with InfluxServer(tmp_path) as server:
        async with writing(server.port) as target:
            for hours in (3, 2, 1):
                for number, decoded in enumerate(decode(raw)):
                    at = now - timedelta(hours=hours, seconds=-number)
                    # The meter consumes something in between
                    total = int(str(decoded["energy_import"])) - hours * 500
                    values = {**decoded.values, "energy_import": total}
                    reading = replace(decoded, received=at, values=values)
                    book.feed(reading)
                    await target.compute_reading(reading)
            await target.compute_costs(book.look())
        for query in queries(dashboard):
            rows = await server.query(query, "linky")
            shown = [v for row in rows for k, v in row.items() if k != "time"]
            assert any(value is not None for value in shown), query
        source, variable = dashboard["templating"]["list"]
        # Where the dashboard is provisioned, nobody is asked for the source
        assert (source["name"], source["query"]) == ("DS_INFLUXDB", "influxdb")
        assert await server.query(variable["query"], "linky") == [
            {"key": "meter", "value": "linky"}
        ]
