"""What is said to an InfluxDB server, release 1, 2 or 3."""

from __future__ import annotations

from base64 import b64encode
from enum import StrEnum
import json
from typing import Any

import aiohttp

from ..settings import InfluxSettings

TIMEOUT = 20.0
_LONGEST_REASON = 200
_REFUSED = frozenset({400, 413, 422})


class Answer(StrEnum):
    """How a server took points; the key of what is said of it."""

    TAKEN = "influx_taken"
    UNREACHABLE = "influx_unreachable"
    LOGIN = "influx_login"
    NO_DATABASE = "influx_no_database"
    BUSY = "influx_busy"
    REFUSED = "influx_refused"
    """These points will never be taken."""


class InfluxServer:
    """A server, in its own session."""

    def __init__(self, settings: InfluxSettings) -> None:
        self.reason = ""
        """What the server said of points that it refused."""
        self._settings = settings
        self._org = settings.org
        self._session: aiohttp.ClientSession | None = None
        scheme = "https" if settings.tls else "http"
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self._url = f"{scheme}://{host}:{settings.port}"

    async def write(self, body: bytes) -> Answer:
        """Have compressed lines written; makes the database when it is missing."""
        try:
            answer = await self._write(body)
            if answer is Answer.NO_DATABASE and await self._make_database():
                answer = await self._write(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return Answer.UNREACHABLE
        return answer

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _write(self, body: bytes) -> Answer:
        settings = self._settings
        if settings.token is not None:
            if self._org is None:
                self._org = await self._only_org()
            path = "/api/v2/write"
            query = {"bucket": settings.database, "org": self._org, "precision": "ns"}
        else:
            path, query = "/write", {"db": settings.database, "precision": "ns"}
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain"}
        status, text = await self._ask("POST", path, query, data=body, headers=headers)
        if status in {200, 204}:
            return Answer.TAKEN
        if status in {401, 403}:
            return Answer.LOGIN
        if status == 404:
            return Answer.NO_DATABASE
        if status in _REFUSED:
            self.reason = _reason(text)
            return Answer.REFUSED
        return Answer.BUSY

    async def _make_database(self) -> bool:
        """Make the database, or bucket; return whether it is there."""
        settings = self._settings
        if settings.token is None:
            name = settings.database.replace("\\", "\\\\").replace('"', '\\"')
            query = {"q": f'CREATE DATABASE "{name}"'}
            status, text = await self._ask("POST", "/query", query)
            return status == 200 and '"error"' not in text
        found = await self._orgs()
        org = next((one for one in found if one.get("name") == self._org), None)
        if org is None:
            return False
        bucket: dict[str, Any] = {
            "orgID": org.get("id"),
            "name": settings.database,
            "retentionRules": [],
        }
        status, _ = await self._ask("POST", "/api/v2/buckets", {}, json=bucket)
        return status == 201

    async def _only_org(self) -> str:
        """Return the organisation if there is one; release 3 has none."""
        found = await self._orgs()
        return str(found[0].get("name", "")) if len(found) == 1 else ""

    async def _orgs(self) -> list[dict[str, Any]]:
        status, text = await self._ask("GET", "/api/v2/orgs", {})
        try:
            answer = json.loads(text) if status == 200 else None
        except ValueError:
            return []
        found = answer.get("orgs") if isinstance(answer, dict) else None
        if not isinstance(found, list):
            return []
        return [org for org in found if isinstance(org, dict)]

    async def _ask(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        *,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> tuple[int, str]:
        settings = self._settings
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT)
            )
        auth: dict[str, str] = {}
        if settings.token is not None:
            auth["Authorization"] = f"Token {settings.token}"
        elif settings.username is not None:
            login = f"{settings.username}:{settings.password or ''}".encode()
            auth["Authorization"] = f"Basic {b64encode(login).decode('ascii')}"
        async with self._session.request(
            method,
            f"{self._url}{path}",
            params=query,
            headers={**auth, **(headers or {})},
            allow_redirects=False,
            **body,
        ) as answer:
            text = await answer.content.read(65_536)
            return answer.status, text.decode("utf-8", "replace")


def _reason(text: str) -> str:
    try:
        answer = json.loads(text)
        text = str(answer.get("message") or answer.get("error") or text)
    except (ValueError, AttributeError):
        pass
    text = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in text)[:_LONGEST_REASON]
