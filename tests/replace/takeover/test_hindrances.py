"""What stands in the way of a take-over: each has its words, and nothing is lost."""

from __future__ import annotations

import errno
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.replace.past import PastError, async_put_before
from custom_components.linky_meter.replace.takeover.takeover import async_take_over
from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import file
from tests.conftest import until
from tests.replace.house import ADDRESS, Clock, House, loaded, state_of

from .old import ENERGY, HOUR, Old, past, rows_of
from .test_flows import choose, submit
from .test_sums import consume, is_healed, plan_of
from .test_takeover import MOVED, an_old, has_journal, platforms, registry_of

THEIRS, TOTAL = "sensor.linky_hp", "sensor.linky_total"
SCALES = {"Wh": 1.0, "kWh": 1000.0, "MWh": 1_000_000.0}


@pytest.fixture
def recorder_config(request: pytest.FixtureRequest) -> dict[str, Any] | None:
    """Let the recorder leave out what a test names."""
    left_out = getattr(request, "param", None)
    return {"exclude": {"entities": left_out}} if left_out else None


async def before_takeover(
    hass: HomeAssistant,
    instance: Recorder,
    clock: Clock,
    house: House,
    *,
    unit: str = "Wh",
    disabled: bool = False,
) -> tuple[MockConfigEntry, list[tuple[float, float, float]]]:
    """Return our entry beside another integration, and the rows that this has."""
    old, scale = Old(hass, identifier=ADDRESS[6:]), SCALES[unit]
    old.has("easf02", "linky_hp", house.peak, **ENERGY)
    old.has("east", "linky_total", house.total, **ENERGY)
    end = clock.row.replace(minute=0)
    for entity_id, index in ((THEIRS, house.peak), (TOTAL, house.total)):
        last, step = index / scale, 500 / scale
        await past(hass, instance, entity_id, end, last, unit=unit, step=step)
    await old.start()
    registry = er.async_get(hass)
    registry.async_update_entity_options(
        THEIRS, "sensor", {"unit_of_measurement": unit}
    )
    if disabled:
        registry.async_update_entity(THEIRS, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    rows = await rows_of(hass, instance, THEIRS)
    await clock.next_row(hass, instance)
    entry = await loaded(hass, house)
    return entry, rows


@pytest.mark.parametrize("unit", SCALES)
async def test_unit_that_the_user_chose(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    unit: str,
) -> None:
    """It is shown on, also where it is changed once more, and the sums are right."""
    entry, before = await before_takeover(hass, recorder_mock, clock, house, unit=unit)
    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    consumed = await consume(hass, house, THEIRS, SCALES[unit])
    shown = hass.states.get(THEIRS)
    assert shown is not None
    assert shown.attributes["unit_of_measurement"] == unit
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    er.async_get(hass).async_update_entity_options(
        THEIRS, "sensor", {"unit_of_measurement": "kWh"}
    )
    consumed += await consume(hass, house, THEIRS, SCALES["kWh"])
    await clock.next_hour(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, THEIRS)
    assert after[: len(before)] == before
    assert after[-1][2] - before[-1][2] == pytest.approx(consumed, abs=1e-3)
    assert min(now[2] - then[2] for then, now in pairwise(after)) >= 0
    await hass.config_entries.async_unload(entry.entry_id)


async def test_disabled_by_the_user_with_statistics(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
) -> None:
    """It moves, stays disabled, and goes on with its sum when it is enabled."""
    entry, before = await before_takeover(
        hass, recorder_mock, clock, house, disabled=True
    )
    plan = await plan_of(hass, entry)
    assert await async_take_over(hass, entry, plan, fill=False, merge=False) is None
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    moved = registry.async_get(THEIRS)
    assert moved is not None
    assert (moved.platform, moved.disabled_by) == (
        DOMAIN,
        er.RegistryEntryDisabler.USER,
    )
    since = house.peak
    await until(lambda: state_of(hass, TOTAL) not in {None, "unavailable", "unknown"})
    await clock.next_row(hass, recorder_mock)

    def others_are_healed() -> bool:
        noted = hass_storage.get(f"{DOMAIN}.{entry.entry_id}.steps", {"data": {}})
        return set(noted["data"]) == {"taken:energy_index_2"}

    await until(others_are_healed)
    # It keeps nobody from putting a past before another register, but before its own
    first = clock.row.replace(minute=0) - HOUR * 24 * 30
    put = await async_put_before(hass, entry, "x", {"energy_import": {first: 5.0}})
    assert put == {"energy_import": 1}
    with pytest.raises(PastError, match="checked"):
        await async_put_before(hass, entry, "x", {"energy_index_2": {first: 5.0}})
    registry.async_update_entity(THEIRS, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    consumed = await consume(hass, house, THEIRS)
    assert house.peak == since + consumed
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    await clock.next_hour(hass, recorder_mock)
    await clock.next_row(hass, recorder_mock)
    after = await rows_of(hass, recorder_mock, THEIRS)
    assert after[: len(before)] == before
    assert after[-1][2] - before[-1][2] == pytest.approx(consumed, abs=1e-3)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("recorder_config", [[THEIRS]], indirect=True)
@pytest.mark.parametrize("language", ["en", "fr"])
async def test_left_out_of_the_recorder(  # noqa: PLR0917
    hass: HomeAssistant,
    recorder_mock: Recorder,
    clock: Clock,
    house: House,
    hass_storage: dict[str, Any],
    language: str,
) -> None:
    """The list says so; it moves, and nothing is waited for or changed of its past."""
    hass.config.language = language
    entry, before = await before_takeover(hass, recorder_mock, clock, house)
    form = await choose(hass, entry, "takeover")
    told = form["description_placeholders"]["table"].split("\n")
    words = {"en": "does not record it", "fr": "ne l’enregistre pas"}[language]
    assert [THEIRS in line for line in told if words in line] == [True]
    assert (await submit(hass, form))["reason"] == "taken_over"
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}.takeover"]["data"]
    assert {row["key"]: bool(row["seam"]) for row in stored["rows"]} == {
        "energy_index_2": False,
        "energy_import": True,
    }
    await consume(hass, house, THEIRS)
    await clock.next_row(hass, recorder_mock)
    await until(partial(is_healed, hass_storage, entry))
    await clock.next_hour(hass, recorder_mock)
    assert await rows_of(hass, recorder_mock, THEIRS) == before
    assert platforms(hass, [THEIRS]) == {DOMAIN}
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("why", ["not_stopped", "not_saved"])
async def test_told_in_words(
    hass: HomeAssistant, house: House, storage: Path, why: str
) -> None:
    """Neither without room on a disk nor without the other's leave anything changes."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    before = registry_of(hass)
    form = await choose(hass, entry, "takeover")
    full = OSError(errno.ENOSPC, "No space left on device")
    old.unloads = why != "not_stopped"
    with patch.object(
        file.tempfile,
        "NamedTemporaryFile",
        side_effect=full if why == "not_saved" else file.tempfile.NamedTemporaryFile,
    ):
        done = await submit(hass, form)
    assert done["reason"] == why
    for language in ("en", "fr"):
        words = await async_get_translations(hass, language, "options", {DOMAIN})
        assert len(words[f"component.{DOMAIN}.options.abort.{why}"]) > 50
    await hass.async_block_till_done()
    assert registry_of(hass) == before
    assert platforms(hass) == {"linkytic"}
    assert not list(storage.glob("*.takeover"))
    assert old.entry.disabled_by is None
    assert entry.state is ConfigEntryState.LOADED
    if why == "not_saved":
        # With room it is done
        form = await choose(hass, entry, "takeover")
        assert (await submit(hass, form))["reason"] == "taken_over"
        assert platforms(hass) == {DOMAIN}
        assert list(storage.glob("*.takeover"))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_without_a_recorder(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """Entities move, no years are told of, and no sum is waited for."""
    old = an_old(hass, house)
    await old.start()
    entry = await loaded(hass, house)
    form = await choose(hass, entry, "takeover")
    lines = form["description_placeholders"]["table"].split("\n")
    assert len(lines) == len(MOVED)
    assert all(line.endswith(" · –") for line in lines)
    assert (await submit(hass, form))["reason"] == "taken_over"
    assert platforms(hass) == {DOMAIN}
    assert has_journal(hass_storage, entry)
    assert f"{DOMAIN}.{entry.entry_id}.steps" not in hass_storage
    await hass.config_entries.async_unload(entry.entry_id)
