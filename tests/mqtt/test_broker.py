"""A broker that is there, away, strict or wrong: mosquitto itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

import aiomqtt
import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.book import Book
from custom_components.linky_meter.linky_tic.cli.mqtt_settings import MqttSettings
from custom_components.linky_meter.linky_tic.cli.output.mqtt import broker as module
from custom_components.linky_meter.linky_tic.cli.output.mqtt.mqtt import node_of
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.cli.toml_table import SettingsError
from custom_components.linky_meter.linky_tic.costs.book.figures import completeness
from custom_components.linky_meter.linky_tic.costs.calendar.days import Month
from custom_components.linky_meter.linky_tic.costs.estimate.month import MonthCost
from custom_components.linky_meter.linky_tic.publish.profiles import Profile
from scripts.instance.folder import free_port
from tests.cli.conftest import Heard, heard  # noqa: F401
from tests.conftest import until
from tests.mosquitto import Ear, Mosquitto, listening

from .feed import House, telling

HOUR = 3600


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the network of this machine, and try again soon."""
    monkeypatch.setattr(module, "FIRST_WAIT", 0.1)
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.4)


async def test_topics(tmp_path: Path) -> None:
    """All is kept but what passes; no topic, and no payload, has the meter's number."""
    async with (
        Mosquitto(tmp_path) as broker,
        listening(broker.port) as ear,
        telling(broker.port, raw=True, masked=True) as mqtt,
    ):
        house = House(mqtt, "standard_hc")
        await house.speak(5)
        assert house.last is not None
        address = house.last.reading.address
        assert address is not None
        base = f"linky/{node_of(address)}"
        await ear.until(lambda: ear.last.get(f"{base}/status") == "online")
        await ear.until(lambda: f"{base}/power" in ear.last)
        power = json.loads(ear.last[f"{base}/power"])
        assert power["apparent_power"] == house.last.reading["apparent_power"]
        energy = json.loads(ear.last[f"{base}/energy"])
        assert energy["energy_import"] == house.last.reading["energy_import"]
        config = f"homeassistant/device/{node_of(address)}/config"
        await house.speak(2)
        await ear.until(lambda: f"{base}/raw" in ear.last)
        raw = json.loads(ear.last[f"{base}/raw"])
        assert raw["SINSTS"]["value"].isdecimal()
        assert raw["DATE"]["horodate"]
        async with listening(broker.port) as late:
            names = ("status", "meter", "power", "energy", "state", "line")
            wanted = {config, *(f"{base}/{name}" for name in names)}
            await late.until(lambda: late.retained >= wanted)
            assert late.retained == wanted
        for topic, payload in ear.all:
            assert address not in topic
            assert address not in payload
            assert house.line.meter.config.prm not in payload
    assert config.count("/") == 3


async def test_two_meters(tmp_path: Path) -> None:
    """Two meters of one name have nothing in common."""
    async with (
        Mosquitto(tmp_path) as broker,
        listening(broker.port) as ear,
        telling(broker.port) as one,
        telling(broker.port) as other,
    ):
        houses = (
            House(one, "standard_hc"),
            House(other, "historic_tempo", address="042164123457"),
        )
        for house in houses:
            await house.speak(5)
        await ear.until(
            lambda: len([t for t in ear.last if t.endswith("/status")]) == 2
        )
        nodes = {topic.split("/")[1] for topic in ear.last if topic.startswith("linky")}
        assert len(nodes) == 2
        devices = [
            json.loads(text)
            for topic, text in ear.last.items()
            if topic.startswith("homeassistant/")
        ]
        assert len({one["dev"]["ids"][0] for one in devices}) == 2
        ids = [
            (entity["p"], entity["uniq_id"])
            for one in devices
            for entity in one["cmps"].values()
        ]
        assert len(ids) == len(set(ids))
        assert {one.split("_")[0] for _, one in ids} == nodes


