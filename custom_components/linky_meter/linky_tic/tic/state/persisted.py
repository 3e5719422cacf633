"""What a memory may look like on a disk: checked at every depth before it is believed.

A number where a text belongs would be an exception in each frame, long after the start.
What is missing was not learned yet, and an unknown field is a later release's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
import re

from ..profile import Encoding
from ..tariffs import INDEXES, Contract

type Check = Callable[[object], bool]

# Wh: an index has nine digits (54E, section 6.2.3), and an offset is made of some
_MOST_WH = 10**12
# Seconds since 1970, in the year 5138
_MOST_SECONDS = 10**11
# VA², of what is not active; more than any meter can pass
_MOST_AMOUNT = 10**10
# Bands are a tenth wide: far beyond any apparent power
_MOST_BAND = 200


def check_memory(data: object) -> None:
    """Raise ValueError, which names the field, for what no ``Memory`` wrote."""
    if not isinstance(data, Mapping):
        raise ValueError("The memory is no mapping")  # noqa: TRY004
    for name, check in _MEMORY.items():
        if name in data and not check(data[name]):
            raise ValueError(f"The memory's {name} is not what was written")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _decimal(numbers: range) -> Check:
    return lambda value: (
        isinstance(value, str) and value.isdecimal() and int(value) in numbers
    )


def _is_bits(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{1,12}", value) is not None


def _up_to(most: float) -> Check:
    return lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= most
    )


_is_time, _is_amount = _up_to(_MOST_SECONDS), _up_to(_MOST_AMOUNT)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | bool) or value is None or _is_time(value)


def _whole(least: int, most: int) -> Check:
    return lambda value: (
        isinstance(value, int)
        and not isinstance(value, bool)
        and least <= value <= most
    )


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _each(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _row(*checks: Check) -> Check:
    return lambda value: (
        isinstance(value, list)
        and len(value) == len(checks)
        and all(check(item) for check, item in zip(checks, value, strict=True))
    )


def _mapping(key: Check, check: Check) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and all(map(key, value))
        and all(map(check, value.values()))
    )


def _fields(**fields: Check) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and all(check(value[name]) for name, check in fields.items() if name in value)
    )


def _dated(name: str) -> Check:
    """Check that what is known of something comes with its time."""
    return lambda value: (
        isinstance(value, dict) and (value.get(name) is None or f"{name}_at" in value)
    )


def _both(*checks: Check) -> Check:
    return lambda value: all(check(value) for check in checks)


_INDEX = _whole(0, _MOST_WH)
_TARIFF = _whole(INDEXES.start, INDEXES[-1])
_SHOWN = (
    "contract",
    "message_1",
    "message_2",
    "mobile_peak",
    "mobile_peak_notice",
    "overload",
    "tariff_period",
    "tempo_today",
)
_KNOWN = _both(
    _fields(
        **dict.fromkeys(_SHOWN, _is_plain),
        at=_is_time,
        calm=_is_time,
        announced=_optional(_row(_is_text, _is_text)),
        announced_at=_is_time,
        message_2_at=_is_time,
    ),
    _dated("announced"),
    _dated("message_2"),
)
_MEMORY: dict[str, Check] = {
    "phases": _optional(lambda value: _INDEX(value) and value in (1, 3)),
    "phase_powers_wrong": lambda value: isinstance(value, bool),
    "encoding": _optional(lambda value: value in tuple(Encoding)),
    "contract": _optional(lambda value: value in tuple(Contract)),
    "labels": _mapping(_is_text, _mapping(_decimal(INDEXES), _is_text)),
    "active": _each(_TARIFF),
    "registers": _optional(_is_text),
    "offset": _whole(-_MOST_WH, _MOST_WH),
    "shown": _optional(_INDEX),
    "indexes": _fields(
        constant=_optional(_whole(-_MOST_WH, _MOST_WH)),
        registers=_mapping(
            _is_text, _row(_INDEX, _INDEX, _is_time, _optional(_is_time))
        ),
        unconfirmed=_mapping(_is_text, _INDEX),
    ),
    "exported": _up_to(_MOST_WH),
    "days": _mapping(_is_text, _is_text),
    "keys": _each(_is_text),
    "observed": _fields(
        contract=_is_text,
        changes=_mapping(_decimal(range(24 * 60)), _TARIFF),
        covered=_is_bits,
    ),
    "factors": _each(
        _row(
            _whole(1, 3),
            _whole(0, 2),
            _whole(-_MOST_BAND, _MOST_BAND),
            _is_amount,
            _is_amount,
        )
    ),
    "events": _mapping(_is_text, _KNOWN),
    "happenings": _mapping(_is_text, _KNOWN),
}
