"""The dashboard as people see it: each state that it has, in a real browser.

LINKY_SHOTS names a folder for pictures of all of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
import json
import re
from typing import Any, Literal, NamedTuple

from playwright.async_api import WebSocketRoute, expect
import pytest
import pytest_socket

from scripts.instance.client import Json
from tests.simulator import PRESETS, MeterConfig

from .house import NARROW, WIDE, House, Tab, fill, in_house, until
from .past import (
    Past,
    choose_export,
    choose_own_hours,
    choose_prices,
    compare_with_regulated,
    entities_of,
    shown,
)
from .pictures import picture, sideways

# The first one waits for the house, with its year behind it
pytestmark = pytest.mark.timeout(600)

_TEMPO = (0.1325, 0.1612, 0.1499, 0.1871, 0.1575, 0.7060)
_HC = (0.1579, 0.2065)
# As fast as the line: what the dashboard is told is of now
_HC_METER = MeterConfig(contract="hc", kva=6, seed=5)
_DEAR = "042164000010"
_METERS: dict[str, MeterConfig] = {
    "historic": replace(PRESETS["historic_hc"], address="042164000002"),
    "producer": replace(PRESETS["standard_producer"], address="042176000003"),
    "first": replace(_HC_METER, address="042164000004"),
    "red": MeterConfig(contract="tempo", kva=9, seed=5, address="042164000005"),
    "over": replace(_HC_METER, address="042164000006"),
    "lost": replace(_HC_METER, address="042164000007"),
    "own": MeterConfig(contract="base", kva=6, seed=5, address="042164000008"),
}


async def furnish(house: House) -> None:
    """Plug in a meter for each state, and make a dashboard of them."""
    past = Past.of(MeterConfig(phases=3, contract="tempo", kva=18, seed=22), 410)
    since = past.hours[0][0]

    async def with_past() -> None:
        tempo = await house.add_meter("tempo", past.config)
        tempo.port.meter.set_load([820, 150, 1380])
        await past.write(house, tempo)
        await choose_prices(house, tempo, _TEMPO, subscription=27.1, since=since)
        await compare_with_regulated(house, tempo, 18)

    async def changed() -> None:
        base = Past.of(MeterConfig(contract="base", address="042164000009", seed=5), 60)
        meter = await house.add_meter(
            "changed", base.config, link=house.folder / "changed"
        )
        await base.write(house, meter)
        meter.port.meter.switch_contract("hc")

    async def dear() -> None:
        """One price for all hours, of a meter that counts as under Tempo."""
        config = MeterConfig(contract="tempo", kva=9, seed=24, address=_DEAR)
        one = Past.of(config, 400, red=0.25)
        meter = await house.add_meter("dear", one.config)
        await one.write(house, meter)
        await choose_own_hours(house, meter, one.hours[0][0], 0.225)

    async def pasts() -> None:
        """One after the other: they write into the database."""
        await with_past()
        await changed()
        await dear()

    async def new(name: str, config: MeterConfig) -> None:
        now = replace(config, start=datetime.now(UTC))
        await house.add_meter(name, now, link=house.folder / name)

    await asyncio.gather(pasts(), *(new(*meter) for meter in _METERS.items()))
    meters = {name: meter.port for name, meter in house.meters.items()}
    meters["producer"].meter.set_production(5200)
    meters["producer"].meter.set_load([300, 200, 100])
    meters["red"].meter.set_tempo("white", "red")
    meters["lost"].unplug()
    for name, prices in (("red", _TEMPO), ("first", _HC), ("producer", (0.2,))):
        await choose_prices(
            house, house.meters[name], prices, subscription=17.1, since=since
        )
    await choose_own_hours(house, house.meters["own"], since)
    await choose_export(house, house.meters["producer"], date(2026, 1, 15))
    for name, meter in house.meters.items():
        await house.client.call(
            "lovelace/dashboards/create", url_path=f"a-{name}", title="Linky"
        )
        strategy = {"type": "custom:linky-meter", "entries": [meter.id]}
        await house.client.call(
            "lovelace/config/save", url_path=f"a-{name}", config={"strategy": strategy}
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a house with all of the meters."""
    pytest_socket.enable_socket()
    with House(tmp_path_factory.mktemp("house")) as house:
        house.do(furnish(house), 500)
        yield house
        pytest_socket.enable_socket()


