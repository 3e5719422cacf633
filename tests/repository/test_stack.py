"""The files that start everything at once: by their schemas, and run as they are."""

import asyncio
from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
import signal
from typing import Any

from compose_spec import PyCompose
import kubernetes_validate
import pytest

from homeassistant.util.yaml import parse_yaml
from tests.cli.conftest import Starter, package, start  # noqa: F401
from tests.influx_server import InfluxServer
from tests.mosquitto import Mosquitto, listening
from tests.simulator import PRESETS, PtyMeter

STACK = Path(__file__).parents[2] / "docs" / "stack"
KUBERNETES = "1.35"
# {name:-default} and {name:?what is missing}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def read(name: str) -> str:
    """Return a file."""
    return (STACK / name).read_text(encoding="utf-8")


def parsed(text: str) -> dict[str, Any]:
    """Return a document."""
    found = parse_yaml(text)
    assert isinstance(found, dict)
    return found


def filled(**variables: str) -> dict[str, Any]:
    """Return compose.yaml as Compose has it with some variables."""
    text = _VARIABLE.sub(
        lambda match: variables.get(match[1], match[3] if match[2] == "-" else ""),
        read("compose.yaml"),
    )
    return parsed(text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """Return compose.yaml as it is for somebody with a broker."""
    return filled(LINKY_DEVICE="/dev/ttyUSB0", GRAFANA_PASSWORD="x", MQTT_HOST="x")


@pytest.fixture(scope="module")
def manifests() -> list[dict[str, Any]]:
    """Return the documents of k3s.yaml."""
    return [
        parsed(text)
        for text in re.split(r"^---\n", read("k3s.yaml"), flags=re.MULTILINE)
    ]


def test_compose_is_a_compose_file(compose: dict[str, Any]) -> None:
    """By the specification; every file it mounts is there, every volume is named."""
    spec = PyCompose.from_json(json.dumps(compose)).to_spec()
    assert spec.services is not None
    assert set(spec.services) == {"linky-tic", "influxdb", "grafana", "mosquitto"}
    assert set(spec.services["mosquitto"].profiles or ()) == {"mqtt"}
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (STACK / source).is_file(), source
            else:
                assert source in compose["volumes"]
    broken = json.loads(json.dumps(compose))
    broken["services"]["grafana"]["ports"] = {"3000": "3000"}
    with pytest.raises(Exception, match="invalid type"):
        PyCompose.from_json(json.dumps(broken)).to_spec()


def test_what_env_says_is_asked_for() -> None:
    """Every variable of the example is one of compose.yaml; what must be there is."""
    told = set(re.findall(r"^(?:# )?([A-Z_]+)=", read("env.example"), re.MULTILINE))
    asked = {match[1]: match[2] for match in _VARIABLE.finditer(read("compose.yaml"))}
    assert told - {"COMPOSE_PROFILES"} <= set(asked)
    assert {name for name, kind in asked.items() if kind == "?"} <= told


def test_manifests_are_kubernetes(manifests: list[dict[str, Any]]) -> None:
    """By Kubernetes' own schemas, strictly; what they name is there."""
    for manifest in manifests:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            {**manifests[-1], "specs": {}}, KUBERNETES, strict=True
        )
    names = {(one["kind"], one["metadata"]["name"]): one for one in manifests}
    for one in manifests:
        if one["kind"] == "Service":
            target = names["Deployment", one["spec"]["selector"]["app"]]
            ports = target["spec"]["template"]["spec"]["containers"][0]["ports"]
            assert [p["port"] for p in one["spec"]["ports"]] == [
                p["containerPort"] for p in ports
            ]
        if one["kind"] == "Deployment":
            pod = one["spec"]["template"]["spec"]
            volumes = {volume["name"]: volume for volume in pod["volumes"]}
            for volume in volumes.values():
                if claim := volume.get("persistentVolumeClaim"):
                    assert ("PersistentVolumeClaim", claim["claimName"]) in names
            (container,) = pod["containers"]
            settings = names["ConfigMap", "linky"]["data"]
            for mount in container["volumeMounts"]:
                assert mount["name"] in volumes
                assert mount.get("subPath", "linky-tic.toml") in settings


