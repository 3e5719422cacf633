"""Diagnostics: what a report needs, and nothing that names the user's home."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
import platform
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from .billing.keeper import CostKeeper
from .const import CONF_BAUDRATE, CONF_USB, DOMAIN
from .coordinator import LinkyCoordinator
from .link.redact import mask_label, mask_value, show_damaged
from .link.sources import kind_of
from .linky_tic.costs.ledger.readings import calendar_of
from .linky_tic.tic.decode.codec import DAMAGE
from .linky_tic.tic.reading import plain
from .loads.manager import LoadManager
from .runtime import LinkyConfigEntry

# What is not named here is not shown: a field of tomorrow may name a host or be a key
_SHOWN_DATA = {CONF_BAUDRATE, CONF_PORT, CONF_USB}
_TO_REDACT = {
    "access_token",
    "api_key",
    "client_id",
    "client_secret",
    "host",
    "key",
    "password",
    "prm",
    "serial_number",
    "share_token",
    "token",
    "unique_id",
    "url",
    "username",
}
_PRIVATE_KEYS = {"message_1", "message_2"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: LinkyConfigEntry
) -> dict[str, Any]:
    """Return the state of a meter and its line; less of one that is not set up."""
    integration = await async_get_integration(hass, DOMAIN)
    result: dict[str, Any] = {
        "entry": {
            "state": entry.state.value,
            "reason": entry.error_reason_translation_key,
            "kind": kind_of(entry.data),
            "data": async_redact_data(
                {
                    key: value if key in _SHOWN_DATA else REDACTED
                    for key, value in entry.data.items()
                },
                _TO_REDACT,
            ),
            "options": async_redact_data(dict(entry.options), _TO_REDACT),
        },
        "versions": {
            "integration": str(integration.version),
            "serialx": await hass.async_add_executor_job(version, "serialx"),
            "python": platform.python_version(),
        },
    }
    if entry.state is ConfigEntryState.LOADED:
        data = entry.runtime_data
        result |= _life(data.coordinator, hass.loop.time())
        result["costs"] = _costs(data.costs)
        result["loads"] = _loads(data.loads)
    return result


def _life(coordinator: LinkyCoordinator, now: float) -> dict[str, Any]:
    """Return what a meter that is set up told."""
    meter, log = coordinator.meter, coordinator.meter_link.log
    identity, reading = coordinator.identity, coordinator.data
    secrets = log.secrets | {coordinator.config_entry.unique_id or ""}
    unknown = Counter[str]()
    for label, count in meter.new_labels.items():
        unknown[mask_label(label)] += count
    return {
        "meter": {
            "manufacturer": identity.manufacturer if identity else None,
            "model": identity.model if identity else None,
            "year": identity.year if identity else None,
            "memory": meter.memory.as_dict(),
            "unknown_labels": dict(unknown),
            "judged": dict(meter.judge.counts),
        },
        "line": _line(coordinator, secrets, now),
        "timings": {
            "started": log.started.isoformat(),
            "frame_interval": meter.frame_interval,
            "last_frame_age": log.age(now),
            "reconnects": max(log.sources - 1, 0),
            "tries": log.tries,
            "wait": coordinator.meter_link.connection.wait,
        },
        "reading": {
            key: REDACTED if key in _PRIVATE_KEYS else plain(value)
            for key, value in reading.values.items()
        },
        "groups": {
            group.label: {"value": mask_value(group), "horodate": group.horodate}
            for group in reading.frame.groups
        },
        "frames": log.as_list(secrets),
    }


def _line(
    coordinator: LinkyCoordinator, secrets: set[str], now: float
) -> dict[str, Any]:
    """Return how good the line is, and what its damage looks like."""
    source, quality = coordinator.source, coordinator.meter_link.quality
    counts = source.counts if source else Counter[str]()
    return {
        "link": coordinator.link,
        "connection": coordinator.meter_link.connection.state,
        "bad": coordinator.meter_link.log.watch.bad,
        "source": source.settings if source else None,
        "counts": dict(counts) if source else None,
        "damage": {kind: counts[kind] for kind in DAMAGE} if source else None,
        "rejected": [
            f"{reason}: {show_damaged(reason, content, secrets)}"
            for reason, content in (source.rejected if source else ())
        ],
        "received": source.received if source else None,
        "frames": coordinator.frames,
        "damaged_groups": quality.damaged,
        "quality": quality.percent(now),
    }


def _costs(costs: CostKeeper) -> dict[str, Any]:
    """Return what diagnostics show of prices and energy: no names, no address."""
    kept, settings, view = costs.kept, costs.settings, costs.view
    ledger = kept.ledger
    return {
        "source": settings.source,
        "power": settings.power,
        "periods": settings.periods.as_list(),
        "calendar": ledger.calendar,
        "calendar_now": calendar_of(costs.latest()),
        "index": costs.index,
        "epochs": [[day.isoformat(), name] for day, name in ledger.epochs],
        "days": len(ledger.days),
        "first_day": min(ledger.days).isoformat() if ledger.days else None,
        "months": [str(month) for month in sorted(ledger.months)],
        "flags": {
            day.isoformat(): sorted(row.flags)
            for day, row in sorted(ledger.days.items())
            if row.flags
        },
        "restarted": kept.restarted.isoformat() if kept.restarted else None,
        "learned": kept.learned.key if kept.learned else None,
        "offers": [
            {"structure": offer.structure, "regulated": offer.regulated}
            for offer in costs.book.offers.values()
        ],
        "updates": costs.updates.summary(),
        "month": None
        if view is None
        else {
            "wh": view.month.wh,
            "complete": view.month.complete,
            "unpriced": view.month.unpriced,
            "method": view.month.method,
        },
    }


def _loads(loads: LoadManager) -> dict[str, Any]:
    """Return how the loads are: no names."""
    return {
        "mode": loads.settings.mode,
        "margin": loads.settings.margin,
        "room": list(loads.decision.room),
        "lost": loads.decision.lost,
        "loads": [
            {
                "kind": load.load.kind,
                "power": load.load.power,
                "state": report and report.state,
                "reason": report and report.reason,
            }
            for load, report in (
                (load, loads.report(key)) for key, load in loads.loads.items()
            )
        ],
    }
