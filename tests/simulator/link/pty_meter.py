"""A meter behind a pseudo-terminal: for the reader, a serial port."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import fcntl
import os
from pathlib import Path
import re
import select
from tempfile import gettempdir
import termios
import tty
from typing import override

from tests.simulator.config import MeterConfig
from tests.simulator.frames.wire import View
from tests.simulator.meter import SimulatedMeter

from .faults import Faults
from .line import Line
from .server import MeterServer, SentFrame

_SPEEDS: dict[int, int] = {
    getattr(termios, name): int(name[1:])
    for name in dir(termios)
    if re.fullmatch(r"B\d+", name)
}
_OSPEED = 5
_UNPLUGGED = Path(gettempdir()) / "linky-unplugged"


def _mark(device: str) -> Path:
    _UNPLUGGED.mkdir(exist_ok=True)
    return _UNPLUGGED / (Path(device).name or "none")


def open_pair() -> tuple[int, int]:
    """Return both ends of a device that no unplugged meter had, in any test.

    The kernel gives a number away again as soon as it is free, and whoever waits for the
    meter that had it would open this one.
    """
    held: list[int] = []
    try:
        while True:
            master, slave = os.openpty()
            if not _mark(os.ttyname(slave)).exists():
                return master, slave
            held += (master, slave)
    finally:
        for end in held:
            os.close(end)


class PtyMeter(MeterServer):
    """A meter on a pseudo-terminal.

    As on a real port, what is sent while nobody has it open is lost, and so is what
    does not fit because nobody reads. A reader at the wrong speed sees what a real
    port would make of the line.
    """

    def __init__(
        self,
        meter: SimulatedMeter | MeterConfig | None = None,
        *,
        link: str | Path | None = None,
        speed: float | None = 1.0,
        check_speed: bool = True,
        view: View = "8bit",
        faults: Faults | None = None,
        line: Line | None = None,
        on_frame: Callable[[SentFrame], None] | None = None,
    ) -> None:
        """Prepare the port; a link is a name that stays the same over replugging."""
        super().__init__(
            meter, speed=speed, view=view, faults=faults, line=line, on_frame=on_frame
        )
        self.check_speed = check_speed
        self._link = None if link is None else Path(link)
        self._master: int | None = None
        self._device = ""
        self._had_reader = False
        self._poll = select.poll()

    @property
    def path(self) -> str:
        """What a reader opens: the link, if there is one."""
        return str(self._link) if self._link is not None else self._device

    @property
    def device(self) -> str:
        """The device itself; replugging may give another."""
        return self._device

    @property
    def plugged(self) -> bool:
        """Whether the port exists."""
        return self._master is not None

    @property
    def has_reader(self) -> bool:
        """Whether somebody has the port open."""
        if self._master is None:
            return False
        has_reader = not any(event & select.POLLHUP for _, event in self._poll.poll(0))
        if self._had_reader and not has_reader:
            self._forget_unread()
        self._had_reader = has_reader
        return has_reader

    def unplug(self) -> None:
        """Pull the plug: the reader sees the end, and the path is gone."""
        if self._master is None:
            return
        master, self._master = self._master, None
        self._waited_for().touch()
        asyncio.get_running_loop().remove_writer(master)
        self._poll.unregister(master)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(master)

    def replug(self) -> None:
        """Put the plug back in."""
        if self._master is not None:
            return
        self._waited_for().unlink(missing_ok=True)
        master, slave = open_pair()
        self._device = os.ttyname(slave)
        tty.setraw(slave)
        # Without a reader the master reports a hang-up only after a first closing.
        os.close(slave)
        os.set_blocking(master, False)
        self._poll.register(master, select.POLLHUP)
        self._master, self._had_reader = master, False
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._device)

    def _waited_for(self) -> Path:
        """Return the mark of its device: somebody may wait for it while it is unplugged."""
        return _mark(self._device)

    @override
    async def _open(self) -> None:
        self.replug()

    @override
    async def _close(self) -> None:
        self.unplug()
        self._waited_for().unlink(missing_ok=True)

    @override
    def _reader_speed(self) -> int | None:
        if not self.check_speed or self._master is None:
            return None
        # The master shows the settings of the reader's side.
        return _SPEEDS.get(termios.tcgetattr(self._master)[_OSPEED])

    @override
    def _write(self, data: bytes) -> bool:
        if not self.has_reader:
            return False
        return self._push(data) == len(data)

    @override
    async def _write_all(self, data: bytes) -> None:
        while data:
            if not self.has_reader:
                await self._look_again()
                continue
            if taken := self._push(data):
                data = data[taken:]
            else:
                await self._room()

    def _push(self, data: bytes) -> int:
        assert self._master is not None
        taken = 0
        # It takes no more than a page at once, even when there is room.
        with suppress(OSError):
            while taken < len(data):
                if not (count := os.write(self._master, data[taken:])):
                    break
                taken += count
        return taken

    async def _room(self) -> None:
        """Wait until the reader has read, or for a moment."""
        if self._master is None:
            return
        loop, master, room = asyncio.get_running_loop(), self._master, asyncio.Event()
        loop.add_writer(master, room.set)
        try:
            async with asyncio.timeout(0.1):
                await room.wait()
        except TimeoutError:
            pass
        finally:
            if self._master == master:
                loop.remove_writer(master)

    def _forget_unread(self) -> None:
        """Empty the port after its reader has left, as a real one does."""
        with suppress(OSError):
            slave = os.open(self._device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                termios.tcflush(slave, termios.TCIOFLUSH)
                # A pseudo-terminal would stay exclusive for a reader that has gone.
                fcntl.ioctl(slave, termios.TIOCNXCL)
            finally:
                os.close(slave)