class Look(NamedTuple):
    """One way to look at one state."""

    meter: str
    size: tuple[int, int]
    language: str
    theme: Literal["light", "dark"]
    says: tuple[str | re.Pattern[str], ...]
    says_not: tuple[str, ...] = ()


LOOKS = {
    "tempo": Look(
        "tempo",
        WIDE,
        "fr",
        "light",
        (
            *("Lu en direct", "Tempo · 18 kVA · triphasé", "Pas de coupure en vue"),
            *("jour bleu", "Aujourd’hui", "Demain", "reste", "€/kWh", "Bleu HP"),
            *("dont 325 €", "d’abonnement", "Talon de consommation", "€/an", "mar."),
            *("Votre contrat est le moins cher", "Tempo, le vôtre", "L3"),
            *("sur la phase L3", "aux prix d’aujourd’hui"),
        ),
        ("undefined", "NaN", "Choisir les prix"),
    ),
    "tempo_dark": Look("tempo", WIDE, "en", "dark", ("Read live", "of which €325")),
    "tempo_phone": Look("tempo", NARROW, "fr", "light", ("18 kVA", "Douze mois")),
    "tempo_phone_dark": Look("tempo", NARROW, "en", "dark", ("A usual week", "Tue")),
    "no_prices": Look(
        *("historic", WIDE, "fr", "light"),
        ("Combien coûte votre électricité", "Choisir les prix", "mode historique"),
        ("€/kWh", " V\n"),
    ),
    "export": Look(
        *("producer", WIDE, "en", "light"),
        (
            *(
                "−4.",
                "exported",
                "three-phase",
                "12 kVA",
                "The same price at all hours",
            ),
            *("Bill since", "Exported in", "Virtual battery", "Net cost"),
            # 12.5 when the house was furnished: it fills while the tests run
            re.compile(r"1[2-9]\.\d\skWh"),
        ),
    ),
    "export_phone": Look(
        *("producer", NARROW, "fr", "dark"),
        (
            *("−4,", "injectés", "Facture depuis le", "Injecté en", "Coût net"),
            *("Batterie virtuelle", re.compile(r"1[2-9],\d\skWh")),
        ),
    ),
    "first_day": Look(
        *("first", WIDE, "fr", "light"),
        ("Heures creuses", "Une autre offre", "hors abonnement", "monophasé"),
        ("Une semaine type", "Douze mois", "€/an", "Facture", "Injecté"),
    ),
    "first_day_phone": Look("first", NARROW, "en", "light", ("Add an offer",)),
    "red_tomorrow": Look(
        *("red", WIDE, "fr", "light"),
        ("Blanc", "Rouge", "Demain dès 6", "0,7060"),
    ),
    "own_hours": Look(
        *("own", WIDE, "fr", "light"),
        ("Heures creuses", "Selon les heures de votre contrat", "0,1589"),
        ("Le même prix", "Toutes heures"),
    ),
    "no_meter": Look(
        *("lost", WIDE, "fr", "light"),
        ("Non lu depuis", "Le port est introuvable", "Voir la connexion"),
        ("Lu en direct", "coupure en vue"),
    ),
    "no_meter_phone": Look("lost", NARROW, "en", "dark", ("Not read since",)),
}


async def whole(tab: Tab) -> None:
    """Wait until each card has what it shows."""
    await tab.page.locator("linky-meter-line").wait_for()
    await tab.page.wait_for_function("""() => {
      const inside = (root, name) => [...root.querySelectorAll("*")].flatMap((one) =>
        [...(one.localName === name ? [one] : []), ...(one.shadowRoot ? inside(one.shadowRoot, name) : [])]);
      const live = inside(document, "linky-meter-live")[0]?.shadowRoot;
      const energy = inside(document, "linky-meter-energy")[0]?.shadowRoot;
      return [live, energy].every((one) => one?.querySelector("svg, .empty"));
    }""")


async def boxes(tab: Tab) -> dict[str, Any]:
    """Return where the cards lie."""
    found: dict[str, Any] = await tab.page.locator("linky-meter-view").evaluate(
        """(view) => Object.fromEntries([...view.shadowRoot.querySelectorAll(".place")]
          .map((one) => [one.className, JSON.stringify(one.getBoundingClientRect())]))"""
    )
    return found


