"""A real InfluxDB of release 1, on a free port."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, override

import aiohttp

from scripts.instance.folder import free_port
from tests.programs import Server, program


class InfluxServer(Server):
    """The server."""

    def __init__(self, folder: Path, *, login: tuple[str, str] | None = None) -> None:
        """Prepare its folder."""
        config = str(folder / "influxdb.conf")
        super().__init__(program("influxd"), "-config", config, home=folder)
        self.login = login
        self._rpc_port = free_port()
        self._folder = folder
        self._configure(auth=False)

    def _configure(self, *, auth: bool) -> None:
        text = f"""
reporting-disabled = true
bind-address = "127.0.0.1:{self._rpc_port}"
[meta]
  dir = "{self._folder}/meta"
[data]
  dir = "{self._folder}/data"
  wal-dir = "{self._folder}/wal"
  query-log-enabled = false
  index-version = "tsi1"
[http]
  bind-address = "127.0.0.1:{self.port}"
  auth-enabled = {str(auth).lower()}
  log-enabled = false
[monitor]
  store-enabled = false
"""
        (self._folder / "influxdb.conf").write_text(text)

    @override
    async def __aenter__(self) -> Self:
        """Start it, with its user if there is one."""
        await self.start()
        if self.login is not None:
            user, password = self.login
            await self.query(
                f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES"
            )
            await self.stop()
            self._configure(auth=True)
            await self.start()
        return self

    @override
    async def answers(self) -> bool:
        """Return whether it answers queries."""
        try:
            await self.query("SHOW DATABASES")
        except aiohttp.ClientConnectionError:
            return False
        return True

    async def query(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """Return the rows that a query gives, tags too."""
        login = dict(zip("up", self.login or (), strict=False))
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{self.port}/query",
                params={"q": text, "db": database, "epoch": "u", **login},
            ) as answer,
        ):
            found = await answer.json()
        rows: list[dict[str, Any]] = []
        for result in found.get("results", []):
            assert "error" not in result, result
            for series in result.get("series", []):
                rows += [
                    {**series.get("tags", {}), **_row(series["columns"], values)}
                    for values in series.get("values", [])
                ]
        return rows

    async def count(self, field: str, measurement: str, database: str = "linky") -> int:
        """Return how many points have a field, 0 without the database."""
        known = {row["name"] for row in await self.query("SHOW DATABASES")}
        if database not in known:
            return 0
        rows = await self.query(
            f'SELECT count("{field}") FROM "{measurement}"', database
        )
        return int(rows[0]["count"]) if rows else 0


def _row(columns: list[str], values: list[Any]) -> Mapping[str, Any]:
    return dict(zip(columns, values, strict=True))
