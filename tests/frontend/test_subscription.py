"""What the dashboard is told over the WebSocket, and when."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.frontend import FILE, URL, content
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.ledger.peaks import Peak
from custom_components.linky_meter.linky_tic.costs.ledger.rows import DayRow
from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.billing.test_costs import book, options_of, period
from tests.billing.test_offers import BASE, add
from tests.conftest import StartMeter, address_of, entry_for, set_up

type Json = dict[str, Any]


class Dashboard:
    """A browser that follows a meter."""

    def __init__(self, client: MockHAClientWebSocket) -> None:
        self.client = client
        self.meter: Json = {}
        self.now: Json = {}

    async def ask(self, **message: Any) -> Json:
        """Send a command and return its answer; what comes before is forgotten."""
        await self.client.send_json_auto_id(message)
        answer: Json = await self.client.receive_json()
        return answer

    async def follow(self, entry: MockConfigEntry) -> None:
        """Subscribe."""
        answer = await self.ask(type=f"{DOMAIN}/subscribe", entry=entry.entry_id)
        assert answer["success"]
        await self.next("meter")

    async def next(self, kind: str) -> Json:
        """Return the next of what is sent of a kind."""
        while True:
            event = (await self.client.receive_json())["event"]
            self.meter = event.get("meter", self.meter)
            self.now = event.get("now", self.now)
            if kind in event:
                found: Json = event[kind]
                return found


@pytest.fixture
async def dashboard(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> Dashboard:
    """Return a browser."""
    assert await async_setup_component(hass, DOMAIN, {})
    return Dashboard(await hass_ws_client())


async def test_a_meter_is_told_with_each_frame(
    hass: HomeAssistant, start_meter: StartMeter, dashboard: Dashboard
) -> None:
    """First all that is known, then what is new."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    answer = await dashboard.ask(type=f"{DOMAIN}/meters")
    ((listed, now),) = [(one["meter"], one["now"]) for one in answer["result"]]
    assert (listed["entry"], listed["name"]) == (entry.entry_id, "Linky")
    assert (listed["contract"], listed["phases"]) == ("off_peak", 1)
    assert listed["entities"]["apparent_power"] == "sensor.linky_apparent_power"
    assert now["apparent_power"] > 0
    await dashboard.follow(entry)
    assert dashboard.meter["link"]
    assert dashboard.meter["chosen"] is False
    meter.meter.set_load(4000)
    while (await dashboard.next("now"))["apparent_power"] < 3900:
        pass
    assert entry.unique_id not in str(dashboard.meter)


async def test_renamed_and_disabled_entities_are_followed(
    hass: HomeAssistant, start_meter: StartMeter, dashboard: Dashboard
) -> None:
    """Cards know entities by what they are, whatever they are called."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    await dashboard.follow(entry)
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.linky_apparent_power", new_entity_id="sensor.house"
    )
    while dashboard.meter["entities"]["apparent_power"] != "sensor.house":
        await dashboard.next("meter")
    registry.async_update_entity(
        "sensor.house", disabled_by=er.RegistryEntryDisabler.USER
    )
    while "apparent_power" in dashboard.meter["entities"]:
        await dashboard.next("meter")
    registry.async_remove("sensor.house")
    registry.async_update_entity(
        "sensor.linky_active_power", new_entity_id="sensor.true"
    )
    while dashboard.meter["entities"]["active_power"] != "sensor.true":
        await dashboard.next("meter")


async def test_a_meter_that_is_lost_and_found(
    hass: HomeAssistant, start_meter: StartMeter, dashboard: Dashboard
) -> None:
    """It is told since when and why, over reloads too."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    await dashboard.follow(entry)
    meter.unplug()
    while dashboard.meter["link"] or dashboard.meter["cause"] != "port_missing":
        await dashboard.next("meter")
    assert dashboard.meter["seen"] <= dt_util.utcnow().isoformat()
    while "apparent_power" in dashboard.now:
        await dashboard.next("now")
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    while dashboard.meter["reason"] is None:
        await dashboard.next("meter")
    assert dashboard.meter["state"] == "setup_retry"
    assert dashboard.meter["reason"] == "port_missing"
    listed = (await dashboard.ask(type=f"{DOMAIN}/meters"))["result"]
    assert listed[0]["now"] is None
    await dashboard.ask(type="unsubscribe_events", subscription=1)


