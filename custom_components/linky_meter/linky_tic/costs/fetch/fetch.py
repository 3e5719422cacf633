"""Fetch a small public file, on any bad day of the network."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

import aiohttp

from ..errors import (
    RedirectError,
    StatusError,
    TimedOutError,
    TooLargeError,
    TruncatedError,
    UnreachableError,
    WrongTypeError,
)

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
) -> Fetched:
    """Return a file, or that it is as it was; raise a FetchError.

    ``etag`` and ``last_modified`` are what the same address said before.
    """
    headers = {"User-Agent": USER_AGENT}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    try:
        async with (
            asyncio.timeout(timeout),
            session.get(url, headers=headers, max_redirects=_REDIRECTS) as response,
        ):
            return await _read(response, types, conditional=bool(etag or last_modified))
    except TimeoutError as err:
        raise TimedOutError("No whole answer in time") from err
    except (aiohttp.TooManyRedirects, aiohttp.InvalidURL) as err:
        raise RedirectError(type(err).__name__) from err
    except aiohttp.ClientPayloadError as err:
        raise TruncatedError("The answer broke off") from err
    except (aiohttp.ClientError, OSError) as err:
        # Its text may hold an address
        raise UnreachableError(type(err).__name__) from err


async def _read(
    response: aiohttp.ClientResponse, types: Collection[str], *, conditional: bool
) -> Fetched:
    """Return what an answer holds."""
    asked = response.history[0].url if response.history else response.url
    if asked.scheme == "https" and response.url.scheme != "https":
        raise RedirectError("It leads to plain http")
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
