"""Linky Meter: French electricity meters, read through their customer output (TIC)."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
from homeassistant.setup import async_when_setup

from .billing.keeper import LOOKS_AT, CostKeeper
from .billing.store import costs_store
from .const import DOMAIN
from .coordinator import LinkyCoordinator
from .frontend import async_set_up_frontend
from .link.learned import memory_store
from .link.problems import async_dismiss, async_heal, async_heal_disabled
from .link.sources import source_of
from .link.tasks import Unexpected, once_more
from .linky_tic.publish.publisher import Stage
from .loads.manager import LoadManager
from .loads.store import loads_store
from .loads.switching import async_restore_all
from .replace.adopt import (
    async_follow_address,
    async_forget_other_meter,
    async_other_meter,
)
from .replace.clouds import clouds_store
from .replace.past import past_store
from .replace.statistics import StatisticsRepair, notes_store
from .replace.takeover.journal import journal_store
from .replace.takeover.offer import async_offer_when_started
from .replace.takeover.takeover import async_resume
from .runtime import LinkyConfigEntry, LinkyData
from .services import async_register_actions, costs_asked_for, watch_asked_for
from .sharing.meter import MeterSharing
from .watch.keeper import WatchKeeper
from .watch.store import watch_store
from .welcome.dashboard import async_remove as async_remove_dashboard
from .welcome.follow import async_start

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.CALENDAR,
    Platform.EVENT,
    Platform.SENSOR,
]
_STORES = (
    memory_store,
    notes_store,
    journal_store,
    past_store,
    clouds_store,
    loads_store,
    costs_store,
    watch_store,
)
"""Of all that is kept of an entry over a restart."""


async def async_setup(hass: HomeAssistant, _: ConfigType) -> bool:
    """Register what is there whether a meter is loaded or not."""
    async_register_actions(hass)
    async_heal_disabled(hass)
    async_set_up_frontend(hass)
    async_when_setup(hass, "http", _serve)
    return True


async def _serve(hass: HomeAssistant, _: str) -> None:
    """Answer who asks for the prices ahead or the supply log, if anybody can ask."""
    # Only now it is loaded for sure, and needs no import of ours
    from .plan.view import PricesView  # noqa: PLC0415
    from .watch.view import SupplyView  # noqa: PLC0415

    hass.http.register_view(PricesView(costs_asked_for))
    hass.http.register_view(SupplyView(watch_asked_for))


async def async_setup_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> bool:
    """Set up a meter; whatever fails, nothing of it stays."""
    async_follow_address(hass, entry)
    await async_resume(hass, entry)
    statistics = StatisticsRepair(hass, entry)
    await statistics.async_load()
    coordinator = LinkyCoordinator(
        hass, entry, on_other_meter=async_other_meter(hass, entry).process
    )
    loads = LoadManager(hass, entry, coordinator)
    await loads.async_load()
    try:
        await coordinator.async_start()
    except ConfigEntryNotReady:
        await loads.async_not_ready()
        raise
    except Exception:
        # Nobody tries again by himself: what is shed must not stay so for ever
        await loads.async_stop()
        raise
    async with AsyncExitStack() as undo:
        undo.push_async_callback(coordinator.async_save)
        undo.push_async_callback(coordinator.async_close)
        costs = await CostKeeper.async_load(hass, entry, lambda: coordinator.data)
        sharing = MeterSharing(hass, entry, coordinator)
        watch = WatchKeeper(hass, entry, coordinator)
        entry.runtime_data = LinkyData(coordinator, costs, sharing, watch, loads)
        await costs.async_start()
        undo.push_async_callback(costs.async_stop)
        await watch.async_start()
        undo.push_async_callback(watch.async_stop)
        _let_costs_follow(entry)
        undo.push_async_callback(loads.async_stop)
        await loads.async_start()
        undo.push_async_callback(
            hass.config_entries.async_unload_platforms, entry, PLATFORMS
        )
        await statistics.async_start()
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        await async_start(hass, entry)
        undo.push_async_callback(sharing.async_stop)
        await sharing.async_start()
        entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
        undo.pop_all()
    async_offer_when_started(hass, entry)
    return True


@callback
def _let_costs_follow(entry: LinkyConfigEntry) -> None:
    """Tell costs what is new of the meter, but for energy, which they ask for.

    The price of a kWh must not change before the register that it was counted by.
    """
    coordinator, costs = entry.runtime_data.coordinator, entry.runtime_data.costs
    known: tuple[object, ...] | None = None

    @callback
    def follow() -> None:
        nonlocal known
        if coordinator.publisher.stage is not Stage.ALL:
            return
        now = tuple(coordinator.data[key] for key in LOOKS_AT)
        if now != known:
            known = now
            costs.async_process()

    entry.async_on_unload(coordinator.async_add_listener(follow))
    follow()


async def async_unload_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> bool:
    """Unload a meter and free its port."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        data = entry.runtime_data
        unexpected = Unexpected("unloading the meter")
        # A reload goes on where it was; who removes the meter has them back then
        stop_loads = partial(
            data.loads.async_stop, release=entry.disabled_by is not None
        )
        for stop in (
            stop_loads,
            data.sharing.async_stop,
            data.coordinator.async_close,
            data.coordinator.async_save,
            data.costs.async_stop,
            data.watch.async_stop,
        ):
            # Home Assistant loads no entry again that could not be unloaded
            await once_more(stop, unexpected)
        with unexpected:
            _dismiss(hass, entry)
    return unloaded


def _dismiss(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Forget what was wrong with an entry's source, and take its repairs away."""
    async_forget_other_meter(hass, entry)
    async_dismiss(hass, entry)


async def async_remove_entry(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Forget what was learned about the meter, and its repairs."""
    _dismiss(hass, entry)
    async_heal(hass, entry.entry_id)
    with Unexpected("bringing loads back"):
        await async_restore_all(hass, entry)
    for store in _STORES:
        await store(hass, entry.entry_id).async_remove()
    # A modem that was found and ignored is an entry too
    if not hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        await async_remove_dashboard(hass, None)


async def _async_entry_updated(hass: HomeAssistant, entry: LinkyConfigEntry) -> None:
    """Take options as they are; another source needs a reload."""
    coordinator = entry.runtime_data.coordinator
    if source_of(entry.data) != coordinator.meter_link.source_data:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    coordinator.async_apply_options()
    entry.runtime_data.costs.async_apply()
    await entry.runtime_data.sharing.async_apply()
    await entry.runtime_data.loads.async_apply()