@pytest.mark.parametrize("name", LOOKS)
@in_house
async def test_each_state(house: House, name: str) -> None:
    """It says what it has to, and nothing moves while it comes, nor breaks."""
    look = LOOKS[name]
    async with house.tab(look.size, language=look.language, theme=look.theme) as tab:
        await tab.open(f"/a-{look.meter}/linky")
        view = tab.page.locator("linky-meter-view")
        await tab.page.locator("linky-meter-line").wait_for()
        before = await boxes(tab)
        await whole(tab)
        for words in look.says:
            await view.get_by_text(words).first.wait_for()
        text = (await view.inner_text()).replace("\u00a0", " ")
        assert not [words for words in look.says_not if words in text]
        if contracts := (await shown(house, house.meters[look.meter]))["contracts"]:
            own = next(one["eur"] for one in contracts["rows"] if not one["name"])
            tile = tab.page.locator("linky-meter-totals ha-card").nth(2)
            figures = re.sub(r"[^\d€k]", "", await tile.inner_text())
            assert str(round(own)) in re.split("[€k]", figures)
        assert await boxes(tab) == before
        moved = await tab.shift()
        assert sum(one["value"] for one in moved) < 0.001, moved
        assert await sideways(tab) == 0
        await picture(tab, name)
        assert (tab.errors, tab.foreign) == ([], [])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            r"Tempo 9 kVA would have saved €(\d+) in .* €(\d+) if red days are avoided",
        ),
        (
            "fr",
            r"Tempo 9 kVA aurait fait économiser (\d+) € en .* (\d+) € en évitant les",
        ),
    ],
)
@in_house
async def test_the_best_contract_in_words(
    house: House, language: str, words: str
) -> None:
    """With the figures of the action, in the reader's language and way of writing."""
    meter = house.meters["dear"]

    async def judged() -> bool:
        return (await shown(house, meter))["contracts"] is not None

    await until(judged)
    answer = await house.client.call(
        "call_service",
        domain="linky_meter",
        service="compare_contracts",
        service_data={"device_id": (await shown(house, meter))["device"]},
        return_response=True,
    )
    summary = answer["response"]["summary"]
    assert "if red days are avoided" in summary
    async with house.tab(WIDE, language=language) as tab:
        await tab.open("/a-dear/linky")
        card = tab.page.locator("linky-meter-offers ha-card")
        await card.get_by_text("Tempo 9 kVA").first.wait_for()
        await picture(tab, f"best_{language}")
        text = (await card.inner_text()).replace("\u00a0", " ")
        found = re.search(words, text)
        assert found, text
        assert list(found.groups()) == re.findall(r"\d+(?=\u00a0€)", summary)
        # Each option once, at its best power, one's own among them
        assert (
            len(re.findall(r"^(?:Base|HP/HC|Tempo) \d+ kVA$", text, re.MULTILINE)) == 3
        )
        assert tab.errors == []


_POWER = [
    {"key": "power_would_do", "words": {"power": 6}},
    {"key": "power_saving", "words": {"saving": {"eur": 48}}},
    {
        "key": "power_above",
        "words": {"power": 6, "days": 3, "worst": {"at": "2026-01-12T18:42:00+00:00"}},
    },
]
"""As the integration tells it after a winter, which no test lives."""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                r"6 kVA would do\. It would save €48 a year\. Days above 6 kVA: 3, the worst"
                r" on January 12 at 7:42.PM\."
            ),
        ),
        (
            "fr",
            (
                r"6 kVA suffiraient\. Ils feraient économiser 48 € par an\. Jours au-dessus de"
                r" 6 kVA : 3, le pire le 12 janvier à 19:42\."
            ),
        ),
    ],
)
@in_house
async def test_the_power_in_words_and_ranges(
    house: House, language: str, words: str
) -> None:
    """Beside the contracts, of which one is only known from and to."""

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def tell(text: str | bytes) -> None:
            found = json.loads(text)
            for one in found if isinstance(found, list) else [found]:
                _after_a_winter(one)
            page.send(json.dumps(found))

        server.on_message(tell)

    async with house.tab(WIDE, language=language) as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open("/a-dear/linky")
        card = tab.page.locator("linky-meter-offers ha-card")
        await card.get_by_text("6 kVA", exact=False).first.wait_for()
        text = (await card.inner_text()).replace("\u00a0", " ")
        assert re.search(words, text), text
        assert re.search(r"€?1[ ,\u202f]?900 – €?2[ ,\u202f]?300", text), text
        assert await sideways(tab) == 0
        # A contract with hours of its own is not called as the meter's is
        assert re.search(r"^(?:Yours|Le vôtre)$", text, re.MULTILINE)
        await picture(tab, f"power_{language}")
        assert tab.errors == []


