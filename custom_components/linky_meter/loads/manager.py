"""The loads of one meter: looked at with each reading, and switched where that is due."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..coordinator import LinkyCoordinator
from ..link.problems import Issue, async_heal, async_raise
from ..link.tasks import Followers, Unexpected
from ..linky_tic.loads.decision import (
    Decision,
    LoadReport,
    LoadState,
    Observation,
    Order,
)
from ..linky_tic.loads.draw import Draw, draw_of
from ..linky_tic.loads.load import LoadsError
from ..linky_tic.loads.manager import Manager
from ..linky_tic.tic.reading import EMPTY
from .renamed import async_follow_renames
from .settings import LoadSettings, ManagerSettings, Mode, loads_of, with_margin
from .store import Kept, loads_store
from .switching import Switching
from .target import Target
from .words import LATE, Entry, Log, LogLine, LogWords, entry_of

_LOGGER = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""How often it is looked while no reading comes."""
PATIENCE = timedelta(seconds=60)
"""How long a load may disobey before the user is told."""

_NOT_READY: HassKey[dict[str, datetime]] = HassKey(f"{DOMAIN}_loads_not_ready")
"""Since when meters cannot be set up, by their entries."""


class LoadManager:
    """Decides about the loads of a meter, and has the decisions carried out."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        coordinator: LinkyCoordinator,
    ) -> None:
        """Manage nothing yet."""
        self.loads: dict[str, LoadSettings] = {}
        """By the ids of their subentries."""
        self.decision = Decision()
        self.lost_before = False
        """Whether the log ends with a lost meter, of before a restart."""
        self.settings = ManagerSettings()
        self.log = Log()
        self.entry = entry
        self.coordinator = coordinator
        self._hass = hass
        self._store = loads_store(hass, entry.entry_id)
        self._state: Mapping[str, Any] = {}
        """What the manager knew before a restart."""
        self._manager = Manager(())
        self._switching = Switching(hass, entry, self._save)
        self._applying = asyncio.Lock()
        self._words: LogWords
        self._reading = EMPTY
        self._looked = -LOOK_SECONDS
        self._looking: CALLBACK_TYPE | None = None
        self._stopped = False
        self._disobeys: dict[str, datetime] = {}
        """Since when each load does."""
        self._told: set[str] = set()
        """Those of which the repair tells."""
        self._calling: Followers[()] = Followers("showing the loads")
        self._unexpected = Unexpected("deciding about the loads")

    @property
    def dry_run(self) -> bool:
        """Whether nothing is switched."""
        return self.settings.mode is Mode.DRY_RUN

    async def async_load(self) -> None:
        """Load what is kept; see ``PersistedStore`` for what it raises."""
        kept = await self._store.async_load() or Kept()
        self._state = kept.manager
        self._switching.before = kept.before
        self._words = await LogWords.async_of(self._hass)

    async def async_start(self) -> None:
        """Begin; unloading the entry is to end it by ``async_stop``."""
        hass, entry = self._hass, self.entry
        hass.data.get(_NOT_READY, {}).pop(entry.entry_id, None)
        await self.async_apply()
        entry.async_on_unload(self.coordinator.async_add_listener(self._follow))
        entry.async_on_unload(self._look_no_more)
        entry.async_on_unload(
            hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._on_stop)
        )
        entry.async_on_unload(async_follow_renames(hass, entry, self._switching.before))
        entry.async_on_unload(async_at_started(hass, self._on_started))

    async def async_not_ready(self) -> None:
        """Do what is due while the meter cannot be set up, as if it had been lost."""
        since = self._hass.data.setdefault(_NOT_READY, {}).setdefault(
            self.entry.entry_id, _now()
        )
        with self._unexpected:
            # Whatever happens here, the meter is tried again
            await self.async_apply()
            for now in (since, _now()):
                self._decide(now, None)
        self._look_no_more()
        await self._switching.wait()

    async def async_apply(self) -> None:
        """Follow the options and the loads; what is no load any more is restored."""
        async with self._applying:
            await self._apply()

    async def _apply(self) -> None:
        settings = ManagerSettings.of(self.entry.options)
        loads = loads_of(self.entry, self.coordinator.meter.memory.phases or 1)
        known, before = self.loads, self._switching.before
        changed = {
            key
            for key, load in known.items()
            if key not in loads
            or loads[key].load.entities
            # What was before has followed an entity that got another id
            not in {load.load.entities, before.get(key, load.load).entities}
        }
        gone = changed | (before.keys() - loads.keys())
        if (settings, loads) == (self.settings, known) and not gone:
            return
        # What a dry run believes never was
        state = self._state if not known else self._manager.state()
        if self.dry_run and known:
            state = {}
        self.settings, self.loads = settings, loads
        await self._switching.restore(before if self.dry_run else gone)
        for key in changed & loads.keys():
            # It was of another entity
            before.pop(key, None)
        if self.dry_run:
            state = {}
        elif changed:
            same = [load for key, load in loads.items() if key not in changed]
            state = self._make(same, state).state()
        self._manager = self._make(loads.values(), state)
        asked = loads if not self.dry_run else {}
        self._disobeys = {k: at for k, at in self._disobeys.items() if k in asked}
        self._told &= asked.keys()
        self._mend()
        await self._save()
        self._look_while_needed()
        self._reading = EMPTY
        with self._unexpected:
            self._follow()
        self._calling.call()

    async def async_stop(self, *, release: bool = True) -> None:
        """End; all may run again, unless it goes on soon, or Home Assistant stops."""
        if self._stopped:
            return
        self._stopped, keeps = True, self._keeps
        left: Mapping[str, Any] = {}
        if not release:
            self._switching.cancel()
        elif not self._hass.is_stopping:
            with self._unexpected:
                left = self._manager.state()["loads"]
                self._manager.release(_now())
            await self._switching.end()
        self._look_no_more()
        async_heal(self._hass, self.entry.entry_id, Issue.LOAD_DISOBEYS)
        if self.loads or (keeps and not self._hass.is_stopping):
            # Else what was kept is all that is known yet
            await self._save({k: left[k] for k in self._switching.before if k in left})

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back after each decision; return what ends that."""
        return self._calling.add(listener)

    def report(self, key: str) -> LoadReport | None:
        """Return how a load is, None while that is not known."""
        return self.decision.states.get(key)

    def _make(self, loads: Iterable[LoadSettings], state: Mapping[str, Any]) -> Manager:
        """Return a manager of as many loads as can be managed together."""
        able = {load.key: load.load for load in loads}
        while True:
            try:
                return Manager(tuple(able.values()), state, dry_run=self.dry_run)
            except LoadsError as err:
                # Forms refuse it; an entity that is renamed may do it all the same
                wrong = [key for key in err.loads if key in able][-1]
                name = self.loads[wrong].name
                _LOGGER.warning("The load %s is left alone: %s", name, err.key)
                del able[wrong]

    @callback
    def _follow(self) -> None:
        """Decide by a new reading."""
        if not self.loads:
            return
        coordinator = self.coordinator
        reading = coordinator.data
        if (
            reading is self._reading
            or reading.early
            or coordinator.late
            or not coordinator.last_update_success
        ):
            return
        self._reading = reading
        identity = coordinator.identity
        draw = draw_of(
            reading,
            coordinator.meter.filtered_powers,
            slow=identity is None or identity.linky,
        )
        if draw is not None:
            self._decide(_now(), with_margin(draw, self.settings.margin))

    @callback
    def _look_while_needed(self) -> None:
        """Look now and then while there are loads."""
        if self.loads and self._looking is None:
            every = timedelta(seconds=LOOK_SECONDS)
            self._looking = async_track_time_interval(self._hass, self._look, every)
        elif not self.loads:
            self._look_no_more()

    @callback
    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking()
            self._looking = None

    @callback
    def _look(self, _: datetime) -> None:
        """Decide without a reading, while none comes."""
        if self._hass.loop.time() - self._looked >= LOOK_SECONDS:
            with self._unexpected:
                self._decide(_now(), None)

    @callback
    def _decide(self, now: datetime, draw: Draw | None) -> None:
        if self._stopped or not self.loads:
            return
        self._looked, was_lost = self._hass.loop.time(), self.decision.lost
        if draw is not None:
            was_lost, self.lost_before = was_lost or self.lost_before, False
        seen = {
            key: Target(self._hass, load).observe() for key, load in self.loads.items()
        }
        self.decision = self._manager.decide(now, draw, seen)
        if self.decision.lost is not was_lost:
            entry = Entry.METER_LOST if self.decision.lost else Entry.METER_FOUND
            late = self.decision.lost and self.coordinator.late
            what = LATE if late else entry
            self._tell(entry, self._words.line(what, dry_run=self.dry_run))
        for order in self.decision.orders:
            self._take(order, seen[order.load])
        ordered = {order.load for order in self.decision.orders}
        for key, report in self.decision.states.items():
            if key not in seen:
                # Its settings are gone, and what it was is being brought back
                continue
            self._watch(key, report, now)
            if key not in ordered:
                # What was seen of the others is older than their order
                self._forget(key, report, seen[key])
        self._calling.call()

    def _take(self, order: Order, seen: Observation) -> None:
        """Tell of an order, and have it carried out."""
        load, context = self.loads[order.load], Context()
        entry = entry_of(order, seen.level)
        with self._unexpected:
            # Words that fail must keep nothing on
            message = self._words.order(
                entry,
                load.name,
                order,
                phases=len(self.decision.room),
                margin=self.settings.margin,
                dry_run=self.dry_run,
            )
            more = {"load": load.name, "reason": str(order.reason)}
            self._tell(entry, message, context, **more)
        if not self.dry_run:
            self._switching.order(load, order, context)

    def _watch(self, key: str, report: LoadReport, now: datetime) -> None:
        """See whether a load disobeys, and whether it obeys again."""
        if report.state is not LoadState.DISOBEYS:
            self._disobeys.pop(key, None)
            if report.state is LoadState.SHED and key in self._told:
                self._told.discard(key)
                self._tell_of(Entry.OBEYS, key)
            return
        since = self._disobeys.setdefault(key, now)
        if key not in self._told and now - since >= PATIENCE:
            self._told.add(key)
            self._tell_of(Entry.DISOBEYS, key)

    def _forget(self, key: str, report: LoadReport, seen: Observation) -> None:
        """Forget what was before where somebody chose anew since."""
        before = self._switching.before.get(key)
        if (
            before is not None
            and report.state in {LoadState.ALLOWED, LoadState.HELD}
            and seen.on
            and (report.level is None or (seen.level or 0.0) > report.level)
            and before.reached(self.loads[key].load, seen.level)
            and not self._switching.pending(key)
        ):
            del self._switching.before[key]

    def _tell_of(self, entry: Entry, key: str) -> None:
        name = self.loads[key].name
        self._tell(entry, self._words.line(entry, name), load=name)
        self._mend()

    def _mend(self) -> None:
        """Raise the repair about loads that disobey, or take it away."""
        names = sorted(self.loads[key].name for key in self._told)
        if names:
            loads = "\n".join(f"* {name}" for name in names)
            async_raise(self._hass, self.entry, Issue.LOAD_DISOBEYS, loads=loads)
        else:
            async_heal(self._hass, self.entry.entry_id, Issue.LOAD_DISOBEYS)

    def _tell(
        self, entry: Entry, message: str, context: Context | None = None, **more: str
    ) -> None:
        dry_run = {"dry_run": True} if self.dry_run else {}
        data = {"message": message, **more, **dry_run}
        self.log.tell(LogLine(entry, data, context or Context()))

    @property
    def _keeps(self) -> bool:
        """Whether there is, or was, anything to keep: who has no loads gets no file."""
        return bool(self.loads or self._state or self._switching.before)

    async def _save(self, left: Mapping[str, Any] | None = None) -> None:
        """Keep all; ``left`` are the loads that could not be released."""
        state = {} if self.dry_run else self._manager.state()
        if state and left:
            state["loads"] |= left
        await self._store.async_save(Kept(state, self._switching.before).as_dict())

    async def _on_started(self, _: HomeAssistant) -> None:
        """Restore what is no load any more and was not there while all started."""
        await self.async_apply()

    async def _on_stop(self, _: Event) -> None:
        """Leave all as it is: after a restart it goes on."""
        if not self._stopped:
            self._stopped = True
            if self._keeps:
                await self._save()


def _now() -> datetime:
    return dt_util.as_local(dt_util.utcnow())
