"""A Home Assistant to look at: a simulated meter, and a month or two behind it."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
import fcntl
import json
from pathlib import Path
import shutil
import signal
import sys
from typing import TYPE_CHECKING, TextIO, cast, get_args

from tests.simulator import MeterConfig
from tests.simulator.config import HISTORIC_CONTRACTS, ContractName

from .client import Client
from .demo_loads import helpers
from .feeds import SERVER_PORT, SOURCES, Feed, serial_feed, server_feed
from .folder import ROOT, forget_history, in_use, prepare
from .modem import CONFIGURATION, plug_in
from .past.past import Registers, past, registers_now
from .process import HassProcess
from .progress import Progress

if TYPE_CHECKING:
    from .demo_setup import Demo

STATE = ROOT / ".demo"
READY = "Home Assistant is ready"
_SAVE_SECONDS = 10
_START_SECONDS = 90
_SEED = 22
# What the blueprints are made automations with
_MORE = """\
automation: !include automations.yaml
{helpers}input_text:
frontend:
  themes:
    Linky:
      modes:
        light: {light}
        dark: {dark}
"""
# The Energy dashboard's colours of the sources, in the order of Tempo's indexes: off-peak
# paler, and white grey on a light ground
_TEMPO = {
    "light": ("#90caf9", "#1e88e5", "#cfd8dc", "#8d99a6", "#ef9a9a", "#d32f2f"),
    "dark": ("#2c5d86", "#1e88e5", "#6b7780", "#b8c4ce", "#7d3a3a", "#d32f2f"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description="A Home Assistant with a simulated Linky."
    )
    parser.add_argument("--mode", choices=("historic", "standard"), default="standard")
    parser.add_argument("--phases", type=int, choices=(1, 3), default=3)
    parser.add_argument("--contract", choices=get_args(ContractName), default="tempo")
    parser.add_argument("--producer", action="store_true", help="sells solar energy")
    parser.add_argument("--source", choices=SOURCES, default="serial")
    parser.add_argument(
        "--server-port",
        type=int,
        default=SERVER_PORT,
        help="where the TIC2WebSocket server of --source tic2websocket listens",
    )
    parser.add_argument(
        "--empty", action="store_true", help="no meter yet: set it up by hand"
    )
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--language", choices=("en", "fr"), default="en")
    parser.add_argument("--fresh", action="store_true", help="forget earlier runs")
    parser.add_argument(
        "--state", type=Path, default=STATE, help="the folder of what is kept"
    )
    return parser


def _config(options: argparse.Namespace) -> MeterConfig:
    """Return the meter that was asked for."""
    return MeterConfig(
        mode=options.mode,
        phases=options.phases,
        contract=cast(ContractName, options.contract),
        kva=18 if options.phases == 3 else 9,
        producer=options.producer,
        injected=4_321_987,
        lively=True,
        solar_kw=6.0 if options.phases == 3 else 3.0,
        seed=_SEED,
        start=datetime.now(UTC),
    )


def _more(contract: str, language: str) -> str:
    """Return what the configuration has besides."""
    themes = {
        mode: json.dumps(
            {
                f"energy-grid-consumption-color-{place}": colour
                for place, colour in enumerate(colours if contract == "tempo" else ())
            }
        )
        for mode, colours in _TEMPO.items()
    }
    return _MORE.format(helpers=helpers(language), **themes)


def _with_server(options: argparse.Namespace) -> bool:
    """Return whether the meter is behind a server."""
    return bool(options.source == "tic2websocket")


def _feed(
    options: argparse.Namespace, config: MeterConfig, folder: Path
) -> AbstractAsyncContextManager[Feed]:
    """Return what the meter is read from."""
    if _with_server(options):
        return server_feed(config, options.server_port)
    return serial_feed(config, folder)


async def _run(options: argparse.Namespace) -> int:
    """Run until somebody stops it; return the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    config = _config(options)
    name = "-".join(
        [config.mode, config.contract, str(config.phases)]
        + ["producer"] * config.producer
        # An entry keeps the port of its server
        + [f"{options.source}-{options.server_port}"] * _with_server(options)
    )
    folder = options.state / ("empty" if options.empty else name)
    folder.parent.mkdir(exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        if not await _alone(lock):
            print("demo: this one runs already, or is still stopping", file=sys.stderr)
            return 1
        return await _run_in(folder, config, options, stop)


async def _alone(lock: TextIO, seconds: float = 15) -> bool:
    """Wait until no other demo uses the same folder."""
    for _ in range(int(seconds / 0.2)):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        await asyncio.sleep(0.2)
    return False


async def _run_in(
    folder: Path,
    config: MeterConfig,
    options: argparse.Namespace,
    stop: asyncio.Event,
) -> int:
    """Run with a folder of its own."""
    progress = Progress()
    progress.say("preparing the meter and the folder of Home Assistant")
    if options.empty or options.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    listed = options.empty and not _with_server(options)
    prepare(
        folder,
        port=options.port,
        language=options.language,
        name="Maison" if options.language == "fr" else "Home",
        more=_more(options.contract, options.language) + listed * CONFIGURATION,
    )
    if listed:
        plug_in(folder, folder / "meter")
    # Where its editor of automations writes
    (folder / "automations.yaml").touch()
    forget_history(folder)
    registers = folder / "registers.json"
    present = registers_now(config, Registers.load(registers), datetime.now(UTC))
    config = present.into(replace(config, start=datetime.now(UTC)))
    process = HassProcess(folder)
    async with (
        progress,
        # First of all: a meter that was set up before is read when Home Assistant starts
        _feed(options, config, folder) as feed,
        process,
        Client(options.port) as client,
    ):
        work = asyncio.create_task(
            _work(options, progress, process, client, feed=feed, present=present)
        )
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(stop.wait())
        while not (ended.done() or stopped.done()):
            if work.done() and (error := work.exception()) is not None:
                print(f"demo: {error}\n{process.tail()}", file=sys.stderr)
                return 1
            waiting = {ended, stopped} | ({work} if not work.done() else set())
            await asyncio.wait(
                waiting, timeout=_SAVE_SECONDS, return_when="FIRST_COMPLETED"
            )
            Registers.of(feed.meter.truth, config).save(registers)
        work.cancel()
        if ended.done():
            print(f"demo: Home Assistant ended\n{process.tail()}", file=sys.stderr)
            return 1
        print("demo: stopping", flush=True)
        code = await process.stop()
        # So early, Home Assistant does not yet end in order
        return 0 if code == -signal.SIGTERM else code


async def _work(
    options: argparse.Namespace,
    progress: Progress,
    process: HassProcess,
    client: Client,
    *,
    feed: Feed,
    present: Registers,
) -> None:
    """Furnish the instance, say so, then look after its statistics."""
    progress.say("Home Assistant starts")
    started = asyncio.create_task(
        client.connect(_START_SECONDS, lambda: process.exit_code is None)
    )
    # Meanwhile, on another core
    demo = await asyncio.to_thread(_demo, client, feed, options.language)
    if options.empty:
        await started
        await demo.welcome()
        await progress.stop()
        _announce(options, feed, progress.seconds)
        return
    before = await asyncio.to_thread(past, feed.meter.config, present)
    await started
    await demo.welcome()
    written = await demo.furnish(process.folder, before, present, progress.say)
    await progress.stop()
    _announce(options, feed, progress.seconds)
    await written.join()


def _demo(client: Client, feed: Feed, language: str) -> Demo:
    """Return what furnishes the instance.

    It takes seconds to import: with the integration, whose prices it needs, comes much of
    Home Assistant.
    """
    from .demo_setup import Demo  # noqa: PLC0415

    return Demo(client, feed, feed.meter.config, language)


def _announce(options: argparse.Namespace, feed: Feed, seconds: float) -> None:
    """Say where it is and what to try."""
    what = "TIC2WebSocket server" if _with_server(options) else "serial port"
    page = f"http://localhost:{options.port}"
    print(f"\n{READY} after {seconds:.0f} s: {page}")
    print("No password: it lets this machine in as the user Demo.\n")
    if options.empty:
        print(
            "Set the meter up by hand: Settings > Devices & services > Add integration >"
            f"\nLinky Meter, then let the ports be searched, or choose this {what}:\n"
            f"\n  {feed.typed}\n"
        )
    else:
        print(
            "  /linky-meter  power, tariff, days and months, costs and offers\n"
            "  /energy       energy over a year and what it cost\n"
            "  /config/blueprint/dashboard   automations to make\n"
            "  Settings > Devices & services > Linky Meter: the device, its options,\n"
            "                diagnostics, another source (reconfigure)\n"
            f"\nThe meter is on this {what}: {feed.typed}\n"
        )
    print("Ctrl-C stops it.", flush=True)


def main() -> int:
    """Run the command."""
    parser = _parser()
    options = parser.parse_args()
    if options.mode == "historic" and options.contract not in HISTORIC_CONTRACTS:
        parser.error(f"historic mode knows {', '.join(HISTORIC_CONTRACTS)} only")
    if options.mode == "historic" and options.producer:
        parser.error("a producer's meter speaks standard mode")
    if in_use(options.port):
        parser.error(f"port {options.port} is in use: choose another with --port")
    if _with_server(options) and in_use(options.server_port):
        parser.error(
            f"port {options.server_port} is in use: choose another with --server-port"
        )
    return asyncio.run(_run(options))


if __name__ == "__main__":
    sys.exit(main())
