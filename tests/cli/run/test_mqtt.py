"""``linky-tic run`` tells a broker, in a process of its own."""

import asyncio
import json
from pathlib import Path
import signal

import pytest

from tests.cli.conftest import Starter
from tests.mosquitto import Mosquitto, listening
from tests.simulator import PRESETS, PtyMeter


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Use the network of this machine."""


async def test_run(start: Starter, tmp_path: Path) -> None:
    """The broker and the command are restarted and killed; the meter is unplugged."""
    async with (
        asyncio.timeout(110),
        Mosquitto(tmp_path / "broker") as broker,
        PtyMeter(PRESETS["standard_hc"], speed=20, link=tmp_path / "modem") as meter,
    ):
        (tmp_path / "linky-tic.toml").write_text(
            f"""
source = "{meter.path}"
callbacks = ["mqtt"]
state = "state.json"
[mqtt]
host = "127.0.0.1"
port = {broker.port}
profile = "every_frame"
"""
        )
        arguments = ("run", "--config", str(tmp_path / "linky-tic.toml"))
        async with start(*arguments) as command:
            async with listening(broker.port) as ear:
                await ear.until(lambda: "online" in ear.ending("/status"))
                power = len(ear.ending("/power"))
                await ear.until(lambda: len(ear.ending("/power")) > power)
                meter.unplug()
                await ear.until(lambda: ear.ending("/meter")[-1:] == ["offline"])
                meter.replug()
                await ear.until(lambda: ear.ending("/meter")[-1:] == ["online"])
            # This broker keeps nothing: all is told again
            await broker.stop()
            await broker.start()
            async with listening(broker.port) as ear:
                await ear.until(lambda: "online" in ear.ending("/status"))
                config = next(t for t in ear.last if t.startswith("homeassistant/"))
                assert json.loads(ear.last[config])["cmps"]
                command.process.kill()
                await command.process.wait()
                await ear.until(lambda: ear.ending("/status")[-1:] == ["offline"])
        async with start(*arguments) as command, listening(broker.port) as ear:
            await ear.until(lambda: ear.ending("/status")[-1:] == ["online"])
            command.process.send_signal(signal.SIGTERM)
            await ear.until(lambda: ear.ending("/status")[-1:] == ["offline"])
            _, err = await command.process.communicate()
    assert command.code == 0
    logged = err.decode()
    assert "The meter's MQTT topics begin with linky/" in logged
    for secret in (meter.meter.address, "127.0.0.1", str(broker.port)):
        assert secret not in logged
