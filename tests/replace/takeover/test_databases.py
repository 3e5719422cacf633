"""A take-over of years on the databases that the recorder may have besides SQLite."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from pymysql import converters
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.patch_time import HAFakeDatetime

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.past import async_put_before, async_take_out
from custom_components.linky_meter.replace.takeover.takeover import (
    async_give_back,
    async_take_over,
)
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.conftest import until
from tests.databases import MariaDb, Postgres
from tests.replace.house import ADDRESS, Clock, House, loaded
from tests.replace.test_clouds import grid, show, shown

from .old import ENERGY, HOUR, POWER, Old, past, rows_of
from .test_sums import consume, is_healed, plan_of
from .test_takeover import platforms

HOURS = 3 * 365 * 24
HC, HP, TOTAL = "sensor.linky_hc", "sensor.linky_hp", "sensor.linky_total"
STEPS = {HC: 300, HP: 500, TOTAL: 800}


@pytest.fixture(
    params=[None, MariaDb, Postgres], ids=["SQLite", "MariaDB", "PostgreSQL"]
)
def recorder_db_url(
    request: pytest.FixtureRequest,
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[str]:
    """Return the address of a database for the recorder, on a disk."""
    if request.param is None:
        yield f"sqlite:///{tmp_path}/home-assistant_v2.db"
        return
    # Frozen times, which a driver that looks at types does not know
    monkeypatch.setitem(
        converters.conversions, HAFakeDatetime, converters.escape_datetime
    )
    server = request.param(tmp_path / "database")
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(server.start())
        yield server.url
        runner.run(server.stop())


async def test_years_go_on(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """Hour by hour to the Wh: there, back, and with a past before it."""
    assert await async_setup_component(hass, "energy", {})
    indexes = dict(
        zip(STEPS, (*house.meter.truth.supplier[:2], house.total), strict=True)
    )
    old = Old(hass, identifier=ADDRESS[6:])
    for label, entity_id in zip(("easf01", "easf02", "east"), STEPS, strict=True):
        old.has(label, entity_id.partition(".")[2], indexes[entity_id], **ENERGY)
    old.has("sinsts", "linky_papp", 700, **POWER)
    end = clock.row.replace(minute=0)
    for entity_id, step in STEPS.items():
        last = indexes[entity_id]
        await past(hass, recorder_mock, entity_id, end, last, hours=HOURS, step=step)
    before = {one: await rows_of(hass, recorder_mock, one) for one in STEPS}
    assert {len(rows) for rows in before.values()} == {HOURS}
    await old.start()
    await show(hass, grid(TOTAL))
    preferences = deepcopy(await shown(hass))
    await clock.next_row(hass, recorder_mock)
    entry = await loaded(hass, house)

    plan = await plan_of(hass, entry)
    assert {one.candidate.entity_id for one in plan.moves} == {
        *STEPS,
        "sensor.linky_papp",
    }
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    await hass.async_block_till_done()
    assert platforms(hass, STEPS) == {DOMAIN}
    consumed = await consume(hass, house, HP)
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    consumed += await consume(hass, house, HP)
    await clock.next_hour(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    for entity_id, grown in ((HC, 0), (HP, consumed), (TOTAL, consumed)):
        after = await rows_of(hass, recorder_mock, entity_id)
        assert after[:HOURS] == before[entity_id]
        assert after[-1][2] - before[entity_id][-1][2] == pytest.approx(grown, abs=1e-3)
        assert min(now[2] - then[2] for then, now in pairwise(after)) >= 0
    assert await shown(hass) == preferences

    # What a cloud knew of before, in front of all years, and taken out again
    whole = await rows_of(hass, recorder_mock, TOTAL)
    first = end - HOUR * (HOURS + 48)
    energies = {first + HOUR * n: 100.0 + n for n in range(48)}
    await async_put_before(hass, entry, "cloud", {"energy_import": energies})
    longer = await rows_of(hass, recorder_mock, TOTAL)
    raised = sum(energies.values())
    assert [row[2] for row in longer[47:]] == pytest.approx(
        [raised, *(row[2] + raised for row in whole)], abs=1e-3
    )
    assert await async_take_out(hass, entry, "cloud") == 48
    assert await rows_of(hass, recorder_mock, TOTAL) == whole

    assert await async_give_back(hass, entry) is None
    await hass.async_block_till_done()
    assert platforms(hass, STEPS) == {"linkytic"}
    for shown_now in (house.peak, house.peak + 400):
        old.show(HP, shown_now)
        await clock.next_row(hass, recorder_mock)
    await clock.next_hour(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, HP)
    assert after[:HOURS] == before[HP]
    assert after[-1][2] - before[HP][-1][2] == pytest.approx(consumed + 400, abs=1e-3)
    assert await shown(hass) == preferences
    await hass.config_entries.async_unload(entry.entry_id)
    await async_wait_recording_done(hass)
