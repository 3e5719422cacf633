"""A file of Enedis: uploaded, shown, taken over to the Wh, and taken out again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
import io
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.linky_meter.billing.imported import async_book
from custom_components.linky_meter.billing.store import costs_store
from custom_components.linky_meter.const import DOMAIN, SUBENTRY_OFFER
from custom_components.linky_meter.flows.contracts.enedis import _ERRORS
from custom_components.linky_meter.linky_tic.costs.calendar.days import DAY, day_of
from custom_components.linky_meter.linky_tic.costs.enedis.booking import UNSORTED
from custom_components.linky_meter.linky_tic.costs.enedis.energy import MeterEnergy
from custom_components.linky_meter.linky_tic.costs.ledger.ledger import Ledger
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow, Flag
from custom_components.linky_meter.replace.past import PastError
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up, until
from tests.costs.files.enedis import OTHER, PRM, curve, energy, flat, hourly, text
from tests.test_services import device_of

from .house import ADDRESS, IMPORT, Clock, House, state_of, sums

UUID = "0123456789abcdef0123456789abcdef"
OFFER: dict[str, Any] = {
    "structure": "off_peak",
    "supplier": "",
    "prices": [
        {
            "calendar": "HC..",
            "start": "2000-01-01",
            "prices": {"1": "0.1", "2": "0.3"},
            "subscription": "10",
        }
    ],
    "schedule": None,
    "regulated": None,
}


@pytest.fixture
async def entry(
    hass: HomeAssistant, recorder_mock: Recorder, clock: Clock, house: House
) -> AsyncIterator[MockConfigEntry]:
    """Return a meter with an hour of statistics, prices and an offer."""
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, "file_upload", {})
    own = {
        "calendar": "HC..",
        "start": "2000-01-01",
        "prices": {"1": "0.15", "2": "0.21"},
        "subscription": "12",
    }
    prices = {"source": "manual", "power": 6, "periods": [own], "rte_colours": False}
    entry = entry_for(ADDRESS, house.port.path, prices=prices)
    entry.add_to_hass(hass)
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType(OFFER),
            subentry_type=SUBENTRY_OFFER,
            title="Cheap",
            unique_id=None,
        ),
    )
    assert await set_up(hass, entry)
    await until(lambda: state_of(hass, IMPORT) not in {None, "unknown"})
    await clock.next_hour(hass, recorder_mock)
    await house.consume(hass)
    await clock.next_row(hass, recorder_mock)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


type Upload = Callable[[io.BytesIO], Awaitable[str]]


@pytest.fixture
def upload(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, hass_admin_user: MockUser
) -> Upload:
    """Upload a file as a browser does; returns its id."""

    async def upload(data: io.BytesIO) -> str:
        # The clock has moved since the session began
        token = await hass.auth.async_create_refresh_token(
            hass_admin_user, "https://example.com/"
        )
        client = await hass_client(hass.auth.async_create_access_token(token))
        answer = await client.post("/api/file_upload", data={"file": data})
        assert answer.status == 200
        found: str = (await answer.json())["file_id"]
        return found

    return upload


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Choose Enedis in the options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": "enedis"}
    )


async def answer(hass: HomeAssistant, step: Any, **fields: str) -> Any:
    """Answer a step."""
    return await hass.config_entries.options.async_configure(step["flow_id"], fields)


async def changes(hass: HomeAssistant, recorder: Recorder) -> dict[float, float]:
    """Return the Wh of each hour, as the Energy dashboard asks for them."""
    found = await recorder.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            dt_util.utcnow() - timedelta(days=500),
            None,
            {IMPORT},
            "hour",
            {"energy": "Wh"},
            {"change"},
        )
    )
    return {row["start"]: row["change"] or 0.0 for row in found[IMPORT]}


async def saved(hass: HomeAssistant, entry: MockConfigEntry) -> list[date]:
    """Return the imported days of the ledger on the disk."""
    kept = await costs_store(hass, entry.entry_id).async_load()
    assert kept is not None
    days = kept.ledger.days.items()
    return sorted(day for day, row in days if Flag.IMPORTED in row.flags)


def prm_of(entry: MockConfigEntry) -> str:
    """Return the metering point that the meter tells."""
    found: str = entry.runtime_data.coordinator.data.frame.by_label["PRM"].value
    assert found not in {PRM, OTHER}
    return found


def period(entry: MockConfigEntry | None = None) -> tuple[date, date]:
    """Return days from 70 before the first of the ledger, or today, to three after it."""
    began = entry and entry.runtime_data.costs.kept.ledger.began
    today = day_of(began.at if began else dt_util.utcnow())
    return today - 70 * DAY, today + 3 * DAY


async def test_upload(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    upload: Upload,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is in the file is shown, its hours stand before ours, and go again."""
    own = await changes(hass, recorder_mock)
    before = await sums(hass, recorder_mock)
    first, end = period(entry)
    ledger = entry.runtime_data.costs.kept.ledger
    # A day without energy, of which the meter told the greatest power only
    ledger.days[first + 69 * DAY] = DayRow(peak=Peak(5000))
    step = await answer(
        hass,
        await start(hass, entry),
        file=await upload(text(curve(first, end, prm_of(entry)))),
    )
    assert step["step_id"] == "enedis_preview"
    told = step["description_placeholders"]
    assert (told["first"], told["days"], told["missing"]) == (
        # In words, as the user reads dates
        f"{first.day} {first:%B} {first.year}",
        "73",
        "0",
    )
    assert told["meter"] == f"… {prm_of(entry)[-4:]}"
    assert float(told["energy"]) == round(energy(first, end) / 1000)
    done = await answer(hass, step)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "enedis_imported")
    # Each hour is the household's, to the Wh, and ours are as they were: no step between
    found = await changes(hass, recorder_mock)
    seam = min(own)
    wanted = {
        at.timestamp(): wh
        for at, wh in hourly(first, end).items()
        if at.timestamp() < seam
    }
    assert found.keys() == wanted.keys() | own.keys()
    assert done["description_placeholders"]["hours_taken"] == str(len(wanted))
    assert all(abs(found[at] - wh) <= 1 for at, wh in wanted.items())
    assert sum(found[at] for at in wanted) == pytest.approx(sum(wanted.values()), abs=1)
    assert {at: found[at] for at in own} == pytest.approx(own, abs=1e-3)
    # The whole months before this one are known by the offer at once
    booked = [day for day, row in ledger.days.items() if Flag.IMPORTED in row.flags]
    assert len(booked) == 70
    assert await saved(hass, entry) == sorted(booked)
    assert done["description_placeholders"]["days_taken"] == "70"
    # As they are by the regulated options, which sort by hours of their own
    registers = entry.runtime_data.costs.kept.registers.days
    assert registers
    for rows in registers.values():
        assert {day: sum(rows[day].values()) for day in booked} == {
            day: ledger.days[day].total for day in booked
        }
    # And all of it can be taken out again
    menu = await start(hass, entry)
    assert menu["menu_options"] == ["enedis_file", "enedis_undo"]
    step = await answer(hass, menu, next_step_id="enedis_undo")
    done = await answer(hass, step)
    assert done["reason"] == "enedis_undone"
    assert await changes(hass, recorder_mock) == pytest.approx(own, abs=1e-3)
    assert (await sums(hass, recorder_mock))[IMPORT] == pytest.approx(before[IMPORT])
    assert not any(Flag.IMPORTED in row.flags for row in ledger.days.values())
    # Killed now, nothing comes back that nobody could take out any more
    assert await saved(hass, entry) == []
    # The simulated port's library logs bytes; nothing of ours may
    said = [one.getMessage() for one in caplog.records if DOMAIN in one.name]
    assert said
    assert not any(prm_of(entry) in line for line in said)