def _meters_of(message: Json) -> list[Json]:
    """Return what a message to the page tells of meters."""
    content = message.get("result") or message.get("event")
    found = content if isinstance(content, list) else [content]
    meters = [one.get("meter") for one in found if isinstance(one, dict)]
    return [one for one in meters if isinstance(one, dict)]


def _after_a_winter(message: Json) -> None:
    """Put the power's sentences, and a range, into what the page is told of a meter."""
    for meter in _meters_of(message):
        if meter.get("contracts"):
            meter["power"] = _POWER
            row = next(one for one in meter["contracts"]["rows"] if one["name"])
            row |= {"low": 1900, "high": 2300}


@in_house
async def test_an_overload_is_seen_at_once(house: House) -> None:
    """The card turns, with the seconds that are left, and turns back.

    Over a lost connection too.
    """
    meter = house.meters["over"].port.meter
    async with house.tab(NARROW, language="fr") as tab:
        await tab.open("/a-over/linky")
        card = tab.page.locator("linky-meter-now")
        await card.get_by_text("Pas de coupure en vue").wait_for()
        # As after a restart of Home Assistant, or of the telephone
        await tab.page.evaluate(
            "window.hassConnection.then(({ conn }) => conn.reconnect(true))"
        )
        meter.set_load(9600)
        alarm = card.get_by_role("alert")
        await alarm.get_by_text("Coupure dans").wait_for()
        await alarm.get_by_text(" s", exact=False).first.wait_for()
        await picture(tab, "overload")
        meter.set_load(400)
        await card.get_by_text("Pas de coupure en vue").wait_for()
        assert (tab.errors, tab.foreign) == ([], [])


_MOMENTS: tuple[tuple[set[str], str, str], ...] = (
    ({"apparent_power"}, "sur la phase", "soutirés"),
    ({"available_power"}, "soutirés", "sur la phase"),
    ({"apparent_power", "available_power"}, "kW", "soutirés"),
    ({"apparent_power", "active_power"}, "n’est pas connue", "soutirés"),
    ({"current_l2", "available_current_l2", "current_limit_l2"}, "–", "pas connue"),
    (set(), "sur la phase", "–"),
)
"""What is not known, what is said then, and what is not."""


@in_house
async def test_a_value_that_is_not_known_for_a_moment(house: House) -> None:
    """Its place stays, and nothing moves when it is known again."""
    missing: set[str] = set()

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def tell(text: str | bytes) -> None:
            found = json.loads(text)
            for one in found if isinstance(found, list) else [found]:
                content = one.get("event") or {}
                if isinstance(now := content.get("now"), dict):
                    content["now"] = {k: now[k] for k in now if k not in missing}
            page.send(json.dumps(found))

        server.on_message(tell)

    async with house.tab(NARROW, language="fr") as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open("/a-tempo/linky")
        await whole(tab)
        card = tab.page.locator("linky-meter-now")
        await card.get_by_text("soutirés").wait_for()
        before = await boxes(tab)
        for names, says, says_not in _MOMENTS:
            missing.clear()
            missing.update(names)
            await expect(card).to_contain_text(says, timeout=30_000)
            await expect(card).not_to_contain_text(says_not, timeout=30_000)
            assert await boxes(tab) == before, names
        assert [one for one in await tab.shift() if one["value"] > 0.001] == []
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_sentences_that_come_late(house: House) -> None:
    """Nothing is below them until they are there: a telephone shows them in full width."""
    asked: set[int] = set()
    loop = asyncio.get_running_loop()

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def ask(text: str | bytes) -> None:
            question = json.loads(text)
            for one in question if isinstance(question, list) else [question]:
                if one.get("category") == "common":
                    asked.add(one["id"])
            server.send(text)

        def tell(text: str | bytes) -> None:
            found = json.loads(text)
            for one in found if isinstance(found, list) else [found]:
                if one.get("id") in asked:
                    loop.call_later(2.0, page.send, json.dumps(one))
                else:
                    page.send(json.dumps(one))

        page.on_message(ask)
        server.on_message(tell)

    async with house.tab(NARROW, language="fr") as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open("/a-tempo/linky")
        await tab.page.locator("linky-meter-line").wait_for()
        before = await boxes(tab)
        offers = tab.page.locator("linky-meter-offers")
        await offers.get_by_text("Votre contrat est le moins cher").wait_for()
        assert await boxes(tab) == before
        assert asked
        assert (tab.errors, tab.foreign) == ([], [])


