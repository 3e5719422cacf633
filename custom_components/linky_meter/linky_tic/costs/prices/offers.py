"""Compared offers: how one sorts energy into its indexes, and at what prices.

An offer is a calendar of its own with indexes 1 to 10, so lists of prices serve it as
they serve the meter. Where the meter's indexes hold enough, they are used; otherwise
virtual registers sort the energy by time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ...tic.tariffs import TARIFFS, contract_of_calendar
from ..calendar.calendars import BASE, OFF_PEAK, TEMPO
from ..calendar.days import DAY
from ..calendar.schedule import WEEK_END, Schedule, Window
from ..calendar.tempo import Colour, Colours, off_peak_index
from ..errors import OfferError, refusing
from .dynamic import Formula
from .prices import PriceList, Prices
from .regulated import Grid, RegulatedPrices


class Structure(StrEnum):
    """How an offer sorts energy."""

    BASE = "base"
    OFF_PEAK = "off_peak"
    TEMPO = "tempo"
    WEEK_END = "week_end"
    SUPER_OFF_PEAK = "super_off_peak"
    SEASONS = "seasons"
    SEASONS_SUPER = "seasons_super"
    ALERT_DAYS = "alert_days"
    SEASONS_ALERT = "seasons_alert"
    CUSTOM = "custom"
    DYNAMIC = "dynamic"
    """One price at a time, told by somebody outside."""


CALENDARS: dict[Structure, str] = {
    **{structure: f"OFFER {structure.upper()}" for structure in Structure},
    Structure.BASE: BASE,
    Structure.OFF_PEAK: OFF_PEAK,
    Structure.TEMPO: TEMPO,
}
"""What an offer's prices are filed under."""

INDEXES: dict[Structure, tuple[str, ...]] = {
    **{
        structure: tuple(map(str, TARIFFS[contract_of_calendar(CALENDARS[structure])]))
        for structure in (Structure.BASE, Structure.OFF_PEAK, Structure.TEMPO)
    },
    Structure.WEEK_END: ("off_peak", "peak", "week_end"),
    Structure.SUPER_OFF_PEAK: ("off_peak", "peak", "super_off_peak"),
    Structure.SEASONS: (
        *("winter_off_peak", "winter_peak"),
        *("summer_off_peak", "summer_peak"),
    ),
    Structure.SEASONS_SUPER: (
        *("winter_off_peak", "winter_peak", "winter_super_off_peak"),
        *("summer_off_peak", "summer_peak", "summer_super_off_peak"),
    ),
    Structure.ALERT_DAYS: ("off_peak", "peak", "alert_off_peak", "alert_peak"),
    Structure.SEASONS_ALERT: (
        *("winter_off_peak", "winter_peak"),
        *("summer_off_peak", "summer_peak"),
        *("alert_off_peak", "alert_peak"),
    ),
    Structure.DYNAMIC: ("all_hours",),
}
"""The indexes of a structure in the order of a bill, the first is 1; those of a custom
one have no names."""

CUSTOM_INDEXES = range(1, 9)
"""The indexes that a custom structure may have."""

NEED_HOURS = frozenset(Structure) - {
    *(Structure.BASE, Structure.OFF_PEAK, Structure.TEMPO, Structure.WEEK_END),
    Structure.DYNAMIC,
}
"""Those that no hours of the meter can stand in for."""

NIGHT = (Window(1, time(22), time(6)),)
"""Off-peak hours where neither the meter nor the user tells them."""

NIGHT_SCHEDULE = Schedule(NIGHT, 2)

TEMPO_SCHEDULE = Schedule(
    (Window(1, time(0), time(6)), Window(2, time(6), time(22))), 3
)
"""Before 06:00 (the colour of the day before), peak, after 22:00; no colour is needed
to sort them."""


def colour_day(day: date, slot: int) -> date:
    """Return the Tempo day whose colour holds: before 06:00 that of the day before."""
    return day - DAY if slot == 1 else day


def tempo_index(colour: Colour, slot: int) -> int:
    """Return the index of Tempo that counts in a slot of its schedule."""
    return off_peak_index(colour) + (slot == 2)


def tempo_chances(colours: Colours, day: date, slot: int) -> dict[int, Decimal]:
    """Return how likely each index of Tempo is in a slot of a day."""
    chances = colours.chances(colour_day(day, slot))
    return {tempo_index(colour, slot): part for colour, part in chances.items()}


WEEK_END_WINDOW = Window(3, weekdays=WEEK_END)

_TEMPO_TO_OFF_PEAK = {1: 1, 2: 2, 3: 1, 4: 2, 5: 1, 6: 2}


