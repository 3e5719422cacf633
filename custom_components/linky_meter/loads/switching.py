"""Orders carried out: one after the other for a load, all loads at once."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
import logging
from typing import Any

import probatio as vol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..link.tasks import Unexpected
from ..linky_tic.loads.decision import Action, Order
from .settings import LoadSettings
from .store import loads_store
from .target import Before, Call, Target, restoring

_LOGGER = logging.getLogger(__name__)

CALL_SECONDS = 30.0
"""How long an action may take: a thermostat in a cloud is slow."""
_FAILURES = (HomeAssistantError, TimeoutError, vol.Invalid)


async def async_restore_all(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Bring back what the loads of a removed entry were: nobody will do it later."""
    with suppress(HomeAssistantError):
        if (kept := await loads_store(hass, entry.entry_id).async_load()) is not None:
            switching = Switching(hass, entry, _save_nothing)
            switching.before = kept.before
            await switching.end()


async def _save_nothing() -> None:
    """Keep nothing: the file goes as well."""


class Switching:
    """Switches loads by Home Assistant's actions, and knows what they were before."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        save: Callable[[], Awaitable[None]],
    ) -> None:
        """``save`` keeps ``before`` over a restart."""
        self.before: dict[str, Before] = {}
        """What each load was that is shed or lowered, by its key."""
        self._hass, self._entry, self._save = hass, entry, save
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._pending = Counter[str]()
        self._revoked = Counter[str]()
        """How often the orders of each load became void."""
        self._ended = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._unexpected = Unexpected("switching a load")

    @callback
    def order(self, load: LoadSettings, order: Order, context: Context) -> None:
        """Have an order carried out."""
        self._pending[load.key] += 1
        task = self._entry.async_create_background_task(
            self._hass,
            self._carry_out(load, order, context, self._revoked[load.key]),
            "switch a load",
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def pending(self, key: str) -> bool:
        """Return whether an order of a load is still being carried out."""
        return self._pending[key] > 0

    async def wait(self) -> None:
        """Wait until all orders are carried out."""
        await asyncio.gather(*self._tasks)

    @callback
    def cancel(self) -> None:
        """Begin with no order any more."""
        self._ended = True

    async def end(self) -> None:
        """Carry no order out any more, and bring back what all loads were."""
        self.cancel()
        await self.restore(self.before)

    async def restore(self, keys: Iterable[str]) -> None:
        """Bring back what loads were, all at once; their older orders are void.

        What cannot be reached now stays in ``before``.
        """
        self._revoked.update(list(keys))
        await asyncio.gather(*map(self._restore, list(keys)))

    async def _restore(self, key: str) -> None:
        async with self._locks[key]:
            known = self.before.get(key)
            # Home Assistant calls nothing of what is not available, and says nothing
            if known is not None and known.reachable(self._hass):
                with self._unexpected:
                    calls = restoring(self._hass, known)
                    if await self._call(known.entity_id, calls, Context()):
                        self.before.pop(key, None)

    async def _carry_out(
        self, load: LoadSettings, order: Order, context: Context, revoked: int
    ) -> None:
        try:
            async with self._locks[load.key]:
                if self._ended or self._revoked[load.key] != revoked:
                    return
                with self._unexpected:
                    await self._switch(load, order, context)
        finally:
            self._pending[load.key] -= 1

    async def _switch(self, load: LoadSettings, order: Order, context: Context) -> None:
        target, known = Target(self._hass, load), self.before.get(load.key)
        restores = order.action is Action.RESTORE
        if not restores and known is None and (known := target.before()) is not None:
            self.before[load.key] = known
        # First this: whoever starts after a power cut must know what is switched off
        await self._save()
        if restores:
            calls = self._running(target, known, order.level)
        elif order.action is Action.SHED or order.level is None:
            calls = target.shedding()
        else:
            calls = target.setting(order.level)
        await self._call(load.entity_id, calls, context)

    def _running(
        self, target: Target, known: Before | None, level: float | None
    ) -> list[Call]:
        """Return what brings back what was before, or as much as there is room for.

        It stays known until it is seen on: it may have to be asked again.
        """
        most = None if known is None else known.level
        if known is None or (level is not None and most is not None and level < most):
            return [] if level is None else target.setting(level)
        return restoring(self._hass, known)

    async def _call(self, entity_id: str, calls: list[Call], context: Context) -> bool:
        """Call actions one after the other; return whether all could be."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                for domain, action, data in calls:
                    await self._hass.services.async_call(
                        domain, action, data, blocking=True, context=context
                    )
        except _FAILURES as err:
            # Not what it says: that may be an address of another integration
            _LOGGER.warning(
                "%s could not be switched: %s", entity_id, type(err).__name__
            )
            return False
        return True