@pytest.mark.parametrize("since", [(None, None), (3, "2026-11-02T23:00:00+00:00")])
async def test_a_month_that_was_not_counted_from_its_first_day(
    hass: HomeAssistant,
    start_meter: StartMeter,
    since: tuple[int | None, str | None],
) -> None:
    """It tells since when, by the days of the ledger."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path)
    assert await set_up(hass, entry)
    first, told = since
    days = {date(2026, 11, day): DayRow() for day in range(first or 1, 21)}
    entry.runtime_data.costs.kept.ledger.days = days
    with patch(f"{content.__name__}.day_of", return_value=date(2026, 11, 20)):
        assert content.meter_of(hass, entry)["month"]["since"] == told


async def test_meters_keep_their_places(
    hass: HomeAssistant, dashboard: Dashboard
) -> None:
    """In the order in which they were added, also when one got a new meter."""
    addresses = ("042164000001", "042164000002", "042164000003")
    entries = [entry_for(address, "/dev/none") for address in addresses]
    for entry in entries:
        entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entries[0], unique_id="042164000009")
    listed = (await dashboard.ask(type=f"{DOMAIN}/meters"))["result"]
    assert [one["meter"]["entry"] for one in listed] == [
        entry.entry_id for entry in entries
    ]


async def test_an_entry_that_is_none_of_ours(dashboard: Dashboard) -> None:
    """What was removed is told apart from what is lost."""
    answer = await dashboard.ask(type=f"{DOMAIN}/subscribe", entry="none")
    assert answer["error"]["code"] == "not_found"


async def test_costs_and_offers(
    hass: HomeAssistant, start_meter: StartMeter, dashboard: Dashboard
) -> None:
    """Energy, what it cost, and what another offer would have cost."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    for ago in range(1, 40):
        book(entry, ago, {1: 4000, 2: 6000})
    await add(hass, entry, "base", BASE)
    await dashboard.follow(entry)
    found = dashboard.meter
    assert found["chosen"]
    assert found["indexes"]["1"]["price"] == 0.1589
    assert found["indexes"]["2"]["tariff"] == "peak"
    today = day_of(dt_util.utcnow())
    assert found["since"][:10] <= (today - timedelta(days=39)).isoformat()
    assert found["month"]["kwh"] == pytest.approx(10 * (today.day - 1), abs=5)
    assert found["month"]["since"] is None
    assert found["month"]["low"] <= found["month"]["high"]
    assert found["month"]["priced_kwh"] == pytest.approx(found["month"]["kwh"], abs=0.1)
    (offer,) = found["offers"]
    assert (offer["name"], offer["over"], offer["difference"] < 0) == (
        "Plain",
        "month",
        True,
    )
    assert found["year"] is None
    assert found["contracts"] is None
    # With a year of days, that is what is told
    for ago in range(40, 400):
        book(entry, ago, {1: 4000, 2: 6000})
    while dashboard.meter["year"] is None:
        await dashboard.next("meter")
    assert dashboard.meter["year"]["kwh"] == pytest.approx(3650, abs=15)
    assert dashboard.meter["year"]["subscription"] == pytest.approx(180)
    # 10 kWh a day at 0.18 and 14 a month, against 1.9208 and 15; of each regulated
    # option one power, whichever is cheapest
    rows = {row["name"]: row for row in dashboard.meter["contracts"]["rows"]}
    assert len(rows) == 5
    assert rows["Plain"]["eur"] - rows[None]["eur"] == pytest.approx(-56, abs=2)
    assert rows["Plain"]["low"] == rows["Plain"]["high"]
    (tempo,) = (row for name, row in rows.items() if (name or "").startswith("Tempo"))
    assert tempo["low"] < tempo["eur"] < tempo["high"]
    (says,) = dashboard.meter["contracts"]["says"]
    assert says["key"] == "best_exact"
    assert says["words"]["name"] == "Plain"
    assert says["words"]["saving"]["eur"] == pytest.approx(56, abs=2)
    # No load of a day is known
    assert not dashboard.meter["power"]
    for row in entry.runtime_data.costs.kept.ledger.days.values():
        row.peak = Peak(3100)
    entry.runtime_data.costs.async_prices_changed()
    while not dashboard.meter["power"]:
        await dashboard.next("meter")
    first, *_, above = dashboard.meter["power"]
    assert first["key"] in {"power_would_do", "power_fits", "power_more"}
    assert above["key"].startswith("power_")


async def test_offers_before_anything_can_be_estimated(
    hass: HomeAssistant, start_meter: StartMeter, dashboard: Dashboard
) -> None:
    """On the first day, offers are compared until now."""
    meter = await start_meter("standard_hc")
    entry = entry_for(address_of("standard_hc"), meter.path, **options_of(period()))
    assert await set_up(hass, entry)
    await add(hass, entry, "base", BASE)
    entry.runtime_data.costs.async_process()
    await dashboard.follow(entry)
    while not dashboard.meter["offers"]:
        await dashboard.next("meter")
    assert dashboard.meter["offers"][0]["over"] == "until_now"


async def test_tempo(
    hass: HomeAssistant, start_meter: StartMeter, dashboard: Dashboard
) -> None:
    """The colours, and the windows of the day."""
    meter = await start_meter(
        "standard_tempo_three_phase", start=dt_util.utcnow(), speed=4.0
    )
    meter.meter.set_tempo("white", "red")
    address = address_of("standard_tempo_three_phase")
    entry = entry_for(address, meter.path)
    assert await set_up(hass, entry)
    await dashboard.follow(entry)
    tempo = dashboard.meter["tempo"]
    assert (tempo["today"], tempo["tomorrow"]) == ("white", "red")
    assert set(tempo["left"]) == {"blue", "white", "red"}
    assert dashboard.meter["index"] in {3, 4}
    windows = dashboard.meter["windows"]
    assert all(one["end"] == after["start"] for one, after in pairwise(windows))


async def test_browsers_load_what_is_there(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    ignore_frontend_dependencies: None,
) -> None:
    """The file is served, its address changes with its content."""
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    ours = [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if URL in url]
    assert len(ours) == 1
    assert len(ours[0].removeprefix(f"{URL}?")) == 12
    client = await hass_client()
    answer = await client.get(ours[0])
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert await answer.read() == FILE.read_bytes()


@pytest.fixture
def ignore_frontend_dependencies(hass: HomeAssistant) -> None:
    """Let the frontend be set up without what it is seldom without."""
    hass.config.components |= {
        *("auth", "config", "device_automation", "diagnostics", "file_upload"),
        *("lovelace", "map_tiles", "onboarding", "repairs", "search"),
    }