def test_both_are_the_same(
    compose: dict[str, Any], manifests: list[dict[str, Any]]
) -> None:
    """Images, files and variables of k3s are those of Compose."""
    (files,) = (one for one in manifests if one["kind"] == "ConfigMap")
    assert files["data"] == {name: read(name) for name in files["data"]}
    pods = {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0]
        for one in manifests
        if one["kind"] == "Deployment"
    }
    assert set(pods) == set(compose["services"])
    for name, service in compose["services"].items():
        assert pods[name]["image"] == service["image"]
        environment = {
            key: value
            for key, value in service.get("environment", {}).items()
            if value and key != "MQTT_HOST"
        }
        told = {one["name"] for one in pods[name].get("env", [])} - {"MQTT_HOST"}
        assert told == set(environment)
        for variable in pods[name].get("env", []):
            if "value" in variable and variable["name"] in environment:
                assert variable["value"] == environment[variable["name"]]


def test_grafana_is_told_where_the_points_are(compose: dict[str, Any]) -> None:
    """The source names the service and the database; the dashboard is in its folder."""
    (source,) = parsed(read("datasource.yaml"))["datasources"]
    assert source["url"] == "http://influxdb:8086"
    assert source["type"] == "influxdb"
    (provider,) = parsed(read("dashboards.yaml"))["providers"]
    mounts = [volume.split(":") for volume in compose["services"]["grafana"]["volumes"]]
    folder = provider["options"]["path"]
    assert ["../grafana.json", f"{folder}/linky.json", "ro"] in mounts


def lines_of(text: str, **changes: str) -> Iterator[str]:
    """Yield lines of a configuration, some of them changed."""
    for line in text.splitlines():
        yield changes.get(line.partition(" ")[0], line)


@pytest.mark.usefixtures("socket_enabled")
async def test_it_runs(
    start: Starter,  # noqa: F811
    tmp_path: Path,
    compose: dict[str, Any],
) -> None:
    """Points come where the dashboard looks, and topics at the broker.

    The programs are Debian's, the settings these; only ports, hosts and folders are
    those of this machine. There is no package of Grafana: it is not run.
    """
    broker = Mosquitto(tmp_path / "mosquitto")
    data = tmp_path / "mosquitto"
    broker.file.write_text(
        "\n".join(
            lines_of(
                f"user root\n{read('mosquitto.conf')}",
                listener=f"listener {broker.port} 127.0.0.1",
                persistence_location=f"persistence_location {data}/",
            )
        )
    )
    toml = tmp_path / "linky-tic.toml"
    toml.write_text(read("linky-tic.toml").replace("/data/", f"{tmp_path}/"))
    async with (
        asyncio.timeout(100),
        InfluxServer(tmp_path / "influxdb") as server,
        broker,
        PtyMeter(PRESETS["standard_hc"], speed=20) as meter,
    ):
        told = compose["services"]["linky-tic"]["environment"]
        environment = {
            **{name: value or "" for name, value in told.items()},
            "LINKY_PORT": meter.path,
            "INFLUXDB_SERVICE_HOST": "127.0.0.1",
            "INFLUXDB_SERVICE_PORT": str(server.port),
            "MQTT_HOST": "127.0.0.1",
            "MQTT_PORT": str(broker.port),
        }
        (source,) = parsed(read("datasource.yaml"))["datasources"]
        database = source["jsonData"]["dbName"]
        async with start("run", "--config", str(toml), **environment) as command:
            async with listening(broker.port) as ear:
                await ear.until(lambda: "online" in ear.ending("/status"))
                # What is gathered for ten seconds is written at the end too
                await ear.until(lambda: len(ear.ending("/power")) > 1)
            command.process.send_signal(signal.SIGTERM)
            await command.process.wait()
        assert command.code == 0
        assert await server.count("apparent_power", "linky_power", database) > 0
        # Kept over a restart of the broker
        await broker.stop()
        await broker.start()
        async with listening(broker.port) as ear:
            await ear.until(lambda: ear.ending("/energy") and ear.ending("/status"))
            assert ear.ending("/status") == ["offline"]
    assert (tmp_path / "state.json").is_file()
    assert os.environ.get("MQTT_HOST") is None