async def test_lost_meter(tmp_path: Path) -> None:
    """Whoever listens takes no old power for one of now; registers stay."""
    async with (
        Mosquitto(tmp_path) as broker,
        listening(broker.port) as ear,
        telling(broker.port) as mqtt,
    ):
        house = House(mqtt, "historic_hc")
        await house.speak(5)

        def last(name: str) -> dict[str, Any]:
            texts = ear.ending(name)
            told: dict[str, Any] = json.loads(texts[-1]) if texts else {}
            return told

        await ear.until(lambda: last("/power").get("apparent_power") is not None)
        energy = last("/energy")
        mqtt.compute_link(False)
        await ear.until(lambda: last("/power").get("apparent_power", 0) is None)
        assert set(last("/power").values()) == {None}
        assert last("/energy") == energy
        assert ear.ending("/meter")[-1] == "offline"
        await house.speak(1)
        await ear.until(lambda: last("/power").get("apparent_power") is not None)


async def test_another_meter_in_its_place(tmp_path: Path) -> None:
    """The old one goes away, the new one has a place of its own."""
    async with (
        Mosquitto(tmp_path) as broker,
        listening(broker.port) as ear,
        telling(broker.port) as mqtt,
    ):
        first = House(mqtt, "standard_hc")
        await first.speak(5)
        await ear.until(lambda: "online" in ear.ending("/status"))
        second = House(mqtt, "historic_hc", address="042164123457")
        await second.speak(5)
        await ear.until(
            lambda: (
                sorted(t for n, t in ear.last.items() if n.endswith("/status"))
                == ["offline", "online"]
            )
        )


