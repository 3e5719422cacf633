"""A configuration file, read so that an error can name its key and its line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
import re
import tomllib
from typing import Any, TypeGuard

type Path = tuple[str | int, ...]

_NAME = r"\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*((?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)\s*\]")
_KEY = re.compile(rf"^\s*((?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)\s*=")
_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")

_MOST_PART = 50
# Far beyond any price or energy: arithmetic with more digits may overflow
_MOST_DIGITS = 12


class SettingsError(Exception):
    """A setting is wrong: ``problem`` is what is said of it, with ``words``."""

    def __init__(
        self, problem: str, key: str = "", line: int | None = None, **words: object
    ) -> None:
        """Keep which key, and on which line of the file it stands."""
        super().__init__(problem, key, line)
        self.problem, self.key, self.line, self.words = problem, key, line, words


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _counts(value: object) -> bool:
    """Return whether a value is a number that one can count with."""
    if not _is_number(value):
        return False
    number = Decimal(value)
    return number.is_finite() and number.adjusted() <= _MOST_DIGITS


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _list_of(right: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(right, value))


class Table:
    """A table of the file; whoever reads it names every key that there may be."""

    def __init__(
        self, data: Mapping[str, Any], lines: Mapping[Path, int], path: Path = ()
    ) -> None:
        self._data, self._lines, self._path = data, lines, path
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def error(self, problem: str, key: str = "", **words: object) -> SettingsError:
        """Return what is wrong with a key, or with the table itself."""
        path = (*self._path, key) if key else self._path
        line = next(
            (
                self._lines[path[:end]]
                for end in range(len(path), 0, -1)
                if path[:end] in self._lines
            ),
            None,
        )
        return SettingsError(problem, _shown(path), line, **words)

    @property
    def place(self) -> str:
        """Where it stands, which no other table does."""
        return _shown(self._path)

    def raw(self, key: str) -> Any:
        """Return a value as it is, None when it is missing."""
        self._known.append(key)
        return self._data.get(key)

    def _checked(
        self, key: str, right: Callable[[Any], bool], problem: str, **words: object
    ) -> Any:
        """Return a value that is right, None when it is missing."""
        value = self.raw(key)
        if value is not None and not right(value):
            raise self.error(problem, key, **words)
        return value

    def text(self, key: str, choices: Collection[str] = ()) -> str | None:
        """Return a text, one of some if these are given."""
        value: str | None = self._checked(key, _is_text, "setting_text")
        if value is not None and choices and value not in choices:
            raise self.error("setting_choice", key, choices=", ".join(choices))
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts."""
        value = self._checked(key, _list_of(_is_text), "setting_texts")
        return None if value is None else tuple(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number."""

        def right(value: Any) -> bool:
            return (
                isinstance(value, int)
                and not isinstance(value, bool)
                and low <= value <= high
            )

        value: int | None = self._checked(
            key, right, "setting_whole", low=low, high=high
        )
        return value

    def number(self, key: str) -> Decimal | None:
        """Return a number, exactly as it stands there."""
        value = self._checked(key, _counts, "setting_number")
        return None if value is None else Decimal(value)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return whether something is wanted."""
        value = self._checked(key, lambda one: isinstance(one, bool), "setting_flag")
        return default if value is None else bool(value)

    def day(self, key: str) -> date | None:
        """Return a date."""
        value: date | None = self._checked(key, _is_day, "setting_day")
        return value

    def days(self, key: str) -> tuple[date, ...] | None:
        """Return a list of dates."""
        value = self._checked(key, _list_of(_is_day), "setting_days")
        return None if value is None else tuple(value)

    def part(self, key: str) -> Decimal:
        """Return a part in per cent, half of all at most; zero when it is missing."""
        value = self.number(key) or Decimal(0)
        if not 0 <= value <= _MOST_PART:
            raise self.error("setting_part", key, most=_MOST_PART)
        return value

    def table(self, key: str) -> Table:
        """Return a table in this one, an empty one when it is missing."""
        value = self._checked(key, _is_table, "setting_table")
        return Table(value or {}, self._lines, (*self._path, key))

    def tables(self, key: str) -> list[Table]:
        """Return several tables."""
        value = self._checked(key, _list_of(_is_table), "setting_tables")
        return [
            Table(one, self._lines, (*self._path, key, number))
            for number, one in enumerate(value or ())
        ]

    def numbers(self, key: str) -> dict[int, Decimal]:
        """Return numbers in the order of their list, or by the number before each."""
        value = self.raw(key)
        if isinstance(value, list):
            value = {str(number): one for number, one in enumerate(value, 1)}
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(
            name.isdecimal() and _is_number(one) for name, one in value.items()
        ):
            raise self.error("setting_numbers", key)
        return {int(name): Decimal(one) for name, one in value.items()}

    def done(self) -> None:
        """Raise SettingsError for a key that nobody asked for."""
        for key in self._data:
            if key not in self._known:
                raise self.error("setting_unknown", key, known=", ".join(self._known))


def _shown(path: Path) -> str:
    """Return a path as people read it; a table of several is counted from one."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)


def read_table(text: str) -> Table:
    """Return what a file says; raise SettingsError when it is no TOML."""
    try:
        data = tomllib.loads(text, parse_float=_decimal)
    except ValueError as err:
        # Of TOML, or of an integer that is too long
        # Python 3.13 tells the line in the message only
        where = _AT_LINE.search(str(err))
        reason = _AT_LINE.sub("", str(err))
        line = int(where[1]) if where and where[1] else len(text.splitlines())
        raise SettingsError("setting_toml", "", line, reason=reason) from err
    except RecursionError as err:
        raise SettingsError("setting_toml", reason="too deep") from err
    return Table(data, _lines(text))


def _decimal(text: str) -> Decimal:
    """Return a number as it stands there, NaN for an exponent beyond arithmetic."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _lines(text: str) -> dict[Path, int]:
    """Return on which line each key stands; of what stands in one line, that line."""
    found: dict[Path, int] = {}
    last: dict[Path, int] = {}
    here: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if (header := _HEADER.match(line)) is not None:
            here, names = (), _names(header[2])
            for place, name in enumerate(names, 1):
                here = (*here, name)
                found.setdefault(here, number)
                if header[1] == "[[" and place == len(names):
                    last[here] = last.get(here, -1) + 1
                if here in last:
                    here = (*here, last[here])
            found.setdefault(here, number)
        elif (key := _KEY.match(line)) is not None:
            path = here
            for name in _names(key[1]):
                path = (*path, name)
                found.setdefault(path, number)
    return found


def _names(dotted: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_NAME, dotted)]
