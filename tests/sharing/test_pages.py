"""Health, readings, server-sent events and metrics, as other programs fetch them."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from custom_components.linky_meter.linky_tic.sharing import meter as meter_module, pages
from custom_components.linky_meter.linky_tic.sharing.meter import SharedMeter
from tests.tic.helpers import HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE
from tests.tic.server_helpers import until

from .helpers import OTHER_MODEM, SECONDS, Shared, sharing

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def get(shared: Shared, path: str) -> tuple[int, str]:
    """Return a page."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{shared.url}{path}") as page,
    ):
        return page.status, await page.text()


async def test_health() -> None:
    """Whether all meters are read is told by the status, and which is not by its name."""
    async with sharing() as shared:
        code, text = await get(shared, "/health")
        assert code == 503
        assert json.loads(text)["meters"] == {"linky": {"read": False, "age": None}}
        shared.read()
        code, text = await get(shared, "/health")
        assert (code, json.loads(text)["status"]) == (200, "ok")
        other = SharedMeter("linky-2", OTHER_MODEM)
        shared.server.board.add(other)
        code, text = await get(shared, "/health")
        told = json.loads(text)
        assert (code, told["status"]) == (503, "not_read")
        assert {name: one["read"] for name, one in told["meters"].items()} == {
            "linky": True,
            "linky-2": False,
        }
        shared.server.board.remove(other)
        shared.server.board.remove(shared.meter)
        assert (await get(shared, "/health"))[0] == 503
        shared.server.board.add(shared.meter)


async def test_readings() -> None:
    """The last reading is the object of --json, by the meter's name."""
    async with sharing() as shared:
        assert await get(shared, "/readings") == (200, '{"linky": null}')
        shared.read(STANDARD)
        assert shared.meter.reading is not None
        expected = json.loads(shared.meter.reading.as_json())
        assert json.loads((await get(shared, "/readings"))[1]) == {"linky": expected}
        assert json.loads((await get(shared, "/readings/linky"))[1]) == expected
        assert expected["reading"]["apparent_power"] == 7165


async def test_reading_of_a_lost_meter() -> None:
    """No old power looks like one of now; registers, and what was sent, stay."""
    async with sharing() as shared:
        shared.read(STANDARD)
        before = json.loads((await get(shared, "/readings/linky"))[1])
        shared.meter.lose()
        told = json.loads((await get(shared, "/readings"))[1])["linky"]
        assert told["reading"].keys() == before["reading"].keys()
        assert told["reading"]["energy_import"] == before["reading"]["energy_import"]
        for key in ("apparent_power", "available_current", "available_power"):
            assert told["reading"][key] is None
        assert told | {"reading": None} == before | {"reading": None}
        shared.read(STANDARD)
        told = json.loads((await get(shared, "/readings/linky"))[1])
        assert told["reading"]["apparent_power"] == 7165