async def test_files_one_after_the_other(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    upload: Upload,
    entry: MockConfigEntry,
) -> None:
    """Weeks that overlap count once; the same file again changes nothing."""
    first, _ = period()
    for days in ((10, 40), (0, 20), (0, 20)):
        begin, until_day = (first + n * DAY for n in days)
        step = await start(hass, entry)
        if step["type"] is FlowResultType.MENU:
            step = await answer(hass, step, next_step_id="enedis_file")
        file = text(curve(begin, until_day, prm_of(entry)))
        step = await answer(hass, step, file=await upload(file))
        assert (await answer(hass, step))["reason"] == "enedis_imported"
    found = await changes(hass, recorder_mock)
    wanted = hourly(first, first + 40 * DAY)
    assert all(abs(found[at.timestamp()] - wh) <= 1 for at, wh in wanted.items())
    ledger = entry.runtime_data.costs.kept.ledger
    assert sum(Flag.IMPORTED in row.flags for row in ledger.days.values()) == 40


async def test_two_meters(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    upload: Upload,
    entry: MockConfigEntry,
) -> None:
    """Where the meter tells its metering point, no other one's energy is taken."""
    first, end = period()
    both = text([*flat(first, end), *flat(first, end, OTHER)[1:]])
    prm = prm_of(entry)
    step = await answer(hass, await start(hass, entry), file=await upload(both))
    assert step["errors"] == {"file": "enedis_other_meter"}
    mine = text([*flat(first, end), *flat(first, first + DAY, prm)[1:]])
    step = await answer(hass, step, file=await upload(mine))
    assert step["description_placeholders"]["days"] == "1"


