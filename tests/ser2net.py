"""The real ser2net, which gives a serial port to the network."""

from __future__ import annotations

import asyncio
from pathlib import Path
import socket
from typing import Self

from tests.programs import program

_LISTENING = "0A"
_SECONDS = 10.0


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Ser2Net:
    """A server of one port; an asynchronous context manager."""

    def __init__(
        self, folder: Path, device: str, *, rfc2217: bool = False, speed: int = 9600
    ) -> None:
        """Prepare its configuration."""
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        accepter = f"{'telnet(rfc2217),' * rfc2217}tcp,127.0.0.1,{self.port}"
        self._configuration = folder / f"ser2net-{self.port}.yaml"
        self._configuration.write_text(
            "connection: &meter\n"
            f"  accepter: {accepter}\n"
            f"  connector: serialdev,{device},{speed}n81,local\n"
        )

    async def __aenter__(self) -> Self:
        """Start it; when this returns it listens."""
        self._process = await asyncio.create_subprocess_exec(
            program("ser2net"),
            *("-d", "-n", "-u", "-c", str(self._configuration)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(_SECONDS):
            # A connection to find out would be its first user
            while not self._listens():
                await asyncio.sleep(0.02)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        assert self._process is not None
        self.stop()
        await self._process.wait()

    def stop(self) -> None:
        """Stop it, if it runs."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()

    def _listens(self) -> bool:
        """Return whether its port is open."""
        rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        wanted = f":{self.port:04X}"
        return any(
            fields[1].endswith(wanted) and fields[3] == _LISTENING
            for fields in map(str.split, rows)
        )
