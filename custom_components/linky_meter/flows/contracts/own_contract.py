"""One's own contract where the meter's indexes do not tell its hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, override

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.util import dt as dt_util

from ...billing.settings import CONF_VALID_FROM, PriceSettings, price_error_key
from ...billing.told.prices import entity_of
from ...linky_tic.costs.calendar.days import day_of
from ...linky_tic.costs.errors import PriceError
from ...linky_tic.costs.estimate.contracts import in_force, starts_on
from ...linky_tic.costs.prices.offers import Offer, Structure
from ...linky_tic.costs.prices.prices import PriceList
from ...words import Words
from .contract_form import (
    CONF_CONFIRM,
    OWN_STRUCTURES,
    Read,
    contract_doubts,
    contract_fields,
    contract_page,
    read_contract,
    step_of,
)
from .offer_windows import CONF_WINDOWS, alert_of, flat, form_of
from .price_entity_form import formula_values
from .price_form import period_values, power_of
from .prices import CONF_DELETE, PriceFlow, prices_of

_CONTRACT = "contract_"


class OwnContractFlow(PriceFlow):
    """A contract with hours of its own, from a day on."""

    _contract: Offer | None = None
    """The contract that is changed."""

    async def async_step_contract(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how the contract counts."""
        if self._data is None:
            return self.async_abort(reason="not_loaded")
        return self.async_show_menu(
            step_id="contract",
            menu_options=[f"{_CONTRACT}{one}" for one in OWN_STRUCTURES],
        )

    async_step_contract_off_peak = step_of(Structure.OFF_PEAK)
    async_step_contract_week_end = step_of(Structure.WEEK_END)
    async_step_contract_super_off_peak = step_of(Structure.SUPER_OFF_PEAK)
    async_step_contract_seasons = step_of(Structure.SEASONS)
    async_step_contract_seasons_super = step_of(Structure.SEASONS_SUPER)
    async_step_contract_alert_days = step_of(Structure.ALERT_DAYS)
    async_step_contract_seasons_alert = step_of(Structure.SEASONS_ALERT)
    async_step_contract_custom = step_of(Structure.CUSTOM)
    async_step_contract_dynamic = step_of(Structure.DYNAMIC)

    async def ask(
        self, structure: Structure, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the hours and prices of a contract of a structure."""
        data = self._data
        if data is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        lines: list[str] = []
        words = await Words.async_of(self.hass)
        values = flat(user_input or self._contract_values(structure))
        if user_input is not None:
            if values.pop(CONF_DELETE, False):
                return self._save(self._without())
            read = read_contract(self.hass, structure, values, errors, own=True)
            if read is not None:
                power = power_of(data.coordinator.data)
                grid = data.costs.updates.grid
                lines = contract_doubts(structure, read, grid, power, words)
                if lines and not values.get(CONF_CONFIRM):
                    errors["base"] = "doubtful"
                elif (kept := self._put(structure, read, values, errors)) is not None:
                    return self._save(kept)
        fields = contract_fields(structure, {}, values, own=True)
        if self._contract is not None:
            fields[vol.Required(CONF_DELETE, default=False)] = BooleanSelector()
        return self.async_show_form(
            step_id=f"{_CONTRACT}{structure}",
            **contract_page(
                self, structure, fields, values, errors=errors, lines=lines
            ),
        )

    def _contract_values(self, structure: Structure) -> dict[str, Any]:
        """Return what the form shows at first: the contract as it is, or its hours."""
        data, contract = self._data, self._contract
        if contract is not None:
            form = self._settings.forms.get(starts_on(contract).isoformat(), {})
            if contract.formula is not None:
                form = formula_values(self.hass, contract.formula)
            return {**form, **period_values(contract.prices.periods[-1])}
        if structure is Structure.DYNAMIC:
            # Nobody told the prices of days that are over
            return {CONF_VALID_FROM: day_of(dt_util.utcnow()).isoformat()}
        learned = data.costs.kept.learned if data else None
        night = [
            f"{one.start:%H:%M}-{one.end:%H:%M}"
            for one in (learned.windows if learned else ())
            if one.index == 1
        ]
        usual = structure is not Structure.CUSTOM
        return {CONF_WINDOWS: "; ".join(night) or "22:00-06:00"} if usual else {}

    def _put(
        self,
        structure: Structure,
        read: Read,
        values: dict[str, Any],
        errors: dict[str, str],
    ) -> PriceSettings | None:
        """Return the choice with new prices, or a new contract from a day on."""
        settings, start = self._settings, read.period.start
        there = in_force(settings.contracts, start)
        contract = Offer(
            str(structure),
            structure,
            PriceList([read.period]),
            schedule=read.schedule,
            alert=alert_of(values),
            formula=read.formula,
        )
        try:
            if there is not None and _same_hours(there, contract):
                contract = replace(there, prices=there.prices.completing(read.period))
        except PriceError as err:
            errors[CONF_VALID_FROM] = price_error_key(err)
            return None
        form = form_of(structure, values)
        return settings.with_contract(contract, form)

    def _without(self) -> PriceSettings:
        """Return the choice without the contract that is changed."""
        settings = self._settings
        rest = tuple(one for one in settings.contracts if one != self._contract)
        return replace(settings, contracts=rest)

    @override
    def _listed(self, words: Words) -> dict[str, str]:
        """Return the contracts beside the typed prices, to be changed."""
        contracts = {
            f"{_CONTRACT}{number}": " · ".join(
                (
                    words.date(starts_on(one)),
                    words.option("structure", one.structure),
                    self._priced(one, words),
                )
            )
            for number, one in enumerate(self._settings.contracts)
        }
        return super()._listed(words) | contracts

    def _priced(self, contract: Offer, words: Words) -> str:
        """Return what a contract costs, in a line: its prices, or who tells them."""
        if contract.formula is None:
            return prices_of(contract.prices.periods[-1], words)
        return entity_of(self.hass, contract.formula.source) or "–"

    @override
    async def _edit(self, chosen: str) -> ConfigFlowResult:
        """Go on with what was chosen in the list."""
        if not chosen.startswith(_CONTRACT):
            return await super()._edit(chosen)
        number = int(chosen.removeprefix(_CONTRACT))
        self._contract = self._shown.contracts[number]
        return await self.ask(self._contract.structure)


def _same_hours(one: Offer, other: Offer) -> bool:
    """Return whether two contracts differ in nothing but prices."""
    return (one.structure, one.schedule, one.alert, one.formula) == (
        *(other.structure, other.schedule, other.alert, other.formula),
    )
