"""Diagnostics: what a report needs, and nothing that names the user's home."""

from __future__ import annotations

from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.const import CONF_DEVICE, CONF_HOST
from homeassistant.core import HomeAssistant

from .coordinator import LinkyConfigEntry
from .tic.labels import ADDRESS_LABELS
from .tic.reading import plain

TO_REDACT = {CONF_DEVICE, CONF_HOST, "serial_number", "unique_id"}
PRIVATE_LABELS = {*ADDRESS_LABELS, "PRM", "MSG1", "MSG2"}
PRIVATE_KEYS = {"message_1", "message_2"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: LinkyConfigEntry
) -> dict[str, Any]:
    """Return the state of a meter and its line."""
    coordinator = entry.runtime_data
    meter, source, identity = (
        coordinator.meter,
        coordinator.source,
        coordinator.identity,
    )
    reading = coordinator.data
    return {
        "entry": async_redact_data(
            {"data": dict(entry.data), "options": dict(entry.options)}, TO_REDACT
        ),
        "meter": {
            "manufacturer": identity.manufacturer if identity else None,
            "model": identity.model if identity else None,
            "year": identity.year if identity else None,
            "memory": meter.memory.as_dict(),
            "unknown_labels": meter.unknown_labels,
        },
        "line": {
            "link": coordinator.link,
            "source": source.settings if source else None,
            "counts": dict(source.counts) if source else None,
            "received": source.received if source else None,
            "frames": coordinator.frames,
            "frame_interval": meter.frame_interval,
            "quality": coordinator.quality.percent(hass.loop.time()),
        },
        "reading": {
            key: REDACTED if key in PRIVATE_KEYS else plain(value)
            for key, value in reading.values.items()
        },
        "groups": {
            group.label: {
                "value": REDACTED if group.label in PRIVATE_LABELS else group.value,
                "horodate": group.horodate,
            }
            for group in reading.frame.groups
        },
        "frame": {
            "mode": reading.mode,
            "ended_by": reading.frame.ended_by,
            "damaged": reading.frame.damaged,
        },
    }
