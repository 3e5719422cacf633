"""The offers of a configuration: their hours, seasons, alert days and prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
import re
from typing import NamedTuple

from ...costs.calendar.alerts import AlertDays
from ...costs.calendar.schedule import Schedule, Season, Window, parse_windows
from ...costs.errors import (
    AbsurdPriceError,
    CostsError,
    EmptyPeriodError,
    NegativePriceError,
    NotANumberError,
    OverlapError,
    PeriodError,
    UnknownIndexError,
)
from ...costs.prices.hours import (
    ALL_YEAR,
    IN_SUMMER,
    IN_WINTER,
    SUMMER,
    Hours,
    other_season,
    schedule_of,
)
from ...costs.prices.offers import CALENDARS, INDEXES, NEED_HOURS, Offer, Structure
from ...costs.prices.prices import PriceList, PricePeriod
from ..toml_table import SettingsError, Table

ALWAYS = date(2000, 1, 1)
POWERS = (1, 250)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SEASONS = {IN_SUMMER: SUMMER, IN_WINTER: other_season(SUMMER)}
# Nobody is there to tell the prices of a dynamic one
_STRUCTURES = [str(one) for one in Structure if one is not Structure.DYNAMIC]
_FIXED = {Structure.BASE, Structure.TEMPO, Structure.CUSTOM}
"""Those whose hours do not follow from a few that are told."""
_HOURS = ("off_peak", "off_peak_summer", "super_off_peak", "alert_hours")
_IN_A_WINDOW = {
    **dict.fromkeys(("off_peak", "super_off_peak"), 'hours = "22:00-06:00"'),
    "off_peak_summer": 'hours = "22:00-06:00", season = "summer"',
    "alert_hours": 'hours = "18:00-20:00", alert = true',
    "summer": 'season = "04-01/10-31"',
    "off_peak_week_ends": 'weekdays = ["sat", "sun"]',
    "holidays": "holidays = true",
}
"""How a window says what a key says without windows."""

_WORDS: dict[type[CostsError], str] = {
    NotANumberError: "price_no_number",
    NegativePriceError: "price_negative",
    AbsurdPriceError: "price_absurd",
    UnknownIndexError: "price_index",
    EmptyPeriodError: "price_empty",
    PeriodError: "price_period",
}


class Told(NamedTuple):
    """An offer as it is told."""

    offer: Offer
    alerts: AlertDays


def wrong(err: CostsError, key: str) -> SettingsError:
    """Return what is said of a price that cannot be so."""
    if isinstance(err, OverlapError):
        return SettingsError("price_overlap", key, day=err.day)
    return SettingsError(_WORDS.get(type(err), "price_wrong"), key)


def refused(table: Table, key: str, err: CostsError) -> SettingsError:
    """Return the same, with the line on which it stands."""
    said = wrong(err, key)
    return table.error(said.problem, key, **said.words)


def price_period(table: Table, calendar: str | None) -> PricePeriod:
    """Return the period of a table; raise SettingsError."""
    if calendar is None:
        raise table.error("setting_missing", "calendar")
    start, end = table.day("start") or ALWAYS, table.day("end")
    prices, subscription = table.numbers("prices"), table.number("subscription")
    table.done()
    try:
        return PricePeriod(calendar, start, prices, subscription, end)
    except CostsError as err:
        raise refused(table, "prices", err) from err


def price_list(table: Table, key: str, periods: list[PricePeriod]) -> PriceList:
    """Return the list of some periods; raise SettingsError."""
    try:
        return PriceList(periods)
    except CostsError as err:
        raise refused(table, key, err) from err


def read_offer(table: Table, *, own: bool = False) -> Told:
    """Return the offer of a table, or a contract of one's own; raise SettingsError.

    One's own needs no name, and has prices that somebody typed.
    """
    name, supplier = table.text("name"), table.text("supplier") or ""
    kind = table.text("structure", _STRUCTURES)
    for key, value in (("name", name or own), ("structure", kind)):
        if not value:
            raise table.error("setting_missing", key)
    structure = Structure(str(kind))
    calendar = CALENDARS[structure]
    schedule = _schedule(table, structure)
    alerts = table.days("alert_days")
    regulated, discount = None, Decimal(0)
    if not own:
        regulated, discount = table.whole("regulated", *POWERS), table.part("discount")
    periods = [price_period(one, calendar) for one in table.tables("periods")]
    if "prices" in table or "subscription" in table:
        prices, monthly = table.numbers("prices"), table.number("subscription")
        try:
            periods.append(PricePeriod(calendar, ALWAYS, prices, monthly))
        except CostsError as err:
            raise refused(table, "prices", err) from err
    table.raw("prices")
    table.raw("subscription")
    table.done()
    if regulated is None and not periods:
        raise table.error("contract_no_prices" if own else "offer_no_prices")
    if regulated is None and discount:
        raise table.error("setting_missing", "regulated")
    if structure in NEED_HOURS and schedule is None:
        fixed = structure in _FIXED
        raise table.error("setting_missing", "windows" if fixed else "off_peak")
    if alerts is None and schedule is not None and len(schedule.variants) > 1:
        raise table.error("setting_missing", "alert_days")
    offer = Offer(
        *(
            name or str(kind),
            structure,
            price_list(table, "periods", periods),
            supplier,
        ),
        *(schedule, regulated, discount, table.place),
    )
    return Told(offer, AlertDays.of(alerts or ()))


def _schedule(table: Table, structure: Structure) -> Schedule | None:
    """Return the hours of an offer; None: the meter's own, or none at all."""
    windows = [_windows(one) for one in table.tables("windows")]
    default = table.whole("default_index", 1, 10)
    told = {key: _hours(table, key) for key in _HOURS}
    begins = _begins(table)
    summer = _season(table, "summer")
    choices = (ALL_YEAR, IN_SUMMER, IN_WINTER)
    week_ends = table.text("off_peak_week_ends", choices)
    holidays = table.flag("holidays")
    if windows:
        if lone := next((key for key in _IN_A_WINDOW if key in table), None):
            raise table.error("windows_twice", lone, instead=_IN_A_WINDOW[lone])
        flat = tuple(window for several in windows for window in several)
        return Schedule(flat, default or 2, begins)
    if structure in _FIXED or not any(told.values()):
        return None
    names = INDEXES[structure]
    for key, wanted in (
        ("off_peak", True),
        ("super_off_peak", any("super" in name for name in names)),
    ):
        if wanted and not told[key]:
            raise table.error("setting_missing", key)
    hours = Hours(
        told["off_peak"],
        told["off_peak_summer"],
        told["super_off_peak"],
        summer or SUMMER,
        week_ends,
        holidays,
        told["alert_hours"],
        begins,
    )
    return schedule_of(structure, hours)


