"""The simulated meter serves readers."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
import os
from pathlib import Path
import subprocess
import sys
import termios
from time import monotonic
import tty

import pytest

from tests.simulator import PtyMeter, TcpMeter
from tests.simulator.clock import stamp
from tests.simulator.frames.reading import flat_meter

# Ports


class Reader:
    """A reader of a serial port, at 8N1 and some speed."""

    def __init__(self, path: str, speed: int = 9600) -> None:
        """Open the port."""
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._port)
        self.set_speed(speed)

    def set_speed(self, speed: int) -> None:
        """Set the speed as a serial library does."""
        settings = termios.tcgetattr(self._port)
        settings[4] = settings[5] = getattr(termios, f"B{speed}")
        termios.tcsetattr(self._port, termios.TCSAFLUSH, settings)

    async def read(self, done: Callable[[bytes], bool], timeout: float = 5) -> bytes:
        """Read until something holds of the seven-bit characters."""
        data = bytearray()
        async with asyncio.timeout(timeout):
            while not done(seen := bytes(byte & 0x7F for byte in data)):
                with suppress(BlockingIOError):
                    if not (piece := os.read(self._port, 4096)):
                        raise EOFError
                    data += piece
                await asyncio.sleep(0.002)
        return seen

    def close(self) -> None:
        """Close the port."""
        os.close(self._port)


def whole_frame(data: bytes) -> bool:
    """Say whether there is a frame from start to end."""
    start = data.find(b"\x02\nADSC\t")
    return start >= 0 and b"\r\x03" in data[start:]


async def test_pty_at_the_right_speed() -> None:
    """A frame arrives in the time that it takes on the wire."""
    async with PtyMeter(flat_meter()) as server:
        reader = Reader(server.path)
        await reader.read(whole_frame)
        while len(server.frame_times) < 3:
            await asyncio.sleep(0.01)
        reader.close()
        first, second = list(server.frame_times)[-2:]
        assert 0.9 < second.finished - first.finished < 1.5
        assert len(first.data) == 865


async def test_pty_at_the_wrong_speed() -> None:
    """Garbage, until the reader finds the speed."""
    async with PtyMeter(flat_meter(), speed=20) as server:
        reader = Reader(server.path, 1200)
        noise = await reader.read(lambda data: len(data) > 1000)
        assert b"ADSC" not in noise
        assert not server.frame_times
        reader.set_speed(9600)
        await reader.read(whole_frame)
        server.switch_mode("historic")
        await asyncio.sleep(0.2)
        reader.set_speed(1200)
        await reader.read(lambda data: b"\nADCO " in data)
        reader.close()


async def test_pty_ignoring_the_speed() -> None:
    """On demand the speed does not matter."""
    async with PtyMeter(flat_meter(), speed=20, check_speed=False) as server:
        reader = Reader(server.path, 1200)
        await reader.read(whole_frame)
        reader.close()


async def test_pty_unplugged(tmp_path: Path) -> None:
    """The reader sees the end, the path goes and comes back."""
    link = tmp_path / "linky"
    async with PtyMeter(flat_meter(), speed=20, link=link) as server:
        assert server.path == str(link)
        reader = Reader(server.path)
        await reader.read(whole_frame)
        server.unplug()
        assert not link.exists()
        with pytest.raises((EOFError, OSError)):
            await reader.read(lambda _: False)
        reader.close()
        server.replug()
        reader = Reader(server.path)
        await reader.read(whole_frame)
        reader.close()
    assert not link.is_symlink()


async def test_pty_silence() -> None:
    """Nothing comes while the meter is silent."""
    async with PtyMeter(flat_meter(), speed=20) as server:
        reader = Reader(server.path)
        await reader.read(whole_frame)
        server.silence()
        await asyncio.sleep(0.02)
        with suppress(TimeoutError):
            await reader.read(lambda _: False, 0.05)
        with pytest.raises(TimeoutError):
            await reader.read(lambda data: len(data) > 0, 0.3)
        server.resume()
        await reader.read(whole_frame)
        reader.close()


async def test_pty_loses_what_nobody_reads() -> None:
    """A reader that comes late finds no old bytes, and nothing ever blocks."""
    async with PtyMeter(flat_meter(), speed=50) as server:
        await asyncio.sleep(0.1)
        reader = Reader(server.path)
        await reader.read(whole_frame)
        await asyncio.sleep(0.5)
        reader.close()
        await asyncio.sleep(0.1)
        # A frame takes about a second, and 5 s of them were sent to nobody.
        before = stamp(server.meter.clock - timedelta(seconds=2))
        reader = Reader(server.path)
        data = await reader.read(whole_frame)
        reader.close()
        dates = [part[5:18] for part in data.split(b"\n") if part[:5] == b"DATE\t"]
        assert dates
        assert all(date.decode() >= before for date in dates if len(date) == 13)


async def test_pty_as_fast_as_read() -> None:
    """Without pace nothing is lost, and time passes by the frames."""
    frames = 300
    async with PtyMeter(flat_meter(), speed=None) as server:
        await asyncio.sleep(0.05)
        start = monotonic()
        reader = Reader(server.path)
        data = await reader.read(lambda data: data.count(b"\x03") >= frames, 20)
        reader.close()
    assert monotonic() - start < 15
    whole = [part for part in data.split(b"\x02") if part.endswith(b"\x03")]
    # The very first bytes may fall to the flush of a port being set up.
    assert all(len(part) == 864 for part in whole[1:])
    assert len(whole) >= frames - 1


@pytest.mark.usefixtures("socket_enabled")
async def test_tcp() -> None:
    """A client gets the bytes, loses the connection and finds the port again."""
    async with TcpMeter(flat_meter(), speed=20, view="7bit") as server:
        assert server.url == f"socket://127.0.0.1:{server.port}"
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(5):
            await reader.readuntil(b"\x03")
            assert len(await reader.readuntil(b"\x03")) == 865
            await server.unplug()
            with suppress(ConnectionError):
                while await reader.read(1000):
                    pass
        writer.close()
        with pytest.raises(OSError, match=r"\w"):
            await asyncio.open_connection("127.0.0.1", server.port)
        await server.replug()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(5):
            await reader.readuntil(b"\x03")
        writer.close()


def test_command(tmp_path: Path) -> None:
    """The demo dumps frames, and stops cleanly when told to."""
    command = [sys.executable, "-m", "tests.simulator", "--start", "2026-01-13T18:00"]
    options = ["--dump", "2", "--view", "7bit", "--phases", "3", "--producer"]
    dump = subprocess.run(command + options, capture_output=True, check=True)
    assert len(dump.stdout) == 2 * 1442
    link = tmp_path / "linky"
    with subprocess.Popen(
        [*command, "--link", str(link)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == f"{link}\n"
        assert link.exists()
        server.terminate()
        assert server.wait(10) == 0
    assert not link.is_symlink()
