"""Repairs about what a meter says: told once, over reloads, and taken back."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from tests.conftest import Replay, entry_for, set_up, until
from tests.tic.derive.test_phase_powers import NONSENSE, RIGHT
from tests.tic.helpers import HISTORIC, STANDARD, STANDARD_THREE, eight_bits, encode

WRONG = eight_bits(encode(STANDARD_THREE, NONSENSE))
POWERS = "phase_powers_wrong"


def repairs(hass: HomeAssistant) -> list[str | None]:
    """Return the repairs that are not ignored."""
    issues = ir.async_get(hass).issues.values()
    return [
        issue.translation_key
        for issue in issues
        if issue.active and issue.dismissed_version is None
    ]


async def test_powers_of_the_phases(hass: HomeAssistant, replay: Replay) -> None:
    """Said once; ignored over a reload; taken back when they are right again."""
    port = replay(WRONG)
    entry = entry_for(str(STANDARD_THREE["ADSC"]), port.path)
    assert await set_up(hass, entry)
    await until(lambda: repairs(hass) == [POWERS])
    state = hass.states.get("sensor.linky_available_current")
    assert state is not None
    assert float(state.state) > 0
    ir.async_ignore_issue(hass, "linky_meter", f"{POWERS}_{entry.entry_id}", True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: entry.runtime_data.coordinator.frames > 3)
    assert repairs(hass) == []
    port.frame = eight_bits(encode(STANDARD_THREE, RIGHT))
    await until(lambda: not ir.async_get(hass).issues)
    assert await hass.config_entries.async_unload(entry.entry_id)


HOUSE = str(HISTORIC["ADCO"])
OFF_PEAK = eight_bits(encode(HISTORIC))
BASE = eight_bits(
    encode(
        {
            label: data
            for label, data in {**HISTORIC, "BASE": "003000001"}.items()
            if label not in {"HCHC", "HCHP"}
        },
        {"OPTARIF": "BASE", "PTEC": "TH.."},
    )
)
MODERN = eight_bits(encode(STANDARD, {"NGTF": "HC et Week-End  "}))


async def test_tariffs_that_are_no_longer_told(
    hass: HomeAssistant, replay: Replay
) -> None:
    """One repair when the contract turns to BASE; standard mode heals it."""
    port = replay(OFF_PEAK)
    entry = entry_for(HOUSE, port.path, baudrate=1200)
    assert await set_up(hass, entry)
    contract = "sensor.linky_contract"

    def shows(state: str) -> bool:
        found = hass.states.get(contract)
        return found is not None and found.state == state

    await until(lambda: shows("off_peak"))
    assert not repairs(hass)
    port.frame = BASE
    await until(lambda: shows("base"))
    assert repairs(hass) == ["tariffs_hidden"]
    # Also after a restart, which learns nothing of the old contract
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: shows("base"))
    assert repairs(hass) == ["tariffs_hidden"]
    port.frame = MODERN
    await until(lambda: shows("other"))
    assert not repairs(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_base_from_the_beginning(hass: HomeAssistant, replay: Replay) -> None:
    """The set-up told it; a repair would be for ever."""
    entry = entry_for(HOUSE, replay(BASE).path, baudrate=1200)
    assert await set_up(hass, entry)
    await until(lambda: entry.runtime_data.coordinator.frames > 5)
    assert not repairs(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_gone_with_the_entry(hass: HomeAssistant, replay: Replay) -> None:
    """Disabled or removed, there is nothing to tell of it."""
    entry = entry_for(str(STANDARD_THREE["ADSC"]), replay(WRONG).path)
    assert await set_up(hass, entry)
    await until(lambda: repairs(hass) == [POWERS])
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert not ir.async_get(hass).issues
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    await until(lambda: repairs(hass) == [POWERS])
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not ir.async_get(hass).issues
