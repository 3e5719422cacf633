"""Commands in this process: arguments, files and endings."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
import io
import json
from pathlib import Path
import runpy
import threading
from typing import override

import pytest

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.commands import main as commands, watch
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.input.record import Recording, record
from custom_components.linky_meter.linky_tic.cli.messages import Exit
from custom_components.linky_meter.linky_tic.tic.errors import PortFailedError
from tests.simulator import PRESETS, PtyMeter

from .conftest import sent


async def call(*arguments: str) -> int:
    """Run a command in a thread, so that the meter goes on meanwhile."""
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(arguments)))
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.01)
    thread.join()
    (code,) = codes
    return code


@pytest.mark.parametrize(
    "arguments",
    [[], ["dance"], ["decode"], ["read", "--timeout", "0"], ["mask", "a", "b"]],
)
def test_wrong_arguments(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong arguments are explained and end with 2."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: linky-tic" in capsys.readouterr().err


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Every exit code is in the help."""
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    out = capsys.readouterr().out
    for code in Exit:
        assert f"{code.value} " in out


async def test_read_shows_a_whole_frame(capsys: pytest.CaptureFixture[str]) -> None:
    """The table says it in words; a good frame shows no warning."""
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        assert await call("read", meter.path, "--baudrate", "9600") == 0
    out = capsys.readouterr().out
    assert "incomplete" not in out
    assert "damaged" not in out
    assert "PREF      Reference (subscribed) apparent power       6 kVA\n" in out


async def test_read_settles_for_less_on_a_bad_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a line where no frame is whole, the best is shown all the same."""
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        meter.line.faults.digits = 0.03
        assert await call("read", meter.path, "--baudrate", "9600") == 0
    assert "damaged groups: " in capsys.readouterr().out


async def test_interrupted_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends a command quietly."""

    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watch.Output, "line", interrupt)
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        assert await call("watch", meter.path, "--baudrate", "1200") == 130
    assert capsys.readouterr().err == ""


def test_interrupted_before_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While what it needs is loaded, too."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "main", interrupt)
    assert main(["ports"]) == Exit.INTERRUPTED
    assert capsys.readouterr() == ("", "")


async def test_lost_port(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A port that goes away is said to be lost."""
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(
            watch.Output, "line", lambda *_: loop.call_soon_threadsafe(meter.unplug)
        )
        assert await call("watch", meter.path, "--baudrate", "9600") == Exit.LOST
    assert capsys.readouterr().err == "linky-tic: The port was lost.\n"


async def test_silence_after_frames(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that falls silent later is silence, not noise."""
    async with PtyMeter(PRESETS["standard_hc"], speed=20) as meter:
        monkeypatch.setattr(
            watch.Output, "line", lambda *_: setattr(meter.line, "silent", True)
        )
        code = await call("watch", meter.path, "--baudrate", "9600", "--timeout", "1")
    assert code == Exit.SILENT


async def test_record_in_this_process(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What is recorded is what arrived."""
    path = tmp_path / "capture"
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        arguments = ["record", str(path), meter.path, "--baudrate", "1200"]
        assert await call(*arguments, "--seconds", "1") == 0
    with path.open("rb") as file:
        assert any(reading.frame.complete for reading in decode(file))
    assert "frames recorded" in capsys.readouterr().err


async def test_record_to_a_full_disk() -> None:
    """A disk that takes no more ends the recording with its own error."""

    class Full(io.StringIO):
        """A file on a full disk."""

        lines = 0

        @override
        def write(self, text: str, /) -> int:
            self.lines += 1
            if self.lines > 1:
                raise OSError(28, "No space left on device")
            return super().write(text)

    recording = Recording()
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        with pytest.raises(OSError, match="No space"):
            await record(
                meter.path,
                Full,
                recording,
                baudrate=1200,
                seconds=None,
            )
    assert recording.bytes


async def test_record_of_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """A recording of nothing says so."""
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        meter.silence()
        assert await call("record", "-", meter.path, "--seconds", "0.2") == Exit.SILENT
    assert "I1 and I2" in capsys.readouterr().err


async def test_record_keeps_what_was_there(tmp_path: Path) -> None:
    """A port that is not there, or silent, replaces no earlier recording."""
    path = tmp_path / "night.tic"
    path.write_text("a night of frames", encoding="ascii")
    assert await call("record", str(path), str(tmp_path / "none")) == Exit.MISSING
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        meter.silence()
        arguments = ["record", str(path), meter.path, "--seconds", "0.2"]
        assert await call(*arguments) == Exit.SILENT
    assert path.read_text(encoding="ascii") == "a night of frames"


async def test_record_of_a_lost_port() -> None:
    """Pulling the plug ends a recording."""
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        with Path("/dev/null").open("w", encoding="ascii") as file:
            task = asyncio.create_task(
                record(
                    meter.path,
                    lambda: nullcontext(file),
                    Recording(),
                    baudrate=None,
                    seconds=None,
                )
            )
            await asyncio.sleep(0.3)
            meter.unplug()
            with pytest.raises(PortFailedError):
                await asyncio.wait_for(task, 10)


def test_read_of_a_file(
    capture: Callable[..., Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A capture may be read as a port is: its last whole frame is shown."""
    path = capture("historic_hc")
    path.write_bytes(path.read_bytes()[:-40])
    assert main(["read", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["complete"] is True
    path = tmp_path / "empty"
    path.touch()
    assert main(["read", str(path)]) == Exit.NOT_TIC
    assert "no TIC frame" in capsys.readouterr().err


def test_decode_and_mask_in_this_process(
    capture: Callable[..., Path],
    capsysbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    """Several frames are apart; what is masked decodes."""
    path, out = capture("standard_weekend", 2), tmp_path / "out"
    assert main(["decode", str(path)]) == 0
    assert capsysbinary.readouterr().out.count(b"\n\n2026-01-13 18:00:") == 1
    assert main(["mask", str(path), "-o", str(out)]) == 0
    assert main(["mask", str(path)]) == 0
    assert capsysbinary.readouterr().out == out.read_bytes()
    out.write_bytes(b"nothing")
    assert main(["decode", str(out)]) == 0
    assert main(["mask", str(out)]) == Exit.FAILED
    assert main(["mask", str(tmp_path / "none")]) == Exit.FAILED


def test_run_as_a_module() -> None:
    """``python -m`` runs the same command."""
    assert runpy.run_module(
        "custom_components.linky_meter.linky_tic.cli", run_name="cli"
    )["main"]


def test_a_reader_that_leaves(
    capture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Output that nobody reads any more ends the command without a word."""

    def leave(*_args: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(watch.Output, "table", leave)
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        monkeypatch.setattr("sys.stdout", out)
        assert main(["decode", str(capture("historic_hc"))]) == 0


def test_interrupted_recording(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Ctrl-C is the usual end of a recording."""

    async def interrupt(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "record", interrupt)
    assert main(["record", "-", "/dev/ttyS0"]) == 0
    assert "0 bytes, 0 frames" in capsys.readouterr().err


def test_standard_input_and_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash stands for both."""
    data = sent("historic_hc", 2)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr("sys.stdout", out)
    assert main(["decode", "-", "--json"]) == 0
    assert out.buffer.getvalue().count(b"\n") == 2
