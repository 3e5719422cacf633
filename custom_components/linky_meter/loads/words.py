"""What the log of the load manager says, in Home Assistant's language."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from homeassistant.core import Context, callback

from ..linky_tic.loads.decision import Action, Order, Reason
from ..words import Words

_MOST_UNHEARD = 20
"""Who has the log's entity disabled hears nothing, for ever."""


class Entry(StrEnum):
    """What happened: the types of the log's events."""

    SHED = "shed"
    LOWERED = "lowered"
    RESTORED = "restored"
    METER_LOST = "meter_lost"
    METER_FOUND = "meter_found"
    DISOBEYS = "disobeys"
    OBEYS = "obeys"


@dataclass(frozen=True)
class LogLine:
    """Something that happened."""

    type: Entry
    data: Mapping[str, Any]
    """The attributes of the event."""
    context: Context = field(default_factory=Context)


class Log:
    """Tells what happens, which may be before there is whom to tell."""

    def __init__(self) -> None:
        self._follow: Callable[[LogLine], None] | None = None
        self._unheard = deque[LogLine](maxlen=_MOST_UNHEARD)

    @callback
    def async_follow(self, follow: Callable[[LogLine], None] | None) -> None:
        """Tell from now on, and at once what nobody heard; None: tell nobody."""
        self._follow = follow
        while follow is not None and self._unheard:
            follow(self._unheard.popleft())

    @callback
    def tell(self, line: LogLine) -> None:
        """Tell, or keep it for who comes."""
        if self._follow is None:
            self._unheard.append(line)
        else:
            self._follow(line)


_ENTRIES = {
    Action.SHED: Entry.SHED,
    Action.SET: Entry.LOWERED,
    Action.RESTORE: Entry.RESTORED,
}


def entry_of(order: Order, level: float | None) -> Entry:
    """Return what an order is called; ``level`` is what the load is set to now."""
    if order.action is Action.SET and (order.level or 0.0) >= (level or 0.0):
        return Entry.RESTORED
    return _ENTRIES[order.action]


LATE = "late"
"""In the place of METER_LOST: the meter is read, and what it says is old."""
_WITH_MARGIN = {"load", "limit"}
"""VA of a phase: less by the margin, one is what is drawn and the other what is allowed."""


def _why(order: Order, phases: int) -> str:
    """Return what tells the reason of an order, with the numbers that it has."""
    numbers = order.numbers
    if order.reason is Reason.OVERLOAD and "seconds" not in numbers:
        # The breaker bears this for ever, and not what may come on besides
        return "overload_soon"
    if order.reason is Reason.ROOM:
        # The power is that of all phases, the room that of the one with the least
        needed = numbers.get("power", 0) if phases == 1 else 0
        if numbers["room"] <= needed:
            # Over the limit, and for no longer than the breaker waits
            return "bears"
        if "power" not in numbers:
            # A load that runs gets more
            return "room_more"
    return order.reason


class LogWords(Words):
    """The sentences of the log too."""

    def line(
        self, entry: str, load: str = "", *, dry_run: bool = False, **why: Any
    ) -> str:
        """Return a whole sentence, for what needs no reason: an Entry, or LATE."""
        what = self.say(f"load_log_{entry}", load=load, **why)
        return self.say("load_log_dry_run", what=what) if dry_run else what

    def order(
        self,
        entry: Entry,
        load: str,
        order: Order,
        *,
        phases: int,
        margin: float,
        dry_run: bool,
    ) -> str:
        """Return what is ordered, and why.

        ``phases`` are those of the meter, ``margin`` the VA that count as drawn.
        """
        what = self.line(entry, load)
        if order.level is not None:
            level = self._plain(order.level, 1)
            what = self.say("load_log_level", what=what, level=level)
        part = margin / max(phases, 1)
        numbers = {
            name: self._plain(
                value - (part if name in _WITH_MARGIN else 0.0),
                1 if name == "comfort" else 0,
            )
            for name, value in order.numbers.items()
        }
        why = self.say(f"load_why_{_why(order, phases)}", **numbers)
        if phases > 1 and "phase" in numbers:
            why = self.say("load_why_phase", phase=numbers["phase"], why=why)
        line = self.say("load_log_why", what=what, why=why)
        return self.say("load_log_dry_run", what=line) if dry_run else line

    def _plain(self, value: float, digits: int) -> str:
        return self.decimal(f"{value:.{digits}f}".removesuffix(".0"))
