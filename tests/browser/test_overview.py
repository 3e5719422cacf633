"""The view of all meters, as people see it on the oldest and on the newest release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import re
from typing import Literal, NamedTuple

from playwright.async_api import WebSocketRoute, expect
import pytest
import pytest_socket

from tests.simulator import PRESETS, MeterConfig

from .house import NARROW, NEWEST, OLDEST, WIDE, House, Tab, in_house
from .past import choose_prices
from .pictures import picture, sideways

pytestmark = pytest.mark.timeout(300)

ADDRESS = "/all-meters"
# What a card is told of a meter whose past is asked for anew
_NEWS = """
async (card) => {
  const [, store] = card._stores;
  const told = [];
  const end = store.listen((what) => told.push(what), []);
  await store._load();
  end();
  return told;
}
"""
_HC = (0.1579, 0.2065)
_METERS: dict[str, MeterConfig] = {
    "drawing": MeterConfig(contract="hc", kva=6, seed=5, address="042164000004"),
    "producing": replace(PRESETS["standard_producer"], address="042176000003"),
    "lost": MeterConfig(contract="base", kva=9, seed=5, address="042164000007"),
    "amperes": MeterConfig(
        mode="historic", contract="hc", pre_linky=True, address="040828000008"
    ),
}


async def furnish(house: House) -> None:
    """Plug in the meters, one of which is lost, and make a dashboard of all."""
    now = datetime.now(UTC)
    # One after the other: their order is that of the dashboard
    for name, config in _METERS.items():
        await house.add_meter(
            name, replace(config, start=now), link=house.folder / name
        )
    meters = {name: meter.port for name, meter in house.meters.items()}
    meters["drawing"].meter.set_load(1500)
    meters["producing"].meter.set_production(5200)
    meters["producing"].meter.set_load([300, 200, 100])
    meters["lost"].unplug()
    await choose_prices(
        house,
        house.meters["drawing"],
        _HC,
        subscription=17.1,
        since=now - timedelta(days=2),
    )
    client = house.client
    address = ADDRESS.strip("/")
    await client.call("lovelace/dashboards/create", url_path=address, title="Compteurs")
    strategy = {"strategy": {"type": "custom:linky-meter"}}
    await client.call("lovelace/config/save", url_path=address, config=strategy)


@pytest.fixture(scope="module", params=[OLDEST, NEWEST], ids=["oldest", "newest"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Return a house with all of the meters, on either release."""
    pytest_socket.enable_socket()
    house = House(tmp_path_factory.mktemp("house"))
    house.hass = request.param
    with house:
        house.do(furnish(house), 120)
        yield house
        pytest_socket.enable_socket()


async def settled(tab: Tab) -> None:
    """Wait until the powers are those of now, and the export of today is known."""
    tiles = tab.page.locator("linky-meter-overview li")
    await tiles.nth(0).get_by_text(re.compile(r"^1[.,][2-5]")).wait_for()
    await tiles.nth(1).get_by_text("−4").wait_for()
    await tiles.nth(1).get_by_text("kWh").last.wait_for()


class Look(NamedTuple):
    """One way to look at it."""

    size: tuple[int, int]
    language: str
    theme: Literal["light", "dark"]
    says: tuple[str, ...]


LOOKS = {
    "wide": Look(
        *(WIDE, "fr", "light"),
        ("Vue d’ensemble", "Tous les compteurs", "sans Linky 3", "Non lu depuis"),
    ),
    "wide_dark": Look(
        *(WIDE, "en", "dark"), ("Overview", "All meters", "without Linky 3", "/kWh")
    ),
    "phone_dark": Look(
        *(NARROW, "fr", "dark"), ("Coût du jour", "Injecté aujourd’hui", "Heures")
    ),
    "phone": Look(
        *(NARROW, "en", "light"), ("Cost today", "Exported today", "Not read since")
    ),
}