async def events(response: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    """Return so many server-sent events."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(SECONDS):
        while len(found) < count:
            line = await response.content.readline()
            assert line, "the stream ended"
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
            else:
                assert line.strip() in (b"", b":", b"event: reading")
    return found


async def test_server_sent_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last reading comes at once, then each as it is made; one may be chosen."""
    monkeypatch.setattr(pages, "_COMMENT_SECONDS", 0.05)
    async with sharing() as shared, aiohttp.ClientSession() as session:
        other = SharedMeter("linky-2", OTHER_MODEM)
        shared.server.board.add(other)
        shared.read()
        async with (
            session.get(f"{shared.url}/events") as everything,
            session.get(f"{shared.url}/events?meter=linky-2") as chosen,
        ):
            assert everything.content_type == "text/event-stream"
            (first,) = await events(everything, 1)
            assert first["meter"] == "linky"
            assert first["reading"]["apparent_power"] == 2830
            assert shared.server.clients == 2
            assert shared.meter.reading is not None
            other.process_reading(shared.meter.reading)
            for stream in (everything, chosen):
                (event,) = await events(stream, 1)
                assert event["meter"] == "linky-2"
        await until(lambda: not shared.server.clients, SECONDS)
        assert not shared.server.board.on_reading
        shared.server.board.remove(other)


async def test_stream_that_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever streams and does not read is let go; there is room for so many."""
    monkeypatch.setattr(pages, "_COMMENT_SECONDS", 0.3)
    monkeypatch.setattr(pages, "MOST_STREAMS", 1)
    async with sharing() as shared:
        shared.read(STANDARD)
        reading = shared.meter.reading
        assert reading is not None
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", shared.server.port, limit=1024
        )
        writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: shared.server.clients, SECONDS)
        assert (await get(shared, "/events"))[0] == 503
        async with asyncio.timeout(SECONDS):
            while shared.server.clients:
                shared.meter.process_reading(reading)
                await asyncio.sleep(0)
        assert reader is not None
        writer.close()


async def test_stop_ends_streams() -> None:
    """A server that stops ends what streams."""
    async with aiohttp.ClientSession() as session:
        async with sharing() as shared:
            response = await session.get(f"{shared.url}/events")
            await until(lambda: shared.server.clients, SECONDS)
        with pytest.raises(aiohttp.ClientError):
            await response.content.read()
        response.close()


@pytest.mark.parametrize("lines", [HISTORIC, HISTORIC_THREE, STANDARD, STANDARD_THREE])
async def test_metrics(lines: dict[str, Any]) -> None:
    """Every sample is of a described metric, in base units."""
    async with sharing() as shared:
        shared.read(lines)
        code, text = await get(shared, "/metrics")
        assert code == 200
        samples = parse(text)
        assert samples['linky_up{meter="linky"}'] == 1
        assert samples['linky_frames_total{meter="linky"}'] == 3
        assert samples["linky_clients"] == 0
        reading = shared.meter.reading
        assert reading is not None
        power = reading["apparent_power"]
        assert samples['linky_apparent_power_voltamperes{meter="linky"}'] == power
        energy = reading["energy_import"]
        assert isinstance(energy, int)
        total = samples['linky_energy_import_joules_total{meter="linky"}']
        assert total == energy * 3600
        phases = [name for name in samples if name.startswith("linky_phase_current_")]
        assert len(phases) == reading["phases"]
        for label in ("ADCO", "ADSC", "PRM"):
            assert lines.get(label, "no number") not in text


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_clock_that_is_set(monkeypatch: pytest.MonkeyPatch, step: float) -> None:
    """A machine that learns the time makes no meter silent, nor a silent one speak."""
    async with sharing() as shared:
        shared.read()
        now = time.time
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda: now() + step)
            assert (await get(shared, "/health"))[0] == 200
            assert shared.meter.arrived is not None
            shared.meter.arrived -= meter_module.SILENT_SECONDS
            assert (await get(shared, "/health"))[0] == 503


async def test_metrics_of_a_silent_meter() -> None:
    """While nothing comes no old power looks like one of now; counters stay."""
    async with sharing() as shared:
        shared.read()
        assert shared.meter.arrived is not None
        shared.meter.arrived -= meter_module.SILENT_SECONDS
        samples = parse((await get(shared, "/metrics"))[1])
        assert samples['linky_up{meter="linky"}'] == 0
        assert 'linky_energy_import_joules_total{meter="linky"}' in samples
        assert not any("power" in name for name in samples)


async def test_name_with_quotes() -> None:
    """Any name makes a label."""
    async with sharing() as shared:
        shared.server.board.remove(shared.meter)
        shared.meter.name = 'a "b"\\\n'
        shared.server.board.add(shared.meter)
        text = (await get(shared, "/metrics"))[1]
        assert r'linky_up{meter="a \"b\"\\\n"} 0.0' in text.splitlines()


def parse(text: str) -> dict[str, float]:
    """Return the samples; each must follow its own description."""
    samples: dict[str, float] = {}
    described: list[str] = []
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("#"):
            described = [*described[-1:], line.split(" ", 3)[2]]
            continue
        name, value = line.rsplit(" ", 1)
        assert described == [name.partition("{")[0]] * 2
        assert name not in samples
        samples[name] = float(value)
    return samples
