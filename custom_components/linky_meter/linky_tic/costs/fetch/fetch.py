"""Fetch a small public file, on any bad day of the network.

Each redirect is judged before it is followed: https stays https, and nothing but the
server that was asked for, or one of the public internet, is asked. The first address is
the caller's own, a constant, and goes by the session given. Where a redirect leaves its
origin, the session's connector cannot be told whom to refuse (Home Assistant shares one
among all integrations), so a session of this file's own takes over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

import aiohttp
from yarl import URL

from ..errors import (
    RedirectError,
    StatusError,
    TimedOutError,
    TooLargeError,
    TruncatedError,
    UnreachableError,
    WrongTypeError,
)
from .public import NotPublicError, may_be_public, public_connector

USER_AGENT = "linky-meter (+https://github.com/linky-meter/linky-meter)"
LIMIT = 200_000
"""Bytes, after decompression."""
TIMEOUT = 30.0
"""Seconds for the whole answer, redirects included."""
CSV_TYPES = frozenset(
    {
        "text/csv",
        "text/plain",
        "application/csv",
        "application/octet-stream",
        "application/vnd.ms-excel",
    }
)
JSON_TYPES = frozenset({"application/json", "text/json", "text/plain"})

_REDIRECTS = 5
_IF_OTHER, _IF_SINCE = "If-None-Match", "If-Modified-Since"
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; without a body nothing has changed."""

    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None


async def fetch(
    session: aiohttp.ClientSession,
    url: str,
    types: Collection[str],
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    timeout: float = TIMEOUT,
    connector: Callable[[], aiohttp.BaseConnector] = public_connector,
) -> Fetched:
    """Return a file, or that it is as it was; raise a FetchError.

    ``etag`` and ``last_modified`` are what the same address said before; ``connector``
    makes what reaches other servers than the one asked.
    """
    headers = {"User-Agent": USER_AGENT}
    if etag:
        headers[_IF_OTHER] = etag
    if last_modified:
        headers[_IF_SINCE] = last_modified
    try:
        async with (
            asyncio.timeout(timeout),
            aiohttp.ClientSession(
                connector=connector(), cookie_jar=aiohttp.DummyCookieJar()
            ) as elsewhere,
        ):
            return await _follow(session, elsewhere, URL(url), headers, types)
    except TimeoutError as err:
        raise TimedOutError("No whole answer in time") from err
    except (aiohttp.InvalidURL, ValueError) as err:
        raise RedirectError(type(err).__name__) from err
    except aiohttp.ClientPayloadError as err:
        raise TruncatedError("The answer broke off") from err
    except (aiohttp.ClientError, OSError) as err:
        if isinstance(err.__cause__, NotPublicError):
            raise RedirectError("It leads into a private network") from err
        # Its text may hold an address
        raise UnreachableError(type(err).__name__) from err


async def _follow(
    session: aiohttp.ClientSession,
    elsewhere: aiohttp.ClientSession,
    asked: URL,
    headers: dict[str, str],
    types: Collection[str],
) -> Fetched:
    """Ask, and whoever this leads to."""
    target = asked
    for _ in range(_REDIRECTS + 1):
        own = target.origin() == asked.origin()
        async with (session if own else elsewhere).get(
            target, headers=headers, allow_redirects=False
        ) as response:
            location = response.headers.get("Location")
            if response.status not in _MOVED or location is None:
                return await _read(
                    response,
                    types,
                    conditional=bool({_IF_OTHER, _IF_SINCE} & headers.keys()),
                )
        target = target.join(URL(location))
        _judge(target, asked)
    raise RedirectError("It leads on and on")


def _judge(target: URL, asked: URL) -> None:
    """Raise RedirectError for what must not be followed, ValueError for no address."""
    if target.origin() == asked.origin():
        return
    if target.scheme != "https":
        raise RedirectError("It leads to something else than https")
    if not may_be_public(target.raw_host or ""):
        raise RedirectError("It leads into a private network")


async def _read(
    response: aiohttp.ClientResponse,
    types: Collection[str],
    *,
    conditional: bool,
) -> Fetched:
    """Return what an answer holds."""
    if response.status == 304 and conditional:
        return Fetched(None)
    if response.status != 200:
        raise StatusError(response.status)
    if response.headers.get("Content-Type") and response.content_type not in types:
        raise WrongTypeError(response.content_type)
    if (response.content_length or 0) > LIMIT:
        raise TooLargeError(f"{response.content_length} bytes")
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LIMIT:
            raise TooLargeError(f"More than {LIMIT} bytes")
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if response.content_length is None and not chunked and not body.endswith(b"\n"):
        raise TruncatedError("Nothing tells that this is all")
    return Fetched(
        bytes(body),
        response.headers.get("ETag"),
        response.headers.get("Last-Modified"),
    )