@pytest.mark.parametrize("name", LOOKS)
@in_house
async def test_all_at_a_glance(house: House, name: str) -> None:
    """Each meter and their sum; nothing moves while it comes, nor breaks."""
    size, language, theme, says = LOOKS[name]
    async with house.tab(size, language=language, theme=theme) as tab:
        await tab.open(ADDRESS)
        await tab.page.wait_for_url(f"**{ADDRESS}/overview")
        view = tab.page.locator("linky-meter-view")
        await settled(tab)
        for words in says:
            await view.get_by_text(words).first.wait_for()
        text = await view.inner_text()
        assert not [words for words in ("undefined", "NaN") if words in text]
        assert sum(one["value"] for one in await tab.shift()) < 0.001
        assert await sideways(tab) == 0
        await picture(tab, f"overview_{name}")
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_each_is_a_way_to_its_view(house: House) -> None:
    """By the keyboard too, with a name that says it all; the page is not loaded anew."""
    async with house.tab(language="en") as tab:
        page = tab.page
        await tab.open(f"{ADDRESS}/overview")
        await settled(tab)
        region = page.locator("linky-meter-view").get_by_role("region")
        assert await region.get_attribute("aria-label") == "All meters"
        await page.evaluate("window.here = true")
        links = page.locator("linky-meter-overview").get_by_role("link")
        # The simulated meters begin one after the other
        told = re.compile(r"^Linky 4: [1-9][\d.]* A, Today: ")
        await links.and_(page.get_by_role("link", name=told)).wait_for()
        names = [
            await link.get_attribute("aria-label") or "" for link in await links.all()
        ]
        drawing, producing, lost, _ = names
        assert drawing.startswith("Linky: 1.")
        assert all(word in drawing for word in ("kWh", "€", "Tariff: "))
        assert all(word in producing for word in ("−4", "Exported today: "))
        assert "Not read since" in lost
        await links.nth(1).focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{ADDRESS}/linky-2")
        await page.locator("linky-meter-header").get_by_text("three-phase").wait_for()
        await page.locator("linky-meter-live svg, linky-meter-live .empty").wait_for()
        await page.go_back()
        await page.wait_for_url(f"**{ADDRESS}/overview")
        await links.nth(0).click()
        await page.wait_for_url(f"**{ADDRESS}/linky")
        assert await page.evaluate("window.here")
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_a_meter_that_tells_no_power_is_read(house: House) -> None:
    """The oldest meters tell a current, which is shown in its place."""
    async with house.tab(language="en") as tab:
        await tab.open(f"{ADDRESS}/linky-4")
        page = tab.page
        await page.locator("linky-meter-header").get_by_text("Read live").wait_for()
        now = page.locator("linky-meter-now")
        await now.get_by_text("This meter does not tell its power").wait_for()
        await now.get_by_text("A", exact=True).wait_for()
        await page.locator("linky-meter-live").get_by_text("does not tell").wait_for()
        assert "NaN" not in await now.inner_text()
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_the_sum_follows(house: House) -> None:
    """What the meters draw and export at once is one signed figure."""
    meter = house.meters["drawing"].port.meter
    async with house.tab(language="en") as tab:
        await tab.open(f"{ADDRESS}/overview")
        await settled(tab)
        sums = tab.page.locator("linky-meter-overview .sums")
        await sums.get_by_text("−3").first.wait_for()
        meter.set_load(5200)
        try:
            overview = tab.page.locator("linky-meter-overview")
            await overview.locator("li").nth(0).get_by_text("5.").first.wait_for()
            await sums.get_by_text("0.").first.wait_for()
            await sums.get_by_text("€").wait_for()
        finally:
            meter.set_load(1500)
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_what_was_exported_is_drawn_when_it_comes(house: House) -> None:
    """Its own news: a meter that is not read tells no other."""
    async with house.tab(language="en") as tab:
        await tab.open(f"{ADDRESS}/overview")
        await settled(tab)
        told = await tab.page.locator("linky-meter-overview").evaluate(_NEWS)
        assert "exported" in told
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_a_meter_that_is_taken_from_the_card_goes(house: House) -> None:
    """In the editor of one's own dashboard, the last one too."""
    async with house.tab(language="en") as tab:
        await tab.open(f"{ADDRESS}/overview")
        await settled(tab)
        card = tab.page.locator("linky-meter-overview")
        for left in (2, 1):
            await card.evaluate(
                """(card, left) => card.setConfig({...card.config,
                  entries: card.config.entries.slice(0, left)})""",
                left,
            )
            await expect(card.locator("li")).to_have_count(left)
        await card.evaluate("(card) => card.setConfig({...card.config, entries: []})")
        await card.get_by_text("No meter is set up").wait_for()
        await expect(card.locator("li")).to_have_count(0)
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_what_is_unusual_is_said(house: House) -> None:
    """At the head of the meter's view, while it is; a click opens what is known of it."""
    odd = "binary_sensor.odd"

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def tell(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            if '"tells_power":' in text:
                # No test lives for six weeks
                text = text.replace(
                    '"entities":{', f'"entities":{{"unusual_use":"{odd}",'
                )
            route.send(text)

        server.on_message(tell)

    async def say(state: str, **words: str) -> None:
        await house.client.request(
            "POST", f"/api/states/{odd}", {"state": state, "attributes": words}
        )

    await say("off")
    async with house.tab(language="en") as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open(f"{ADDRESS}/linky")
        header = tab.page.locator("linky-meter-header")
        await header.get_by_text("Read live").wait_for()
        assert await header.locator("button").count() == 0
        await say("on", reason="90 W more at night")
        await header.get_by_role("button", name="90 W more at night").click()
        await tab.page.locator("ha-more-info-dialog").wait_for(state="attached")
        await say("off")
        await expect(header.locator("button")).to_have_count(0, timeout=30_000)


@in_house
async def test_a_card_of_no_meter_by_name_follows_the_first(house: House) -> None:
    """Put there by hand: the page that is open shows the next one when the first went.

    Of this house that is the last that is done.
    """
    client, address = house.client, "by-hand"
    await client.call("lovelace/dashboards/create", url_path=address, title="Cards")
    views = [{"cards": [{"type": "custom:linky-meter-header"}]}]
    await client.call("lovelace/config/save", url_path=address, config={"views": views})
    async with house.tab(language="en") as tab:
        await tab.open(f"/{address}")
        card = tab.page.locator("linky-meter-header")
        await card.get_by_text("6 kVA").wait_for()
        await tab.page.evaluate("window.here = true")
        gone = house.meters.pop("drawing")
        await client.request("DELETE", f"/api/config/config_entries/entry/{gone.id}")
        await card.get_by_text("three-phase").wait_for()
        assert await card.get_by_text("6 kVA").count() == 0
        assert await tab.page.evaluate("window.here")
        assert (tab.errors, tab.foreign) == ([], [])
