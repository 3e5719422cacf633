"""The arguments of the command line."""

from __future__ import annotations

import argparse
from datetime import date
from importlib.metadata import PackageNotFoundError, version

from ..costs.calendar.days import Month
from ..tic.sources.listen import LISTEN_IN_ALL

_EXIT_CODES = """\
exit codes:
  0 done; 1 a file cannot be used; 2 wrong arguments or settings; 3 no such port, server or meter;
  4 port busy; 5 silence; 6 noise, or not a TIC, or not a TIC2WebSocket server;
  7 port or server unusable or lost; 130 Ctrl-C
"""


def package_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("linky-tic")
    except PackageNotFoundError:
        return "0"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    main = argparse.ArgumentParser(
        prog="linky-tic",
        description="Read a French electricity meter through its customer output (TIC).",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    main.add_argument("--version", action="version", version=package_version())
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    ports = commands.add_parser(
        "ports", help="list serial ports, TIC modems first, or a server's meters"
    )
    ports.add_argument("--json", action="store_true", help="one JSON object a port")
    ports.add_argument(
        "--server",
        metavar="HOST[:PORT]",
        help="list the meters and modems of a TIC2WebSocket server instead",
    )
    ports.add_argument(
        "--mask",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="hide the meters' numbers, which is the default, or show them",
    )

    read = commands.add_parser("read", help="show one frame and exit")
    _port(read)
    _output(read)

    watch = commands.add_parser("watch", help="show every frame until Ctrl-C")
    _port(watch)
    _output(watch)

    decode = commands.add_parser("decode", help="show the frames in captured bytes")
    decode.add_argument(
        "file", metavar="FILE", help="raw or recorded bytes; - is stdin"
    )
    _output(decode)

    record = commands.add_parser("record", help="keep raw bytes with their times")
    record.add_argument("file", metavar="FILE", help="what to write; - is stdout")
    _port(record)
    record.add_argument(
        "--seconds", type=_positive, metavar="N", help="how long; else until Ctrl-C"
    )

    mask = commands.add_parser(
        "mask", help="replace meter number, PRM and messages in a capture"
    )
    mask.add_argument("file", metavar="FILE", help="raw or recorded bytes; - is stdin")
    mask.add_argument("-o", "--output", metavar="OUT", default="-", help="else stdout")

    run = commands.add_parser(
        "run", help="read for ever and hand on what is read, until it is stopped"
    )
    _config(run)

    serve = commands.add_parser(
        "serve", help="share meters with other programs, until it is stopped"
    )
    serve.add_argument(
        "ports",
        metavar="PORT",
        nargs="*",
        help="serial ports or URLs, as of read; else what the settings name",
    )
    serve.add_argument(
        "--bind",
        metavar="ADDRESS",
        help="where to listen (default 127.0.0.1: this machine alone can connect);"
        " another needs a token, or insecure = true, in the settings",
    )
    serve.add_argument(
        "--port", type=_port_number, metavar="N", help="of the network, else 19584"
    )
    _config(serve)

    cost = commands.add_parser("cost", help="show what a month costs")
    cost.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a ledger, recorded streams in their order, or files of Enedis",
    )
    cost.add_argument(
        "--month", type=_month, metavar="YYYY-MM", help="else the last one there is"
    )
    cost.add_argument(
        "--year",
        action="store_true",
        help="twelve months at today's prices: the best contract, the power to subscribe",
    )
    cost.add_argument(
        "--offers",
        action="store_true",
        help="the same, with every offer at each power that would do",
    )
    cost.add_argument("--json", action="store_true", help="one JSON object")
    _config(cost)

    prices = commands.add_parser("prices", help="list prices by offer and power")
    prices.add_argument("--power", type=int, metavar="KVA", help="of this power only")
    prices.add_argument(
        "--date", type=_day, metavar="YYYY-MM-DD", help="in force on a day, else today"
    )
    prices.add_argument("--json", action="store_true", help="one JSON object a list")
    _config(prices)
    return main


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config",
        metavar="FILE",
        help="settings; else linky-tic.toml here or in /etc, if there is one",
    )


def _port(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "port",
        metavar="PORT",
        nargs="?",
        help="serial port or URL, such as /dev/ttyUSB0, COM3, socket://host:port;"
        " ws://host:port[?serial=...|?port_id=...|?port_name=...] is a meter of a"
        " TIC2WebSocket server; else the only modem there is",
    )
    command.add_argument(
        "--baudrate",
        type=int,
        metavar="N",
        help="speed a port tries first, 1200 or 9600",
    )
    command.add_argument(
        "--timeout",
        type=_positive,
        metavar="N",
        default=LISTEN_IN_ALL,
        help="seconds to wait for something usable (default %(default).0f)",
    )


def _output(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object a frame")
    command.add_argument(
        "--mask",
        action="store_true",
        help="invent meter number and PRM, hide messages",
    )


def _positive(text: str) -> float:
    """Return a number of seconds."""
    if not 0 < (seconds := float(text)) < 1e9:
        raise argparse.ArgumentTypeError("not a number of seconds")
    return seconds


def _port_number(text: str) -> int:
    if not text.isdecimal() or not 0 < (port := int(text)) < 65_536:
        raise argparse.ArgumentTypeError("not a port from 1 to 65535")
    return port


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not a month such as 2026-11") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("not a day such as 2026-11-22") from None