_PAST = ("history/history_during_period", "recorder/statistics_during_period")
_NOTHING_YET: Json = {"success": True, "result": {}}
_NOT_NOW: Json = {"success": False, "error": {"code": "unknown_command", "message": ""}}


@pytest.mark.parametrize("early", [True, False], ids=["early", "failed"])
@in_house
async def test_a_past_that_comes_late(house: House, *, early: bool) -> None:
    """What the recorder does not have yet, or cannot tell, is asked for again soon."""
    asked: list[str] = []

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def ask(text: str | bytes) -> None:
            question = json.loads(text)
            asked.append(question["type"])
            if question["type"] not in _PAST or asked.count(_PAST[0]) > 1:
                server.send(text)
            else:
                answer = _NOTHING_YET if early else _NOT_NOW
                page.send(json.dumps({"id": question["id"], "type": "result"} | answer))

        page.on_message(ask)

    async with house.tab(language="en") as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open("/a-tempo/linky")
        chart = tab.page.locator("linky-meter-live").get_by_role("img")
        # Three hours back: what the page itself saw begins a moment ago
        await expect(chart).to_have_attribute(
            "aria-label", re.compile(r"from 0\.\d+\skW to 3\."), timeout=30_000
        )
        energy = tab.page.locator("linky-meter-energy").get_by_role("img")
        await energy.wait_for()
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_contracts_of_before(house: House) -> None:
    """What only the total counted has a colour of its own, and the words of its contract."""
    until = (datetime.now(UTC) - timedelta(days=10)).isoformat()
    contract = {"until": until, "indexes": {"1": {"tariff": "all_hours"}}}

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def tell(text: str | bytes) -> None:
            assert isinstance(text, str)
            # The change of today is no other day's
            page.send(text.replace('"before":[]', f'"before":[{json.dumps(contract)}]'))

        server.on_message(tell)

    async with house.tab(language="fr") as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open("/a-changed/linky")
        await whole(tab)
        energy = tab.page.locator("linky-meter-energy")
        named = [one.strip() for one in await energy.locator("li").all_inner_texts()]
        assert named[:-1] == [
            *("Heures creuses", "Heures pleines"),
            *("Toutes heures", "Sans détail par tarif"),
        ]
        assert await energy.locator("path").count() >= 13
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_entities_may_be_renamed_and_disabled(house: House) -> None:
    """What is disabled is left out; what is renamed is found."""
    client, meter = house.client, house.meters["tempo"]
    entities = await entities_of(house, meter)
    indexes = [entities[f"energy_index_{n}"] for n in range(1, 7)]
    async with house.tab(language="en") as tab:
        for entity in indexes:
            await client.call(
                "config/entity_registry/update", entity_id=entity, disabled_by="user"
            )
        await client.call(
            "config/entity_registry/update",
            entity_id=entities["energy_import"],
            new_entity_id="sensor.counted",
        )
        try:
            await tab.open("/a-tempo/linky")
            await whole(tab)
            energy = tab.page.locator("linky-meter-energy")
            chart = energy.get_by_role("img")
            label = await chart.get_attribute("aria-label")
            assert label is not None
            assert int(label.split(",")[1].split()[0]) > 25
            assert await energy.get_by_text("Blue peak").count() == 0
            await energy.get_by_role("button", name="Months").click()
            assert "Months, 12 bars" in (await chart.get_attribute("aria-label") or "")
            assert (tab.errors, tab.foreign) == ([], [])
        finally:
            for entity in indexes:
                await client.call(
                    "config/entity_registry/update", entity_id=entity, disabled_by=None
                )
            await client.call(
                "config/entity_registry/update",
                entity_id="sensor.counted",
                new_entity_id=entities["energy_import"],
            )


