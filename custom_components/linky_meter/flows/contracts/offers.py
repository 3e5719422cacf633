"""Compared offers: one subentry each, or the regulated options all at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import probatio as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import TextSelector

from ...billing.settings import CONF_DISCOUNT, CONF_VALID_FROM, price_error_key
from ...const import CONF_POWER, SUBENTRY_OFFER
from ...linky_tic.costs.errors import PriceError
from ...linky_tic.costs.prices.dynamic import Formula
from ...linky_tic.costs.prices.offers import Offer, Structure, regulated_offers
from ...linky_tic.costs.prices.prices import PriceList
from ...linky_tic.costs.prices.regulated import Grid, bundled
from ...runtime import loaded
from ...words import Words
from .contract_form import (
    ALWAYS,
    CONF_CONFIRM,
    Read,
    contract_doubts,
    contract_fields,
    contract_page,
    read_contract,
    step_of,
)
from .offer_windows import alert_of, flat, form_of
from .price_entity_form import formula_values
from .price_form import DISCOUNT, POWER, period_values, power_of, read_discount

CONF_NAME = "name"
CONF_SUPPLIER = "supplier"
CONF_FORM = "form"

# French products keep their French names
_REGULATED_NAMES = {
    Structure.BASE: "Tarif Bleu Base",
    Structure.OFF_PEAK: "Tarif Bleu HP/HC",
    Structure.TEMPO: "Tarif Bleu Tempo",
}


class OfferFlow(ConfigSubentryFlow):
    """Adds an offer to compare with, or changes one."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the offer counts."""
        return self.async_show_menu(
            step_id="user", menu_options=["regulated", *map(str, Structure)]
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the offer as it is."""
        data = self._get_reconfigure_subentry().data
        if data.get("regulated") is not None:
            return self.async_abort(reason="is_regulated")
        return await self.ask(Structure(data["structure"]))

    async def async_step_regulated(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Add the regulated options that are sold at a power."""
        if user_input is not None:
            power = int(user_input[CONF_POWER])
            below = read_discount(user_input)
            return self._add(regulated_offers(power, self._grid, below))
        return self.async_show_form(
            step_id="regulated",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema(
                    {
                        vol.Required(CONF_POWER): POWER,
                        vol.Optional(CONF_DISCOUNT): DISCOUNT,
                    }
                ),
                {CONF_POWER: self._power},
            ),
        )

    async_step_base = step_of(Structure.BASE)
    async_step_off_peak = step_of(Structure.OFF_PEAK)
    async_step_tempo = step_of(Structure.TEMPO)
    async_step_week_end = step_of(Structure.WEEK_END)
    async_step_super_off_peak = step_of(Structure.SUPER_OFF_PEAK)
    async_step_seasons = step_of(Structure.SEASONS)
    async_step_seasons_super = step_of(Structure.SEASONS_SUPER)
    async_step_alert_days = step_of(Structure.ALERT_DAYS)
    async_step_seasons_alert = step_of(Structure.SEASONS_ALERT)
    async_step_custom = step_of(Structure.CUSTOM)
    async_step_dynamic = step_of(Structure.DYNAMIC)

    async def ask(
        self, structure: Structure, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for an offer of a structure."""
        errors: dict[str, str] = {}
        lines: list[str] = []
        values = self._values() if user_input is None else flat(user_input)
        if user_input is not None:
            offer = self._read(structure, values, errors)
            if offer is not None:
                lines = await self._doubts(offer)
                if not lines or values.get(CONF_CONFIRM):
                    form = form_of(structure, values)
                    return self._keep(offer, {**offer.as_dict(), CONF_FORM: form})
                errors["base"] = "doubtful"
        fields = _fields(structure, values)
        return self.async_show_form(
            step_id=str(structure),
            **contract_page(
                self, structure, fields, values, errors=errors, lines=lines
            ),
        )

    async def _doubts(self, offer: Offer) -> list[str]:
        """Return in words what is strange about an offer."""
        words = await Words.async_of(self.hass)
        read = Read(offer.schedule, offer.prices.periods[-1])
        return contract_doubts(offer.structure, read, self._grid, self._power, words)

    def _values(self) -> dict[str, Any]:
        """Return what the form shows at first."""
        if self.source != SOURCE_RECONFIGURE:
            return {}
        subentry = self._get_reconfigure_subentry()
        data = subentry.data
        last = PriceList.from_list(data["prices"]).periods[-1]
        values = {
            CONF_NAME: subentry.title,
            CONF_SUPPLIER: data["supplier"],
            **data.get(CONF_FORM, {}),
            **period_values(last),
        }
        if formula := data.get("formula"):
            values |= formula_values(self.hass, Formula.from_dict(formula))
        if last.start == ALWAYS:
            del values[CONF_VALID_FROM]
        return values

    def _read(
        self,
        structure: Structure,
        values: dict[str, Any],
        errors: dict[str, str],
    ) -> Offer | None:
        """Return the offer that a form holds, or say what is wrong."""
        if not (name := values[CONF_NAME].strip()):
            errors[CONF_NAME] = "no_name"
        read = read_contract(self.hass, structure, values, errors, own=False)
        if errors or read is None:
            return None
        prices = PriceList()
        if self.source == SOURCE_RECONFIGURE:
            prices = PriceList.from_list(
                self._get_reconfigure_subentry().data["prices"]
            )
        try:
            prices = prices.starting(read.period)
        except PriceError as err:
            errors[CONF_VALID_FROM] = price_error_key(err)
            return None
        supplier = values.get(CONF_SUPPLIER, "").strip()
        return Offer(
            *(name, structure, prices, supplier, read.schedule),
            alert=alert_of(values),
            formula=read.formula,
        )

    def _keep(self, offer: Offer, data: dict[str, Any]) -> SubentryFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                title=offer.name,
                data=data,
            )
        return self.async_create_entry(title=offer.name, data=data)

    @callback
    def _add(self, offers: tuple[Offer, ...]) -> SubentryFlowResult:
        """Add those that are not there yet."""
        entry = self._get_entry()
        there = {subentry.unique_id for subentry in entry.subentries.values()}
        for offer in offers:
            unique_id = f"regulated_{offer.structure}_{offer.regulated}"
            title = f"{_REGULATED_NAMES[offer.structure]} {offer.regulated} kVA"
            if offer.discount:
                unique_id += f"_{offer.discount}"
                title += f" −{offer.discount} %"
            if unique_id in there:
                continue
            self.hass.config_entries.async_add_subentry(
                entry,
                ConfigSubentry(
                    data=MappingProxyType({**offer.as_dict(), "name": title}),
                    subentry_type=SUBENTRY_OFFER,
                    title=title,
                    unique_id=unique_id,
                ),
            )
        return self.async_abort(reason="regulated_added")

    @property
    def _grid(self) -> Grid:
        """The regulated prices as they are known."""
        data = loaded(self._get_entry())
        return data.costs.updates.grid if data else bundled()

    @property
    def _power(self) -> int | None:
        """The subscribed power that the meter tells, kVA."""
        data = loaded(self._get_entry())
        return power_of(data.coordinator.data) if data else None


def _fields(structure: Structure, values: Mapping[str, Any]) -> dict[vol.Marker, Any]:
    names = {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(CONF_SUPPLIER): TextSelector(),
    }
    return contract_fields(structure, names, values, own=False)
