"""The cheapest window of each day, as a trigger and as a condition."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, NamedTuple, Unpack, override

import probatio as vol

from homeassistant.const import ATTR_DEVICE_ID, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
from homeassistant.helpers.event import async_track_utc_time_change
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.util import dt as dt_util

from ..coordinator import device_of
from ..linky_tic.costs.plan.shapes import french
from ..linky_tic.costs.plan.windows import Plan
from ..plan.ahead import cheapest_between
from ..runtime import LinkyConfigEntry, loaded
from .target import Validated, meters_in

CONF_AFTER = "after"
CONF_BEFORE = "before"
CONF_DURATION = "duration"

_DAY = timedelta(days=1)


def _fitting(options: dict[str, Any]) -> dict[str, Any]:
    """Return options, unless the window would never fit. Raises vol.Invalid."""
    after, before = (
        datetime.combine(datetime.min, options[at]) for at in (CONF_AFTER, CONF_BEFORE)
    )
    if options[CONF_DURATION] > ((before - after) % _DAY or _DAY):
        why = "value must not be longer than the time from 'after' to 'before'"
        raise vol.Invalid(why, [CONF_DURATION])
    return options


_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_TARGET): cv.TARGET_FIELDS,
        vol.Required(CONF_OPTIONS): vol.All(
            {
                vol.Required(CONF_DURATION): vol.All(
                    cv.positive_time_period,
                    vol.Range(min=timedelta(minutes=1), max=_DAY),
                ),
                vol.Optional(CONF_AFTER, default="00:00:00"): cv.time,
                vol.Optional(CONF_BEFORE, default="00:00:00"): cv.time,
            },
            _fitting,
        ),
    }
)


class Stretch(NamedTuple):
    """The part of a day in which a window is looked for, both ends UTC."""

    start: datetime
    end: datetime


class DailyWindow:
    """The cheapest window of some length, between two times of each day."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.duration: timedelta = options[CONF_DURATION]
        self._after: time = options[CONF_AFTER]
        self._before: time = options[CONF_BEFORE]

    def stretch(self, now: datetime) -> Stretch | None:
        """Return the stretch that is on; None between the last and the next.

        Equal times are a whole day; what ends before it starts ends the day after.
        """
        zone = dt_util.get_default_time_zone()
        today = now.astimezone(zone).date()
        for day in (today, today - timedelta(days=1)):
            last = day if self._after < self._before else day + timedelta(days=1)
            # In UTC: a day may have 23 or 25 hours
            start, end = (
                dt_util.as_utc(datetime.combine(on, at, zone))
                for on, at in ((day, self._after), (last, self._before))
            )
            if start <= now < end:
                return Stretch(start, end)
        return None

    def plan(
        self, entry: LinkyConfigEntry, start: datetime, end: datetime
    ) -> Plan | None:
        """Return the cheapest window, None while the prices are not known."""
        if (data := loaded(entry)) is None:
            return None
        return cheapest_between(data.costs, start, end, self.duration)


class CheapestWindowTrigger(Validated, Trigger):
    """The cheapest window of the day begins.

    It is looked for anew each minute: a colour or a price that becomes known moves what
    has not begun yet.
    """

    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._target: dict[str, Any] = config.target or {}
        self._daily = DailyWindow(config.options or {})
        self._attached = dt_util.utcnow()
        self._told: dict[str, Stretch] = {}
        self._planned: dict[str, tuple[Stretch, Plan]] = {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Look each minute."""
        self._attached = dt_util.utcnow()

        @callback
        def look(now: datetime) -> None:
            now = dt_util.as_utc(now).replace(second=0, microsecond=0)
            if (stretch := self._daily.stretch(now)) is None:
                return
            for entry in meters_in(self._hass, self._target):
                if (plan := self._begun(entry, stretch, now)) is None:
                    continue
                device = device_of(self._hass, entry)
                told = {
                    ATTR_DEVICE_ID: device and device.id,
                    "start": french(plan.pieces[0].start),
                    "end": french(plan.pieces[-1].end),
                    "price": round(float(plan.price), 6),
                }
                run_action(told, "cheapest window started")

        return async_track_utc_time_change(self._hass, look, second=0)

    def _begun(
        self, entry: LinkyConfigEntry, stretch: Stretch, now: datetime
    ) -> Plan | None:
        """Return the window that begins now, once in each stretch."""
        known = entry.entry_id
        if self._told.get(known) == stretch:
            return None
        planned, plan = self._planned.get(known, (None, None))
        if plan is None or planned != stretch or plan.pieces[0].start > now:
            if (plan := self._next(entry, stretch, now)) is None:
                return None
            self._planned[known] = stretch, plan
        if plan.pieces[0].start > now:
            return None
        self._told[known] = stretch
        # What began before a restart, or before the automation was made, is told or old
        return plan if plan.pieces[0].start >= self._attached else None

    def _next(
        self, entry: LinkyConfigEntry, stretch: Stretch, now: datetime
    ) -> Plan | None:
        """Return the best window that is left, or that began before this automation."""
        if stretch.start < self._attached:
            whole = self._daily.plan(entry, *stretch)
            if whole is not None and whole.pieces[0].start < self._attached:
                return whole
        return self._daily.plan(entry, max(now, stretch.start), stretch.end)


class CheapestWindowCondition(Validated, Condition):
    """It is the cheapest window of the day."""

    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        super().__init__(hass, config)
        self._target: dict[str, Any] = config.target or {}
        self._daily = DailyWindow(config.options or {})

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Return whether it is now at any of the meters."""
        now = dt_util.utcnow()
        if (stretch := self._daily.stretch(now)) is None:
            return False
        plans = (
            self._daily.plan(entry, *stretch)
            for entry in meters_in(self._hass, self._target)
        )
        return any(
            piece.start <= now < piece.end
            for plan in plans
            if plan is not None
            for piece in plan.pieces
        )
