"""The household in Home Assistant: entities, options, the log and its page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
import json
from pathlib import Path
import re
from typing import Any

from freezegun import freeze_time
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.linky_meter.const import CONF_OUTDOOR, DOMAIN
from custom_components.linky_meter.coordinator import LinkyCoordinator, device_of
from custom_components.linky_meter.link.problems import Issue, issue_id
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    Month,
    midnight,
)
from custom_components.linky_meter.linky_tic.tic.fields import Value
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.watch.counting import Day
from custom_components.linky_meter.linky_tic.watch.household import Household
from custom_components.linky_meter.linky_tic.watch.supply import (
    Incident,
    Kind,
    Seen,
    SupplyLog,
)
from custom_components.linky_meter.linky_tic.watch.verdict import Over, Span, Verdict
from custom_components.linky_meter.watch.keeper import WatchKeeper
from custom_components.linky_meter.watch.outdoor import outdoor_temperature
from custom_components.linky_meter.watch.page import page
from custom_components.linky_meter.watch.store import Kept
from custom_components.linky_meter.watch.words import WatchWords
from custom_components.linky_meter.words import Words
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import Replay, address_of, entry_for, frame_of, set_up, until
from tests.life.conftest import state_of

PRESET = "standard_hc"
BASE_LOAD, UNUSUAL = "sensor.linky_base_load", "binary_sensor.linky_unusual_use"
ABOVE, SUPPLY = "sensor.linky_above_base_load", "event.linky_supply"
TUESDAY = date(2026, 12, 1)


def known_house(last: date, said: Verdict | None = None) -> Kept:
    """Return a house of which 40 days are known, with a base load of 180 W."""
    days = [last - number * DAY for number in range(40, 0, -1)]
    house = Household(
        days=[Day(day, 180.0, 9000) for day in days],
        over={
            Span.NIGHT: [Over(day, 180.0, 180.0) for day in days],
            Span.DAY: [Over(day, 9000.0, 9000.0) for day in days],
        },
        verdict=said,
        raised=said.raised if said else None,
    )
    return Kept(household=house)


def stored(storage: Path, entry: MockConfigEntry, content: object) -> Path:
    """Write what was kept of an entry's house."""
    key = f"{DOMAIN}.{entry.entry_id}.watch"
    file = storage / key
    file.write_text(
        json.dumps({"version": 1, "minor_version": 2, "key": key, "data": content})
    )
    return file


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> LinkyCoordinator:
    """Set a meter up that was heard some times, and says no more."""
    assert await set_up(hass, entry)
    coordinator: LinkyCoordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 3)
    await coordinator.async_close()
    return coordinator


@pytest.fixture
async def entry(replay: Replay) -> MockConfigEntry:
    """Return the entry of a single-phase meter in standard mode."""
    return entry_for(address_of(PRESET), replay(frame_of(PRESET)).path)


def say(
    coordinator: LinkyCoordinator,
    received: datetime | None = None,
    groups: tuple[Group, ...] = (),
    **values: Value | None,
) -> None:
    """Let a meter say something else."""
    before = coordinator.data
    frame = before.frame
    if groups:
        frame = Frame(Mode.STANDARD, (*frame.groups, *groups), EndedBy.ETX)
    reading = replace(
        before,
        values=dict(before.values) | values,
        frame=frame,
        received=received or dt_util.utcnow(),
        accepted=(*before.accepted, *(group.label for group in groups)),
    )
    coordinator._push(reading, coordinator.publisher.now + 1)


def keeper_of(entry: MockConfigEntry) -> WatchKeeper:
    """Return the keeper of an entry."""
    keeper: WatchKeeper = entry.runtime_data.watch
    return keeper


