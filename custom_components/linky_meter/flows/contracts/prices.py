"""The part of the options about prices: where they come from, and those typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import BooleanSelector

from ...billing.settings import (
    CONF_DISCOUNT,
    CONF_VALID_FROM,
    PriceSettings,
    PriceSource,
    this_month,
)
from ...const import CONF_POWER, CONF_RTE_COLOURS, CONF_SOURCE
from ...entity import index_name
from ...linky_tic.costs.calendar.calendars import INDEXES
from ...linky_tic.costs.prices.prices import PriceList, PricePeriod
from ...linky_tic.costs.prices.regulated import bundled
from ...linky_tic.tic.tariffs import (
    INDEXES as SUPPLIER_INDEXES,
    TARIFFS,
    contract_of_calendar,
    index_key,
)
from ...runtime import LinkyData, loaded
from ...words import Words
from ..selectors import choice, pick
from .contract_form import CONF_CONFIRM, doubt_lines, doubtful_page
from .price_form import (
    DISCOUNT,
    POWER,
    period_fields,
    period_values,
    power_of,
    read_discount,
    read_period,
)

CONF_CALENDAR = "calendar"
CONF_PERIOD = "period"
CONF_DELETE = "delete"


class PriceFlow(OptionsFlow):
    """Prices: their source, and a list of dated periods."""

    _calendar: str | None = None
    """The calendar whose prices are typed."""
    _period: PricePeriod | None = None
    """The period that is edited."""
    _chosen: PriceSettings | None = None
    """The source chosen just now, to be kept with the first period."""
    _shown: PriceSettings
    """The choice when a list was shown: another form may have changed it since."""

    @property
    def _data(self) -> LinkyData | None:
        return loaded(self.config_entry)

    @property
    def _settings(self) -> PriceSettings:
        return self._chosen or PriceSettings.of(self.config_entry.options)

    def _calendar_now(self) -> str | None:
        data = self._data
        return data.costs.kept.ledger.calendar if data else None

    def _exports(self) -> bool:
        """Return whether the meter counts what is fed in."""
        data = self._data
        return bool(data and "energy_export" in data.coordinator.meter.memory.keys)

    def _save(self, settings: PriceSettings) -> ConfigFlowResult:
        """Keep a choice; it applies at once."""
        return self.async_create_entry(
            data=settings.as_options(self.config_entry.options)
        )

    def _save_periods(self, periods: PriceList) -> ConfigFlowResult:
        """Keep what was typed, and use it."""
        settings = replace(self._settings, periods=periods)
        if not settings.chosen and periods.periods:
            settings = replace(settings, source=PriceSource.MANUAL)
        return self._save(settings)

    async def async_step_prices(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to do about prices."""
        if self._data is None or self._calendar_now() is None:
            return self.async_abort(reason="not_loaded")
        options = ["price_source", "price_add", "contract"]
        if self._settings.periods.periods or self._settings.contracts:
            options.append("price_list")
        options.append("billing")
        if self._settings.export or self._exports():
            options.append("export")
        return self.async_show_menu(step_id="prices", menu_options=options)

    async def async_step_price_source(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where prices come from."""
        settings, calendar = self._settings, self._calendar_now()
        data = self._data
        if data is None or calendar is None:
            return self.async_abort(reason="not_loaded")
        grid = data.costs.updates.grid
        errors: dict[str, str] = {}
        if user_input is not None:
            power = user_input.get(CONF_POWER)
            settings = replace(
                settings,
                source=PriceSource(user_input[CONF_SOURCE]),
                power=None if power is None else int(power),
                rte_colours=user_input[CONF_RTE_COLOURS],
                discount=read_discount(user_input),
            )
            if settings.source.is_regulated and settings.power is None:
                errors[CONF_POWER] = "no_power"
            elif (
                settings.source.is_regulated
                and grid.power_for(calendar, settings.power or 0) is None
            ):
                errors[CONF_SOURCE] = "not_regulated"
            elif settings.source is PriceSource.MANUAL and not (
                settings.contracts
                or any(one.calendar == calendar for one in settings.periods.periods)
            ):
                self._chosen, self._calendar = settings, calendar
                return await self.async_step_price_add()
            else:
                return self._save(settings)
        power = settings.power or power_of(data.coordinator.data)
        schema = vol.Schema(
            {
                vol.Required(CONF_SOURCE, default=settings.source): choice(
                    PriceSource, "price_source"
                ),
                vol.Optional(CONF_POWER, description={"suggested_value": power}): POWER,
                vol.Optional(
                    CONF_DISCOUNT,
                    description={"suggested_value": float(settings.discount) or None},
                ): DISCOUNT,
                vol.Required(
                    CONF_RTE_COLOURS, default=settings.rte_colours
                ): BooleanSelector(),
            }
        )
        words = await Words.async_of(self.hass)
        rows = [row for row in bundled() if row.calendar == calendar]
        newest = max((row.start for row in rows), default=None)
        return self.async_show_form(
            step_id="price_source",
            data_schema=schema,
            errors=errors,
            description_placeholders={
                "calendar": calendar,
                "date": words.date(newest) if newest else "–",
            },
        )

    async def async_step_price_add(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for prices and from when on they hold."""
        if self._data is None:
            return self.async_abort(reason="not_loaded")
        if self._calendar is None:
            calendars = self._calendars()
            if len(calendars) > 1:
                return await self.async_step_price_calendar()
            self._calendar = calendars[0]
        periods, values = self._settings.periods, dict[str, Any]()
        # Since when one pays it is asked once; after that, new prices are usual
        if (last := periods.on(this_month(), self._calendar)) is not None:
            start = {CONF_VALID_FROM: this_month().isoformat()}
            values = {**period_values(last), **start}
        return await self._ask_period("price_add", periods, values, user_input)

    async def async_step_price_calendar(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which contract the prices are of, where the meter had several."""
        if user_input is not None:
            self._calendar = user_input[CONF_CALENDAR]
            return await self.async_step_price_add()
        calendars = self._calendars()
        return self.async_show_form(
            step_id="price_calendar",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_CALENDAR, default=calendars[0]): pick(
                        {name: name for name in calendars}
                    )
                }
            ),
        )

    async def async_step_price_list(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which period to change."""
        if user_input is None:
            self._shown = self._settings
        if user_input is not None:
            return await self._edit(user_input[CONF_PERIOD])
        labels = self._listed(await Words.async_of(self.hass))
        return self.async_show_form(
            step_id="price_list",
            data_schema=vol.Schema({vol.Required(CONF_PERIOD): pick(labels)}),
        )

    def _listed(self, words: Words) -> dict[str, str]:
        """Return what can be changed, a line each."""
        periods = self._settings.periods.periods
        return {str(n): _label(period, words) for n, period in enumerate(periods)}

    async def _edit(self, chosen: str) -> ConfigFlowResult:
        """Go on with what was chosen in the list."""
        self._period = self._shown.periods.periods[int(chosen)]
        self._calendar = self._period.calendar
        return await self.async_step_price_edit()

    async def async_step_price_edit(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change or delete a period."""
        old = self._period
        assert old is not None  # the step before chose it
        rest = self._settings.periods.replacing(old, None)
        more: dict[vol.Marker, Any] = {
            vol.Required(CONF_DELETE, default=False): BooleanSelector()
        }
        values = period_values(old)
        return await self._ask_period("price_edit", rest, values, user_input, more)

    async def _ask_period(
        self,
        step: str,
        rest: PriceList,
        values: dict[str, Any],
        user_input: dict[str, Any] | None,
        more: Mapping[vol.Marker, Any] | None = None,
    ) -> ConfigFlowResult:
        """Ask for a period beside the rest; ``values`` are what its fields hold first."""
        errors: dict[str, str] = {}
        lines: list[str] = []
        calendar = self._calendar or ""
        if user_input is not None:
            if user_input.pop(CONF_DELETE, False):
                return self._save_periods(rest)
            period = read_period(calendar, user_input, errors)
            if period is not None:
                lines = await self._doubts(period)
                if not lines or user_input.get(CONF_CONFIRM):
                    return self._save_periods(rest.completing(period))
                errors["base"] = "doubtful"
        indexes = self._indexes(calendar)
        names = self._names(calendar, indexes, await Words.async_of(self.hass))
        page = doubtful_page(
            self,
            {**period_fields(indexes), **(more or {})},
            user_input or values,
            lines,
        )
        page["description_placeholders"] |= {
            "calendar": calendar,
            **{f"tariff_{n}": names.get(n, str(n)) for n in SUPPLIER_INDEXES},
        }
        return self.async_show_form(step_id=step, errors=errors, **page)

    async def _doubts(self, period: PricePeriod) -> list[str]:
        """Return in words what is strange about prices."""
        data, words = self._data, await Words.async_of(self.hass)
        power = self._settings.power
        if data is not None:
            power = power_of(data.coordinator.data) or power
        grid = data.costs.updates.grid if data else bundled()
        names = self._names(period.calendar, list(period.prices), words)
        return doubt_lines(period, grid, power, names, words)

    def _calendars(self) -> list[str]:
        """Return the calendars of the meter's history, the present one first."""
        data = self._data
        epochs = data.costs.kept.ledger.epochs if data else []
        return list(dict.fromkeys(name for _, name in reversed(epochs)))

    def _indexes(self, calendar: str) -> list[int]:
        """Return the indexes of a calendar that may have a price."""
        if (known := INDEXES.get(calendar)) is not None:
            return list(range(1, known + 1))
        data = self._data
        found = set[int]()
        if data is not None:
            for row in data.costs.kept.ledger.days.values():
                found |= {key.index for key in row.energy if key.calendar == calendar}
            if calendar == self._calendar_now():
                labels = data.coordinator.meter.memory.labels
                name = str(data.coordinator.data["calendar_name"])
                found |= set(labels.get(name, ()))
                reading = data.coordinator.data
                found |= {n for n in SUPPLIER_INDEXES if reading[index_key(n)]}
                found |= {n for n in (data.costs.index,) if n is not None}
        for period in self._settings.periods.periods:
            if period.calendar == calendar:
                found |= set(period.prices)
        return sorted(found) or list(SUPPLIER_INDEXES)

    def _names(self, calendar: str, indexes: list[int], words: Words) -> dict[int, str]:
        """Return what the indexes are called, as far as that is known."""
        data = self._data
        if data is None or calendar != self._calendar_now():
            tariffs = TARIFFS[contract_of_calendar(calendar)]
            known = dict(enumerate(tariffs, 1))
            return {n: words.tariff(known.get(n, f"index_{n}")) for n in indexes}
        names = {n: index_name(data.coordinator, n, words.texts) for n in indexes}
        return {n: name[:1].upper() + name[1:] for n, name in names.items()}


def prices_of(period: PricePeriod, words: Words) -> str:
    """Return the prices of a period, in the order of its indexes."""
    return " / ".join(words.amount(p) for _, p in sorted(period.prices.items()))


def _label(period: PricePeriod, words: Words) -> str:
    """Return a period in a line."""
    end = f" → {words.date(period.end)}" if period.end else " →"
    since = words.date(period.start)
    return f"{since}{end} · {period.calendar} · {prices_of(period, words)}"
