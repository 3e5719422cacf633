"""Commands on a meter behind a serial port, each as its own process."""

import asyncio
from contextlib import suppress
import json
import os
from pathlib import Path
import signal
import sys

import pytest

from tests.simulator import PRESETS, MeterConfig, PtyMeter, TcpMeter

from .conftest import Run, Starter, sent

BAUD = {"historic": "1200", "standard": "9600"}


@pytest.mark.parametrize(
    "preset", ["historic_three_phase", "standard_hc", "standard_producer"]
)
async def test_read(run: Run, preset: str) -> None:
    """One whole frame is shown, with what follows from it, and the command ends."""
    config = PRESETS[preset]
    async with PtyMeter(config, speed=20) as meter:
        result = await run("read", meter.path, "--baudrate", BAUD[config.mode])
    assert (result.code, result.err) == (0, "")
    assert result.out.count(f"{config.mode} mode") == 1
    assert f"  {meter.meter.address}\n" in result.out
    assert "\nWorked out\n" in result.out
    assert "\nAvailable current " in result.out


async def test_read_finds_the_speed(run: Run) -> None:
    """Nobody needs to know the speed of a meter."""
    async with PtyMeter(PRESETS["standard_hc"], speed=4) as meter:
        result = await run("read", "--json", meter.path)
    assert result.code == 0
    reading = json.loads(result.out)
    assert reading["complete"] is True
    assert reading["groups"]["ADSC"]["value"] == meter.meter.address
    assert reading["reading"]["phases"] == 1


@pytest.mark.usefixtures("socket_enabled")
async def test_read_over_the_network(run: Run) -> None:
    """A URL is as good as a port."""
    async with TcpMeter(PRESETS["historic_hc"], speed=20) as meter:
        result = await run("read", "--json", "--mask", meter.url)
    assert result.code == 0
    assert json.loads(result.out)["groups"]["ADCO"]["value"].endswith("990001")
    assert meter.meter.address not in result.out


async def test_missing_port(run: Run) -> None:
    """A port that is not there is said to be missing, without its name."""
    result = await run("read", "/dev/ttyNOWHERE")
    assert result.code == 3
    assert result.err.startswith("linky-tic: The port or host is not there")
    assert result.err.count("\n") == 1
    assert "NOWHERE" not in result.err


async def test_messages_in_french(run: Run) -> None:
    """People who speak French are spoken to in French."""
    result = await run("read", "/dev/ttyNOWHERE", LANG="fr_FR.UTF-8")
    assert result.code == 3
    assert result.err.startswith("linky-tic: Le port ou l'hôte n'existe pas")


async def test_busy_port(run: Run, start: Starter) -> None:
    """A port that another program holds is said to be busy."""
    async with (
        PtyMeter(PRESETS["standard_hc"], speed=4) as meter,
        start("watch", "--baudrate", "9600", meter.path) as other,
    ):
        assert await asyncio.wait_for(other.line(), 30)
        result = await run("read", meter.path)
    assert result.code == 4
    assert result.err.startswith("linky-tic: Another program uses the port")


async def test_silence(run: Run) -> None:
    """Silence points to the wires."""
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        meter.silence()
        result = await run("read", meter.path, "--timeout", "0.5")
    assert result.code == 5
    assert "I1 and I2" in result.err


async def test_noise(run: Run) -> None:
    """Noise is told from silence, though frames without content may end in it."""
    master, slave = os.openpty()
    try:
        os.set_blocking(master, False)
        async with asyncio.timeout(30):
            task = asyncio.create_task(
                run("read", os.ttyname(slave), "--timeout", "4", "--baudrate", "9600")
            )
            while not task.done():
                with suppress(BlockingIOError):
                    os.write(master, b"\x02\x55\x66\x03" * 8)
                await asyncio.sleep(0.01)
            result = await task
    finally:
        os.close(master)
        os.close(slave)
    assert result.code == 6
    assert result.err.startswith("linky-tic: Bytes arrive, but no TIC")


async def test_meter_that_is_not_programmed(run: Run) -> None:
    """A meter that sends its address only can be helped by its operator."""
    config = MeterConfig(mode="historic", pre_linky=True, address_only=True)
    async with PtyMeter(config, speed=20) as meter:
        result = await run("read", meter.path, "--baudrate", "1200", "--timeout", "1.5")
    assert result.code == 6
    assert "only its address" in result.err
    assert meter.meter.address not in result.err


async def test_file_that_is_no_port(run: Run) -> None:
    """A device that is no serial port is refused in words."""
    result = await run("watch", "/dev/null")
    assert result.code == 7
    assert "is it a serial port?" in result.err


async def test_watch_in_a_pipe(start: Starter) -> None:
    """Without a terminal each frame is a line, and pulling the plug ends it."""
    async with (
        asyncio.timeout(60),
        PtyMeter(PRESETS["standard_hc"], speed=20) as meter,
        start("watch", meter.path, "--baudrate", "9600") as command,
    ):
        lines = [(await command.line()).decode() for _ in range(4)]
        meter.unplug()
        _, err = await command.process.communicate()
    assert all("standard mode" in line for line in lines)
    assert "Apparent power" in lines[-1]
    assert "\x1b" not in "".join(lines)
    assert command.code == 7
    assert err == b"linky-tic: The port was lost.\n"


