"""What is seen of the loads, and what is decided about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Observation:
    """What is seen of a load now."""

    on: bool | None
    """Whether it may run: switched on, in its usual preset, charging; None where it is
    unavailable."""
    power: float | None = None
    """W measured by itself; None where nothing does."""
    comfort: float | None = None
    """What ``Load.comfort`` is compared with, such as a room's temperature."""
    level: float | None = None
    """What it is set to: A of a charger, W of a number."""


class Action(StrEnum):
    """What to do with a load."""

    SHED = "shed"
    """Off, the saving preset, 0 W, paused."""
    RESTORE = "restore"
    """On, the preset of before; at ``Order.level`` where it is adjustable."""
    SET = "set"
    """To ``Order.level``: A or W."""


class Reason(StrEnum):
    """Why something was ordered, or why a load is as it is."""

    OVERLOAD = "overload"
    """Ordered: the breaker would open. Numbers: ``seconds`` (until then, at the present
    load), ``load`` and ``limit`` (VA of the phase), ``phase``."""
    LIMIT = "limit"
    """Ordered: the limit is exceeded, and the breaker has no filter. The same numbers,
    without ``seconds``."""
    ROOM = "room"
    """Ordered: there is room again. Numbers: ``room`` and ``power`` (VA)."""
    NEVER = "never"
    """Ordered: an hour began in which it is never shed. State: it is such an hour."""
    COMFORT = "comfort"
    """Ordered: comfort fell below its limit. State: it is below. Number: ``comfort``."""
    PRIORITY = "priority"
    """Ordered: it makes room for a more important load. Number: ``power`` (VA)."""
    RELEASED = "released"
    """Ordered: managing ends."""
    METER_LOST = "meter_lost"
    """Ordered or state: the meter is lost. Number: ``seconds`` since when."""
    METER_BACK = "meter_back"
    """Ordered: the meter is back, and it was shed only because it was lost."""
    MIN_ON = "min_on"
    """State: it was switched on too lately."""
    MIN_OFF = "min_off"
    """State: it was shed too lately to be restored."""
    OFF = "off"
    """State: it does not run, so there is nothing to shed."""
    BY_HAND = "by_hand"
    """State: somebody switched it on again after it was shed; it was let."""
    NO_EFFECT = "no_effect"
    """State: it obeyed and the house draws no less: it did not run."""
    WAITING = "waiting"
    """State: shed, until there is room. Number: ``power`` (VA that must fit)."""
    LOWERED = "lowered"
    """State: it runs with less than it may have."""
    ORDERED = "ordered"
    """State: an order is on its way."""


class LoadState(StrEnum):
    """How a load is."""

    ALLOWED = "allowed"
    SHED = "shed"
    DISOBEYS = "disobeys"
    """Ordered off, and still on or still drawing: nothing is asked of it for a while."""
    UNAVAILABLE = "unavailable"
    HELD = "held"
    """Allowed, and may not be shed now: minimum time, never-touch hours, comfort."""


type Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with a load."""

    load: str
    """``Load.key``."""
    action: Action
    reason: Reason
    numbers: Numbers = field(default_factory=dict)
    """What the words of the reason need; whole units as the reason says."""
    level: float | None = None
    """A or W of an adjustable load, for RESTORE and SET."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """How a load is, and why."""

    state: LoadState
    reason: Reason | None = None
    since: datetime | None = None
    """When it was shed, or was last restored."""
    until: datetime | None = None
    """When a minimum time ends."""
    power: float | None = None
    """VA that it is believed to draw while it runs at most."""
    level: float | None = None
    """A or W that it was last set to."""
    numbers: Numbers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done now, and how all stands."""

    orders: tuple[Order, ...] = ()
    room: tuple[float | None, ...] = ()
    """VA left on each phase, as in ``PhaseDraw.room``; empty while the meter is lost."""
    least_room: float | None = None
    """The least of them, None when one is unknown."""
    seconds_to_trip: float | None = None
    """Seconds until the breaker opens at the present load, None for never."""
    states: Mapping[str, LoadReport] = field(default_factory=dict)
    """By ``Load.key``, in the order in which they are shed."""
    lost: bool = False
    """Whether the meter counts as lost."""
