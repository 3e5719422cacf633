"""The commands: what each does, and how it ends."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
import os
from pathlib import Path
import sys
from typing import BinaryIO, TextIO

from ...tic.errors import SourceError
from ...tic.reading import MeterReading
from ..arguments import parse
from ..input import ports
from ..input.decode import decode
from ..input.live import readings
from ..input.record import Recording, record
from ..input.sources import has_bytes
from ..messages import Exit, Language, explain, language, say, say_setting
from ..output.share import mask_capture
from ..toml_table import SettingsError
from . import served
from .cost import cost, prices
from .run import run
from .serve import serve
from .watch import Output

# The phases are known after the second frame; a bad line gets a little longer
_FRAMES_TO_READ = 4


class _UsageError(Exception):
    """A command ends with a message and an exit code."""

    def __init__(self, key: str, code: Exit) -> None:
        super().__init__(key)
        self.key, self.code = key, code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, return its exit code."""
    lang = language()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # No terminal lacks so many letters that a reading should fail for them
            stream.reconfigure(errors="replace")
    options = parse(arguments, lang)
    try:
        return _COMMANDS[options.command](options, lang)
    except SourceError as err:
        key, code = explain(err)
        return _end(say(key, lang, code=getattr(err, "code", None) or "?"), code)
    except _UsageError as err:
        return _end(say(err.key, lang), err.code)
    except SettingsError as err:
        return _end(say_setting(err, lang), Exit.USAGE)
    except BrokenPipeError:
        # Whoever reads has seen enough; nothing may be written when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except OSError as err:
        return _end(say("file", lang, reason=err.strerror or "?"), Exit.FAILED)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


def _end(message: str, code: Exit) -> int:
    print(f"linky-tic: {message}", file=sys.stderr)
    return code


def _ports(options: argparse.Namespace, lang: Language) -> int:
    if options.server is None:
        lines, nothing = ports.lines(lang, as_json=options.json), "no_port"
    else:
        asking = served.lines(
            options.server, lang, as_json=options.json, masked=options.mask
        )
        lines, nothing = asyncio.run(asking), "no_modem"
    for line in lines:
        print(line)
    if not lines:
        print(f"linky-tic: {say(nothing, lang)}", file=sys.stderr)
    return Exit.OK


def _read(options: argparse.Namespace, lang: Language) -> int:
    output = Output(lang, as_json=options.json, masked=options.mask)
    port = _port(options)
    if Path(port).is_file():
        return _read_file(Path(port), output, lang)
    output.table(asyncio.run(_read_one(port, options, output)))
    return Exit.OK


def _read_file(path: Path, output: Output, lang: Language) -> int:
    """Show the last complete frame of a capture, else the last one."""
    last: MeterReading | None = None
    with _input(str(path)) as (file, started):
        for reading in decode(file, started=started):
            if last is None or reading.frame.complete or not last.frame.complete:
                last = reading
    if last is None:
        return _end(say("nothing_decoded", lang), Exit.NOT_TIC)
    output.table(last)
    return Exit.OK


async def _read_one(
    port: str, options: argparse.Namespace, output: Output
) -> MeterReading:
    """Return the first reading that holds all that a frame can tell."""
    complete = 0
    source = readings(port, baudrate=options.baudrate, patience=options.timeout)
    async with aclosing(source):
        async for reading in source:
            frame = reading.frame
            output.tell(reading)
            complete += frame.complete
            known = reading["phases"] is not None or reading.address is not None
            good = frame.undamaged and known
            if good or complete >= _FRAMES_TO_READ:
                return reading
    raise AssertionError


def _watch(options: argparse.Namespace, lang: Language) -> int:
    output = Output(lang, as_json=options.json, masked=options.mask)
    try:
        asyncio.run(_watch_all(_port(options), options, output))
    finally:
        output.close()
    return Exit.OK


async def _watch_all(port: str, options: argparse.Namespace, output: Output) -> None:
    show = output.screen if output.on_screen else output.line
    source = readings(port, baudrate=options.baudrate, patience=options.timeout)
    async with aclosing(source):
        async for reading in source:
            output.tell(reading)
            show(reading)


def _decode(options: argparse.Namespace, lang: Language) -> int:
    output = Output(lang, as_json=options.json, masked=options.mask)
    found = False
    with _input(options.file) as (file, started):
        for reading in decode(file, started=started):
            found = True
            output.table(reading)
    if not found:
        # Bytes without a frame are an answer, not a failure
        print(f"linky-tic: {say('nothing_decoded', lang)}", file=sys.stderr)
    return Exit.OK


def _record(options: argparse.Namespace, lang: Language) -> int:
    recording = Recording()
    port = _port(options)
    if not has_bytes(port):
        raise _UsageError("no_bytes", Exit.USAGE)
    print(f"linky-tic: {say('recording', lang)}", file=sys.stderr)
    with suppress(KeyboardInterrupt):  # That is how a recording ends
        asyncio.run(
            record(
                port,
                partial(_text_output, options.file),
                recording,
                baudrate=options.baudrate,
                seconds=options.seconds,
            )
        )
    told = say("recorded", lang, bytes=recording.bytes, frames=recording.frames)
    print(f"linky-tic: {told}", file=sys.stderr)
    return Exit.OK


def _mask(options: argparse.Namespace, lang: Language) -> int:
    with _input(options.file) as (file, _):
        masked = mask_capture(file)
    if masked is None:
        raise _UsageError("nothing_to_mask", Exit.FAILED)
    data, places = masked
    if options.output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        Path(options.output).write_bytes(data)
    print(f"linky-tic: {say('masked', lang, count=places)}", file=sys.stderr)
    return Exit.OK


_COMMANDS: dict[str, Callable[[argparse.Namespace, Language], int]] = {
    "ports": _ports,
    "read": _read,
    "watch": _watch,
    "decode": _decode,
    "record": _record,
    "mask": _mask,
    "run": run,
    "serve": serve,
    "cost": cost,
    "prices": prices,
}


def _port(options: argparse.Namespace) -> str:
    """Return the port that was named, or the only one that can be meant."""
    if options.port is not None:
        return str(options.port)
    try:
        port = ports.choose()
    except LookupError:
        raise _UsageError("no_port", Exit.MISSING) from None
    if port is None:
        raise _UsageError("many_ports", Exit.USAGE)
    return port


@contextmanager
def _input(name: str) -> Iterator[tuple[BinaryIO, datetime | None]]:
    """Open a capture, and tell when it was last written to."""
    if name == "-":
        yield sys.stdin.buffer, None
        return
    with Path(name).open("rb") as file:
        written = os.fstat(file.fileno()).st_mtime
        yield file, datetime.fromtimestamp(written, UTC)


@contextmanager
def _text_output(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdout
        return
    with Path(name).open("w", encoding="ascii", newline="\n") as file:
        yield file
