"""The disk is full: the meter is read all the same, and saved when there is room."""

from __future__ import annotations

from collections.abc import Iterator
import errno
import json
from pathlib import Path
import tempfile
from typing import Any, NoReturn
from unittest.mock import patch

import pytest

from custom_components.linky_meter import coordinator as life
from custom_components.linky_meter.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import file
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up, until

from .conftest import Lines, is_shown

PRESET = "standard_hc"

# Before the fixtures put a dictionary in place of the disk
_LOAD, _WRITE, _REMOVE = Store._async_load, Store._async_write_data, Store.async_remove


class Disk:
    """The real one, in a folder of the test's, which can be full."""

    full = False
    refused = 0

    def open(self, *args: Any, **options: Any) -> Any:
        """Open a temporary file, or refuse for want of room."""
        if self.full:
            self.refused += 1
            self._refuse()
        return tempfile.NamedTemporaryFile(*args, **options)

    @staticmethod
    def _refuse() -> NoReturn:
        """Say what the system says."""
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk(hass: HomeAssistant) -> Iterator[Disk]:
    """Write to the disk in earnest."""
    disk = Disk()
    with (
        patch.object(Store, "_async_load", _LOAD),
        patch.object(Store, "_async_write_data", _WRITE),
        patch.object(Store, "async_remove", _REMOVE),
        patch.object(file, "tempfile") as replaced,
    ):
        replaced.NamedTemporaryFile = disk.open
        yield disk


@pytest.mark.usefixtures("_hurry")
async def test_full_disk(
    hass: HomeAssistant,
    start_meter: StartMeter,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    disk: Disk,
) -> None:
    """Neither running nor unloading nor setting up again minds; the next save works."""
    monkeypatch.setattr(life, "SAVE_SECONDS", 1.2)
    meter = await start_meter(PRESET, load=(200.0,))
    entry = entry_for(address_of(PRESET), meter.path)
    disk.full = True
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    lines.take()
    await until(lambda: disk.refused)
    frames = coordinator.frames
    await until(lambda: coordinator.frames > frames + 3)
    assert is_shown(hass)
    refused = disk.refused
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert disk.refused > refused
    assert opens(meter.path)
    stored = Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}"))
    assert not stored.exists()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    disk.full = False
    await until(stored.exists)
    memory = json.loads(stored.read_text("utf-8"))["data"]["memory"]
    assert memory["phases"] == 1
    # Home Assistant's own line, with the cause, is enough
    assert lines.take() == []
    disk.full = True
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not stored.exists()
