"""The options, in the order in which a user wants them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import probatio as vol

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import (
    Platform,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfTime,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
)

from ..const import (
    CONF_ASSUMED_VOLTAGE,
    CONF_CREDIT_EXPORT,
    CONF_LIMIT,
    CONF_LOADS_MARGIN,
    CONF_LOADS_MODE,
    CONF_OUTDOOR,
    CONF_PUBLISHING,
    CONF_RATING,
    CONF_TRIP_IMMINENT,
    LIMIT_BREAKING,
    LIMIT_LEAST,
)
from ..linky_tic.costs.calendar.calendars import BASE
from ..linky_tic.publish.profiles import Profile
from ..linky_tic.tic.derive.events import TRIP_IMMINENT_SECONDS
from ..linky_tic.tic.derive.power import Settings
from ..linky_tic.tic.labels import Mode
from ..loads.settings import Mode as LoadsMode
from ..watch.outdoor import home_weather
from ..welcome.follow import async_offer
from ..welcome.switches import async_turn
from .blueprints import BlueprintFlow
from .contracts.billing import BillingFlow
from .contracts.enedis import EnedisFlow
from .contracts.export import ExportFlow
from .contracts.own_contract import OwnContractFlow
from .selectors import choice, number
from .sharing import SharingFlow
from .supply import SupplyFlow
from .takeover import TakeoverFlow
from .welcome import async_page

MENU = (
    "settings",
    "publishing",
    "prices",
    "welcome",
    "takeover",
    "enedis",
    "watch",
    "supply",
    "sharing",
    "load_manager",
    "blueprints",
)
"""The steps that the options lead to, the most asked for first."""


class FollowUp(StrEnum):
    """The source of the flow that the set-up leads on to, by what it begins with."""

    PRICES = "set_up"
    TAKEOVER = "set_up_takeover"
    BOTH = "set_up_takeover_prices"

    @classmethod
    def of(cls, *, takes_over: bool, prices: bool) -> FollowUp | None:
        """Return what the user asked for."""
        if takes_over:
            return cls.BOTH if prices else cls.TAKEOVER
        return cls.PRICES if prices else None


_DEFAULTS = Settings()


class _Meter(NamedTuple):
    """What decides which fields are of use."""

    standard: bool
    historic: bool
    producer: bool


class _Field(NamedTuple):
    marker: vol.Marker
    selector: Any
    is_of_use: Callable[[_Meter], bool] = lambda _: True


_FIELDS = (
    _Field(
        vol.Required(CONF_LIMIT, default=LIMIT_LEAST),
        choice([LIMIT_LEAST, LIMIT_BREAKING], CONF_LIMIT),
        lambda meter: meter.standard,
    ),
    _Field(vol.Optional(CONF_RATING), number(5, 120, UnitOfElectricCurrent.AMPERE)),
    _Field(
        vol.Required(CONF_TRIP_IMMINENT, default=TRIP_IMMINENT_SECONDS),
        number(5, 600, UnitOfTime.SECONDS),
        lambda meter: meter.standard,
    ),
    _Field(
        vol.Required(CONF_ASSUMED_VOLTAGE, default=_DEFAULTS.assumed_voltage),
        number(200, 253, UnitOfElectricPotential.VOLT),
        lambda meter: meter.historic,
    ),
    _Field(
        vol.Required(CONF_CREDIT_EXPORT, default=_DEFAULTS.credit_export),
        BooleanSelector(),
        lambda meter: meter.standard and meter.producer,
    ),
)
_PUBLISHING = vol.Schema(
    {
        vol.Required(CONF_PUBLISHING, default=Profile.BALANCED): choice(
            Profile, CONF_PUBLISHING
        )
    }
)
LOAD_MANAGER = vol.Schema(
    {
        vol.Required(CONF_LOADS_MODE, default=LoadsMode.ON): choice(
            LoadsMode, CONF_LOADS_MODE
        ),
        vol.Required(CONF_LOADS_MARGIN, default=0): number(
            0, 5000, UnitOfApparentPower.VOLT_AMPERE, 50
        ),
    }
)
_THERMOMETER = vol.Schema(
    {
        vol.Optional(CONF_OUTDOOR): EntitySelector(
            EntitySelectorConfig(
                filter=[
                    EntityWithDeviceFilterSelectorConfig(domain=Platform.WEATHER),
                    EntityWithDeviceFilterSelectorConfig(
                        domain=Platform.SENSOR,
                        device_class=SensorDeviceClass.TEMPERATURE,
                    ),
                ]
            )
        )
    }
)


class LinkyOptionsFlow(
    TakeoverFlow,
    OwnContractFlow,
    BillingFlow,
    ExportFlow,
    EnedisFlow,
    SharingFlow,
    BlueprintFlow,
    SupplyFlow,
):
    """What the user may choose; applied without opening the port anew."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change."""
        follow_up = self._follows_set_up()
        if follow_up is FollowUp.PRICES:
            return await self.async_step_price_first()
        if follow_up is not None:
            self._then = "price_first" if follow_up is FollowUp.BOTH else None
            return await self.async_step_takeover_wait()
        return self.async_show_menu(step_id="init", menu_options=list(MENU))

    async def async_step_price_first(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the prices of a contract that is known by now."""
        if (calendar := self._calendar_now()) is None:
            return self.async_abort(reason="not_loaded")
        # Behind Base any contract may hide in historic mode
        if calendar == BASE and not self._meter().standard:
            return await self.async_step_own_prices()
        return await self.async_step_price_add()

    async def async_step_own_prices(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether one price holds, or hours that the meter does not show."""
        return self.async_show_menu(
            step_id="own_prices", menu_options=["price_add", "contract"]
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how available current is worked out and when to warn."""
        meter = self._meter()
        fields = {
            field.marker: field.selector for field in _FIELDS if field.is_of_use(meter)
        }
        return self._ask("settings", vol.Schema(fields), user_input)

    async def async_step_publishing(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how often values are written."""
        return self._ask("publishing", _PUBLISHING, user_input)

    async def async_step_load_manager(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether loads are switched, and how much is kept free."""
        return self._ask("load_manager", LOAD_MANAGER, user_input)

    async def async_step_watch(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who tells the outdoor temperature; at first it is the weather of the house."""
        proposed = {CONF_OUTDOOR: home_weather(self.hass)}
        schema = self.add_suggested_values_to_schema(_THERMOMETER, proposed)
        return self._ask("watch", schema, user_input)

    async def async_step_welcome(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what is to be set up outside of the integration, or taken out again."""
        if self._data is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            await async_turn(self.hass, self.config_entry, user_input)
            await async_offer(self.hass, self.config_entry)
            # It is kept already, and newer than what this flow began with
            return self.async_create_entry(data=dict(self.config_entry.options))
        page = await async_page(self.hass, self.config_entry, propose=False)
        return self.async_show_form(
            step_id="welcome",
            data_schema=page.schema,
            description_placeholders={"notes": page.notes},
        )

    @callback
    def _follows_set_up(self) -> FollowUp | None:
        """Return what of this flow is that the set-up leads on to.

        Home Assistant's pages (2026.11) do not go on with it but begin one of their own,
        which takes its place.
        """
        flows = self.hass.config_entries.options
        for follow_up in FollowUp:
            for flow in flows.async_progress_by_handler(
                self.handler, True, {"source": follow_up}
            ):
                if flow["flow_id"] != self.flow_id:
                    flows.async_abort(flow["flow_id"])
                return follow_up
        return None

    def _ask(
        self, step: str, schema: vol.Schema, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for options; a field left empty is not in the answer."""
        options = self.config_entry.options
        if user_input is not None:
            others = {k: v for k, v in options.items() if k not in schema.schema}
            return self.async_create_entry(data={**others, **user_input})
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, options),
        )

    def _meter(self) -> _Meter:
        """Return what is known of the meter; all may be of use while nothing is."""
        data = self._data
        mode = data.coordinator.data.mode if data else None
        return _Meter(
            standard=mode is not Mode.HISTORIC,
            historic=mode is not Mode.STANDARD,
            producer=data is None
            or "energy_export" in data.coordinator.meter.memory.keys,
        )
