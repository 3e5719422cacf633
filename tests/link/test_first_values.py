"""The first values: a frame's time after the port was opened, wherever that was."""

from __future__ import annotations

import asyncio
import os

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import entry_for, set_up, until
from tests.tic.helpers import STANDARD, damaged, eight_bits, encode, frame_of
from tests.tic.ports import port

LINE = encode(STANDARD)
DATA = eight_bits(LINE)
ADDRESS = frame_of(LINE).address or ""
MIDDLE = LINE.index(b"\r", len(LINE) // 2) + 1


async def speak(master: int, *pieces: bytes) -> None:
    """Say something, once somebody listens."""
    await asyncio.sleep(0.3)
    for piece in pieces:
        os.write(master, piece)
        await asyncio.sleep(0.05)


def power(hass: HomeAssistant) -> str | None:
    """Return the power that is shown."""
    state = hass.states.get("sensor.linky_apparent_power")
    return state.state if state is not None else None


@pytest.mark.parametrize("cut", [2, MIDDLE, LINE.rindex(b"\n") - 3])
async def test_two_halves_are_enough(hass: HomeAssistant, cut: int) -> None:
    """Everything is shown before the first whole frame has ended."""
    with port() as (master, path):
        # The group that was cut, and the one after it
        missed = LINE.index(b"\r", cut) + 1
        following = DATA[: LINE.index(b"\r", missed) + 1]
        said = asyncio.create_task(speak(master, DATA[cut:], following))
        entry = entry_for(ADDRESS, path)
        assert await set_up(hass, entry)
        await said
        states = {state.entity_id: state.state for state in hass.states.async_all()}
        assert states["sensor.linky_apparent_power"].isdigit()
        assert "unknown" not in {
            states[f"sensor.linky_{key}"]
            for key in (
                "energy_import",
                "voltage_l1",
                "tariff_period",
                "breaking_power",
            )
        }
        os.write(master, DATA[len(following) :])
        await until(lambda: entry.runtime_data.coordinator.frames == 3)
        for entity, state in states.items():
            now = hass.states.get(entity)
            assert now is not None
            assert now.state == state
        assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("what", ["damaged", "another meter"])
async def test_a_whole_frame_where_halves_are_doubtful(
    hass: HomeAssistant, what: str
) -> None:
    """Nothing is shown of two halves that may not be one, or not of this meter."""
    with port() as (master, path):
        hit = eight_bits(damaged(LINE, "EAST"))
        other = eight_bits(encode(STANDARD, {"ADSC": "042161234567"}))
        wrong = (hit if what == "damaged" else other)[:-1]
        task = hass.async_create_task(set_up(hass, entry := entry_for(ADDRESS, path)))
        await speak(master, DATA[MIDDLE:], wrong)
        assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
        assert power(hass) is None
        await speak(master, DATA)
        assert await task
        await until(lambda: power(hass) is not None)
        assert await hass.config_entries.async_unload(entry.entry_id)
