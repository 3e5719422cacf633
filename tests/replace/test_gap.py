"""A meter that is not read for days: the sums of its energies go on where they were.

Home Assistant's own recorder and purge; without a repair each of these sums begins at 0
again, which the Energy dashboard shows as minus all that was ever counted.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace import correction
from custom_components.linky_meter.replace.statistics import Notes
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import entry_for, set_up, until

from .house import (
    ADDRESS,
    IMPORT,
    OFF_PEAK,
    PEAK,
    Clock,
    House,
    adopt,
    loaded,
    shows,
    state_of,
    sums,
)


def notes_of(hass_storage: dict[str, Any], entry: Any) -> set[str]:
    """Return what is noted to be corrected."""
    stored = hass_storage.get(f"{DOMAIN}.{entry.entry_id}.steps")
    return set(stored["data"]) if stored else set()


async def lasts(
    hass: HomeAssistant, instance: Recorder, period: str
) -> dict[str, float]:
    """Return the last sums, Wh."""
    found = await sums(hass, instance, period)
    return {entity: rows[-1] for entity, rows in found.items()}


async def hours_before(
    hass: HomeAssistant, instance: Recorder, clock: Clock, house: House
) -> int:
    """Let two hours be counted; return the Wh since the first state."""
    consumed = await house.consume(hass)
    await clock.next_hour(hass, instance)
    consumed += await house.consume(hass)
    await clock.next_hour(hass, instance)
    return consumed


@pytest.mark.parametrize(
    ("days", "stop", "unit"),
    [
        (0.2, False, None),
        (11, False, None),
        (11, True, None),
        (11, False, "Wh"),
        (400, True, "MWh"),
    ],
)
async def test_sums_go_on_after_a_gap(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    days: float,
    stop: bool,
    unit: str | None,
) -> None:
    """Hour by hour to the Wh, also when it is stopped before the row is compiled."""
    entry = await loaded(hass, house)
    consumed = await hours_before(hass, recorder_mock, clock, house)
    if unit is not None:
        er.async_get(hass).async_update_entity_options(
            PEAK, "sensor", {"unit_of_measurement": unit}
        )
    assert await hass.config_entries.async_unload(entry.entry_id)
    before = await sums(hass, recorder_mock, "hour")
    await clock.pass_by(hass, recorder_mock, days)
    # While nobody looked
    shown = house.total
    house.meter.advance(1800)
    house.port.frame = house.meter.frame()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: shows(hass, IMPORT, house.total))
    gap = house.total - shown
    assert gap > 1000
    consumed += gap
    purged = days > recorder_mock.keep_days
    assert notes_of(hass_storage, entry) == (
        {"gap:energy_import", "gap:energy_index_1", "gap:energy_index_2"}
        if purged
        else set()
    )
    if stop:
        await async_wait_recording_done(hass)
        assert await hass.config_entries.async_reload(entry.entry_id)
        await until(lambda: shows(hass, IMPORT, house.total))
    await clock.next_row(hass, recorder_mock)
    await until(lambda: not notes_of(hass_storage, entry))
    expected = {IMPORT: consumed, PEAK: consumed, OFF_PEAK: 0}
    assert await lasts(hass, recorder_mock, "5minute") == expected
    # It stays so, whatever is looked at again
    state = hass.states.get(PEAK)
    assert state is not None
    for _ in range(2):
        hass.states.async_set(PEAK, state.state, state.attributes, force_update=True)
        await clock.next_row(hass, recorder_mock)
    await clock.next_hour(hass, recorder_mock)
    after = await sums(hass, recorder_mock, "hour")
    for entity, rows in after.items():
        old = before[entity]
        assert rows[: len(old)] == old
        assert {*rows[len(old) :]} == {expected[entity]}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_that_falls_silent(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """What shows nothing for an hour is noted, and corrected when it shows again."""
    entry = await loaded(hass, house)
    start = house.total
    await hours_before(hass, recorder_mock, clock, house)
    house.port.frame = b""
    await until(lambda: state_of(hass, IMPORT) == "unavailable", 30)
    await clock.next_row(hass, recorder_mock)
    assert not notes_of(hass_storage, entry)
    await clock.next_hour(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    noted = {"gap:energy_import", "gap:energy_index_1", "gap:energy_index_2"}
    await until(lambda: notes_of(hass_storage, entry) >= noted)
    await clock.pass_by(hass, recorder_mock, 11)
    await clock.next_row(hass, recorder_mock)
    assert notes_of(hass_storage, entry) >= noted
    house.meter.advance(2)
    house.port.frame = house.meter.frame()
    await until(lambda: shows(hass, PEAK, house.peak))
    await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    await until(lambda: not notes_of(hass_storage, entry))
    await clock.next_hour(hass, recorder_mock)
    for period in ("5minute", "hour"):
        found = await sums(hass, recorder_mock, period)
        assert found[OFF_PEAK][-1] == 0
        assert found[PEAK][-1] == found[IMPORT][-1] == house.total - start
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_meter_that_was_replaced_meanwhile(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """Neither the old sum nor the new meter's index is lost or counted."""
    entry = await loaded(hass, house)
    consumed = await hours_before(hass, recorder_mock, clock, house)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await clock.pass_by(hass, recorder_mock, 11)
    house.swap((12_000, 34_000))
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await adopt(hass, entry)
    await until(lambda: shows(hass, PEAK, 34_000))
    assert {"energy_index_2", "gap:energy_index_2", "gap:energy_import"} <= notes_of(
        hass_storage, entry
    )
    consumed += await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    await until(lambda: not notes_of(hass_storage, entry))
    consumed += await house.consume(hass)
    await clock.next_hour(hass, recorder_mock)
    expected = {IMPORT: consumed, PEAK: consumed, OFF_PEAK: 0}
    for period in ("5minute", "hour"):
        assert await lasts(hass, recorder_mock, period) == expected
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_it_costs(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A restart costs a query for each energy, and statistics that go on cost none."""
    asked: list[str] = []

    def ask(get: Any, *args: Any) -> Any:
        asked.append(args[2])
        return get(*args)

    for name in ("get_last_short_term_statistics", "get_last_statistics"):
        monkeypatch.setattr(correction, name, partial(ask, getattr(correction, name)))
    entry = await loaded(hass, house)
    # What is new has no statistics to go on with
    assert not asked
    await clock.next_row(hass, recorder_mock)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: shows(hass, IMPORT, house.total))
    assert sorted(asked) == [IMPORT, OFF_PEAK, PEAK]
    for _ in range(3):
        await clock.next_row(hass, recorder_mock)
        await async_wait_recording_done(hass)
    assert len(asked) == 3
    await hass.config_entries.async_unload(entry.entry_id)


class TestExcluded:
    """What the recorder leaves out has no sum."""

    @pytest.fixture
    def recorder_config(self) -> dict[str, Any]:
        """Leave one energy out."""
        return {"exclude": {"entities": [PEAK]}}

    async def test_it_is_never_noted(
        self,
        hass: HomeAssistant,
        recorder_mock: Recorder,
        clock: Clock,
        house: House,
        hass_storage: dict[str, Any],
    ) -> None:
        """Nothing is waited for."""
        entry = entry_for(ADDRESS, house.port.path)
        assert await set_up(hass, entry)
        await clock.next_hour(hass, recorder_mock)
        assert await hass.config_entries.async_unload(entry.entry_id)
        await clock.pass_by(hass, recorder_mock, 11)
        assert await hass.config_entries.async_setup(entry.entry_id)
        noted = notes_of(hass_storage, entry)
        assert noted == {"gap:energy_import", "gap:energy_index_1"}
        await hass.config_entries.async_unload(entry.entry_id)


def test_a_note_has_a_zone() -> None:
    """A time that cannot be compared is damage."""
    stored = {"energy_index_1": "2026-11-29T10:00:00+00:00"}
    assert Notes.from_dict(stored).as_dict() == stored
    with pytest.raises(ValueError, match="zone"):
        Notes.from_dict({"energy_index_1": "2026-11-29T10:00:00"})