async def test_a_new_house_has_no_row_that_says_nothing(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The base load comes after some nights, the verdict when it is learned."""
    await start(hass, entry)
    assert hass.states.get(BASE_LOAD) is None
    assert hass.states.get(UNUSUAL) is None
    registry = er.async_get(hass)
    supply = registry.async_get(SUPPLY)
    assert supply is not None
    assert supply.disabled
    keeper = keeper_of(entry)
    keeper.kept.household = known_house(TUESDAY).household
    keeper._tell(None)
    await hass.async_block_till_done()
    assert state_of(hass, BASE_LOAD) == "180"
    assert state_of(hass, UNUSUAL) == "off"
    above = registry.async_get(ABOVE)
    assert above is not None
    assert above.disabled


@pytest.mark.parametrize(
    ("language", "said", "reason"),
    [
        (
            "en",
            Verdict(Span.NIGHT, TUESDAY, TUESDAY + 2 * DAY, 183, 178),
            "Since Tuesday about 180 W more than usual at night (180 W are usual)",
        ),
        (
            "fr",
            Verdict(Span.NIGHT, TUESDAY, TUESDAY + 2 * DAY, 183, 178),
            (
                "Depuis mardi environ 180 W de plus que d’habitude la nuit (d’habitude"
                " 180 W)"
            ),
        ),
        (
            "fr",
            Verdict(Span.NIGHT, TUESDAY - 30 * DAY, TUESDAY, 1204, 178),
            (
                "Depuis le 1ᵉʳ novembre environ 1\u202f200 W de plus que d’habitude la nuit"
                " (d’habitude 180 W)"
            ),
        ),
        (
            "en",
            Verdict(Span.DAY, TUESDAY - DAY, TUESDAY - DAY, 16000, 8000),
            "On Monday 3 times the usual of a Monday: 24.0 kWh in place of 8.0",
        ),
        (
            "fr",
            Verdict(Span.DAY, TUESDAY - DAY, TUESDAY - DAY, 16000, 8000),
            (
                "Lundi 3 fois la consommation habituelle d’un lundi\u00a0: 24,0 kWh au lieu de"
                " 8,0"
            ),
        ),
        (
            "en",
            Verdict(Span.DAY, TUESDAY - 20 * DAY, TUESDAY - 18 * DAY, 12000, 8000),
            "Since 11 November 2.5 times the usual: 20.0 kWh a day in place of 8.0",
        ),
    ],
)
async def test_what_is_unusual_is_said_in_words(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    storage: Path,
    *,
    language: str,
    said: Verdict,
    reason: str,
) -> None:
    """With numbers, in both languages, after a restart too."""
    hass.config.language = language
    entry.add_to_hass(hass)
    stored(storage, entry, known_house(TUESDAY, said).as_dict())
    await start(hass, entry)
    keeper = keeper_of(entry)
    with freeze_time(midnight(TUESDAY + 2 * DAY) + timedelta(hours=7)):
        keeper._tell(None)
    await hass.async_block_till_done()
    state = hass.states.get(UNUSUAL)
    assert state is not None
    assert state.state == "on"
    assert state.attributes["reason"] == reason
    assert state.attributes["since"] == said.since.isoformat()
    assert state.attributes["compared_with"]
    assert state.attributes["advice"]
    keeper.kept.household.verdict = None
    keeper._tell(None)
    await hass.async_block_till_done()
    assert state_of(hass, UNUSUAL) == "off"


@pytest.mark.parametrize(
    ("language", "excess", "weather", "compared", "advice"),
    [
        ("en", 94, False, "the season, without the weather", "by about 90 W"),
        ("en", 94, True, "in such weather", "a freezer or a pump"),
        ("fr", 1204, True, "par un temps pareil", "un radiateur"),
        ("fr", 1204, False, "la saison, sans le temps", "d’environ 1\u202f200 W"),
    ],
)
def test_what_it_is_compared_with_and_what_to_do(
    hass: HomeAssistant,
    *,
    language: str,
    excess: float,
    weather: bool,
    compared: str,
    advice: str,
) -> None:
    """So that somebody who never read a page can find what runs."""
    hass.config.language = language
    words = hass.loop.run_until_complete(WatchWords.async_of(hass))
    said = Verdict(Span.NIGHT, TUESDAY, TUESDAY + 2 * DAY, excess, 110, weather)
    assert compared in words.compared(said)
    assert advice in words.advice(said)


async def test_what_is_far_worse_is_told_anew(
    hass: HomeAssistant, entry: MockConfigEntry, storage: Path
) -> None:
    """An automation that waits for *on* runs again."""
    entry.add_to_hass(hass)
    said = Verdict(Span.NIGHT, TUESDAY, TUESDAY + 2 * DAY, 94, 180)
    stored(storage, entry, known_house(TUESDAY + 3 * DAY, said).as_dict())
    await start(hass, entry)
    states = list[str]()

    @callback
    def follow(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"] is not None
        states.append(event.data["new_state"].state)

    async_track_state_change_event(hass, UNUSUAL, follow)
    household = keeper_of(entry).kept.household
    household.verdict = replace(said, raised=TUESDAY + 9 * DAY, excess=1500)
    keeper_of(entry)._tell(None)
    await hass.async_block_till_done()
    assert states == ["off", "on"]
    keeper_of(entry)._tell(None)
    await hass.async_block_till_done()
    assert states == ["off", "on"]


@pytest.mark.usefixtures("all_enabled")
async def test_what_runs_now_is_what_is_above(
    hass: HomeAssistant, entry: MockConfigEntry, storage: Path
) -> None:
    """And never less than nothing."""
    entry.add_to_hass(hass)
    stored(storage, entry, known_house(TUESDAY).as_dict())
    coordinator = await start(hass, entry)
    say(coordinator, active_power=1000.0)
    await hass.async_block_till_done()
    assert state_of(hass, ABOVE) == "820"
    say(coordinator, active_power=-300.0)
    await hass.async_block_till_done()
    assert state_of(hass, ABOVE) == "0"
    say(coordinator, active_power=None, apparent_power=500)
    await hass.async_block_till_done()
    assert state_of(hass, ABOVE) == "320"
    say(coordinator, active_power=None, apparent_power=None)
    await hass.async_block_till_done()
    assert state_of(hass, ABOVE) == "unknown"


async def test_each_minute_is_counted(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """By night and day, with the weather; a meter that is not read counts nothing."""
    coordinator = await start(hass, entry)
    keeper = keeper_of(entry)
    household = keeper.kept.household
    weather = {"temperature": 5.0, "temperature_unit": "°C"}
    hass.states.async_set("weather.home", "sunny", weather)
    wh, day = 10_000_000, TUESDAY + DAY
    for hour in range(-1, 31):
        now = midnight(day) + timedelta(hours=hour, seconds=1)
        say(coordinator, now, energy_import=wh, meter_clock=now)
        keeper._tick(now)
        wh += 150 if hour == 3 else 400
    (known,) = household.days[:1]
    assert (known.day, known.low, known.wh) == (day, 150, 23 * 400 + 150)
    assert (known.cold_night, known.outdoor) == (5.0, 5.0)
    before = household.as_dict()
    keeper._tick(midnight(day) + timedelta(hours=40))
    assert household.as_dict() == before
    now = dt_util.utcnow() + timedelta(minutes=1)
    say(coordinator, now, energy_import=wh)
    async_fire_time_changed(hass, now)
    await hass.async_block_till_done()
    assert household.as_dict() != before


@pytest.mark.parametrize(
    ("states", "chosen", "outdoor"),
    [
        (
            {"weather.a": ("rainy", {"temperature": 41.0, "temperature_unit": "°F"})},
            None,
            5.0,
        ),
        (
            {"weather.a": ("rainy", {"temperature": 5, "temperature_unit": "°C"})},
            "weather.a",
            5.0,
        ),
        (
            {
                "weather.a": ("rainy", {"temperature": 5, "temperature_unit": "°C"}),
                "weather.b": ("rainy", {"temperature": 7, "temperature_unit": "°C"}),
            },
            None,
            5.0,
        ),
        (
            {"weather.a": ("rainy", {"temperature": 5, "temperature_unit": "°C"})},
            "sensor.gone",
            5.0,
        ),
        ({"weather.a": ("unavailable", {})}, None, None),
        ({"sensor.a": ("4.5", {"unit_of_measurement": "°C"})}, "sensor.a", 4.5),
        (
            {"sensor.a": ("unavailable", {"unit_of_measurement": "°C"})},
            "sensor.a",
            None,
        ),
        ({"sensor.a": ("4.5", {})}, "sensor.a", None),
        ({"sensor.a": ("850", {"unit_of_measurement": "°C"})}, "sensor.a", None),
        ({"sensor.a": ("nan", {"unit_of_measurement": "°C"})}, "sensor.a", None),
        ({}, "sensor.gone", None),
        ({}, None, None),
    ],
)
def test_who_tells_the_weather(
    hass: HomeAssistant,
    states: dict[str, tuple[str, dict[str, Any]]],
    chosen: str | None,
    outdoor: float | None,
) -> None:
    """A weather service or a thermometer that is chosen, else a weather service."""
    for entity_id, (state, attributes) in states.items():
        hass.states.async_set(entity_id, state, attributes)
    assert outdoor_temperature(hass, chosen) == pytest.approx(outdoor)


async def test_the_weather_is_that_of_the_onboarding(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Whose service came first, whatever its name; the form proposes it."""
    registry = er.async_get(hass)
    for name, degrees, days in (("zuhause", 4.0, 400), ("mountains", -6.0, 30)):
        with freeze_time(dt_util.utcnow() - timedelta(days=days)):
            weather = registry.async_get_or_create(
                "weather", "met", name, suggested_object_id=name
            )
        hass.states.async_set(
            weather.entity_id,
            "sunny",
            {"temperature": degrees, "temperature_unit": "°C"},
        )
    assert outdoor_temperature(hass, None) == 4.0
    await start(hass, entry)
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "watch"}
    )
    assert flow["data_schema"] is not None
    (field,) = flow["data_schema"].schema
    assert field.description == {"suggested_value": "weather.zuhause"}


