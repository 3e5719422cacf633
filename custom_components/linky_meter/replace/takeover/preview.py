"""Tells a plan and its result in words, for a form."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder import DOMAIN as RECORDER, is_entity_recorded
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ...words import Words
from .journal import Journal
from .last import async_since
from .plan import Move, Plan
from .tables import Stays

_TAKEOVER = "takeover"
_BACKUP = "backup"
_BACKUP_SECONDS = 3.0
_NONE = "–"
_GAP = timedelta(hours=1)
_FILLED = timedelta(hours=48)
_YEAR = timedelta(days=365.25)


async def async_preview(hass: HomeAssistant, plan: Plan) -> dict[str, str]:
    """Return the placeholders of the form that shows a plan."""
    words = await Words.async_of(hass)
    by_reason: dict[Stays, list[str]] = {}
    for entity_id, why in sorted(plan.stays.items()):
        by_reason.setdefault(why, []).append(f"`{entity_id}`")
    stays = [
        f"- {words.option(_TAKEOVER, why)}: {', '.join(ids)}"
        for why, ids in by_reason.items()
    ]
    since = await async_since(hass, (one.candidate.entity_id for one in plan.moves))
    return {
        "name": plan.source.name,
        "moves": str(len(plan.moves)),
        "stays": str(len(plan.stays)),
        "table": "\n".join(_line(hass, move, words, since) for move in plan.moves),
        "reasons": "\n".join(stays) or _NONE,
        "automations": ", ".join(f"`{one}`" for one in plan.automations(hass)) or _NONE,
    }


def result_of(hass: HomeAssistant, journal: Journal) -> dict[str, str]:
    """Return the placeholders of what tells that a take-over was done."""
    registry = er.async_get(hass)
    return {
        "name": journal.name,
        "moves": str(len(journal.rows)),
        "table": "\n".join(
            f"- `{row.entity_id}`"
            for row in journal.rows
            if registry.async_get(row.entity_id)
        )
        or _NONE,
        "automations": ", ".join(f"`{one}`" for one in journal.by_hand) or _NONE,
    }


def has_gap(plan: Plan) -> bool:
    """Return whether nothing was counted for a while before."""
    return _gap_of(plan) > _GAP


def fills(plan: Plan) -> bool:
    """Return whether it is usual to spread what was counted meanwhile."""
    return _gap_of(plan) <= _FILLED


def _gap_of(plan: Plan) -> timedelta:
    ends = [move.last.end for move in plan.moves if move.last]
    return dt_util.utcnow() - max(ends) if ends else timedelta()


def name_of(move: Move) -> str:
    """Return how the entity is called that another one becomes."""
    twin = move.twin
    return twin.name or twin.original_name or twin.entity_id


def _line(
    hass: HomeAssistant,
    move: Move,
    words: Words,
    since: dict[str, datetime],
) -> str:
    before = f"{move.before} {move.unit or ''}".strip() if move.before else _NONE
    state, entity_id = hass.states.get(move.twin.entity_id), move.candidate.entity_id
    unit = state.attributes.get("unit_of_measurement", "") if state else ""
    now = f"{state.state} {unit}".strip() if state else _NONE
    if move.number is not None and move.unit in EnergyConverter.VALID_UNITS:
        # Both in the unit that is shown on
        number = EnergyConverter.convert(move.number, "Wh", move.unit)
        now = f"{number:.3f}".rstrip("0").rstrip(".") + f" {move.unit}"
    if move.fits is False:
        now += f" · {words.option(_TAKEOVER, 'jump')}"
    if move.fits is not None and _is_left_out(hass, entity_id):
        now += f" · {words.option(_TAKEOVER, 'not_recorded')}"
    years = _years(words, since[entity_id]) if entity_id in since else _NONE
    # A dialog is too narrow for a table with ids
    return f"- `{entity_id}` → **{name_of(move)}**: {before} → {now} · {years}"


def _is_left_out(hass: HomeAssistant, entity_id: str) -> bool:
    """Return whether there is a recorder, but it does not keep an entity."""
    is_there = RECORDER in hass.config.components
    return is_there and not is_entity_recorded(hass, entity_id)


def _years(words: Words, since: datetime) -> str:
    """Return how long ago a time is, in years as the language writes them."""
    return words.number(max(0.1, (dt_util.utcnow() - since) / _YEAR), 1)


async def async_last_backup(hass: HomeAssistant) -> datetime | None:
    """Return when the last backup was made, in Home Assistant's zone."""
    manager: Any = hass.data.get(_BACKUP)
    if manager is None:
        return None
    dates: list[datetime] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(_BACKUP_SECONDS):
            backups, _ = await manager.async_get_backups()
            dates = [
                date
                for backup in backups.values()
                if (date := dt_util.parse_datetime(backup.date)) is not None
            ]
    return dt_util.as_local(max(dates)) if dates else None
