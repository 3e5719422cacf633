"""A server that gives the meter's values late: said, and dated by the meter."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
import signal
import time
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.state import load_state
from custom_components.linky_meter.linky_tic.cli.commands.watch import Output
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.input.follow import Follower, LateWatch
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.points import reading_points
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.sources.lateness import (
    OF_NOW,
    Lateness,
    date_of,
)
from tests.cli.conftest import Run, Starter, sent
from tests.influx_server import InfluxServer
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic2websocket_server import ServedTic, Tic2WebSocketServer

DELAY = 30.0
VERSIONS = pytest.mark.parametrize("version", [1, 2])


def serve(delay: float = 0.0, version: int = 2) -> Tic2WebSocketServer:
    """Return a server of a meter that is right, which gives its frames late."""
    start = datetime.now(UTC) - timedelta(seconds=delay + 5)
    meter = SimulatedMeter(replace(PRESETS["standard_hc"], start=start))
    return Tic2WebSocketServer(
        ServedTic(meter), version=version, interval=0.1, delay=delay
    )


def rounded(text: str) -> str:
    """Return a text with its seconds to the next ten: a busy machine adds some."""
    return re.sub(r"\d+(?= s )", lambda match: str(round(int(match[0]), -1)), text)


@pytest.mark.usefixtures("socket_enabled")
@VERSIONS
async def test_read(run: Run, version: int) -> None:
    """Late from its first frame on, nothing tells which clock is wrong: both are named."""
    async with serve(DELAY, version) as server:
        shown = await run("read", server.url)
        french = await run("read", "--json", server.url, LANG="fr_FR.UTF-8")
    assert (shown.code, french.code) == (0, 0)
    assert "linky-tic: The meter's time is 30 s behind" in rounded(shown.err)
    assert "linky-tic: L'heure du compteur a 30 s de" in rounded(french.err)
    received = datetime.fromisoformat(json.loads(french.out)["received"])
    assert abs((datetime.now(UTC) - received).total_seconds()) < DELAY / 2


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("lang", "late", "again"),
    [
        (
            "C.UTF-8",
            "The server gives values 30 s late: what loads are",
            "in time again",
        ),
        (
            "fr_FR.UTF-8",
            "Le serveur donne les valeurs avec 30 s de retard",
            "à l'heure.",
        ),
    ],
)
async def test_watch(start: Starter, lang: str, late: str, again: str) -> None:
    """It is said when the server falls behind and when it no longer is."""
    async with (
        asyncio.timeout(60),
        serve() as server,
        start("watch", "--json", server.url, LANG=lang) as command,
    ):
        meter, told = server.tics[0].meter, list[str]()

        async def next_words() -> str:
            """Return what is said next: Python itself tells of a slow machine."""
            assert command.process.stderr is not None
            while True:
                line = (await command.process.stderr.readline()).decode()
                if not line or line.startswith("linky-tic: "):
                    return line

        async def next_with(known: bool) -> dict[str, Any]:
            while True:
                fields: dict[str, Any] = json.loads(await command.line())
                if (fields["reading"].get("available_current") is not None) is known:
                    return fields

        await next_with(True)
        for _ in range(5):
            await command.line()
        meter.degrade_clock(offset=-int(DELAY))
        fields = await next_with(False)
        told.append(await next_words())
        assert fields["reading"]["apparent_power"] is not None
        assert all(fields["reading"].get(key) is None for key in OF_NOW)
        meter.degrade_clock(offset=0)
        await next_with(True)
        told.append(await next_words())
        _, rest = await command.interrupt()
    assert rounded(told[0]).startswith(f"linky-tic: {late}")
    assert again in told[1]
    assert b"linky-tic: " not in rest


@pytest.mark.usefixtures("socket_enabled")
async def test_run(start: Starter, tmp_path: Path) -> None:
    """The meter's clock is known over a restart; points and energy are of its time."""
    (tmp_path / "mine.py").write_text(
        "class Mine:\n"
        "  def compute(self, data, at):\n"
        f"    with open({str(tmp_path / 'ages')!r}, 'a') as file:\n"
        "      file.write(f'{at.timestamp()}\\n')\n"
    )
    config = tmp_path / "linky-tic.toml"
    async with asyncio.timeout(100), InfluxServer(tmp_path / "influxdb") as influx:

        async def run_while(server: Tic2WebSocketServer, count: int) -> list[str]:
            """Run until so many points are there; return what is logged."""
            config.write_text(
                f'source = "{server.url}"\ncallbacks = ["influxdb", "jsonl",'
                f' "mine.Mine"]\nstate = "state.json"\n[influxdb]\nhost ="127.0.0.1"\n'
                f'port = {influx.port}\nseconds = 1\n[jsonl]\nfile = "frames"\n'
            )
            async with start(
                "run", "--config", str(config), TZ="Europe/Paris"
            ) as command:
                while await influx.count("apparent_power", "linky_power") < count:
                    await asyncio.sleep(0.2)
                command.process.send_signal(signal.SIGTERM)
                _, err = await command.process.communicate()
            assert command.code == 0
            return [line.split(" ", 3)[3].strip() for line in err.decode().splitlines()]

        async with serve() as server:
            said = await run_while(server, 10)
        assert said == ["The meter is read.", "Stopped."]
        before = await influx.count("apparent_power", "linky_power")
        begin = time.time()
        (tmp_path / "frames").unlink()
        (tmp_path / "ages").unlink()
        async with serve(DELAY) as server:
            said = await run_while(server, before + 10)
        end = time.time()
        rows = await influx.query("SELECT * FROM linky_power", "linky")
    assert rounded(said[1]).startswith(
        "The server gives values 30 s late: what loads are"
    )
    assert said[2:] == ["Stopped."]
    times = sorted(row["time"] / 1e6 for row in rows)
    late = [one for one in times if begin - DELAY - 2 <= one <= end - DELAY + 2]
    assert len(late) >= len(rows) - before - 1  # one may pass before a second is late
    kept = [json.loads(line) for line in (tmp_path / "frames").read_text().splitlines()]
    arrived = [datetime.fromisoformat(one["received"]).timestamp() for one in kept]
    assert all(begin <= one <= end for one in arrived)
    assert all("delay" not in one for one in kept)
    ages = [float(line) for line in (tmp_path / "ages").read_text().splitlines()]
    assert ages[-1] == pytest.approx(arrived[-1] - DELAY, abs=5)
    state = json.loads((tmp_path / "state.json").read_text())["linky-tic 1"]
    assert abs(state["clock"]) < 5
    last = state["book"]["ledger"]["last"]
    assert datetime.fromisoformat(last).timestamp() < end - DELAY + 2


