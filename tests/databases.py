"""Real database servers for Home Assistant's recorder: MariaDB and PostgreSQL."""

from __future__ import annotations

from abc import abstractmethod
import asyncio
import os
from pathlib import Path
from typing import override

from scripts.instance.folder import free_port
from tests.programs import Server, program

_NOBODY = 65534


class Database(Server):
    """A server with a database of the recorder."""

    @property
    @abstractmethod
    def url(self) -> str:
        """What ``recorder: db_url`` is set to."""


class MariaDb(Database):
    """MariaDB, without its own tables: whoever comes may do everything."""

    def __init__(self, folder: Path) -> None:
        """Prepare its folder."""
        port, begin = free_port(), folder / "begin.sql"
        super().__init__(
            program("mariadbd"),
            "--no-defaults",
            *(["--user=root"] if os.geteuid() == 0 else []),
            f"--datadir={folder}",
            f"--init-file={begin}",
            "--skip-grant-tables",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            f"--socket={folder}/socket",
            "--innodb-flush-log-at-trx-commit=0",
            home=folder,
            port=port,
        )
        begin.write_text(
            "CREATE DATABASE homeassistant"
            " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;\n"
        )

    @property
    @override
    def url(self) -> str:
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/homeassistant"


class Postgres(Database):
    """PostgreSQL, which refuses to be run by root."""

    def __init__(self, folder: Path) -> None:
        """Prepare its folder."""
        self._data, port, as_user = folder / "data", free_port(), tuple[str, ...]()
        if os.geteuid() == 0:
            # A cache of root's is its own: only the way there is open to the other user
            as_user = (
                "setpriv",
                f"--reuid={_NOBODY}",
                f"--regid={_NOBODY}",
                "--clear-groups",
                "--securebits=+no_setuid_fixup",
                "--inh-caps=+dac_override",
                "--ambient-caps=+dac_override",
            )
        super().__init__(
            *as_user,
            program("postgres"),
            "-D",
            str(self._data),
            "-F",
            *("-h", "127.0.0.1"),
            *("-p", str(port)),
            *("-k", ""),
            home=folder,
            port=port,
        )
        self._make = (
            *as_user,
            program("initdb"),
            *("-D", str(self._data)),
            *("-U", "postgres"),
            *("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"),
        )
        if as_user:
            os.chown(folder, _NOBODY, _NOBODY)

    @override
    async def start(self) -> None:
        """Start it, after its tables were made."""
        if not self._data.exists():
            making = await asyncio.create_subprocess_exec(
                *self._make, stdout=asyncio.subprocess.DEVNULL
            )
            async with asyncio.timeout(self.seconds):
                assert await making.wait() == 0
        await super().start()

    @property
    @override
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