def mean(volts: int, horodate: str) -> Group:
    """Return a mean voltage as the meter sends it."""
    return Group("UMOY1", f"{volts:03}", horodate)


@pytest.mark.usefixtures("all_enabled")
async def test_voltage_is_logged_and_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A mean of ten minutes is an event too; both are in the answer of the action."""
    coordinator = await start(hass, entry)
    log = keeper_of(entry).supply
    say(coordinator, voltage_l1=253)
    assert log.incidents == []
    say(coordinator, voltage_l1=255)
    say(coordinator, voltage_l1=257)
    end = coordinator.data.received.astimezone(PARIS)
    season = "E" if end.dst() else "H"
    horodate = f"{season}{end:%y%m%d%H%M%S}"
    for _ in range(3):
        say(
            coordinator,
            groups=(mean(206, horodate),),
            voltage_l1=240,
            mean_voltage_l1=206,
        )
    say(coordinator, groups=(mean(206, "nothing"),), mean_voltage_l1=206)
    say(coordinator, mean_voltage_l1=230)
    await hass.async_block_till_done()
    assert [(one.kind, one.volts) for one in log.incidents] == [
        (Kind.HIGH, 257),
        (Kind.MEAN_LOW, 206),
    ]
    state = hass.states.get(SUPPLY)
    assert state is not None
    assert state.attributes["event_type"] == "voltage_low"
    assert state.attributes["volts"] == 206
    answer = await ask(hass, days=1095)
    found = {one["kind"]: one["seconds"] for one in answer["incidents"]}
    assert found.pop("mean_low") == 600
    assert found["high"] < 60


async def ask(hass: HomeAssistant, **data: Any) -> dict[str, Any]:
    """Return what the action answers."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    device = device_of(hass, entry)
    assert device is not None
    answer = await hass.services.async_call(
        DOMAIN,
        "get_supply_log",
        {"device_id": device.id, **data},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    return dict(answer)


@pytest.mark.usefixtures("all_enabled")
async def test_an_outage_is_told_from_a_lost_modem(
    hass: HomeAssistant, entry: MockConfigEntry, storage: Path
) -> None:
    """Only while the house used nothing; what was logged outlives a restart."""
    entry.add_to_hass(hass)
    stored(storage, entry, known_house(TUESDAY).as_dict())
    coordinator = await start(hass, entry)
    log = keeper_of(entry).supply
    at, wh = coordinator.data.received, coordinator.data["energy_import"]
    clock = coordinator.data["meter_clock"]
    assert isinstance(wh, int)
    assert isinstance(clock, datetime)
    say(coordinator, at, apparent_power=600)
    for minutes, rise in ((20, 60), (40, 60)):
        gone = timedelta(minutes=minutes)
        say(coordinator, at + gone, energy_import=wh + rise, meter_clock=clock + gone)
    await hass.async_block_till_done()
    (outage,) = log.incidents
    assert (outage.kind, outage.start, outage.seconds) == (
        Kind.OUTAGE,
        clock + timedelta(minutes=20),
        1200,
    )
    assert not outage.unsure
    assert sum(log.unread.values()) == 1200
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert keeper_of(entry).supply.incidents == [outage]
    # Nobody knows what was while a meter tells no energy
    await entry.runtime_data.coordinator.async_close()
    say(entry.runtime_data.coordinator, energy_import=None)
    late = entry.runtime_data.coordinator.data.received + timedelta(hours=1)
    say(entry.runtime_data.coordinator, late)
    assert keeper_of(entry).supply.incidents == [outage]


async def test_where_home_assistant_had_no_power_either(
    hass: HomeAssistant, entry: MockConfigEntry, storage: Path
) -> None:
    """The meter's clock and index of before the start tell it."""
    entry.add_to_hass(hass)
    stored(storage, entry, known_house(TUESDAY).as_dict())
    await start(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    file = storage / f"{DOMAIN}.{entry.entry_id}"
    kept = json.loads(file.read_text())
    for row in kept["data"]["memory"]["indexes"]["registers"].values():
        row[2] -= 7200
        if row[3] is not None:
            row[3] -= 7200
    file.write_text(json.dumps(kept))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    (outage,) = keeper_of(entry).supply.incidents
    assert outage.unsure
    assert 6000 < outage.seconds <= 7300


async def page_of(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    client: ClientSessionGenerator,
    **choices: Any,
) -> str:
    """Return the page that the options lead to, as a browser without a login gets it."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "supply"}
    )
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"days": 365, **choices}
    )
    assert flow["step_id"] == "supply_page"
    placeholders = flow["description_placeholders"]
    assert placeholders is not None
    browser = await client()
    # Without the token that the client of tests has
    browser.session.headers.pop("Authorization", None)
    found = re.fullmatch(
        r'<a href="([^"]+)" target="_blank">.+</a>', placeholders["link"]
    )
    assert found is not None
    response = await browser.get(found[1], headers={"Authorization": ""})
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/html"
    done = await hass.config_entries.options.async_configure(flow["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    text: str = await response.text()
    return text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Outages and voltage",
                "Mean of 10 minutes above 253 V",
                "20 min",
                "at least 2 h 50 min",
            ),
        ),
        (
            "fr",
            (
                "Coupures et tension",
                "Moyenne de 10 minutes au-dessus de 253 V",
                "20 min",
                "au moins 2 h 50 min",
            ),
        ),
    ],
)
async def test_a_page_to_print(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
    language: str,
    words: tuple[str, ...],
) -> None:
    """In the user's language; the PRM is on it only if the user wants that."""
    assert await async_setup_component(hass, "http", {})
    hass.config.language = language
    coordinator = await start(hass, entry)
    text = await page_of(hass, entry, hass_client_no_auth)
    assert "<table>" not in text
    log = keeper_of(entry).supply
    now = dt_util.utcnow()
    log.since = now - timedelta(days=100)
    for days, kind in ((1, log.mean), (2, log.second)):
        kind(now - timedelta(days=days), 1, 255)
    log.mean(now - timedelta(days=1) + timedelta(minutes=10), 1, 256)
    dark = now - timedelta(days=40)
    log.gap(
        Seen(dark, 1000), Seen(dark + timedelta(hours=3), 1021), 180, restarted=True
    )
    prm = coordinator.data.frame.by_label["PRM"].value
    text = await page_of(hass, entry, hass_client_no_auth, prm=False)
    assert all(word in text for word in words)
    assert f'lang="{language}"' in text
    assert prm not in text
    assert entry.unique_id
    assert entry.unique_id not in text
    assert prm in await page_of(hass, entry, hass_client_no_auth, prm=True)
    # A damaged group takes nothing from the page
    groups = coordinator.data.frame.groups
    less = tuple(group for group in groups if group.label != "PRM")
    frame = Frame(Mode.STANDARD, less, EndedBy.ETX, damaged=1)
    coordinator.data = replace(coordinator.data, frame=frame)
    assert prm in await page_of(hass, entry, hass_client_no_auth, prm=True)


@pytest.mark.parametrize(
    ("language", "least"), [("en", "at least"), ("fr", "au moins")]
)
async def test_the_page_says_only_what_is_known(
    hass: HomeAssistant, language: str, least: str
) -> None:
    """Which of two equal hours it was, and that a sum is the least that it can have been."""
    hass.config.language = language
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    log = SupplyLog(since=start - DAY)
    for hours, dark in ((0, None), (1, 1800)):
        begun = start + timedelta(hours=hours)
        end = begun + timedelta(hours=1)
        log.incidents.append(Incident(Kind.OUTAGE, begun, end, at_least=dark))
    words = await Words.async_of(hass)
    shown = page(log, words, start - DAY, start + DAY, None)
    assert "25/10/2026 02:30:00 (UTC+2)<" in shown
    assert "25/10/2026 02:30:00 (UTC+1)<" in shown
    assert "24/10/2026 02:30:00 " in shown
    assert f"{least} 1 h 30 min" in shown


@pytest.mark.parametrize(
    ("language", "low", "unread", "months"),
    [
        ("en", "Mean of 10 minutes below 207 V", "was not read for 3 h 10 min", "2 h"),
        ("fr", "Moyenne de 10 minutes sous 207 V", "pendant 3 h 10 min", "2 h"),
    ],
)
async def test_the_page_tells_phases_and_days(
    hass: HomeAssistant, language: str, low: str, unread: str, months: str
) -> None:
    """What one phase had is not added to another's; a day that was not read is named."""
    hass.config.language = language
    start = datetime(2026, 12, 31, 12, tzinfo=UTC)
    log = SupplyLog(since=start - 60 * DAY)
    for number in range(3):
        log.mean(start + number * timedelta(hours=1), 1, 200)
    log.mean(start, 3, 203)
    for ago, hours in ((20, 3), (2, 0), (-2, 1)):
        before = start - ago * DAY
        after = before + timedelta(hours=hours, minutes=10 * (ago == 2))
        log.gap(Seen(before, 1), Seen(after, 9000), 200, restarted=False)
    words = await Words.async_of(hass)
    shown = page(log, words, start - 30 * DAY, start + DAY, None)
    rows = re.findall(r"<tr>(.*?)</tr>", shown.partition("</table>")[0])
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows[1:]]
    assert cells == [[low, "1", "3", "30 min"], [low, "3", "1", "10 min"]]
    assert unread in shown
    assert "11/12/2026 (3 h 00 min), 29/12/2026 (10 min)" in shown
    assert "02/01/2027 (" not in shown
    # From before days were kept
    log.unread.clear()
    log.unread_months = {Month(2026, 12): 7200, Month(2026, 10): 60}
    shown = page(log, words, start - 30 * DAY, start + DAY, None)
    assert f" {months} 00 min" in shown
    assert unread not in shown


async def test_the_page_is_for_who_is_logged_in(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """And of meters that are there."""
    assert await async_setup_component(hass, "http", {})
    await start(hass, entry)
    path = f"/api/{DOMAIN}/supply/{entry.entry_id}"
    stranger, user = await hass_client_no_auth(), await hass_client()
    assert (await stranger.get(path)).status == HTTPStatus.UNAUTHORIZED
    assert (await user.get(path)).status == HTTPStatus.OK
    assert (await user.get(f"{path}?days=x")).status == HTTPStatus.NOT_FOUND
    assert (await user.get(f"{path}x")).status == HTTPStatus.NOT_FOUND
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await user.get(path)).status == HTTPStatus.NOT_FOUND
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "supply"}
    )
    assert flow["reason"] == "not_loaded"


