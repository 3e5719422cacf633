"""Readings on a screen or in a pipe, as they come."""

from __future__ import annotations

from collections.abc import Iterable
import os
import shutil
import sys
import textwrap

from ...tic.reading import MeterReading
from ..input.follow import LateWatch
from ..messages import Language, say
from ..output.share import mask_reading
from ..output.table import line, table, wide_table

_HOME = "\x1b[H"
_CLEAR_LINE, _CLEAR_BELOW = "\x1b[K", "\x1b[J"
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_CLEAR = "\x1b[2J"


class Output:
    """Writes readings to standard output in the form that was asked for."""

    def __init__(self, lang: Language, *, as_json: bool, masked: bool) -> None:
        self._lang, self._json, self._masked = lang, as_json, masked
        self._tables = 0
        self._late_watch = LateWatch()
        self._note = ""

    def tell(self, reading: MeterReading) -> None:
        """Say what is new of a server's delay; on a screen while it lasts."""
        if (news := self._late_watch.news(reading)) is None:
            return
        key, seconds = news
        note = say(key, self._lang, seconds=seconds)
        if self.on_screen:
            self._note = "" if key == "in_time" else note
        else:
            print(f"linky-tic: {note}", file=sys.stderr)

    def table(self, reading: MeterReading) -> None:
        """Write one reading, whole."""
        reading = mask_reading(reading) if self._masked else reading
        if self._json:
            self._write([reading.as_json()])
            return
        between = [""] if self._tables else []
        self._tables += 1
        self._write(between + table(reading, self._lang))

    def line(self, reading: MeterReading) -> None:
        """Write one reading, short."""
        if self._json:
            self.table(reading)
        else:
            self._write([line(reading, self._lang)])

    def screen(self, reading: MeterReading) -> None:
        """Write one reading over the one before."""
        reading = mask_reading(reading) if self._masked else reading
        columns, rows = shutil.get_terminal_size()
        note = textwrap.wrap(self._note, columns)
        lines = [*note, *wide_table(reading, self._lang, columns)]
        if len(lines) > rows - 1:
            left = len(lines) - rows + 2
            lines = [*lines[: max(rows - 2, 1)], say("more", self._lang, count=left)]
        start = _HOME if self._tables else _HIDE_CURSOR + _CLEAR + _HOME
        self._tables += 1
        body = "".join(f"{text[:columns]}{_CLEAR_LINE}\n" for text in lines)
        self._put(start + body + _CLEAR_BELOW)

    def close(self) -> None:
        """Leave the terminal as it was found."""
        if self.on_screen and self._tables:
            self._put(_SHOW_CURSOR)

    @property
    def on_screen(self) -> bool:
        """Whether readings can be written over each other."""
        return (
            not self._json
            and sys.stdout.isatty()
            and os.environ.get("TERM", "") != "dumb"
        )

    def _write(self, lines: Iterable[str]) -> None:
        self._put("".join(f"{text}\n" for text in lines))

    @staticmethod
    def _put(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
