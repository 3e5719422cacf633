"""What is persisted of a meter, on a real disk: nothing in it stops the meter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.linky_meter.billing.store import costs_store
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.link.learned import memory_store
from custom_components.linky_meter.link.problems import Issue
from custom_components.linky_meter.link.store import Kind, PersistedStore
from custom_components.linky_meter.replace.statistics import notes_store
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import Replay, address_of, entry_for, opens, set_up
from tests.simulator import PRESETS, SimulatedMeter

PRESET = "standard_hc"
ADDRESS = address_of(PRESET)
METER = SimulatedMeter(replace(PRESETS[PRESET], load=(1000.0,)))
METER.advance(700)
FRAME, TOTAL = METER.frame(), sum(METER.truth.supplier) / 1000
"""A minute after the files were written."""
IMPORT = "sensor.linky_energy_import"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "persisted"
"""Written by the last release that had three policies, from simulated meters."""


def fixture(name: str) -> Any:
    """Return a file of before."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def learned(**changes: Any) -> Any:
    """Return what a release of before learned, with some changed."""
    data = fixture(PRESET)["data"]
    data["memory"] |= changes
    return data


def stored(data: Any, **envelope: Any) -> bytes:
    """Return a file with its version."""
    return json.dumps(
        {"version": 1, "minor_version": 1, "data": data} | envelope
    ).encode()


READ = {
    "as it was written": stored(learned()),
    "without a minor version": json.dumps({"version": 1, "data": learned()}).encode(),
    "a newer minor version": stored(
        learned(weather="fine") | {"x": 1}, minor_version=9
    ),
    "an older release's": stored(
        {"memory": {"shown": round(1000 * TOTAL), "keys": []}}
    ),
    "a speed as a fraction": stored(learned() | {"baudrate": 9600.0}),
    "a place at a server": stored(learned() | {"place": {"server": ["host", 19584]}}),
}


async def meter(
    hass: HomeAssistant, replay: Replay, storage: Path, content: bytes
) -> tuple[Any, Path]:
    """Set up a meter with what is stored of it; return entry and file."""
    entry = entry_for(ADDRESS, replay(FRAME).path)
    file = storage / f"{DOMAIN}.{entry.entry_id}"
    file.write_bytes(content)
    file.chmod(0o644)
    await set_up(hass, entry)
    return entry, file


def repairs(hass: HomeAssistant) -> list[str | None]:
    """Return all repairs, Home Assistant's own too."""
    return [issue.translation_key for issue in ir.async_get(hass).issues.values()]


def asides(file: Path) -> list[Path]:
    """Return what was put aside of a file."""
    return list(file.parent.glob(f"{file.name}.corrupt.*"))


def shown(hass: HomeAssistant) -> float:
    """Return the energy that is shown, kWh."""
    state = hass.states.get(IMPORT)
    assert state is not None
    return float(state.state)


def is_private(file: Path) -> bool:
    """Return whether only Home Assistant may read a file."""
    return file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", READ.values(), ids=READ)
async def test_read(
    hass: HomeAssistant, replay: Replay, storage: Path, content: bytes
) -> None:
    """What another release wrote is taken over, and private from now on."""
    entry, file = await meter(hass, replay, storage, content)
    assert entry.state is ConfigEntryState.LOADED
    assert is_private(file)
    assert shown(hass) == TOTAL
    assert not asides(file)
    assert not repairs(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_newer(hass: HomeAssistant, replay: Replay, storage: Path) -> None:
    """A release that is too old says so, and loses nothing, not even at the end."""
    content = stored({"all": "is different"}, version=2)
    entry, file = await meter(hass, replay, storage, content)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "stored_newer"
    assert opens(entry.data["device"])
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert file.read_bytes() == content
    assert not asides(file)
    assert not repairs(hass)
    # The newer release is installed again
    file.write_bytes(stored(learned()))
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_file_that_cannot_be_read(
    hass: HomeAssistant, replay: Replay, storage: Path
) -> None:
    """It is no damage, but tried again: it may be there when the disk is."""

    def refuse(path: Any, *args: Any, **options: Any) -> Any:
        if str(path).startswith(str(storage)) and DOMAIN in Path(path).name:
            raise PermissionError
        return Path(path).open(*args, **options)

    content = stored(learned())
    with patch("homeassistant.util.json.open", refuse, create=True):
        entry, file = await meter(hass, replay, storage, content)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "stored_unreadable"
    assert file.read_bytes() == content
    assert not asides(file)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert shown(hass) == TOTAL
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_what_cannot_be_put_aside_stays(
    hass: HomeAssistant, replay: Replay, storage: Path
) -> None:
    """On a disk that is read only, nothing is written over it either."""
    content = stored(learned(offset="0"))
    with patch.object(Path, "rename", side_effect=OSError):
        entry, file = await meter(hass, replay, storage, content)
        assert entry.state is ConfigEntryState.LOADED
        assert repairs(hass) == ["memory_restarted"]
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert file.read_bytes() == content


async def test_told_for_a_month(
    hass: HomeAssistant, replay: Replay, storage: Path
) -> None:
    """The repair is there again after a restart, and not for ever."""
    entry, file = await meter(hass, replay, storage, b"null")
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert repairs(hass) == ["memory_restarted"]
    (aside,) = asides(file)
    aside.rename(f"{file}.corrupt.2026-01-01T00:00:00+00:00")
    (storage / f"{file.name}.corrupt.by hand").touch()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not repairs(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not list(storage.glob(f"{file.name}*"))


async def costs(hass: HomeAssistant, entry_id: str) -> Any:
    """Return the costs that are stored, as they are written."""
    kept = await costs_store(hass, entry_id).async_load()
    assert kept is not None
    assert kept.restarted is None
    return kept.as_dict()


async def memory(hass: HomeAssistant, entry_id: str) -> Any:
    """Return what is stored of a meter, as it is written."""
    found = await memory_store(hass, entry_id).async_load()
    assert found is not None
    return found.as_dict()


async def steps(hass: HomeAssistant, entry_id: str) -> Any:
    """Return what is stored of statistics."""
    found = await notes_store(hass, entry_id).async_load()
    assert found is not None
    return found.as_dict()


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("standard_hc", memory),
        ("standard_tempo_three_phase", memory),
        ("historic_hc", memory),
        ("standard_hc.costs", costs),
        ("standard_hc.steps", steps),
    ],
)
async def test_every_value_of_a_file_of_before_survives(
    hass: HomeAssistant, storage: Path, name: str, load: Callable[..., Any]
) -> None:
    """It is written anew, private, with the same content."""
    before = fixture(name)
    file = storage / before["key"]
    file.write_text(json.dumps(before))
    file.chmod(0o644)
    assert await load(hass, "linky") == _as_now(before["data"])
    after = json.loads(file.read_bytes())
    assert after == before | {"minor_version": 2}
    assert is_private(file)
    assert await load(hass, "linky") == _as_now(before["data"])


