"""What Home Assistant 2026.11 does otherwise than the release that the tests have."""

from __future__ import annotations

from typing import Any

import pytest

from homeassistant.helpers import entity_registry as er

_DERIVED = {er.RegistryEntryDisabler.CONFIG_ENTRY, er.RegistryEntryDisabler.DEVICE}


def as_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no entity be disabled by an entry or a device that is not disabled."""
    update = er.EntityRegistry.async_update_entity

    def updated(
        self: er.EntityRegistry, entity_id: str, **changes: Any
    ) -> er.RegistryEntry:
        if changes.get("disabled_by") in _DERIVED:
            changes["disabled_by"] = None
        return update(self, entity_id, **changes)

    monkeypatch.setattr(er.EntityRegistry, "async_update_entity", updated)