async def test_the_thermometer_is_an_option(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """It can be chosen, and left out again."""
    await start(hass, entry)
    for answer in ({CONF_OUTDOOR: "sensor.garden"}, {}):
        flow = await hass.config_entries.options.async_init(entry.entry_id)
        flow = await hass.config_entries.options.async_configure(
            flow["flow_id"], {"next_step_id": "watch"}
        )
        await hass.config_entries.options.async_configure(flow["flow_id"], answer)
        await hass.async_block_till_done()
        assert entry.options.get(CONF_OUTDOOR) == answer.get(CONF_OUTDOOR)


async def test_a_damaged_file_is_told_and_begun_anew(
    hass: HomeAssistant, entry: MockConfigEntry, storage: Path
) -> None:
    """The entities of before stay, and the file goes with the entry."""
    entry.add_to_hass(hass)
    stored(storage, entry, known_house(TUESDAY).as_dict())
    await start(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    file = stored(storage, entry, {"household": 5})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    raised = ir.async_get(hass).async_get_issue(
        DOMAIN, issue_id(Issue.WATCH_RESTARTED, entry.entry_id)
    )
    assert raised is not None
    assert state_of(hass, BASE_LOAD) == "unknown"
    assert state_of(hass, UNUSUAL) == "off"
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert file.exists()
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not list(storage.glob(f"{DOMAIN}.{entry.entry_id}*"))
