"""Points in InfluxDB: a real server of release 1, and what release 2 and 3 want."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
from dataclasses import replace
from datetime import UTC, datetime
import gzip
from pathlib import Path
from typing import Any

from aiohttp import web
import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output import influxdb
from custom_components.linky_meter.linky_tic.cli.output.backlog import (
    BATCH_LINES,
    Backlog,
)
from custom_components.linky_meter.linky_tic.cli.output.influx_server import (
    InfluxServer as ReleaseServer,
)
from custom_components.linky_meter.linky_tic.cli.output.influxdb import InfluxDB
from custom_components.linky_meter.linky_tic.cli.output.points import (
    cost_points,
    line,
    reading_points,
)
from custom_components.linky_meter.linky_tic.cli.settings import (
    InfluxSettings,
    read_settings,
)
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from scripts.instance.folder import free_port
from tests.cli.conftest import ADDRESS, Heard, sent
from tests.conftest import until
from tests.influx_server import InfluxServer

LOG = Log(Language.EN)
STARTED = datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the network of this machine, and try again soon."""
    monkeypatch.setattr(influxdb, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(influxdb, "LONGEST_WAIT", 0.4)


def readings(preset: str, frames: int) -> list[MeterReading]:
    """Return what a meter says."""
    found = list(decode(sent(preset, frames), started=STARTED))
    return [reading for reading in found if reading.frame.complete]


@contextlib.asynccontextmanager
async def writing(port: int, **options: Any) -> AsyncIterator[InfluxDB]:
    """Write to a server."""
    settings = replace(
        InfluxSettings(host="127.0.0.1", port=port, seconds=1), **options
    )
    target = InfluxDB(settings, "linky", LOG)
    try:
        yield target
    finally:
        await target.close()


async def test_restarted_in_the_middle(tmp_path: Path, heard: Heard) -> None:
    """What a meter says is there, though the server was away for a while."""
    said = readings("historic_three_phase", 60)
    async with InfluxServer(tmp_path) as server:
        async with writing(server.port) as target:
            for number, reading in enumerate(said):
                if number == 20:
                    async with asyncio.timeout(20):
                        while await server.count("apparent_power", "linky_power") < 20:
                            await asyncio.sleep(0.1)
                    await server.stop()
                if number == 40:
                    await until(lambda: "cannot be reached" in heard.text, 30)
                    await server.start()
                await target.compute_reading(reading)
            await until(lambda: "takes points again; none is lost" in heard.text, 30)
        assert await server.count("apparent_power", "linky_power") == len(said)
        rows = await server.query("SELECT * FROM linky_index", "linky")
        assert [row["energy_import"] for row in rows] == [
            reading["energy_import"] for reading in said
        ]
        assert [row["time"] for row in rows] == [
            round(reading.received.timestamp() * 1_000_000) for reading in said
        ]
        phases = await server.query("SELECT * FROM linky_phase", "linky")
        assert {row["phase"] for row in phases} == {"1", "2", "3"}
        last = said[-1]
        found = {row["phase"]: row["current"] for row in phases[-3:]}
        assert found == {str(n): last[f"current_l{n}"] for n in (1, 2, 3)}
        tariff = await server.query(
            "SELECT last(tariff_period) FROM linky_power", "linky"
        )
        assert tariff[0]["last"] == last["tariff_period"]
    levels = [record.levelname for record in heard.records]
    assert levels == ["WARNING", "INFO"]
    assert ADDRESS not in heard.text
    assert "127.0.0.1" not in heard.text


async def test_login(tmp_path: Path, heard: Heard) -> None:
    """A wrong password is told once, and nothing is lost until it is right."""
    said = readings("standard_hc", 3)
    async with InfluxServer(tmp_path, login=("me", "secret")) as server:
        async with writing(server.port, username="me", password="wrong") as target:
            for reading in said:
                await target.compute_reading(reading)
            await until(lambda: "refuses the login" in heard.text)
            await asyncio.sleep(0.5)
        assert heard.messages == [
            "The InfluxDB server refuses the login: points wait; check user or token.",
            f"{3 * 3} points were not written to the InfluxDB server.",
        ]
        assert "secret" not in heard.text
        async with writing(server.port, username="me", password="secret") as target:
            for reading in said:
                await target.compute_reading(reading)
        assert await server.count("apparent_power", "linky_power") == len(said)


async def test_refused(tmp_path: Path, heard: Heard) -> None:
    """Points that the server never takes are told once and hold up no other."""
    name = 'my "own" data'
    async with (
        InfluxServer(tmp_path) as server,
        writing(server.port, database=name) as target,
    ):
        at = round(STARTED.timestamp()) * 1_000_000_000
        target._add([f'linky_power apparent_power="text" {at}'])
        await target._flush()
        assert await server.query("SELECT * FROM linky_power", name)
        for reading in readings("historic_hc", 2):
            await target.compute_reading(reading)
            await target._flush()
    (record,) = heard.records
    assert "refused" in record.getMessage()
    assert "field type conflict" in record.getMessage()


async def test_costs(tmp_path: Path) -> None:
    """One's own month and each offer's are there, in euros."""
    settings = read_settings(
        '[prices]\npower = 6\nregulated = true\n[[offers]]\nname = "a, b=c"\n'
        'structure = "base"\nsupplier = "X Y\\\\"\nprices = [0.3]',
        {},
    )
    book = Book(settings.pricing)
    for reading in readings("standard_hc", 5):
        book.feed(reading)
    costs = book.look()
    async with InfluxServer(tmp_path) as server:
        async with writing(server.port) as target:
            await target.compute_costs(costs)
        rows = await server.query("SELECT * FROM linky_cost", "linky")
    found = {row["offer"]: row for row in rows}
    assert set(found) == {"own", "a, b=c", "base_6", "off_peak_6", "tempo_6"}
    assert found["a, b=c"]["supplier"] == "X Y/"
    assert costs.own is not None
    assert found["own"]["cost"] == pytest.approx(float(costs.own.total), abs=1e-4)
    assert found["own"]["estimate"] is not None
    assert found["base_6"]["difference"] is not None


class Recorder:
    """A server of release 2 or 3 that keeps what it is told."""

    def __init__(self) -> None:
        """Start without a bucket."""
        self.lines: list[str] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.buckets: set[str] = set()
        self.orgs: list[dict[str, str]] | None = [{"id": "07", "name": "home"}]
        self.status = 0
        self.body = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer as such a server does."""
        self.asked.append((request.method, request.path, dict(request.query)))
        if request.headers.get("Authorization") != "Token t":
            return web.json_response({"code": "unauthorized"}, status=401)
        if self.status:
            return web.Response(status=self.status, text=self.body)
        if request.path == "/api/v2/orgs":
            if self.orgs is None:
                return web.Response(status=404)
            return web.json_response({"orgs": self.orgs})
        if request.path == "/api/v2/buckets":
            told = await request.json()
            assert told["orgID"] == "07"
            self.buckets.add(told["name"])
            return web.json_response({}, status=201)
        assert request.path == "/api/v2/write"
        if request.query["bucket"] not in self.buckets:
            return web.json_response({"code": "not found"}, status=404)
        # aiohttp has decompressed it
        assert request.headers["Content-Encoding"] == "gzip"
        self.lines += (await request.text()).splitlines()
        return web.Response(status=204)


@pytest.fixture
async def release_2() -> AsyncIterator[tuple[int, Recorder]]:
    """Start such a server."""
    recorder = Recorder()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", recorder.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield port, recorder
    await runner.cleanup()


async def test_release_2(release_2: tuple[int, Recorder]) -> None:
    """With a token the bucket is made, and the only organisation is meant."""
    port, recorder = release_2
    said = readings("standard_hc", 2)
    async with writing(port, token="t") as target:
        for reading in said:
            await target.compute_reading(reading)
    assert len(recorder.lines) == 6
    assert recorder.lines[1] == reading_points(said[0], "linky")[1]
    assert [(method, path) for method, path, _ in recorder.asked] == [
        ("GET", "/api/v2/orgs"),
        ("POST", "/api/v2/write"),
        ("GET", "/api/v2/orgs"),
        ("POST", "/api/v2/buckets"),
        ("POST", "/api/v2/write"),
    ]
    assert recorder.asked[-1][2] == {
        "bucket": "linky",
        "org": "home",
        "precision": "ns",
    }


async def test_release_3(release_2: tuple[int, Recorder]) -> None:
    """Release 3 has no organisations and makes its database itself."""
    port, recorder = release_2
    recorder.orgs, recorder.buckets = None, {"linky"}
    async with writing(port, token="t") as target:
        for reading in readings("standard_hc", 1):
            await target.compute_reading(reading)
    assert len(recorder.lines) == 3


@pytest.mark.parametrize(
    ("refusal", "what"),
    [
        ((0, "", []), "is missing and cannot be made"),
        ((500, "", None), "cannot take points now"),
        ((429, "", None), "cannot take points now"),
        ((302, "", None), "cannot take points now"),
        ((400, '{"message": "bad\\nline"}', None), "which are lost: bad line"),
        ((422, "[1]", None), "which are lost: [1]"),
    ],
)
async def test_refusals(
    release_2: tuple[int, Recorder],
    heard: Heard,
    refusal: tuple[int, str, list[dict[str, str]] | None],
    what: str,
) -> None:
    """Each refusal has its words, once."""
    port, recorder = release_2
    status, body, orgs = refusal
    recorder.status, recorder.body, recorder.orgs = status, body, orgs
    async with writing(port, token="t", org="home") as target:
        await target.compute_reading(readings("standard_hc", 1)[0])
        await until(lambda: what in heard.text)
        await asyncio.sleep(0.3)
    assert heard.text.count(what) == 1


def test_address() -> None:
    """The server's address is a URL."""
    server = ReleaseServer(InfluxSettings("::1", tls=True))
    assert server._url == "https://[::1]:8086"


async def test_something_else_answers(
    release_2: tuple[int, Recorder], heard: Heard
) -> None:
    """A server without TLS, nobody, and a host that is none are unreachable."""
    port, _ = release_2
    said = readings("standard_hc", 1)
    cases: tuple[tuple[int, dict[str, Any]], ...] = (
        (port, {"tls": True}),
        (free_port(), {}),
        (port, {"host": "no host"}),
    )
    for place, options in cases:
        heard.clear()
        async with writing(place, **options) as target:
            await target.compute_reading(said[0])
            await until(lambda: "cannot be reached" in heard.text)


def test_backlog() -> None:
    """It holds what its size allows, in order, and the newest stay."""
    backlog = Backlog(2_000)
    assert backlog.first() is None
    assert not backlog.add(["a"] * (BATCH_LINES - 1))
    assert (backlog.batches, len(backlog)) == (0, BATCH_LINES - 1)
    assert not backlog.add(["a"])
    assert (backlog.batches, len(backlog)) == (1, BATCH_LINES)
    first = backlog.first()
    assert first is not None
    assert gzip.decompress(first.body).count(b"a") == BATCH_LINES
    gone = [
        backlog.add([f"{n * 7919 % 65536}" for n in range(BATCH_LINES)]) for _ in "abc"
    ]
    assert gone == [True, True, True]
    assert backlog.batches == 1
    assert backlog.dropped == 3 * BATCH_LINES
    # What went in the meantime is not taken away again
    backlog.remove(first)
    assert len(backlog) == BATCH_LINES
    last = backlog.first()
    assert last is not None
    backlog.remove(last)
    backlog.remove(last)
    assert len(backlog) == 0


async def test_full(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, release_2: Any
) -> None:
    """Losing the oldest is told once, and how many they were when all is well."""
    port, recorder = release_2
    recorder.status, recorder.buckets = 500, {"linky"}
    async with writing(port, token="t", org="home") as target:
        target.backlog = Backlog(1)
        for start in range(0, 4 * BATCH_LINES, BATCH_LINES):
            target._add([f"x y={n} {n}" for n in range(start, start + BATCH_LINES)])
            await until(lambda: "they wait" in heard.text)
        recorder.status = 0
        await until(lambda: "takes points again" in heard.text)
    assert heard.messages == [
        "The InfluxDB server cannot take points now: they wait.",
        "Too many points wait for the InfluxDB server: the oldest are lost.",
        f"The InfluxDB server takes points again; {3 * BATCH_LINES} are lost.",
    ]
    assert recorder.lines == [
        f"x y={n} {n}" for n in range(3 * BATCH_LINES, 4 * BATCH_LINES)
    ]


def test_line_protocol() -> None:
    """Text is escaped, nothing is without a field, and an empty tag is none."""
    assert line("m", {"t": "a b,c=d\\", "e": ""}, {"f": 1.0, "s": 'q"\\\n'}, 5) == (
        'm,t=a\\ b\\,c\\=d/ f=1.0,s="q\\"\\\\" 5'
    )
    assert line("m", {}, {}, 5) == ""


@pytest.mark.parametrize(
    "preset", ["historic_hc", "standard_producer", "historic_tempo"]
)
def test_numbers_are_floats(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No field changes its type from one mode to the other."""
    for reading in readings(preset, 3):
        for one in reading_points(reading, "linky"):
            _, fields, at = one.split(" ")
            assert at.isdecimal()
            for field in fields.split(","):
                key, _, value = field.partition("=")
                assert key == "tariff_period" or "." in value, field


def test_costs_without_prices(fences: Callable[..., Any]) -> None:
    """An own contract without prices has no point."""
    pricing = read_settings(
        '[[offers]]\nname = "a"\nstructure = "base"\nprices = [0.3]', {}
    ).pricing
    book = Book(pricing)
    for reading in readings("standard_hc", 3):
        book.feed(reading)
    (only,) = cost_points(book.look(), "linky")
    assert ",offer=a " in only
