"""Setting up a meter: choose a port or a server, listen, see what was found."""

from __future__ import annotations

from typing import Any, override

from homeassistant.components import usb
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
)
from homeassistant.const import CONF_DEVICE, CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.usb import UsbServiceInfo

from .const import (
    CONF_METER,
    CONF_PRICES,
    CONF_SERVER_ID,
    CONF_USB,
    DOMAIN,
    SUBENTRY_LOAD,
    SUBENTRY_OFFER,
)
from .flows.connection.listening import WAYS
from .flows.connection.port import Heard, meter_form, summary
from .flows.connection.server import ServerFlow
from .flows.contracts.offers import OfferFlow
from .flows.loads import LoadFlow
from .flows.options import FollowUp, LinkyOptionsFlow
from .flows.welcome import CONF_TAKEOVER, Prices, async_page, chosen_options
from .link.usb import usb_identity
from .linky_tic.tic.labels import Mode
from .linky_tic.tic.tariffs import Contract
from .replace.takeover.plan import async_readers
from .runtime import LinkyConfigEntry
from .welcome.dashboard import DASHBOARD, URL_PATH


class LinkyConfigFlow(ServerFlow, domain=DOMAIN):
    """Sets up, or sets up anew, one meter."""

    VERSION = 1

    _heard: Heard
    """The meter that was chosen; set before any step that needs it."""
    _known: ConfigEntry
    """The entry that this meter has already; set before the offer to move it."""
    _types_prices = False
    """Whether the form of prices follows."""
    _takes_over = False
    """Whether the list of what could be taken over follows."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: LinkyConfigEntry) -> LinkyOptionsFlow:
        """Return the flow of the options."""
        return LinkyOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows of compared offers and of loads."""
        return {SUBENTRY_OFFER: OfferFlow, SUBENTRY_LOAD: LoadFlow}

    @override
    async def async_step_usb(self, discovery_info: UsbServiceInfo) -> ConfigFlowResult:
        """Take a modem that was plugged in; its port is not opened yet."""
        await self.async_set_unique_id(
            usb.usb_unique_id_from_service_info(discovery_info)
        )
        self._abort_if_unique_id_configured()
        # Discovery names the bare device; links under by-id survive a renumbering
        self._device = await self.hass.async_add_executor_job(
            usb.get_serial_by_id, discovery_info.device
        )
        self._modem = usb_identity(
            discovery_info.vid, discovery_info.pid, discovery_info.serial_number
        )
        for entry in self._async_current_entries(include_ignore=False):
            if discovery_info.serial_number and entry.data.get(CONF_USB) == self._modem:
                self._update(entry, {**entry.data, CONF_DEVICE: self._device})
                return self.async_abort(reason="already_configured")
        self._async_abort_entries_match({CONF_DEVICE: self._device})
        name = discovery_info.description or discovery_info.manufacturer or "TIC"
        self.context["title_placeholders"] = {"name": name}
        self._form = "usb_confirm"
        return await self.async_step_usb_confirm()

    async def async_step_usb_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask before the port is opened."""
        if user_input is not None and await self._may_listen():
            return await self.async_step_listen()
        if user_input is not None and self._holder is not None:
            return await self.async_step_port_taken()
        self._set_confirm_only()
        return self.async_show_form(
            step_id="usb_confirm",
            errors=self._errors,
            description_placeholders={
                **self.context.get("title_placeholders", {}),
                **self._placeholders,
            },
        )

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the meter's output arrives."""
        return self.async_show_menu(step_id="user", menu_options=WAYS)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another source of the same meter."""
        data = self._get_reconfigure_entry().data
        self._device = data.get(CONF_DEVICE, "")
        kept = (CONF_HOST, CONF_PORT, CONF_TOKEN, CONF_SERVER_ID)
        self._server = {key: data[key] for key in kept if key in data}
        return self.async_show_menu(step_id="reconfigure", menu_options=WAYS)

    async def async_step_choose(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the user pick one of several meters."""
        meters = {meter.address: meter for meter in self._meters}
        chosen = next(iter(meters)) if len(meters) == 1 else None
        if self.source == SOURCE_RECONFIGURE:
            # Only one meter will do, there is nothing to pick
            chosen = self._get_reconfigure_entry().unique_id
            if chosen not in meters:
                return self.async_abort(reason="another_meter")
        elif user_input is not None:
            chosen = user_input[CONF_METER]
        if chosen is not None:
            self._heard = meters[chosen]
            return await self._step_chosen()
        return self.async_show_form(
            step_id="choose",
            data_schema=meter_form(self._meters, self.hass.config.language),
        )

    async def async_step_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was found; the user's word creates the entry."""
        reading = self._heard.reading
        if user_input is not None:
            self._types_prices = user_input[CONF_PRICES] == Prices.OTHER
            self._takes_over = user_input.get(CONF_TAKEOVER, False)
            return self.async_create_entry(
                title=self._title(),
                data=dict(self._heard.data),
                options=chosen_options(user_input, reading),
                description="found_dashboard" if user_input.get(DASHBOARD) else "found",
                description_placeholders={"dashboard": f"/{URL_PATH}"},
            )
        modern = reading.mode is Mode.HISTORIC and reading["contract"] is Contract.BASE
        readers = await async_readers(self.hass, self._heard.address, reading)
        page = await async_page(
            self.hass, None, reading, readers=readers, takes_over=self._disabled
        )
        found = await summary(self.hass, self._heard, reading)
        return self.async_show_form(
            step_id="found_base" if modern else "found",
            data_schema=page.schema,
            description_placeholders={**found, "notes": page.notes},
            last_step=True,
        )

    async def async_step_found_base(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was found where the mode may hide tariffs."""
        return await self.async_step_found(user_input)

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with what the user asked for: a take-over, prices to be typed."""
        follow_up = FollowUp.of(takes_over=self._takes_over, prices=self._types_prices)
        if follow_up is not None:
            form = await self.hass.config_entries.options.async_init(
                result["result"].entry_id, context={"source": follow_up}
            )
            if form["type"] in {
                FlowResultType.FORM,
                FlowResultType.MENU,
                FlowResultType.SHOW_PROGRESS,
            }:
                result["next_flow"] = (FlowType.OPTIONS_FLOW, form["flow_id"])
        return result

    async def async_step_move(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer to read a meter that has an entry from where it was now heard."""
        if user_input is None:
            return self.async_show_form(
                step_id="move", description_placeholders={"title": self._known.title}
            )
        self._update(self._known, dict(self._heard.data))
        return self.async_abort(reason="moved")

    async def _step_chosen(self) -> ConfigFlowResult:
        """Go on with the chosen meter: new, known, or the one to reconfigure."""
        await self.async_set_unique_id(self._heard.address, raise_on_progress=False)
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if entry.state is not ConfigEntryState.LOADED:
                self._reload = entry
            return self.async_update_and_abort(entry, data=dict(self._heard.data))
        known = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, self._heard.address
        )
        if known is None:
            return await self.async_step_found()
        if dict(known.data) == dict(self._heard.data):
            return self.async_abort(reason="already_configured")
        self._known = known
        return await self.async_step_move()

    @callback
    def _title(self) -> str:
        """Return "Linky", numbered if there are several, with the port on a server.

        The port is in no other name: those stay when the meter is read elsewhere.
        """
        titles = {
            entry.title.partition(" (")[0] for entry in self._async_current_entries()
        }
        title, number = "Linky", 1
        while title in titles:
            number += 1
            title = f"Linky {number}"
        port = self._heard.place.partition(" · ")[0].rpartition("/")[2]
        return f"{title} ({port})" if port and len(self._meters) > 1 else title
