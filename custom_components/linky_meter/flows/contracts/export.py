"""What exported energy brings: a price at which it is sold, or a virtual battery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import UnitOfEnergy
from homeassistant.helpers.selector import BooleanSelector, DateSelector

from ...billing.entity import EUROS_PER_KWH
from ...billing.settings import CONF_VALID_FROM, CONF_VALID_UNTIL, price_error_key
from ...linky_tic.costs.errors import PriceError
from ...linky_tic.costs.export.terms import ExportKind, ExportList, ExportTerms
from ...words import Words
from ..selectors import amount, pick
from .contract_form import CONF_CONFIRM, doubtful_page
from .prices import CONF_DELETE, CONF_PERIOD, PriceFlow

CONF_SALE = "sale_price"
CONF_DELIVERY = "delivery_price"
CONF_FEE = "battery_fee"
CONF_STORED = "stored"
CONF_SIZE = "battery_size"
CONF_SURPLUS = "surplus_price"
_USUAL = Decimal("0.25")
"""Euros per kWh; above it 25 cents were typed as 25, or a price of another thing."""


@dataclass(frozen=True)
class _Form:
    """Which fields the terms of a kind have, beside their dates."""

    price: str
    fields: Mapping[vol.Marker, Any]


_FORMS = {
    ExportKind.SALE: _Form(CONF_SALE, {vol.Optional(CONF_SALE): amount(EUROS_PER_KWH)}),
    ExportKind.BATTERY: _Form(
        CONF_DELIVERY,
        {
            vol.Optional(CONF_DELIVERY): amount(EUROS_PER_KWH),
            vol.Optional(CONF_FEE): amount("€"),
            vol.Optional(CONF_STORED): amount(UnitOfEnergy.KILO_WATT_HOUR),
            vol.Optional(CONF_SIZE): amount(UnitOfEnergy.KILO_WATT_HOUR),
            vol.Optional(CONF_SURPLUS): amount(EUROS_PER_KWH),
        },
    ),
}
_WRONG = {CONF_STORED: "bad_stored", CONF_SIZE: "bad_battery_size"}
_DATES = {
    vol.Required(CONF_VALID_FROM): DateSelector(),
    vol.Optional(CONF_VALID_UNTIL): DateSelector(),
}


class ExportFlow(PriceFlow):
    """A list of dated terms."""

    _terms: ExportTerms | None = None
    """Those that are changed."""

    async def async_step_export(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what becomes of exported energy."""
        if self._data is None:
            return self.async_abort(reason="not_loaded")
        options = ["export_sale", "export_battery"]
        if self._settings.export:
            options.append("export_list")
        return self.async_show_menu(step_id="export", menu_options=options)

    async def async_step_export_sale(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the price at which energy is sold."""
        return await self._ask_terms(ExportKind.SALE, user_input)

    async def async_step_export_battery(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what a virtual battery costs and holds."""
        return await self._ask_terms(ExportKind.BATTERY, user_input)

    async def async_step_export_list(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which terms to change."""
        if user_input is None:
            self._shown = self._settings
        terms = self._shown.export.terms
        if user_input is not None:
            self._terms = terms[int(user_input[CONF_PERIOD])]
            return await self._ask_terms(self._terms.kind, None)
        words = await Words.async_of(self.hass)
        labels = {str(n): _label(one, words) for n, one in enumerate(terms)}
        return self.async_show_form(
            step_id="export_list",
            data_schema=vol.Schema({vol.Required(CONF_PERIOD): pick(labels)}),
        )

    async def _ask_terms(
        self, kind: ExportKind, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        lines: list[str] = []
        old, form = self._terms, _FORMS[kind]
        values = user_input or ({} if old is None else _values(old, form))
        if user_input is not None:
            export = self._settings.export
            if user_input.pop(CONF_DELETE, False):
                return self._save_terms(export.without(old))
            terms = _read(kind, form, user_input, errors)
            if terms is not None:
                lines = _doubts(terms, await Words.async_of(self.hass))
                if not lines or user_input.get(CONF_CONFIRM):
                    return self._save_terms(export.with_terms(terms, old))
                errors["base"] = "doubtful"
        fields = {**form.fields, **_DATES}
        if old is not None:
            fields[vol.Required(CONF_DELETE, default=False)] = BooleanSelector()
        page = doubtful_page(self, fields, values, lines)
        return self.async_show_form(step_id=f"export_{kind}", errors=errors, **page)

    def _save_terms(self, export: ExportList) -> ConfigFlowResult:
        return self._save(replace(self._settings, export=export))


def _read(
    kind: ExportKind, form: _Form, values: Mapping[str, Any], errors: dict[str, str]
) -> ExportTerms | None:
    """Return the terms that a form holds; what is wrong goes to ``errors`` by field."""
    if values.get(form.price) is None:
        errors[form.price] = "no_amount"
        return None
    start = date.fromisoformat(values[CONF_VALID_FROM])
    end = values.get(CONF_VALID_UNTIL)
    stored, size = values.get(CONF_STORED), values.get(CONF_SIZE)
    parts: dict[str, dict[str, Any]] = {
        form.price: {"price": Decimal(str(values[form.price]))},
        CONF_FEE: {"monthly": Decimal(str(values.get(CONF_FEE) or 0))},
        CONF_SIZE: {"size": None if size is None else round(size * 1000)},
        CONF_SURPLUS: {"surplus": Decimal(str(values.get(CONF_SURPLUS) or 0))},
        CONF_STORED: {"stored": None if stored is None else round(stored * 1000)},
        CONF_VALID_UNTIL if end else CONF_VALID_FROM: {
            "start": start,
            "end": date.fromisoformat(end) if end else None,
        },
    }
    whole: dict[str, Any] = {"kind": kind, "start": date(2020, 1, 1), "price": 0}
    for name, part in parts.items():
        try:
            ExportTerms(**whole | part)
        except PriceError as err:
            errors[name] = _WRONG.get(name) or price_error_key(err)
        whole |= {} if name in errors else part
    return None if errors else ExportTerms(**whole)


def _values(terms: ExportTerms, form: _Form) -> dict[str, Any]:
    """Return what the fields of terms hold."""
    values: dict[str, Any] = {
        form.price: float(terms.price),
        CONF_FEE: float(terms.monthly),
        CONF_VALID_FROM: terms.start.isoformat(),
    }
    if terms.stored is not None:
        values[CONF_STORED] = terms.stored / 1000
    if terms.size is not None:
        values[CONF_SIZE] = terms.size / 1000
    if terms.surplus:
        values[CONF_SURPLUS] = float(terms.surplus)
    if terms.end is not None:
        values[CONF_VALID_UNTIL] = terms.end.isoformat()
    return values


def _doubts(terms: ExportTerms, words: Words) -> list[str]:
    """Return in words what is strange about terms."""
    asked = [] if 0 < terms.price <= _USUAL else [(terms.kind, terms.price)]
    if terms.surplus > _USUAL:
        asked.append((ExportKind.SALE, terms.surplus))
    return [
        words.say(f"doubt_export_{kind}", value=words.amount(price))
        for kind, price in asked
    ]


def _label(terms: ExportTerms, words: Words) -> str:
    """Return terms in a line."""
    end = f" → {words.date(terms.end)}" if terms.end else " →"
    kind = words.say(f"export_{terms.kind}", value=words.amount(terms.price))
    return f"{words.date(terms.start)}{end} · {kind}"
