"""Public files over HTTP, on every bad day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import json
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest
import pytest_socket

from custom_components.linky_meter.linky_tic.costs import errors
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import Colour
from custom_components.linky_meter.linky_tic.costs.fetch import fetch as fetching
from custom_components.linky_meter.linky_tic.costs.fetch.cre_client import (
    CreClient,
    Update,
)
from custom_components.linky_meter.linky_tic.costs.fetch.fetch import CSV_TYPES, fetch
from custom_components.linky_meter.linky_tic.costs.fetch.tempo_client import TempoClient
from custom_components.linky_meter.linky_tic.costs.prices.regulated import bundled
from tests.costs.helpers import SAMPLES, day

from .test_cre import LINE, base

type Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

NEXT = base(
    LINE.replace("2026;;", "2026;31/01/2027;"), "01/02/2027;;6;143;192;0,1361;0,2002"
)


class Site:
    """A server whose answers a test sets by path."""

    def __init__(self) -> None:
        """Answer 404 to everything."""
        self.answers: dict[str, Answer] = {}
        self.requests: list[web.Request] = []
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(application)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if (answer := self.answers.get(request.path)) is None:
            raise web.HTTPNotFound
        return await answer(request)

    def url(self, path: str) -> str:
        """Return an address of it."""
        return str(self.server.make_url(path))

    def text(
        self,
        path: str,
        body: str | bytes,
        content_type: str | None = "text/csv",
        status: int = 200,
        **headers: str,
    ) -> None:
        """Answer with a body, and 304 to who has it."""

        async def answer(request: web.Request) -> web.StreamResponse:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            tag = sent.get("ETag")
            if (tag and request.headers.get("If-None-Match") == tag) or (
                request.headers.get("If-Modified-Since", "-")
                == sent.get("Last-Modified")
            ):
                return web.Response(status=304)
            data = body.encode() if isinstance(body, str) else body
            if content_type:
                sent["Content-Type"] = content_type
            return web.Response(body=data, status=status, headers=sent)

        self.answers[path] = answer

    def redirect(self, path: str, to: str) -> None:
        """Lead elsewhere, with a page of HTML as data.gouv.fr does."""

        async def answer(request: web.Request) -> web.StreamResponse:
            return web.Response(
                status=302,
                headers={"Location": to},
                text="<html>moved</html>",
                content_type="text/html",
            )

        self.answers[path] = answer

    def raw(self, path: str, *parts: bytes, pause: float = 0) -> None:
        """Answer with bytes as they are, and close."""

        async def answer(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            for part in parts:
                request.transport.write(part)
                await asyncio.sleep(pause)
            request.transport.close()
            await asyncio.sleep(0.01)
            return web.Response()

        self.answers[path] = answer


@pytest.fixture
async def site(socket_enabled: None) -> AsyncIterator[Site]:
    """Return a server on this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    site = Site()
    async with site.server:
        yield site


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session."""
    async with aiohttp.ClientSession() as session:
        yield session


def client(
    session: aiohttp.ClientSession,
    site: Site,
    kept: Any = None,
    timeout: float = 5,
    paths: tuple[str, ...] = ("/Base.csv", "/link"),
) -> CreClient:
    """Return a client of one file with two addresses."""
    return CreClient(
        session,
        kept,
        urls={BASE: tuple(site.url(path) for path in paths)},
        timeout=timeout,
    )


async def test_new_prices(session: aiohttp.ClientSession, site: Site) -> None:
    """Are merged into the grid and kept."""
    site.text("/Base.csv", NEXT, ETag='"1"')
    cre = client(session, site)
    assert await cre.update() == Update(frozenset({BASE}), {})
    found = cre.grid().in_force(BASE, 6, day("2027-03-01"))
    assert found is not None
    assert str(found.row.prices[0]) == "0.2002"
    other = cre.grid().in_force(OFF_PEAK, 6, day("2027-01-01"))
    assert other == bundled().in_force(OFF_PEAK, 6, day("2027-01-01"))
    assert cre.checked is not None
    assert cre.changed(BASE) is not None
    assert cre.changed(TEMPO) is None
    assert site.requests[0].headers["User-Agent"].startswith("linky-meter (+https://")
    again = client(session, site, json.loads(json.dumps(cre.as_dict())))
    assert list(again.grid()) == list(cre.grid())
    assert again.checked == cre.checked


@pytest.mark.parametrize(
    "headers", [{"ETag": '"1"'}, {"Last_Modified": "Sat, 01 Aug 2026 08:00:00 GMT"}]
)
async def test_not_modified(
    session: aiohttp.ClientSession, site: Site, headers: dict[str, str]
) -> None:
    """304: what is kept stays, after a restart too."""
    site.text("/Base.csv", NEXT, "text/csv", 200, **headers)
    cre = client(session, site)
    await cre.update()
    cre = client(session, site, cre.as_dict())
    before = cre.changed(BASE)
    assert await cre.update() == Update()
    assert cre.changed(BASE) == before
    site.text("/Base.csv", NEXT, ETag='"2"')
    assert await cre.update() == Update()
    assert cre.changed(BASE) == before
    site.text("/Base.csv", NEXT.replace("0,2002", "0,2003"), ETag='"3"')
    assert await cre.update() == Update(frozenset({BASE}), {})


async def test_link_of_data_gouv(session: aiohttp.ClientSession, site: Site) -> None:
    """Is tried next, and leads on; its tag is not shown to the other address."""
    site.redirect("/link", "/moved")
    site.redirect("/moved", site.url("/target.csv"))
    site.text("/target.csv", NEXT, ETag='"1"')
    cre = client(session, site)
    assert await cre.update() == Update(frozenset({BASE}), {})
    assert await cre.update() == Update()
    asked = [
        (one.path, "If-None-Match" in one.headers)
        for one in site.requests
        if one.path in {"/Base.csv", "/link"}
    ]
    assert asked == [
        *(("/Base.csv", False), ("/link", False)),
        *(("/Base.csv", False), ("/link", True)),
    ]


def bad_answers(site: Site) -> dict[str, type[errors.CostsError]]:
    """Set every bad answer that there is, return what is to be said of each."""
    good = NEXT.encode()
    site.text("/500", "oops", status=500)
    site.text("/304", "", status=304)
    site.text("/204", "", status=204)
    site.text("/html", "<html>maintenance</html>", "text/html")
    site.text("/page-as-csv", "<html>maintenance</html>")
    site.text("/json", "{}", "application/json")
    site.text("/huge", b"x" * (fetching.LIMIT + 1))
    site.text("/empty", "")
    site.text("/absurd", base(LINE.replace("0,2001", "20,01")))
    site.text("/other-columns", NEXT.replace("PART_VARIABLE_TTC", "PRIX"))
    site.text("/cut", good[:-20])
    site.text("/no-text", b"\x00\x01\x02")
    site.redirect("/round", "/round")
    site.redirect("/nowhere", "http://")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
    site.raw("/short", head + b"Content-Length: 5000\r\n\r\n", good)
    site.raw("/no-length", head + b"Connection: close\r\n\r\n", good[:-4])
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    site.raw("/chunked", chunked + b"%x\r\n" % len(good) + good + b"\r\n")
    site.raw("/endless", chunked, *[b"4000\r\n" + b"x" * 0x4000 + b"\r\n"] * 14)
    site.raw("/gone")
    site.raw("/garbage", b"\x00\x01\x02\r\n\r\n")
    # Longer than a header: Home Assistant's own zlib waits for a whole one
    packed = head + b"Content-Encoding: gzip\r\nContent-Length: 32\r\n\r\n"
    site.raw("/no-gzip", packed + b"nope" * 8)
    return {
        "/404": errors.StatusError,
        "/500": errors.StatusError,
        "/304": errors.StatusError,
        "/204": errors.StatusError,
        "/html": errors.WrongTypeError,
        "/json": errors.WrongTypeError,
        "/page-as-csv": errors.WrongFileError,
        "/huge": errors.TooLargeError,
        "/endless": errors.TooLargeError,
        "/empty": errors.WrongFileError,
        "/absurd": errors.ImplausibleFileError,
        "/other-columns": errors.WrongFileError,
        "/cut": errors.DamagedFileError,
        "/no-text": errors.DamagedFileError,
        "/round": errors.RedirectError,
        "/nowhere": errors.RedirectError,
        "/short": errors.TruncatedError,
        "/no-length": errors.TruncatedError,
        "/chunked": errors.TruncatedError,
        "/gone": errors.UnreachableError,
        "/garbage": errors.UnreachableError,
        "/no-gzip": errors.TruncatedError,
    }


async def test_bad_answers(session: aiohttp.ClientSession, site: Site) -> None:
    """Each leaves the last good file, and says what is wrong."""
    site.text("/Base.csv", NEXT)
    cre = client(session, site)
    await cre.update()
    kept = cre.as_dict()
    said: dict[str, str] = {}
    expected = bad_answers(site)
    for path in expected:
        cre = client(session, site, kept, paths=(path,))
        update = await cre.update()
        assert not update.changed
        said[path] = type(update.errors[BASE]).__name__
        assert list(cre.grid()) == list(client(session, site, kept).grid())
        assert cre.as_dict() == kept
    assert said == {path: error.__name__ for path, error in expected.items()}
    # And the other address still helps
    cre = client(session, site, paths=("/500", "/Base.csv"))
    assert await cre.update() == Update(frozenset({BASE}), {})


async def test_no_server(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    """Nothing listens there; no address is told."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    url = f"http://127.0.0.1:{unused_tcp_port}/secret"
    with pytest.raises(errors.UnreachableError) as raised:
        await fetch(session, url, CSV_TYPES)
    assert "127" not in str(raised.value)
    with pytest.raises(errors.RedirectError):
        await fetch(session, "http://", CSV_TYPES)