def test_state_of_an_earlier_release(tmp_path: Path) -> None:
    """The clock was not kept, and any nonsense is no clock."""
    pricing = read_settings("", {}).pricing
    path = tmp_path / "state"
    state: dict[str, Any] = {"address": None, "memory": {}, "book": {"ledger": {}}}
    fresh = load_state(None, pricing)
    state |= {"memory": fresh.memory.as_dict(), "book": fresh.book.as_dict()}
    for clock in ({}, {"clock": None}, {"clock": "x"}, {"clock": 3}):
        path.write_text(json.dumps({"linky-tic 1": state | clock}))
        again = load_state(path, pricing)
        assert not again.aside
        assert again.clock == (3 if clock.get("clock") == 3 else None)


def late_readings(follower: Follower) -> list[MeterReading]:
    """Return readings of which the last ones come half a minute after their time."""
    found: list[MeterReading] = []
    frames = [f for f in Decoder().feed(sent("standard_hc", 14)) if f.complete]
    began = date_of(frames[0]) or 0.0
    for number, frame in enumerate(frames):
        at = (date_of(frame) or 0.0) - began + (DELAY if number > 5 else 0)
        found.append(
            follower.process(
                replace(frame, ended_by=EndedBy.SERVER),
                at=at,
                received=datetime(2026, 7, 1, 10, tzinfo=UTC) + timedelta(seconds=at),
            )
        )
    return found


def test_another_meter_has_another_clock() -> None:
    """What is known of the one's clock is not of the other's; a port only teaches."""
    follower = Follower("042164999999", lateness=Lateness(-3600))
    first = follower.lateness
    assert late_readings(follower)[-1].address is not None
    assert follower.lateness is not first
    port = Follower(lateness=Lateness(), in_time=True)
    assert {reading.delay for reading in late_readings(port)} == {0}
    assert port.lateness is not None
    assert port.lateness.known
    (*_, last) = decode(sent("standard_hc", 3))
    assert last.delay == 0
    assert LateWatch().news(last) is None


@pytest.mark.parametrize(("seconds", "told"), [(30, True), (5, False), (9999, False)])
def test_a_clock_that_is_behind_from_the_start(seconds: int, told: bool) -> None:
    """Told once, where it may be a delay: from the second frame on."""
    watch, news = LateWatch(), []
    for reading in late_readings(Follower())[:3]:
        date = date_of(reading.frame)
        assert date is not None
        received = datetime.fromtimestamp(date + seconds, UTC)
        news.append(watch.news(replace(reading, received=received)))
    assert news == [None, ("clock_behind", seconds) if told else None, None]


def test_a_meter_without_a_clock() -> None:
    """Historic frames are never late: they have no time."""
    follower = Follower(lateness=Lateness())
    for at, reading in enumerate(decode(sent("historic_hc", 3))):
        assert date_of(reading.frame) is None
        assert follower.process(reading.frame, at=float(at)).delay == 0


def test_points_and_the_screen(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Points are of the meter's time; a screen shows the words while it lasts."""
    readings = late_readings(Follower(lateness=Lateness()))
    late, early = readings[-1], readings[4]
    assert late.delay == pytest.approx(DELAY, abs=1.5)
    assert late.said == late.received - timedelta(seconds=late.delay)
    nanoseconds = round(late.said.timestamp() * 1e6) * 1000
    assert all(one.endswith(f" {nanoseconds}") for one in reading_points(late, "x"))
    output = Output(Language.EN, as_json=False, masked=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    for reading, words in ((early, 0), (late, 1), (late, 1), (early, 0)):
        output.tell(reading)
        output.screen(reading)
        out, err = capsys.readouterr()
        assert rounded(out).count("The server gives values 30 s late") == words
        assert err == ""