async def test_watch_as_json(start: Starter) -> None:
    """Each frame is one JSON object on one line, and Ctrl-C ends it quietly."""
    async with (
        asyncio.timeout(60),
        PtyMeter(PRESETS["historic_hc"], speed=20) as meter,
        start("watch", meter.path, "--json", "--baudrate", "1200") as command,
    ):
        lines = [await command.line() for _ in range(3)]
        _, err = await command.interrupt()
    assert [json.loads(line)["mode"] for line in lines] == ["historic"] * 3
    assert (command.code, err) == (130, b"")


@pytest.mark.parametrize("how", ["module", "script"])
async def test_ctrl_c_while_it_starts(package: Path, tmp_path: Path, how: str) -> None:
    """It ends quietly, too, while it still loads what it needs."""
    (tmp_path / "argparse.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nsignal.pause()\n"
    )
    script = "import sys; from linky_tic.cli import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *(("-m", "linky_tic.cli") if how == "module" else ("-c", script)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{package}"},
    )
    async with asyncio.timeout(60):
        _, err = await process.communicate()
    assert (process.returncode, err) == (130, b"")


async def read_terminal(master: int, until: bytes) -> bytes:
    """Read a terminal until something is on it."""
    seen = b""
    async with asyncio.timeout(30):
        while until not in seen:
            try:
                seen += os.read(master, 65536)
            except BlockingIOError:
                await asyncio.sleep(0.02)
    return seen


async def test_watch_on_a_terminal(package: Path) -> None:
    """On a terminal the table is written over itself and fits; Ctrl-C restores it."""
    master, slave = os.openpty()
    os.set_blocking(master, False)
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "linky_tic.cli", "watch", meter.path, "--baudrate", "9600"),
            stdin=slave,
            stdout=slave,
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": str(package),
                "TERM": "xterm",
                "COLUMNS": "70",
                "LINES": "20",
            },
        )
        try:
            seen = await read_terminal(master, b"\x1b[2J\x1b[H")
            for _ in range(2):
                seen += await read_terminal(master, b"\x1b[J\x1b[H")
            process.send_signal(signal.SIGINT)
            seen += await read_terminal(master, b"\x1b[?25h")
            _, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            os.close(slave)
            os.close(master)
    assert (process.returncode, err) == (130, b"")
    assert seen.startswith(b"\x1b[?25l")
    screens = seen.split(b"\x1b[H")[1:]
    # The first frame may have begun before the command did
    for screen in screens[1:3]:
        text = screen.replace(b"\x1b[2J", b"").replace(b"\x1b[K", b"")
        rows = text.split(b"\x1b[J")[0].decode().splitlines()
        assert len(rows) == 19
        assert max(map(len, rows)) <= 70
        assert rows[-1].endswith("more lines")


async def test_record_and_decode(run: Run, start: Starter, tmp_path: Path) -> None:
    """A recording holds the bytes and their times; Ctrl-C completes it."""
    path = tmp_path / "capture"
    async with (
        asyncio.timeout(60),
        PtyMeter(PRESETS["historic_hc"], speed=10) as meter,
        start("record", str(path), meter.path, "--baudrate", "1200") as command,
    ):
        while not path.exists() or path.stat().st_size < 5000:
            await asyncio.sleep(0.05)
        out, err = await command.interrupt()
    assert (command.code, out) == (0, b"")
    assert b"frames recorded" in err
    header, *lines = map(json.loads, path.read_text().splitlines())
    assert header["format"] == "linky-tic"
    times = [line["t"] for line in lines]
    assert times == sorted(times)
    assert {line["baud"] for line in lines} == {1200}
    assert bytes.fromhex("".join(line["hex"] for line in lines)).count(b"ADCO") == 0
    result = await run("read", "--json", str(path))
    assert json.loads(result.out)["groups"]["ADCO"]["value"] == meter.meter.address
    result = await run("mask", str(path))
    assert result.out.count("\n") == len(lines) + 1


async def test_record_for_some_seconds(run: Run) -> None:
    """A recording may end by itself, and go to standard output."""
    async with PtyMeter(PRESETS["standard_hc"], speed=10) as meter:
        result = await run(
            "record", "-", meter.path, "--seconds", "1", "--baudrate", "9600"
        )
    assert result.code == 0
    assert json.loads(result.out.splitlines()[0])["version"] == 1


async def test_record_of_silence(run: Run, tmp_path: Path) -> None:
    """An empty recording is told from a good one."""
    async with PtyMeter(PRESETS["standard_hc"]) as meter:
        meter.silence()
        result = await run(
            "record", str(tmp_path / "x"), meter.path, "--seconds", "0.3"
        )
    assert result.code == 5


async def test_a_closed_pipe_is_no_error(package: Path, tmp_path: Path) -> None:
    """``| head`` does not make a traceback."""
    path = tmp_path / "long"
    path.write_bytes(sent("standard_hc", 2) * 100)
    shell = f"{sys.executable} -m linky_tic.cli decode {path} | head -n 1"
    process = await asyncio.create_subprocess_shell(
        shell,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(package)},
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert out.count(b"\n") == 1
    assert err == b""
