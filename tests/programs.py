"""Programs of others that tests start; scripts/setup has the table of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
import shutil
import socket
from tempfile import TemporaryFile
from typing import Self

from scripts.instance.folder import free_port

_ROOT = Path(__file__).parents[1]
# A user's PATH often leaves the folders of servers out
_SERVERS = (
    "/usr/local/sbin",
    "/usr/sbin",
    *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
)


def program(name: str) -> str:
    """Return the path of a program: the system's, or the one that set-up unpacked.

    A test that lacks one fails. Skipped, it would tell nothing, and look like success.
    """
    cache = Path(os.environ.get("LINKY_CACHE", _ROOT / ".cache"))
    fetched = (cache / folder / "bin" for folder in ("services", "node-red"))
    places = (os.environ.get("PATH", os.defpath), *_SERVERS, *fetched)
    found = shutil.which(name, path=os.pathsep.join(map(str, places)))
    if found is None:
        raise FileNotFoundError(
            f"{name} is not here: scripts/setup services fetches it"
        )
    return found


class Server:
    """A program that serves a port; an asynchronous context manager.

    It can be stopped and started again.
    """

    seconds = 60.0
    """How long it may take to start, and to stop."""
    output: Path | None = None
    """The file that gets what it writes to its console, if anybody wants that."""

    def __init__(self, *command: str, home: Path, port: int | None = None) -> None:
        """Take what is started, the folder of its own, and the port if it is in it."""
        self.port = port or free_port()
        self._command, self._home = command, home
        self._process: asyncio.subprocess.Process | None = None
        home.mkdir(parents=True, exist_ok=True)

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it answers."""
        with self.output.open("ab+") if self.output else TemporaryFile() as said:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdout=said,
                stderr=said,
                env={**os.environ, "HOME": str(self._home)},
            )
            async with asyncio.timeout(self.seconds):
                while not await self.answers():
                    if self._process.returncode is not None:
                        said.seek(0)
                        raise AssertionError(said.read().decode(errors="replace"))
                    await asyncio.sleep(0.05)

    async def answers(self) -> bool:
        """Return whether it takes what one wants of it."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended by itself."""
        return self._process is not None and self._process.returncode is None

    async def kill(self) -> None:
        """Kill it, as a power cut would end it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """Stop it."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            async with asyncio.timeout(self.seconds):
                await process.wait()