@pytest.mark.parametrize("lines", [["hello"], ["Date;Valeur", "01/01/2026;5"]])
async def test_refused(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    upload: Upload,
    entry: MockConfigEntry,
    lines: list[str],
) -> None:
    """A file that is none can be chosen anew; so can one that is gone."""
    step = await answer(hass, await start(hass, entry), file=await upload(text(lines)))
    assert step["errors"]["file"] in _ERRORS.values()
    step = await answer(hass, step, file=UUID)
    assert step["errors"] == {"file": "enedis_no_file"}
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await start(hass, entry))["reason"] == "not_loaded"


async def test_action(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    entry: MockConfigEntry,
    tmp_path: Path,
) -> None:
    """The action looks, takes over, and refuses what it may not read."""
    first, _ = period()
    path = tmp_path / "enedis.csv"
    days = ["Date;Valeur (en kWh)"]
    days += [f"{first + n * DAY:%d/%m/%Y};{10 + n}" for n in range(30)]
    path.write_bytes(text(days).getvalue())
    device = device_of(hass, entry.entry_id)

    async def call(name: Path, **more: bool) -> Any:
        data = {"device_id": device, "path": str(name), **more}
        return await hass.services.async_call(
            DOMAIN, "import_enedis", data, blocking=True, return_response=True
        )

    with pytest.raises(HomeAssistantError, match="allowlist"):
        await call(path)
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    told = await call(path, preview=True)
    assert (told["days"], told["half_hours"]) == (30, False)
    assert "hours_taken" not in told
    assert (await call(path))["days_taken"] == 30
    row = entry.runtime_data.costs.kept.ledger.days[first]
    assert row.energy == {UNSORTED: 10_000}
    found = await changes(hass, recorder_mock)
    assert sum(list(found.values())[:24]) == pytest.approx(10_000, abs=1)
    with pytest.raises(HomeAssistantError, match="not there"):
        await call(tmp_path / "none.csv")


async def test_meter_that_tells_no_point(
    hass: HomeAssistant,
    start_meter: StartMeter,
    tmp_path: Path,
) -> None:
    """It is asked which of several is meant; without a recorder nothing is changed."""
    meter = await start_meter("historic_hc")
    entry = entry_for(address_of("historic_hc"), meter.path, baudrate=1200)
    assert await set_up(hass, entry)
    path = tmp_path / "both.csv"
    first, end = period()
    lines = [*flat(first, end), *flat(first, first + DAY, OTHER)[1:]]
    path.write_bytes(text(lines).getvalue())
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    data = {"device_id": device_of(hass, entry.entry_id), "path": str(path)}
    with pytest.raises(HomeAssistantError, match="several"):
        await hass.services.async_call(DOMAIN, "import_enedis", data, blocking=True)
    with patch(
        "custom_components.linky_meter.flows.contracts.enedis.process_uploaded_file",
        return_value=nullcontext(path),
    ):
        step = await answer(hass, await start(hass, entry), file=UUID)
    [choice] = step["data_schema"].schema.values()
    labels = [option["label"] for option in choice.config["options"]]
    assert labels == ["1 (… 0001)", "2 (… 0002)"]
    assert step["description_placeholders"]["days"] == "73"
    done = await answer(hass, step, metering_point="2")
    assert done["reason"] == "past_not_recorded"
    costs = entry.runtime_data.costs
    days = costs.kept.ledger.days
    assert not any(Flag.IMPORTED in row.flags for row in days.values())
    costs.kept.ledger = Ledger()
    assert await async_book(hass, costs, MeterEnergy()) == 0


async def test_unloaded_meanwhile(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    upload: Upload,
    entry: MockConfigEntry,
) -> None:
    """A meter that is not read any more ends each step in words."""
    first, end = period()
    step = await start(hass, entry)
    step = await answer(
        hass, step, file=await upload(text(curve(first, end, prm_of(entry))))
    )
    assert (await answer(hass, step))["reason"] == "enedis_imported"
    again = await answer(hass, await start(hass, entry), next_step_id="enedis_file")
    file = text(curve(first, end, prm_of(entry)))
    again = await answer(hass, again, file=await upload(file))
    undo = await answer(hass, await start(hass, entry), next_step_id="enedis_undo")
    with patch(
        "custom_components.linky_meter.flows.contracts.enedis.async_take_out",
        side_effect=PastError("past_not_written"),
    ):
        failed = await answer(hass, undo)
    assert failed["reason"] == "past_not_written"
    undo = await answer(hass, await start(hass, entry), next_step_id="enedis_undo")
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await answer(hass, undo))["reason"] == "not_loaded"
    assert (await answer(hass, again))["reason"] == "not_loaded"