def _windows(table: Table) -> tuple[Window, ...]:
    """Return the windows of an index: ``hours = "22:00-06:00; 12:30-14:30"``."""
    index = table.whole("index", 1, 10) or 1
    windows = _hours(table, "hours") or (Window(index),)
    days = table.texts("weekdays")
    holidays, alert = table.flag("holidays"), table.flag("alert")
    season = _season(table, "season")
    table.done()
    if unknown := [day for day in days or () if day not in _WEEKDAYS]:
        known = ", ".join(_WEEKDAYS)
        raise table.error("setting_choice", "weekdays", choices=known, wrong=unknown)
    # An empty list leaves the holidays alone
    names = days or (() if holidays and days is not None else _WEEKDAYS)
    numbers = frozenset(_WEEKDAYS.index(day) for day in names)
    return tuple(
        replace(
            window,
            index=index,
            weekdays=numbers,
            holidays=holidays,
            season=season,
            alert=alert,
        )
        for window in windows
    )


def _hours(table: Table, key: str) -> tuple[Window, ...]:
    if (text := table.text(key)) is None:
        return ()
    try:
        return parse_windows(text, 1)
    except CostsError as err:
        raise table.error("window_wrong", key) from err


def _begins(table: Table) -> time:
    """Return when an alert day begins: ``alert_from = "06:00"``."""
    text = table.text("alert_from")
    try:
        begins = time() if text is None else time.fromisoformat(text)
    except ValueError as err:
        raise table.error("time_wrong", "alert_from") from err
    if begins.tzinfo is not None:
        raise table.error("time_wrong", "alert_from")
    return begins


def _season(table: Table, key: str) -> Season | None:
    """Return a season: ``"04-01/10-31"``, or the name of one."""
    if (text := table.text(key)) is None:
        return None
    if text in _SEASONS:
        return _SEASONS[text]
    match = re.fullmatch(r"(\d\d)-(\d\d)/(\d\d)-(\d\d)", text)
    try:
        first_month, first, last_month, last = map(int, match.groups() if match else ())
        season = (first_month, first), (last_month, last)
        Window(1, season=season)
    except ValueError as err:
        raise table.error("season_wrong", key) from err
    return season
