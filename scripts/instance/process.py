"""Home Assistant as a process of its own."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
import sys
from typing import Self

STOP_SECONDS = 40.0


class HassProcess:
    """A running ``hass``; an asynchronous context manager."""

    def __init__(
        self, folder: Path, hass: Path | None = None, *, modules: Path | None = None
    ) -> None:
        """Prepare to run the instance of a folder; by default this environment's.

        ``modules`` is a folder of modules that the environment lacks.
        """
        self.folder = folder
        self.hass = hass or Path(sys.executable).with_name("hass")
        self.log_file = folder / "output.log"
        self._modules = {"PYTHONPATH": str(modules)} if modules else {}
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it."""
        with self.log_file.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                self.hass,
                *("--config", self.folder, "--skip-pip", "--log-no-color"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._modules},
                # Ctrl-C is for us: we stop it in order
                start_new_session=True,
            )
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop it, if it still runs."""
        await self.stop()

    @property
    def log(self) -> str:
        """Everything it said."""
        return self.log_file.read_text(errors="replace")

    def tail(self, lines: int = 60) -> str:
        """Return the last lines it said."""
        return "\n".join(self.log.splitlines()[-lines:])

    @property
    def exit_code(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.returncode if self._process is not None else None

    async def wait(self) -> int:
        """Wait until it ends by itself."""
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> int:
        """Kill it, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        return await self._process.wait()

    async def stop(self) -> int:
        """Stop it in order, and if it does not want to, at once."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    return await self._process.wait()
            except TimeoutError:
                self._process.kill()
        return await self._process.wait()
