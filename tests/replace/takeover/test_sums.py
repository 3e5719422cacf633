"""Sums are right to the Wh, hour by hour, whatever stood before the take-over."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
import itertools
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.tic.judge.registers import Pace
from custom_components.linky_meter.replace import statistics
from custom_components.linky_meter.replace.seam import Seam, after_takeover
from custom_components.linky_meter.replace.takeover.plan import Plan, async_plans
from custom_components.linky_meter.replace.takeover.takeover import (
    async_give_back,
    async_take_over,
)
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import until
from tests.replace.house import ADDRESS, PEAK, Clock, House, loaded

from .old import ENERGY, POWER, Old, past, rows_of

THEIRS = "sensor.linky_hp"


async def consume(
    hass: HomeAssistant, house: House, entity_id: str, factor: float = 1.0
) -> int:
    """Let time pass as fast as is believed; return the Wh when an entity shows them."""
    before = house.peak

    def shown() -> bool:
        state = hass.states.get(entity_id)
        return (
            state is not None
            and state.state not in {"unknown", "unavailable"}
            and round(float(state.state) * factor) == house.peak
        )

    for _ in range(4):
        house.meter.advance(2)
        house.port.frame = house.meter.frame()
        await until(shown)
    return house.peak - before


def is_healed(hass_storage: dict[str, Any], entry: MockConfigEntry) -> bool:
    """Return whether no sum is left to be corrected."""
    stored = hass_storage.get(f"{DOMAIN}.{entry.entry_id}.steps")
    return stored is None or not any(
        name.startswith("taken:") for name in stored["data"]
    )


async def plan_of(hass: HomeAssistant, entry: MockConfigEntry) -> Plan:
    """Return the only plan."""
    (plan,) = await async_plans(hass, entry)
    return plan


@pytest.mark.parametrize(
    ("off", "gap", "purged", "unit", "fill"),
    [
        (0, 0, False, "Wh", False),
        (0, 0, False, "kWh", False),
        (0, 30, False, "Wh", False),
        (0, 30, False, "Wh", True),
        (0, 300, True, "Wh", False),
        (0, 300, True, "kWh", True),
        (500_000, 0, False, "Wh", False),
        (50_000_000, 0, False, "Wh", False),
        (-500_000, 0, False, "Wh", False),
    ],
    ids=[
        "same",
        "kWh",
        "30 hours",
        "30 hours filled",
        "purged",
        "purged kWh filled",
        "too high",
        "far too high",
        "too low",
    ],
)
async def test_sums_go_on(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    off: int,
    gap: int,
    purged: bool,
    unit: str,
    fill: bool,
) -> None:
    """Every row of before is as it was, and what follows is what was consumed."""
    scale = {"Wh": 1, "kWh": 1000}[unit]
    old = Old(hass, identifier=ADDRESS[6:])
    missed = 500 * gap
    value = (house.peak - missed + off) / scale
    entity_id = old.has("easf02", "linky_hp", value, **ENERGY | {"unit": unit})
    power = old.has("sinsts", "linky_papp", 700, **POWER)
    # It died before the gap
    end = clock.row.replace(minute=0) - timedelta(hours=gap)
    await past(
        hass,
        recorder_mock,
        entity_id,
        end,
        value,
        unit=unit,
        step=500 / scale,
        purged=purged,
    )
    before = await rows_of(hass, recorder_mock, entity_id)
    await old.start()
    if gap:
        await hass.config_entries.async_set_disabled_by(
            old.entry.entry_id, ConfigEntryDisabler.USER
        )
    else:
        await clock.next_row(hass, recorder_mock)
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    # Of a power that is not shown any more there are no statistics here
    powers = set() if gap else {"apparent_power"}
    assert {move.key for move in plan.moves} == {"energy_index_2", *powers}
    assert await async_take_over(hass, entry, plan, fill=fill, merge=False) is None
    await hass.async_block_till_done()
    assert er.async_get(hass).async_get(PEAK) is None
    consumed = await consume(hass, house, entity_id, scale)
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    consumed += await consume(hass, house, entity_id, scale)
    await clock.next_hour(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, entity_id)
    assert after[: len(before)] == before
    grown = after[-1][2] - before[-1][2]
    assert grown == pytest.approx(consumed + missed, abs=1e-3)
    changes = [now[2] - then[2] for then, now in itertools.pairwise(after)]
    assert min(changes[len(before) - 1 :]) >= 0
    if fill:
        spread = changes[len(before) - 1 :][:gap]
        assert len(spread) == gap
        assert max(spread) < 560
    assert hass.states.get(power) is not None
    await hass.config_entries.async_unload(entry.entry_id)


async def test_ours_ran_beside(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """What our own entity counted meanwhile stands behind the old sums."""
    hours, apart = 100, 24
    old = Old(hass, identifier=ADDRESS[6:])
    ended = house.peak - 500 * hours
    # Read in another mode then: the register is the same
    theirs = old.has("hchp", "linky_hp", ended, **ENERGY)
    end = clock.row.replace(minute=0)
    await past(hass, recorder_mock, theirs, end - timedelta(hours=hours), ended)
    await past(
        hass, recorder_mock, PEAK, end, house.peak, hours=hours - apart, purged=False
    )
    before = await rows_of(hass, recorder_mock, theirs)
    await old.start()
    await hass.config_entries.async_set_disabled_by(
        old.entry.entry_id, ConfigEntryDisabler.USER
    )
    entry = await loaded(hass, house)
    consumed = await consume(hass, house, PEAK, 1000)
    await clock.next_row(hass, recorder_mock)
    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=True, merge=True) is None
    consumed += await consume(hass, house, theirs)
    with patch.object(
        statistics, "async_import_statistics", wraps=async_import_statistics
    ) as imported:
        await clock.next_row(hass, recorder_mock)
        await until(partial(is_healed, hass_storage, entry))
    # Home Assistant 2026.11 takes no rows without these two
    assert imported.call_args.args[1].keys() >= {"mean_type", "unit_class"}
    await clock.next_hour(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, theirs)
    assert after[: len(before)] == before
    grown = after[-1][2] - before[-1][2]
    assert grown == pytest.approx(consumed + 500 * hours, abs=1e-3)
    changes = [now[2] - then[2] for then, now in pairwise(after)][len(before) - 1 :]
    # Nobody counted for a while; then ours did
    assert changes[0] == pytest.approx(500 * (apart + 1))
    assert changes[1:-1] == pytest.approx([500] * (hours - apart - 1))
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("off", [300, -300])
async def test_rounded_to_kilowatt_hours(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    off: int,
) -> None:
    """The sum never falls, and is off by what was rounded at most."""
    house.meter.swap(ADDRESS, (9_000_000, 15_000_000 + off))
    house.port.frame = house.meter.frame()
    label = "0x00158d0001a2b3c4_current_tier2_summ_delivered_zigbee2mqtt"
    old = Old(hass, domain="mqtt")
    theirs = old.has(label, "linky_hp", 15_000, **ENERGY | {"unit": "kWh"})
    end = clock.row.replace(minute=0)
    await past(hass, recorder_mock, theirs, end, 15_000, unit="kWh", step=1)
    before = await rows_of(hass, recorder_mock, theirs)
    await old.start()
    await clock.next_row(hass, recorder_mock)
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    consumed = await consume(hass, house, theirs, 1000)
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    await clock.next_hour(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, theirs)
    grown = after[-1][2] - before[-1][2]
    assert grown == pytest.approx(max(0, consumed + off), abs=1e-3)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_given_back_without_a_step(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """The old integration goes on with the sum that ours went on with."""
    old = Old(hass, identifier=ADDRESS[6:])
    theirs = old.has("easf02", "linky_hp", house.peak, **ENERGY)
    end = clock.row.replace(minute=0)
    await past(hass, recorder_mock, theirs, end, house.peak)
    before = await rows_of(hass, recorder_mock, theirs)
    await old.start()
    await clock.next_row(hass, recorder_mock)
    entry = await loaded(hass, house)
    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    consumed = await consume(hass, house, theirs)
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    assert await async_give_back(hass, entry) is None
    await hass.async_block_till_done()
    old.show(theirs, house.peak)
    await clock.next_row(hass, recorder_mock)
    old.show(theirs, house.peak + 400)
    await clock.next_row(hass, recorder_mock)
    await clock.next_hour(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, theirs)
    assert after[-1][2] - before[-1][2] == pytest.approx(consumed + 400, abs=1e-3)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_nothing_is_corrected_before_there_is_a_row(
    hass: HomeAssistant, recorder_mock: Recorder
) -> None:
    """Neither without a state, nor while its statistics are not compiled."""
    since = dt_util.utcnow()
    seam = Seam(since, since, 1000.0, 1000.0)
    pace = Pace.of(60, 1, None)
    attributes = {
        "unit_of_measurement": "kWh",
        "device_class": "energy",
        "state_class": "total_increasing",
    }
    for _ in range(2):
        assert (
            await recorder_mock.async_add_executor_job(
                after_takeover, hass, "sensor.counter", "kWh", seam, pace
            )
            is None
        )
        hass.states.async_set("sensor.counter", "1.0", attributes)
        await async_wait_recording_done(hass)
