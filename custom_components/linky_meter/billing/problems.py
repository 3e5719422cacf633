"""What is wrong with prices, said in repairs while it lasts."""

from __future__ import annotations

from calendar import month_name
from datetime import date

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..link.problems import Issue, async_heal, async_raise
from ..linky_tic.costs.book.view import CostView
from ..linky_tic.costs.calendar.days import day_of, held
from ..linky_tic.costs.estimate.contracts import in_force
from ..linky_tic.costs.ledger.ledger import Ledger
from .settings import PriceSettings


@callback
def async_mend(
    hass: HomeAssistant,
    entry: ConfigEntry,
    view: CostView | None,
    calendar: object,
    stale_since: date | None,
) -> None:
    """Raise the repairs about prices, or take them away."""
    if view is not None and view.unpriced:
        async_raise(
            hass,
            entry,
            Issue.UNPRICED_CALENDAR,
            calendar=str(calendar),
            indexes=", ".join(str(key.index) for key in sorted(view.unpriced)),
        )
    else:
        async_heal(hass, entry.entry_id, Issue.UNPRICED_CALENDAR)
    if stale_since is not None:
        async_raise(hass, entry, Issue.PRICES_STALE, since=_written(hass, stale_since))
    else:
        async_heal(hass, entry.entry_id, Issue.PRICES_STALE)


@callback
def async_mend_power(
    hass: HomeAssistant, entry: ConfigEntry, settings: PriceSettings, ledger: Ledger
) -> None:
    """Raise the repair about a power that prices are not of, or take it away."""
    power, today = ledger.power, day_of(dt_util.utcnow())
    contract = in_force(settings.contracts, today)
    typed = settings.power if settings.source.is_regulated else None
    told: dict[str, str] = {}
    if contract is not None:
        # Its subscription was typed for the power of its first day
        listed = contract.prices.on(today, contract.calendar)
        first = today if listed is None else listed.start
        told = {"prices_since": _written(hass, first)}
        known = bool(ledger.powers) and ledger.powers[0][0] <= first
        typed = (None if known else settings.power) or held(ledger.powers, first)
    if power and typed and power != typed:
        async_raise(
            hass,
            entry,
            Issue.POWER_DIFFERS,
            words="contract_power_differs" if told else None,
            fixable=not told,
            typed=str(typed),
            power=str(power),
            since=_written(hass, ledger.powers[-1][0]),
            **told,
        )
    else:
        async_heal(hass, entry.entry_id, Issue.POWER_DIFFERS)


def _written(hass: HomeAssistant, day: date) -> str:
    """Return a day as people write it in Home Assistant's language."""
    french = hass.config.language == "fr"
    return (
        f"{day:%d/%m/%Y}" if french else f"{day.day} {month_name[day.month]} {day.year}"
    )
