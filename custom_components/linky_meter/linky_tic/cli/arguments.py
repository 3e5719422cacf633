"""The arguments of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.metadata import PackageNotFoundError, version

from ..costs.calendar.days import Month
from ..tic.sources.listen import LISTEN_IN_ALL
from .argument_words import FRENCH
from .messages import Language

_EXIT_CODES = """\
exit codes:
  0 done; 1 a file cannot be used; 2 wrong arguments or settings; 3 no such port, server or meter;
  4 port busy; 5 silence; 6 noise, or not a TIC, or not a TIC2WebSocket server;
  7 port or server unusable or lost; 130 Ctrl-C
"""


type Words = Callable[[str], str]
"""What is said for a text in English."""


def package_version() -> str:
    """Return the version of the installed package."""
    try:
        return version("linky-tic")
    except PackageNotFoundError:
        return "0"


def parse(arguments: Sequence[str] | None, lang: Language) -> argparse.Namespace:
    """Return what the arguments ask for; SystemExit for help, and where they are wrong."""
    words = FRENCH if lang is Language.FR else {}

    def say(text: str) -> str:
        return words.get(text, text)

    with _spoken(say):
        return parser(say).parse_args(arguments)


@contextmanager
def _spoken(say: Words) -> Iterator[None]:
    """Let argparse say its own texts in a language: it asks gettext, which has no files."""
    names = vars(argparse)
    kept = {name: names[name] for name in ("_", "ngettext")}
    names["_"] = say
    names["ngettext"] = lambda one, many, number: say(one if number == 1 else many)
    try:
        yield
    finally:
        names.update(kept)


def parser(say: Words = str) -> argparse.ArgumentParser:
    """Return the parser of the command line, in the words of a language."""
    main = argparse.ArgumentParser(
        prog="linky-tic",
        description=say(
            "Read a French electricity meter through its customer output (TIC)."
        ),
        epilog=say(_EXIT_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    main.add_argument("--version", action="version", version=package_version())
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    ports = commands.add_parser(
        "ports", help=say("list serial ports, TIC modems first, or a server's meters")
    )
    ports.add_argument(
        "--json", action="store_true", help=say("one JSON object a port")
    )
    ports.add_argument(
        "--server",
        metavar="HOST[:PORT]",
        help=say("list the meters and modems of a TIC2WebSocket server instead"),
    )
    ports.add_argument(
        "--mask",
        action=argparse.BooleanOptionalAction,
        default=True,
        help=say("hide the meters' numbers, which is the default, or show them"),
    )

    read = commands.add_parser("read", help=say("show one frame and exit"))
    _port(read, say)
    _output(read, say)

    watch = commands.add_parser("watch", help=say("show every frame until Ctrl-C"))
    _port(watch, say)
    _output(watch, say)

    decode = commands.add_parser(
        "decode", help=say("show the frames in captured bytes")
    )
    decode.add_argument(
        "file", metavar="FILE", help=say("raw or recorded bytes; - is stdin")
    )
    _output(decode, say)

    record = commands.add_parser("record", help=say("keep raw bytes with their times"))
    record.add_argument("file", metavar="FILE", help=say("what to write; - is stdout"))
    _port(record, say)
    record.add_argument(
        "--seconds",
        type=_seconds(say),
        metavar="N",
        help=say("how long; else until Ctrl-C"),
    )

    mask = commands.add_parser(
        "mask", help=say("replace meter number, PRM and messages in a capture")
    )
    mask.add_argument(
        "file", metavar="FILE", help=say("raw or recorded bytes; - is stdin")
    )
    mask.add_argument(
        "-o", "--output", metavar="OUT", default="-", help=say("else stdout")
    )

    run = commands.add_parser(
        "run", help=say("read for ever and hand on what is read, until it is stopped")
    )
    _config(run, say)

    serve = commands.add_parser(
        "serve", help=say("share meters with other programs, until it is stopped")
    )
    serve.add_argument(
        "ports",
        metavar="PORT",
        nargs="*",
        help=say("serial ports or URLs, as of read; else what the settings name"),
    )
    serve.add_argument(
        "--bind",
        metavar="ADDRESS",
        help=say(
            "where to listen (default 127.0.0.1: this machine alone can connect);"
            " another needs a token, or insecure = true, in the settings"
        ),
    )
    serve.add_argument(
        "--port",
        type=_typed(_port_number, say("not a port from 1 to 65535")),
        metavar="N",
        help=say("of the network, else 19584"),
    )
    _config(serve, say)

    cost = commands.add_parser("cost", help=say("show what a month costs"))
    cost.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help=say("a ledger, recorded streams, or files of Enedis, in any order"),
    )
    cost.add_argument(
        "--month",
        type=_typed(_month, say("not a month such as 2026-11")),
        metavar="YYYY-MM",
        help=say("else the last one there is"),
    )
    cost.add_argument(
        "--year",
        action="store_true",
        help=say(
            "twelve months at today's prices: the best contract, the power to subscribe"
        ),
    )
    cost.add_argument(
        "--offers",
        action="store_true",
        help=say("the same, with every offer at each power that would do"),
    )
    cost.add_argument("--json", action="store_true", help=say("one JSON object"))
    _config(cost, say)

    prices = commands.add_parser("prices", help=say("list prices by offer and power"))
    prices.add_argument(
        "--power", type=int, metavar="KVA", help=say("of this power only")
    )
    prices.add_argument(
        "--date",
        type=_typed(date.fromisoformat, say("not a day such as 2026-11-22")),
        metavar="YYYY-MM-DD",
        help=say("in force on a day, else today"),
    )
    prices.add_argument(
        "--json", action="store_true", help=say("one JSON object a list")
    )
    _config(prices, say)
    return main


def _config(command: argparse.ArgumentParser, say: Words) -> None:
    command.add_argument(
        "--config",
        metavar="FILE",
        help=say("settings; else linky-tic.toml here or in /etc, if there is one"),
    )


def _port(command: argparse.ArgumentParser, say: Words) -> None:
    command.add_argument(
        "port",
        metavar="PORT",
        nargs="?",
        help=say(
            "serial port or URL, such as /dev/ttyUSB0, COM3, socket://host:port;"
            " ws://host:port[?serial=...|?port_id=...|?port_name=...] is a meter of a"
            " TIC2WebSocket server; else the only modem there is"
        ),
    )
    command.add_argument(
        "--baudrate",
        type=_typed(_speed, say("not a speed from 300 to 4000000")),
        metavar="N",
        help=say("speed a port tries first, 1200 or 9600"),
    )
    command.add_argument(
        "--timeout",
        type=_seconds(say),
        metavar="N",
        default=LISTEN_IN_ALL,
        help=say("seconds to wait for something usable (default %(default).0f)"),
    )


def _output(command: argparse.ArgumentParser, say: Words) -> None:
    command.add_argument(
        "--json", action="store_true", help=say("one JSON object a frame")
    )
    command.add_argument(
        "--mask",
        action="store_true",
        help=say("invent meter number and PRM, hide messages"),
    )


def _typed[T](read: Callable[[str], T], wrong: str) -> Callable[[str], T]:
    """Return what reads a value, and says what is wrong with another."""

    def typed(text: str) -> T:
        try:
            return read(text)
        except ValueError:
            raise argparse.ArgumentTypeError(wrong) from None

    return typed


def _seconds(say: Words) -> Callable[[str], float]:
    return _typed(_positive, say("not a number of seconds"))


def _positive(text: str) -> float:
    if not 0 < (seconds := float(text)) < 1e9:
        raise ValueError
    return seconds


def _speed(text: str) -> int:
    if not 300 <= (speed := int(text)) <= 4_000_000:  # as in the settings
        raise ValueError
    return speed


def _month(text: str) -> Month:
    month = Month.parse(text)
    if not 2000 <= month.year < 2200:  # beyond there are no prices, and soon no dates
        raise ValueError
    return month


def _port_number(text: str) -> int:
    if not text.isdecimal() or not 0 < (port := int(text)) < 65_536:
        raise ValueError
    return port
