"""The part of the options about taking over from another integration."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import probatio as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import BooleanSelector
from homeassistant.util import dt as dt_util

from ..replace.clouds import Cloud, async_clouds, async_copy, async_span, async_undo
from ..replace.past import PastError
from ..replace.takeover.journal import async_load_journal
from ..replace.takeover.plan import Plan, async_plans
from ..replace.takeover.preview import (
    async_last_backup,
    async_preview,
    fills,
    has_gap,
    name_of,
    result_of,
)
from ..replace.takeover.takeover import (
    Failure,
    async_finish,
    async_give_back,
    async_take_over,
    can_give_back,
)
from ..words import Words
from .selectors import pick

CONF_TAKE_FROM = "take_from"
CONF_FILL = "fill"
CONF_MERGE = "merge"
CONF_ALSO = "also"
CONF_COPY = "copy"
CONF_SHOW = "show"

# Entities come with the first frames
_WAIT_SECONDS = 30.0
_LOOK_SECONDS = 1.0


def choices_form(plan: Plan) -> vol.Schema:
    """Return the form of what may be chosen for a plan: most often nothing."""
    fields: dict[vol.Marker, Any] = {}
    if plan.asks:
        labels = {
            id_: f"{id_} → {name_of(move)}"
            for move in plan.asks
            if (id_ := move.candidate.entity_id)
        }
        fields[vol.Optional(CONF_ALSO, default=list)] = pick(labels, several=True)
    if has_gap(plan):
        fields[vol.Required(CONF_FILL, default=fills(plan))] = BooleanSelector()
        fields[vol.Required(CONF_MERGE, default=True)] = BooleanSelector()
    return vol.Schema(fields)


async def async_told(hass: HomeAssistant, plan: Plan) -> dict[str, str]:
    """Return the placeholders of the form that shows a plan."""
    told = await async_preview(hass, plan)
    return told | {"backup": await _last_backup(hass, await Words.async_of(hass))}


async def _last_backup(hass: HomeAssistant, words: Words) -> str:
    if (at := await async_last_backup(hass)) is None:
        return "–"
    return f"{words.date(at.date())}, {at:%H:%M}"


async def async_answered(
    hass: HomeAssistant, entry: ConfigEntry, plan: Plan, answers: Mapping[str, Any]
) -> Failure | None:
    """Make a plan true as the form was answered; return why not."""
    return await async_take_over(
        hass,
        entry,
        plan,
        fill=answers.get(CONF_FILL, False),
        merge=answers.get(CONF_MERGE, False),
        also=answers.get(CONF_ALSO, ()),
    )


class TakeoverFlow(OptionsFlow):
    """Takes over, and gives back or ends it later."""

    _plans: list[Plan]
    _clouds: list[Cloud]
    _cloud: Cloud
    _plan: Plan
    """The one that was chosen; set before the steps that need it."""
    _then: str | None = None
    """The step that follows, where the set-up led on to this one."""
    _waiting: asyncio.Task[None] | None = None

    async def async_step_takeover_wait(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Wait until a meter that was just set up has entities."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return await self.async_step_takeover()
        if self._waiting is None:
            self._waiting = self.hass.async_create_task(
                self._wait(), "tic take-over", eager_start=False
            )
        if not self._waiting.done():
            return self.async_show_progress(
                step_id="takeover_wait",
                progress_action="takeover_wait",
                progress_task=self._waiting,
            )
        return self.async_show_progress_done(next_step_id="takeover")

    async def _wait(self) -> None:
        """Wait until it is known what moves: with all that the first frames brought."""
        known: list[frozenset[tuple[str, str, str]]] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_SECONDS):
                while True:
                    plans = await async_plans(self.hass, self.config_entry)
                    found = [plan.print for plan in plans]
                    if found and found == known:
                        return
                    known = found
                    await asyncio.sleep(_LOOK_SECONDS)

    async def async_step_takeover(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Look for other integrations, or show what was taken over."""
        hass, entry = self.hass, self.config_entry
        self._clouds = await async_clouds(hass, entry)
        if (journal := await async_load_journal(hass, entry.entry_id)) is not None:
            options = ["takeover_finish"]
            if can_give_back(hass, journal):
                options.insert(0, "takeover_back")
            if self._clouds:
                self._plans = []
                options.append("takeover_source")
            return self.async_show_menu(
                step_id="takeover",
                menu_options=options,
                description_placeholders=result_of(hass, journal),
            )
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        self._plans = await async_plans(hass, entry)
        if not self._plans and self._then:
            return await self._go_on()
        found: list[Plan | Cloud] = [*self._plans, *self._clouds]
        if not found:
            return self.async_abort(reason="nothing_to_take")
        if len(found) > 1:
            return await self.async_step_takeover_source()
        return await self._look_at(found[0])

    async def async_step_takeover_source(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask from which of several."""
        found: dict[str, Plan | Cloud] = {plan.source.id: plan for plan in self._plans}
        # Not by the id that a cloud has for the meter
        found |= {str(n): cloud for n, cloud in enumerate(self._clouds)}
        if user_input is not None:
            return await self._look_at(found[user_input[CONF_TAKE_FROM]])
        if len(found) == 1:
            return await self._look_at(*found.values())
        labels = {
            id_: f"{one.source.name} ({len(one.moves)})"
            if isinstance(one, Plan)
            else one.name
            for id_, one in found.items()
        }
        return self.async_show_form(
            step_id="takeover_source",
            data_schema=vol.Schema({vol.Required(CONF_TAKE_FROM): pick(labels)}),
        )

    async def _look_at(self, one: Plan | Cloud) -> ConfigFlowResult:
        """Show what was chosen."""
        if isinstance(one, Plan):
            self._plan = one
            return await self.async_step_takeover_preview()
        self._cloud = one
        if one.copied:
            return await self.async_step_cloud_back()
        return await self.async_step_cloud()

    async def async_step_cloud(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what a cloud imported, and do with it what is asked for."""
        hass, entry, cloud = self.hass, self.config_entry, self._cloud
        words = await Words.async_of(hass)
        copy, show = (
            user_input is not None and user_input.get(name, False)
            for name in (CONF_COPY, CONF_SHOW)
        )
        if copy or show:
            try:
                hours = await async_copy(hass, entry, cloud, copy=copy, dashboard=show)
            except PastError as err:
                return self.async_abort(reason=err.key)
            return self.async_abort(
                reason="cloud_done" if copy else "cloud_shown",
                description_placeholders={
                    "name": cloud.name,
                    "hours": words.number(hours),
                },
            )
        if (span := await async_span(hass, entry, cloud)) is None:
            return self.async_abort(reason="nothing_to_take")
        fields: dict[vol.Marker, Any] = {
            vol.Required(CONF_COPY, default=user_input is None): BooleanSelector()
        }
        if span.shown:
            fields[vol.Required(CONF_SHOW, default=False)] = BooleanSelector()
        return self.async_show_form(
            step_id="cloud",
            data_schema=vol.Schema(fields),
            errors={} if user_input is None else {"base": "nothing_ticked"},
            description_placeholders={
                "name": cloud.name,
                "since": words.date(dt_util.as_local(span.since).date()),
                "until": words.date(dt_util.as_local(span.last).date()),
                "hours": words.number(span.hours),
                "energy": words.number(span.energy),
                "backup": await _last_backup(hass, words),
            },
            last_step=True,
        )

    async def async_step_cloud_back(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask, then take out what was copied of a cloud."""
        told = {"name": self._cloud.name}
        if user_input is None:
            return self.async_show_form(
                step_id="cloud_back", description_placeholders=told, last_step=True
            )
        try:
            await async_undo(self.hass, self.config_entry, self._cloud)
        except PastError as err:
            return self.async_abort(reason=err.key)
        return self.async_abort(reason="cloud_undone", description_placeholders=told)

    async def async_step_takeover_preview(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what moves and what stays; the user's word does it."""
        hass, entry, plan = self.hass, self.config_entry, self._plan
        if user_input is None:
            return self.async_show_form(
                step_id="takeover_preview",
                data_schema=choices_form(plan),
                description_placeholders=await async_told(hass, plan),
                last_step=True,
            )
        failure = await async_answered(hass, entry, plan, user_input)
        journal = await async_load_journal(hass, entry.entry_id)
        if failure is not None or journal is None:
            return self.async_abort(reason=failure or Failure.CHANGED)
        if self._then:
            return await self.async_step_takeover_done()
        return self.async_abort(
            reason="taken_over", description_placeholders=result_of(hass, journal)
        )

    async def async_step_takeover_done(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what was taken over, where another step follows."""
        if user_input is not None:
            return await self._go_on()
        return self.async_show_form(
            step_id="takeover_done",
            description_placeholders=await self._result(),
            last_step=False,
        )

    async def _go_on(self) -> ConfigFlowResult:
        result: ConfigFlowResult = await getattr(self, f"async_step_{self._then}")()
        return result

    async def async_step_takeover_back(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask once more, then give the entities back."""
        if user_input is None:
            return self.async_show_form(
                step_id="takeover_back",
                description_placeholders=await self._result(),
                last_step=True,
            )
        journal = await async_load_journal(self.hass, self.config_entry.entry_id)
        failure = await async_give_back(self.hass, self.config_entry)
        if failure is not None:
            return self.async_abort(reason=failure)
        is_off = journal is not None and any(
            (other := self.hass.config_entries.async_get_entry(entry_id))
            and other.disabled_by
            for entry_id in journal.entry_ids
        )
        return self.async_abort(
            reason="given_back_disabled" if is_off else "given_back"
        )

    async def async_step_takeover_finish(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask once more, then remove what is left of the old integration."""
        if user_input is None:
            return self.async_show_form(
                step_id="takeover_finish",
                description_placeholders=await self._result(),
                last_step=True,
            )
        await async_finish(self.hass, self.config_entry)
        return self.async_abort(reason="takeover_finished")

    async def _result(self) -> dict[str, str]:
        journal = await async_load_journal(self.hass, self.config_entry.entry_id)
        return result_of(self.hass, journal) if journal else {"name": "–"}
