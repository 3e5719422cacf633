"""Public prices and colours: asked only if wanted, once a day, from a local server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.linky_meter.billing import updates as price_updates
from custom_components.linky_meter.billing.settings import PriceSource
from custom_components.linky_meter.const import DOMAIN
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import (
    BASE,
    OFF_PEAK,
    TEMPO,
)
from custom_components.linky_meter.linky_tic.costs.calendar.days import day_of
from custom_components.linky_meter.linky_tic.costs.calendar.tempo import (
    Colour,
    season_name,
)
from custom_components.linky_meter.linky_tic.costs.fetch import (
    cre,
    cre_client,
    tempo_client,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import StartMeter, address_of, entry_for, set_up, until

from .test_costs import number, options_of

HEAD = "DATE_DEBUT;DATE_FIN;P_SOUSCRITE;PART_FIXE_HT;PART_FIXE_TTC;"
FILES = {
    BASE: HEAD + "PART_VARIABLE_TTC\r\n01/09/2026;;6;100;190,81;0,3001\r\n",
    OFF_PEAK: HEAD
    + "PART_VARIABLE_HC_TTC;PART_VARIABLE_HP_TTC\r\n"
    + "01/09/2026;;6;100;190,81;0,3333;0,3333\r\n",
    TEMPO: HEAD
    + ";".join(cre.FILES[TEMPO].columns)
    + "\r\n01/09/2026;;6;100;190,81;0,1;0,1;0,1;0,1;0,1;0,1\r\n",
}


class Site:
    """The CRE and RTE."""

    def __init__(self) -> None:
        """Answer well."""
        self.up = True
        self.asked: list[str] = []
        self.seasons: list[str | None] = []
        """The seasons of Tempo that were asked for, None is the last days."""
        self.colour = "BLUE"
        application = web.Application()
        application.router.add_get("/{name}", self._answer)
        self.server = TestServer(application)

    async def _answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked.append(name)
        if not self.up:
            raise web.HTTPServiceUnavailable
        if name.startswith("tempo"):
            today = day_of(dt_util.utcnow())
            season = request.query.get("season")
            self.seasons.append(season)
            days = {
                str(day): self.colour
                for day in (today - timedelta(days=n) for n in range(500))
                if season in {None, season_name(day)}
            }
            return web.json_response({"values": days})
        (text,) = [FILES[one] for one in FILES if cre.FILES[one].urls[0].endswith(name)]
        return web.Response(text=text, content_type="text/csv", charset="utf-8")

    def url(self, name: str) -> str:
        """Return an address of it."""
        return str(self.server.make_url(name))


@pytest.fixture
async def site(
    monkeypatch: pytest.MonkeyPatch, socket_enabled: None
) -> AsyncIterator[Site]:
    """Serve the public files."""
    site = Site()
    await site.server.start_server()
    urls = {
        calendar: (site.url(file.urls[0].rpartition("/")[2]),)
        for calendar, file in cre.FILES.items()
    }

    def make_cre(session: Any, kept: Any = None) -> cre_client.CreClient:
        return cre_client.CreClient(session, kept, urls=urls)

    def make_rte(session: Any) -> tempo_client.TempoClient:
        return tempo_client.TempoClient(
            session, light_url=site.url("tempoLight"), season_url=site.url("tempo")
        )

    monkeypatch.setattr(price_updates, "CreClient", make_cre)
    monkeypatch.setattr(price_updates, "TempoClient", make_rte)
    monkeypatch.setattr(price_updates, "_FIRST_BETWEEN", (1.0, 1.0))
    yield site
    await site.server.close()


async def meter_with(
    hass: HomeAssistant, start_meter: StartMeter, **settings: Any
) -> MockConfigEntry:
    """Set up a meter."""
    meter = await start_meter("standard_hc")
    options = options_of(**settings) if settings else {}
    entry = entry_for(address_of("standard_hc"), meter.path, **options)
    assert await set_up(hass, entry)
    return entry


async def pass_time(hass: HomeAssistant, **time: float) -> None:
    """Let timers run, and what they start."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**time))
    await hass.async_block_till_done(wait_background_tasks=False)