def _as_now(data: dict[str, Any]) -> dict[str, Any]:
    """Return what was stored before as it is written today."""
    if "ledger" in data:
        observed: dict[str, Any] = dict.fromkeys(("since", "last", "index"))
        observed["changes"] = []
        exported: dict[str, Any] = {"total": None, "indexes": {}}
        ledger = data["ledger"] | {"powers": [], "export": exported}
        new: dict[str, Any] = {"alerts": {}, "priced": {}, "asked": []}
        return data | {"ledger": ledger, "observed": observed} | new
    memory = dict(data.get("memory", {}))
    if "happenings" not in memory:
        return data
    memory["events"] = memory.pop("happenings")
    memory["observed"] = {"contract": "", "changes": {}, "covered": "0"}
    memory |= {"factors": [], "phase_powers_wrong": False, "contract": None}
    memory["exported"] = 0.0
    memory["indexes"] = memory["indexes"] | {"unconfirmed": {}}
    return {**data, "memory": memory}


async def test_a_meter_goes_on_after_an_update(
    hass: HomeAssistant, replay: Replay, storage: Path
) -> None:
    """Energy, costs and notes of before are there, as if nothing had happened."""
    entry = entry_for(ADDRESS, replay(FRAME).path)
    for suffix in ("", ".costs", ".steps"):
        before = fixture(f"{PRESET}{suffix}")
        file = storage / f"{DOMAIN}.{entry.entry_id}{suffix}"
        file.write_text(json.dumps(before))
    assert await set_up(hass, entry)
    assert shown(hass) == TOTAL
    costs = fixture(f"{PRESET}.costs")["data"]
    kept = entry.runtime_data.costs.kept.as_dict()
    days = costs["ledger"]["days"]
    *whole, last = sorted(days)
    assert [kept["ledger"]["days"][day] for day in whole] == [
        days[day] for day in whole
    ]
    assert [
        now["2"] >= before["2"]
        for now, before in zip(
            kept["ledger"]["days"][last]["energy"].values(),
            days[last]["energy"].values(),
            strict=True,
        )
    ] == [True]
    assert kept["ledger"]["months"] == costs["ledger"]["months"]
    assert not repairs(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)


def build(data: dict[str, int]) -> int:
    """Return what a store of version 3 holds."""
    return data["watt_hours"] + 0


def migrate(version: int, data: dict[str, int]) -> dict[str, int]:
    """Return what version 3 makes of version 2."""
    assert version == 2
    return {"watt_hours": 1000 * data["kilowatt_hours"]}


@pytest.mark.parametrize(
    ("version", "data", "loaded"),
    [
        (2, {"kilowatt_hours": 5}, 5000),
        (3, {"watt_hours": 7}, 7),
        (2, {"kilowatt_hours": "5"}, None),
        (2, {"watt_hours": 5}, None),
    ],
)
async def test_migration(
    hass: HomeAssistant,
    storage: Path,
    version: int,
    data: Any,
    loaded: int | None,
) -> None:
    """An older version is migrated; one that is damaged is put aside as it was."""
    kind = Kind(".test", Issue.COSTS_RESTARTED, build, 3, migrate)
    make = partial(PersistedStore, hass, "none", kind)
    file = storage / f"{DOMAIN}.none.test"
    file.write_bytes(content := stored(data, version=version))
    store = make()
    assert await store.async_load() == loaded
    assert store.damaged is (loaded is None)
    assert [aside.read_bytes() for aside in asides(file)] == (
        [content] if loaded is None else []
    )
    if loaded is not None:
        assert json.loads(file.read_bytes())["data"] == {"watt_hours": loaded}
        assert await make().async_load() == loaded