async def test_slow_server(session: aiohttp.ClientSession, site: Site) -> None:
    """Is given up, also when it sends a little all the time."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\n"
    site.raw("/slow", head, *[b"x"] * 20, pause=0.1)
    update = await client(session, site, timeout=0.3, paths=("/slow",)).update()
    assert isinstance(update.errors[BASE], errors.TimedOutError)


async def test_no_type_is_no_matter(session: aiohttp.ClientSession, site: Site) -> None:
    """Nor an answer that ends with the connection, at the end of a line."""
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    site.raw("/Base.csv", head, NEXT.encode())
    assert await client(session, site).update() == Update(frozenset({BASE}), {})


@pytest.mark.parametrize(
    "kept",
    [
        [],
        "x",
        {"files": []},
        {"files": {BASE: None}},
        {"files": {BASE: {"text": "x"}}},
        {"files": {"NEW": {"text": NEXT}}, "checked": 5},
        {"files": {}, "checked": "2026-10-01"},
        {
            "files": {
                BASE: {
                    "text": "x",
                    "url": "",
                    "etag": None,
                    "last_modified": None,
                    "changed": "",
                }
            }
        },
    ],
)
async def test_damaged_store(
    session: aiohttp.ClientSession, site: Site, kept: Any
) -> None:
    """Is left out: the bundled grid serves, and all is asked for."""
    site.text("/Base.csv", NEXT, ETag='"1"')
    cre = client(session, site, kept)
    assert list(cre.grid()) == list(bundled())
    assert cre.checked is None
    assert await cre.update() == Update(frozenset({BASE}), {})


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples")
async def test_samples(session: aiohttp.ClientSession, site: Site) -> None:
    """The CRE's own files: the late prices come, the history stays."""
    names = {BASE: "Base", OFF_PEAK: "HPHC", TEMPO: "Tempo"}
    urls = {
        calendar: (site.url(f"/Option_{name}.csv"),) for calendar, name in names.items()
    }
    cre = CreClient(session, urls=urls)
    for copy in ("2025-08", "2026-08_excerpt"):
        for name in names.values():
            data = (SAMPLES / f"Option_{name}_{copy}.csv").read_bytes()
            site.text(f"/Option_{name}.csv", data, "application/octet-stream")
        assert await cre.update() == Update(frozenset(names), {})
        # Nothing that the bundled grid does not hold
        assert list(cre.grid()) == list(bundled())


async def test_tempo_days(session: aiohttp.ClientSession, site: Site) -> None:
    """Today and tomorrow, or a season."""
    light = {"values": {"2025-01-01": "BLUE", "2025-01-02": "RED"}}
    site.text("/light", json.dumps(light), "application/json")
    site.text(
        "/season", json.dumps({"values": {"2026-01-05": "RED"}}), "application/json"
    )
    tempo = TempoClient(
        session, light_url=site.url("/light"), season_url=site.url("/season")
    )
    assert await tempo.light() == {
        day("2025-01-01"): Colour.BLUE,
        day("2025-01-02"): Colour.RED,
    }
    assert await tempo.season(day("2026-01-05")) == {day("2026-01-05"): Colour.RED}
    assert site.requests[-1].query["season"] == "2025-2026"
    site.text("/light", "<html>", "text/html")
    with pytest.raises(errors.WrongTypeError):
        await tempo.light()
    site.text("/light", '{"values": {"2025-', "application/json")
    with pytest.raises(errors.DamagedFileError):
        await tempo.light()
