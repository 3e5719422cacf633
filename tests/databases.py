"""Real database servers for Home Assistant's recorder: MariaDB and PostgreSQL."""

from __future__ import annotations

from abc import abstractmethod
import asyncio
import os
from pathlib import Path
import signal
from typing import override

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import OperationalError

from scripts.instance.folder import free_port
from tests.programs import Server, program

_NOBODY = 65534


# A zone that PostgreSQL knows without the system's files, and a language likewise
_PLAIN = {"TZ": "GMT", "LC_ALL": "C"}


def _as_nobody(folder: Path) -> tuple[str, ...]:
    """Return what lets a program be another user than root, who gets a folder."""
    try:
        os.chown(folder, _NOBODY, _NOBODY)
    except OSError:
        # A container that has no user but root: to the program that one has another name
        return (
            "unshare",
            "--user",
            f"--map-user={_NOBODY}",
            f"--map-group={_NOBODY}",
            "--",
        )
    # A cache of root's is its own: only the way there is open to the other user
    return (
        "setpriv",
        f"--reuid={_NOBODY}",
        f"--regid={_NOBODY}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )


class Database(Server):
    """A server with a database of the recorder."""

    # A machine that does other things takes a minute to make its tables
    seconds = 240.0

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
        self._data, port = folder / "data", free_port()
        folder.mkdir(parents=True, exist_ok=True)
        as_user = _as_nobody(folder) if os.geteuid() == 0 else ()
        super().__init__(
            *as_user,
            program("postgres"),
            "-D",
            str(self._data),
            "-F",
            *("-h", "127.0.0.1"),
            *("-p", str(port)),
            *("-k", ""),
            *("-c", "timezone=GMT"),
            *("-c", "log_timezone=GMT"),
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

    @override
    async def start(self) -> None:
        """Start it, after its tables were made."""
        if not self._data.exists():
            making = await asyncio.create_subprocess_exec(
                *self._make,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=os.environ | _PLAIN,
            )
            async with asyncio.timeout(self.seconds):
                said, _ = await making.communicate()
            assert making.returncode == 0, said.decode(errors="replace")
        await super().start()

    @override
    async def answers(self) -> bool:
        """Return whether it lets one in: its port is open before it does."""
        try:
            create_engine(self.url, poolclass=NullPool).connect().close()
        except OperationalError:
            return False
        return True

    @override
    async def stop(self) -> None:
        """Stop it, also where somebody is still connected."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
        await super().stop()

    @property
    @override
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