@in_house
async def test_a_year_without_prices(house: House) -> None:
    """Twelve months are those 365 days that a contract would be judged by."""
    told: list[float] = []

    def between(page: WebSocketRoute) -> None:
        server = page.connect_to_server()

        def tell(text: str | bytes) -> None:
            found = json.loads(text)
            for message in found if isinstance(found, list) else [found]:
                for meter in _meters_of(message):
                    if meter.get("year"):
                        told.append(meter["year"]["kwh"])
                        meter["year"] = None
            page.send(json.dumps(found))

        server.on_message(tell)

    async with house.tab(language="en") as tab:
        await tab.page.route_web_socket("**/api/websocket", between)
        await tab.open("/a-tempo/linky")
        await whole(tab)
        tile = tab.page.locator("linky-meter-totals ha-card").nth(2)
        await tile.get_by_text("kWh").wait_for()
        text = (await tile.inner_text()).replace(",", "")
        assert "Twelve months" in text
        assert float(re.findall(r"\d+", text)[0]) == pytest.approx(told[-1], rel=0.005)
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_days_are_those_of_the_house(house: House) -> None:
    """Looked at from where a day begins later, too: a day's bar has the same name."""

    async def named(zone: str, *, months: bool) -> list[str]:
        async with house.tab(language="en", zone=zone) as tab:
            await tab.open("/a-tempo/linky")
            await whole(tab)
            energy = tab.page.locator("linky-meter-energy")
            if months:
                await energy.get_by_role("button", name="Months").click()
            return await energy.locator(".bars text").all_text_contents()

    for months in (False, True):

        async def same(months: bool = months) -> bool:
            far = await named("America/Martinique", months=months)
            return far == await named("Europe/Paris", months=months)

        await until(same)


@in_house
async def test_keys_and_screen_readers(house: House) -> None:
    """Figures open their entity by the keyboard; charts and bars have names."""
    async with house.tab(language="en") as tab:
        await tab.open("/a-tempo/linky")
        await whole(tab)
        page = tab.page
        await page.get_by_role("meter", name="Now").wait_for()
        await page.get_by_role("img", name="Power since").wait_for()
        await page.get_by_role("img", name="Mean power by weekday").wait_for()
        regions = page.locator("linky-meter-view").get_by_role("region")
        names = [await one.get_attribute("aria-label") for one in await regions.all()]
        assert len(names) == len(set(names)) == 11
        figure = page.get_by_role("button", name="Now: 2")
        await figure.focus()
        await page.keyboard.press("Enter")
        dialog = page.locator("ha-more-info-dialog")
        await dialog.locator("ha-more-info-info").wait_for()
        await page.keyboard.press("Escape")
        months = page.locator("linky-meter-energy").get_by_role("button", name="Months")
        assert await months.get_attribute("aria-pressed") == "false"
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_it_is_among_the_dashboards_to_add(house: House) -> None:
    """Without YAML, one view for each meter and one for all."""
    async with house.tab(language="fr") as tab:
        page = tab.page
        await tab.open("/config/lovelace/dashboards")
        await page.get_by_role("button", name="Ajouter un tableau de bord").click()
        await page.get_by_role("button", name="Compteur Linky").click()
        title = page.locator("ha-dialog").get_by_role("textbox").first
        create = page.get_by_role("button", name="Créer")
        await fill(title, "Électricité", create)
        await create.click()
        added: list[str] = []

        async def created() -> bool:
            listed = await house.client.call("lovelace/dashboards/list")
            added[:] = [
                one["url_path"] for one in listed if one["title"] == "Électricité"
            ]
            return bool(added)

        await until(created)
        assert (tab.errors, tab.foreign) == ([], [])
    # In a page of its own: the other may be about to go there by itself
    async with house.tab(language="fr") as tab:
        page = tab.page
        await tab.open(f"/{added[0]}")
        await page.get_by_role("tab").nth(len(house.meters)).wait_for()
        ways = page.locator("linky-meter-overview").get_by_role("link")
        await ways.nth(len(house.meters) - 1).click()
        await page.wait_for_url(f"**/{added[0]}/linky-{len(house.meters)}")
        await whole(tab)
        assert (tab.errors, tab.foreign) == ([], [])


@in_house
async def test_how_much_it_costs_to_open(house: House) -> None:
    """Figures as Lighthouse has them, with bounds that nobody notices."""
    async with house.tab(language="fr") as tab:
        await tab.open("/a-tempo/linky")
        await whole(tab)
        figures: dict[str, float] = await tab.page.evaluate("""() => {
          const ours = performance.getEntriesByType("resource")
            .find(({ name }) => name.includes("linky-meter.js"));
          return {
            first_paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
            bytes: ours.transferSize,
            unpacked: ours.decodedBodySize,
            milliseconds: ours.duration,
            whole: performance.now(),
          };
        }""")
        print({name: round(value) for name, value in figures.items()})
        assert figures["unpacked"] < 400_000
