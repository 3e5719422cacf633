"""Run a simulated meter: `python -m tests.simulator --link /tmp/linky`."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
import signal
import sys
from typing import get_args

from .clock import PARIS
from .config import ContractName, MeterConfig
from .frames.wire import Mode, View
from .link.faults import Faults
from .link.line import Line
from .link.pty_meter import PtyMeter
from .link.tcp_meter import TcpMeter
from .meter import SimulatedMeter
from .presets import PRESETS


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    options = _parser().parse_args(arguments)
    meter = SimulatedMeter(_config(options))
    faults = Faults(bit_flips=options.bit_errors)
    line = Line(meter, view=options.view, faults=faults)
    if options.dump is not None:
        for _ in range(options.dump):
            sys.stdout.buffer.write(line.send().data)
        return 0
    asyncio.run(_serve(line, options))
    return 0


async def _serve(line: Line, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        if options.tcp is not None:
            tcp = TcpMeter(line=line, port=options.tcp, speed=options.speed)
            await stack.enter_async_context(tcp)
            print(tcp.url, flush=True)
        else:
            pty = PtyMeter(
                line=line,
                link=options.link,
                speed=options.speed,
                check_speed=not options.any_speed,
            )
            await stack.enter_async_context(pty)
            print(pty.path, flush=True)
        await stop.wait()


def _config(options: argparse.Namespace) -> MeterConfig:
    config = PRESETS[options.preset] if options.preset else MeterConfig()
    start = options.start or datetime.now(PARIS)
    if start.tzinfo is None:
        start = start.replace(tzinfo=PARIS)
    given = {
        "mode": options.mode,
        "phases": options.phases,
        "contract": options.contract,
        "kva": options.kva,
        "address": options.address,
        "seed": options.seed,
        "producer": options.producer or None,
        "exporting": options.exporting or None,
        "day_encoding": options.day_encoding,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(config, start=start, **changes)


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    if (speed := float(text)) <= 0:
        raise argparse.ArgumentTypeError("a speed is above zero")
    return speed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator", description="A Linky meter for ever."
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--link", help="name of the serial port, a symbolic link")
    way.add_argument("--tcp", type=int, metavar="PORT", help="serve a TCP port instead")
    way.add_argument("--dump", type=int, metavar="N", help="write N frames and stop")
    parser.add_argument("--preset", choices=PRESETS, help="a meter to start from")
    parser.add_argument("--mode", choices=get_args(Mode))
    parser.add_argument("--phases", type=int, choices=(1, 3))
    parser.add_argument("--contract", choices=get_args(ContractName))
    parser.add_argument("--kva", type=int, help="subscribed power")
    parser.add_argument("--address", help="twelve characters")
    parser.add_argument("--seed", type=int, help="another household")
    parser.add_argument("--producer", action="store_true", help="sells solar energy")
    parser.add_argument(
        "--exporting", action="store_true", help="solar panels, no producer option"
    )
    parser.add_argument("--day-encoding", choices=("decimal", "hex"))
    parser.add_argument(
        "--start", type=datetime.fromisoformat, help="first moment (ISO); else now"
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="1 is real time; max: as fast as read"
    )
    parser.add_argument(
        "--bit-errors", type=float, default=0.0, help="share of bytes with a wrong bit"
    )
    parser.add_argument("--view", choices=get_args(View), default="8bit")
    parser.add_argument(
        "--any-speed", action="store_true", help="ignore the speed of the reader's port"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