async def test_nothing_is_asked_unasked(
    hass: HomeAssistant, start_meter: StartMeter, site: Site
) -> None:
    """The bundled prices need no network."""
    entry = await meter_with(hass, start_meter, source=PriceSource.REGULATED, power=6)
    await pass_time(hass, days=2)
    assert not site.asked
    assert number(hass, "current_price") < 0.3
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
async def test_prices_of_the_cre(
    hass: HomeAssistant,
    start_meter: StartMeter,
    site: Site,
    hass_storage: dict[str, Any],
) -> None:
    """Taken when they come, kept over a restart and a day without network."""
    entry = await meter_with(hass, start_meter, source=PriceSource.UPDATED, power=6)
    updates = entry.runtime_data.costs.updates
    await pass_time(hass, seconds=2)
    await until(lambda: updates.checked is not None)
    assert len(site.asked) == 3
    assert number(hass, "current_price") == 0.3333
    source = hass.states.get("sensor.linky_price_source")
    assert source is not None
    assert source.state == "cre"
    checked = hass.states.get("sensor.linky_prices_checked")
    assert checked is not None
    assert checked.state != "unknown"
    # Turned off and on again, or restarted: not a second time that day
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await pass_time(hass, hours=1)
    assert len(site.asked) == 3
    assert number(hass, "current_price") == 0.3333
    site.up = False
    updates = entry.runtime_data.costs.updates
    await updates.async_update_prices()
    await updates.async_update_prices()
    assert number(hass, "current_price") == 0.3333
    assert updates.summary()["errors"] == {"cre": "StatusError"}
    site.up = True
    await updates.async_update_prices()
    assert updates.summary()["errors"] == {}
    hass.config_entries.async_update_entry(
        entry, options=options_of(source=PriceSource.REGULATED, power=6)
    )
    await hass.async_block_till_done()
    asked = len(site.asked)
    await pass_time(hass, days=3)
    assert len(site.asked) == asked
    await hass.config_entries.async_unload(entry.entry_id)
    kept = hass_storage[f"{DOMAIN}.{entry.entry_id}.costs"]["data"]["fetched"]
    assert set(kept["cre"]["files"]) == set(FILES)


async def test_colours_of_rte(
    hass: HomeAssistant, start_meter: StartMeter, site: Site
) -> None:
    """The seasons of thirteen months, then the last days; a failure leaves all."""
    entry = await meter_with(
        hass, start_meter, source=PriceSource.MANUAL, rte_colours=True
    )
    keeper = entry.runtime_data.costs
    await pass_time(hass, seconds=2)
    await until(lambda: site.asked)
    yesterday: date = day_of(dt_util.utcnow()) - timedelta(days=1)
    await until(lambda: keeper.kept.colours.get(yesterday) is Colour.BLUE)
    today = yesterday + timedelta(days=1)
    months = (today - timedelta(days=n) for n in range(1, 396))
    wanted = sorted({season_name(day) for day in months})
    # A year of an offer needs the season before as well
    assert len(wanted) >= 2
    await until(lambda: len(site.seasons) >= len(wanted))
    assert site.seasons == wanted
    assert keeper.kept.colours.get(today - timedelta(days=395)) is Colour.BLUE
    await keeper.updates.async_update_colours()
    assert site.seasons == [*wanted, None]
    # A day of this season that is not known: the season again, and no other
    keeper.kept.colours._told.pop(yesterday)
    await keeper.updates.async_update_colours()
    assert site.seasons == [*wanted, None, season_name(today)]
    site.up = False
    await keeper.updates.async_update_colours()
    assert keeper.updates.summary()["errors"] == {"rte": "StatusError"}
    assert keeper.kept.colours.get(yesterday) is Colour.BLUE
    await hass.config_entries.async_unload(entry.entry_id)