async def test_away_for_an_hour(tmp_path: Path, heard: Heard) -> None:  # noqa: F811
    """Nothing grows meanwhile, and the last state is there when it is back."""
    broker = Mosquitto(tmp_path)
    async with broker, telling(broker.port, profile=Profile.EVERY_FRAME) as mqtt:
        house = House(mqtt, "historic_hc", load=(1000.0,))
        await house.speak(5)
        async with listening(broker.port) as ear:
            await ear.until(lambda: "online" in ear.ending("/status"))
        await broker.stop()
        await until(lambda: "cannot be reached" in heard.text, 30)
        # A frame of this meter takes a second and a half
        assert mqtt._meter is not None
        inner = mqtt._meter.broker
        sizes = set()
        for _ in range(HOUR * 2 // 3 // 100):
            await house.speak(100)
            sizes.add((len(inner._kept), len(inner._changed), len(inner._passing)))
            # The connection is tried meanwhile
            await asyncio.sleep(0)
        assert len(sizes) == 1
        assert max(max(size) for size in sizes) < 12
        await broker.start()
        await until(lambda: "takes values again" in heard.text, 30)
        async with listening(broker.port) as ear:
            await ear.until(lambda: ear.ending("/energy") and ear.ending("/status"))
            assert house.last is not None
            energy = json.loads(ear.ending("/energy")[-1])
            assert energy["energy_import"] == house.last.reading["energy_import"]
    assert heard.text.count("cannot be reached") == 1
    for secret in ("127.0.0.1", str(broker.port)):
        assert secret not in heard.text


async def test_login(tmp_path: Path, heard: Heard) -> None:  # noqa: F811
    """A wrong password has words, a right one works."""
    login = ("me", "secret")
    async with Mosquitto(tmp_path, login=login) as broker:
        async with telling(broker.port, username="me", password="wrong") as mqtt:
            await House(mqtt, "standard_hc").speak(5)
            await until(lambda: "refuses the login" in heard.text, 30)
        heard.clear()
        async with telling(broker.port, username="me", password="secret") as mqtt:
            await House(mqtt, "standard_hc").speak(5)
            async with listening(broker.port, login=login) as ear:
                await ear.until(lambda: "online" in ear.ending("/status"))
    assert [record.levelname for record in heard.records] == ["INFO"]


def make_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a certificate that signs itself, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", f"subjectAltName={name}"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


# What paho leaves of a connection that could not be secured
@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
async def test_tls(tmp_path: Path, heard: Heard) -> None:  # noqa: F811
    """Only a certificate that is known, and for this host, is trusted."""
    right = make_certificate(tmp_path, "IP:127.0.0.1")
    other = make_certificate(tmp_path, "DNS:elsewhere.example")
    async with Mosquitto(tmp_path / "right", certificate=right) as broker:
        async with telling(broker.port, tls=True, ca=right[0]) as mqtt:
            await House(mqtt, "standard_hc").speak(5)
            assert mqtt._meter is not None
            inner = mqtt._meter.broker
            await until(lambda: inner.connected and not inner._changed, 30)
        heard.clear()
        for known in (None, other[0]):
            async with telling(broker.port, tls=True, ca=known) as mqtt:
                await House(mqtt, "standard_hc").speak(5)
                await until(lambda: "cannot be secured" in heard.text, 30)
            heard.clear()
        for ca in (tmp_path / "none.pem", right[1]):
            async with telling(broker.port, tls=True, ca=ca) as mqtt:
                await House(mqtt, "standard_hc").speak(5)
                await until(lambda: "ca cannot be read" in heard.text, 30)
            heard.clear()
    async with (
        Mosquitto(tmp_path / "other", certificate=other) as broker,
        telling(broker.port, tls=True, ca=other[0]) as mqtt,
    ):
        await House(mqtt, "standard_hc").speak(5)
        await until(lambda: "cannot be secured" in heard.text, 30)
    heard.clear()
    async with (
        Mosquitto(tmp_path / "plain") as broker,
        telling(broker.port, tls=True) as mqtt,
    ):
        await House(mqtt, "standard_hc").speak(5)
        await until(lambda: "cannot be secured" in heard.text, 30)


async def test_something_else_answers(heard: Heard) -> None:  # noqa: F811
    """Nobody, another host, and a server that hangs up cannot be reached."""

    async def hang_up(_: object, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    ports = free_port(), server.sockets[0].getsockname()[1]
    for host, port in (
        ("127.0.0.1", ports[0]),
        ("127.0.0.2", ports[1]),
        ("127.0.0.1", ports[1]),
    ):
        async with telling(port, host=host) as mqtt:
            await House(mqtt, "standard_hc").speak(5)
            await until(lambda: "cannot be reached" in heard.text, 30)
        heard.clear()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("code", "what"),
    [(3, "refuses the connection"), (4, "refuses the login"), (5, "refuses the login")],
)
async def test_refused(heard: Heard, code: int, what: str) -> None:  # noqa: F811
    """A broker that takes nobody says why, and so do we, once."""
    asked = 0

    async def refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal asked
        asked += bool(await reader.read(1000))
        writer.write(bytes([0x20, 2, 0, code]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with telling(server.sockets[0].getsockname()[1]) as mqtt:
        await House(mqtt, "standard_hc").speak(5)
        await until(lambda: asked > 2, 30)
    assert heard.text.count(what) == 1
    server.close()
    await server.wait_closed()


async def test_costs_without_discovery(tmp_path: Path) -> None:
    """They wait for the meter; of the offers only those of one's own are told."""
    text = """
[prices]
power = 6
[[prices.periods]]
calendar = "HC.."
prices = [0.15, 0.21]
subscription = 12
[[offers]]
name = "Été & hiver"
structure = "base"
prices = [0.3]
"""
    book = Book(read_settings(text, {}).pricing)
    bare = Book(
        read_settings(f"[[offers]]{text.partition('[[offers]]')[2]}", {}).pricing
    )
    async with (
        Mosquitto(tmp_path) as broker,
        listening(broker.port) as ear,
        telling(broker.port, offers=["Été & hiver"], discovery=False) as mqtt,
    ):
        house = House(mqtt, "standard_hc")
        for _ in range(3):
            for told in house.feed.told(house.line.send().data):
                book.feed(told.reading)
        await mqtt.compute_costs(bare.look())
        await mqtt.compute_costs(book.look())
        mqtt.compute_link(False)
        await house.speak(5)
        await ear.until(lambda: ear.ending("/costs"))
        await ear.until(lambda: ear.ending("/offer/ete_hiver"))
        told_of = json.loads(ear.ending("/costs")[-1])
        assert told_of["current_price"] in {0.15, 0.21}
        assert told_of["price_index_2"] == 0.21
        await mqtt.compute_costs(bare.look())
        await ear.until(lambda: "online" in ear.ending("/status"))
        assert not [topic for topic in ear.last if topic.startswith("homeassistant")]
        assert "base_6" in [one.offer.name for one in book.look().offers]
        assert not ear.ending("/offer/base_6")


def offers_of(*names: str) -> Book:
    """Return a book that compares offers."""
    toml = '[[offers]]\nname = "{}"\nstructure = "base"\nprices = [0.3]\n'
    return Book(read_settings("".join(map(toml.format, names)), {}).pricing)


@pytest.mark.parametrize("discovery", [True, False])
async def test_offers_of_one_slug_and_offers_that_are_gone(
    tmp_path: Path, *, discovery: bool
) -> None:
    """Each has a place; at the next start the broker forgets those that went."""
    async with (
        Mosquitto(tmp_path) as broker,
        listening(broker.port) as ear,
        aiomqtt.Client("127.0.0.1", broker.port) as other,
    ):
        await other.publish("linky/0123456789ab/offer/ete", "{}", retain=True)

        async def start(*names: str, cleared: int = 0) -> set[str]:
            """Tell of offers; return what is kept of offers then."""
            ear.all.clear()
            book = offers_of(*names)
            async with telling(broker.port, offers=names, discovery=discovery) as mqtt:
                house = House(mqtt, "standard_hc")
                for told in house.feed.told(house.line.send().data):
                    book.feed(told.reading)
                await house.speak(5)
                await mqtt.compute_costs(book.look())
                await ear.until(lambda: "online" in ear.ending("/status"))
                await ear.until(lambda: len(gone()) >= cleared)
            async with listening(broker.port) as late:
                # What is kept comes before what is told after it was asked for
                await other.publish("end", "end")
                await late.until(lambda: late.ending("end"))
                return {
                    topic.replace(house_node(late), "node")
                    for topic in late.retained
                    if "offer" in topic and "0123456789ab" not in topic
                }

        def gone() -> set[str]:
            return {topic for topic, text in ear.all if not text}

        def house_node(heard: Ear) -> str:
            (status,) = (topic for topic in heard.last if topic.endswith("/status"))
            return status.split("/")[1]

        def places(*found: str) -> set[str]:
            """Return the topics of offers."""
            configs = {
                f"homeassistant/device/node_offer_{one}/config"
                for one in found
                if discovery
            }
            return configs | {f"linky/node/offer/{one}" for one in found}

        kept = await start("Été", "ete 2", "Ete", "ÉTÉ", "Autre")
        assert kept == places("ete", "ete_2", "ete_3", "ete_4", "autre")
        assert not gone()
        # Where Home Assistant is told, or was told before
        assert await start("Été", "ete 2", cleared=6) == places("ete", "ete_2")
        assert len(gone()) == 6
        assert await start(cleared=4) == set()
        async with listening(broker.port, "linky/0123456789ab/#") as late:
            await late.until(lambda: late.retained)


async def test_a_broker_that_lets_nobody_subscribe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told all the same, even if it hangs up on who tries."""
    tried = 0

    async def subscribe(*_: object, **__: object) -> None:
        nonlocal tried
        tried += 1
        raise aiomqtt.MqttError

    async with Mosquitto(tmp_path) as broker, listening(broker.port) as ear:
        monkeypatch.setattr(aiomqtt.Client, "subscribe", subscribe)
        async with telling(broker.port) as mqtt:
            await House(mqtt, "standard_hc").speak(5)
            await ear.until(lambda: ear.ending("/power"))
            await ear.until(lambda: "online" in ear.ending("/status"))
            assert tried == 1


def test_a_month_that_lacks_something() -> None:
    """It says so."""
    month = MonthCost(Month(2026, 11), complete=False)
    assert completeness(month) == "incomplete"
    month = MonthCost(Month(2026, 11), interpolated=True)
    assert completeness(month) == "interpolated"


async def test_what_nobody_expected(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    heard: Heard,  # noqa: F811
) -> None:
    """It is told, without its words, and tried again."""

    words = RuntimeError("topic")

    def fail(*_: object, **__: object) -> None:
        raise words

    monkeypatch.setattr("aiomqtt.Client", fail)
    async with telling(free_port()) as mqtt:
        await House(mqtt, "standard_hc").speak(5)
        await until(lambda: "cannot be reached" in heard.text, 30)
    assert "Telling a broker: unexpected error" in caplog.text
    assert "topic" not in caplog.text.partition("unexpected error")[2]


def test_names_give_nothing_away() -> None:
    """The same meter has the same place for ever; another has another."""
    assert node_of("042164123456") == node_of("042164123456")
    assert node_of("042164123456") != node_of("042164123457")
    assert len(node_of("042164123456")) == 12


def test_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file, the environment before it, and what is wrong with its line."""
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    text = """
[mqtt]
host = "broker.local"
tls = true
ca = "ca.pem"
username = "me"
password = "secret"
base_topic = "maison/linky"
discovery = false
discovery_prefix = "ha"
profile = "economical"
raw = true
mask = true
"""
    settings = read_settings(text, {}, tmp_path)
    assert settings.callbacks == ("mqtt",)
    found = settings.mqtt
    assert (found.host, found.port, found.tls) == ("broker.local", 8883, True)
    assert found.ca == tmp_path / "ca.pem"
    assert (found.username, found.password) == ("me", "secret")
    assert (found.base_topic, found.discovery_prefix) == ("maison/linky", "ha")
    assert (found.discovery, found.raw, found.masked) == (False, True, True)
    assert (found.profile, found.lang) == (Profile.ECONOMICAL, "fr")
    environ = {
        "MQTT_HOST": "other",
        "MQTT_PORT": "1884",
        "MQTT_TLS": "false",
        "MQTT_BASE_TOPIC": "linky",
    }
    found = read_settings(text, environ).mqtt
    assert (found.host, found.port, found.tls) == ("other", 1884, False)
    assert found.base_topic == "linky"
    assert read_settings("", {}).mqtt.port == MqttSettings().port
    both = {"MQTT_HOST": "x", "INFLUXDB_SERVICE_HOST": "y"}
    assert read_settings("", both).callbacks == ("influxdb", "mqtt")


@pytest.mark.parametrize(
    ("text", "environ", "problem", "key"),
    [
        ('base_topic = "a/#"', {}, "setting_topic", "mqtt.base_topic"),
        ('base_topic = "/a"', {}, "setting_topic", "mqtt.base_topic"),
        ('base_topic = "a/"', {}, "setting_topic", "mqtt.base_topic"),
        ('discovery_prefix = "a+"', {}, "setting_topic", "mqtt.discovery_prefix"),
        ('profile = "fast"', {}, "setting_choice", "mqtt.profile"),
        ('language = "de"', {}, "setting_choice", "mqtt.language"),
        ("port = 70000", {}, "setting_whole", "mqtt.port"),
        ("topic = 1", {}, "setting_unknown", "mqtt.topic"),
        ("", {"MQTT_PORT": "x"}, "setting_whole", "MQTT_PORT"),
        ("", {"MQTT_TLS": "yes"}, "setting_flag", "MQTT_TLS"),
        ("", {"MQTT_BASE_TOPIC": "a/#"}, "setting_topic", "MQTT_BASE_TOPIC"),
        (
            'base_topic = "a/#"',
            {"MQTT_BASE_TOPIC": "/"},
            "setting_topic",
            "MQTT_BASE_TOPIC",
        ),
    ],
)
def test_wrong_settings(
    text: str, environ: dict[str, str], problem: str, key: str
) -> None:
    """Each has a word and a place."""
    with pytest.raises(SettingsError) as caught:
        read_settings(f"[mqtt]\n{text}", environ)
    assert (caught.value.problem, caught.value.key) == (problem, key)


def test_variables_of_kubernetes() -> None:
    """What it sets for each service is no wish, and stops nobody."""
    link = {
        "MQTT_PORT": "tcp://10.43.0.7:1883",
        "MQTT_PORT_1883_TCP": "tcp://10.43.0.7:1883",
        "MQTT_PORT_1883_TCP_ADDR": "10.43.0.7",
        "MQTT_SERVICE_HOST": "10.43.0.7",
        "MQTT_SERVICE_PORT": "1883",
        "LINKY_PORT": "tcp://10.43.0.9:80",
        "LINKY_SERVE_PORT": "tcp://10.43.0.8:19584",
    }
    settings = read_settings("", link | {"INFLUXDB_SERVICE_HOST": "10.43.0.6"})
    assert settings.callbacks == ("influxdb",)
    assert settings.mqtt.port == 1883
    assert settings.source is None
    assert settings.serve.server.port == 19584
    assert read_settings("", link).callbacks == ("jsonl",)
    broker = read_settings("[mqtt]\nport = 1885", link | {"MQTT_HOST": "mqtt"})
    assert broker.callbacks == ("mqtt",)
    assert broker.mqtt.port == 1885


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who did not install it learns how."""
    monkeypatch.setitem(sys.modules, "aiomqtt", None)
    # A command that needs no broker does without
    settings = read_settings('callbacks = ["mqtt"]', {})
    with pytest.raises(SettingsError) as caught:
        settings.check()
    assert caught.value.problem == "setting_extra"