@dataclass(frozen=True)
class Offer:
    """An offer to compare with; raise OfferError when it lacks something."""

    name: str
    structure: Structure
    prices: PriceList = field(default_factory=PriceList)
    """Empty for a regulated offer."""
    supplier: str = ""
    schedule: Schedule | None = None
    """Its windows; None takes the meter's own off-peak hours, else the night."""
    regulated: int | None = None
    """Subscribed kVA of a regulated offer, whose prices follow the grid."""
    discount: Decimal = Decimal(0)
    """Per cent below the regulated price, before taxes."""
    alert: str = ""
    """Who tells its alert days."""
    formula: Formula | None = None
    """Of a dynamic contract; its periods have the subscription only."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise OfferError("It has no name")
        if self.structure in NEED_HOURS and self.schedule is None:
            raise OfferError("It has no windows")
        if self.regulated is None and not self.prices.periods:
            raise OfferError("It has no prices")
        if (self.structure is Structure.DYNAMIC) != (self.formula is not None):
            raise OfferError("A dynamic contract has a formula, and no other")
        if any(period.calendar != self.calendar for period in self.prices.periods):
            raise OfferError("It has prices of another structure")

    @property
    def calendar(self) -> str:
        """What its prices are filed under."""
        return CALENDARS[self.structure]

    @property
    def alert_key(self) -> str:
        """What its alert days are kept under: who tells them, and when a day begins."""
        begins = time() if self.schedule is None else self.schedule.alert_from
        return f"{self.alert}@{begins:%H:%M}"

    @property
    def indexes(self) -> tuple[int, ...]:
        """The indexes that it counts with."""
        if self.structure is not Structure.CUSTOM:
            return tuple(range(1, len(INDEXES[self.structure]) + 1))
        assert self.schedule is not None
        found = {window.index for window in self.schedule.windows}
        return tuple(sorted(found | {self.schedule.default}))

    @property
    def names(self) -> dict[int, str]:
        """What its indexes are called; those of a custom one by their numbers."""
        # Four were there before more could be
        most = max(4, *self.indexes)
        names = INDEXES.get(self.structure, tuple(map(str, range(1, most + 1))))
        return dict(enumerate(names, 1))

    def price_list(self, grid: Grid) -> Prices:
        """Return what knows its prices."""
        if self.regulated is not None:
            return RegulatedPrices(grid, self.regulated, self.discount)
        return self.prices

    def schedules(self, learned: Schedule | None = None) -> tuple[Schedule, ...]:
        """Return the schedules of all its virtual registers, see ``sorting``."""
        schedule = self.sorting(learned)
        return () if schedule is None else schedule.variants

    def sorting(self, learned: Schedule | None = None) -> Schedule | None:
        """Return the schedule of its virtual registers; None: it needs none.

        ``learned`` are the meter's own off-peak hours (index 1), for offers that keep
        them.
        """
        if self.structure in {Structure.BASE, Structure.DYNAMIC}:
            return None
        if self.structure is Structure.TEMPO:
            return TEMPO_SCHEDULE
        if self.schedule is not None:
            return self.schedule
        windows = learned.windows if learned is not None else NIGHT
        night = tuple(window for window in windows if window.index == 1) or NIGHT
        if self.structure is Structure.WEEK_END:
            return Schedule((WEEK_END_WINDOW, *night), 2)
        return Schedule(night, 2)

    def mapping(self, calendar: str) -> dict[int, int] | None:
        """Return the offer's index by the meter's; None: those do not tell enough."""
        if self.structure is Structure.BASE:
            return dict.fromkeys(range(1, 11), 1)
        if self.structure is Structure.TEMPO:
            return {n: n for n in range(1, 7)} if calendar == TEMPO else None
        if self.structure is Structure.OFF_PEAK:
            if calendar == OFF_PEAK and self.schedule is None:
                return {1: 1, 2: 2}
            if calendar == TEMPO and self.schedule in {None, NIGHT_SCHEDULE}:
                return _TEMPO_TO_OFF_PEAK
        return None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "name": self.name,
            "structure": self.structure,
            "supplier": self.supplier,
            "prices": self.prices.as_list(),
            "schedule": self.schedule.as_dict() if self.schedule else None,
            "regulated": self.regulated,
            **({"discount": str(self.discount)} if self.discount else {}),
            **({"alert": self.alert} if self.alert else {}),
            **({"formula": self.formula.as_dict()} if self.formula else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Offer:
        """Return what ``as_dict`` gave; raise OfferError, PriceError, ScheduleError."""
        with refusing(OfferError, "offer"):
            schedule, regulated = data.get("schedule"), data.get("regulated")
            structure = Structure(data["structure"])
            name, supplier = str(data["name"]), str(data.get("supplier", ""))
            regulated = None if regulated is None else int(regulated)
            discount = Decimal(str(data.get("discount", 0)))
            alert = str(data.get("alert", ""))
            formula = data.get("formula")
        return cls(
            name=name,
            structure=structure,
            prices=PriceList.from_list(data.get("prices", ())),
            supplier=supplier,
            schedule=Schedule.from_dict(schedule) if schedule else None,
            regulated=regulated,
            discount=discount,
            alert=alert,
            formula=Formula.from_dict(formula) if formula else None,
        )


def regulated_offers(
    power: int, grid: Grid, discount: Decimal = Decimal(0)
) -> tuple[Offer, ...]:
    """Return the regulated options that are sold at a power, in kVA.

    Or offers that promise some per cent less than these.

    A power between two that are sold is taken as the next one.
    """
    found = []
    for structure in (Structure.BASE, Structure.OFF_PEAK, Structure.TEMPO):
        calendar = CALENDARS[structure]
        sold = grid.power_for(calendar, power)
        if sold is not None:
            found.append(
                Offer(
                    f"{structure}_{sold}",
                    structure,
                    supplier="" if discount else "EDF",
                    regulated=sold,
                    discount=discount,
                )
            )
    return tuple(found)
