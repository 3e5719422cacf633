"""The callbacks that ``run`` brings itself, each with what it needs."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from custom_components.linky_meter.linky_tic.cli.accounts.state import load_state
from custom_components.linky_meter.linky_tic.cli.commands import run as run_module
from custom_components.linky_meter.linky_tic.cli.log import Log
from custom_components.linky_meter.linky_tic.cli.messages import Language
from custom_components.linky_meter.linky_tic.cli.output.mqtt.mqtt import Mqtt
from custom_components.linky_meter.linky_tic.cli.serve_settings import MeterSettings
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.cli.toml_table import SettingsError

SETTINGS = """\
source = "/dev/ttyUSB0"
callbacks = ["mqtt", "serve"]
[mqtt]
host = "localhost"
"""


def test_serve_and_mqtt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are made of the settings, and told when the meter is lost."""
    # It wants a running loop, as a worker has one
    monkeypatch.setattr(run_module, "Serving", lambda _, meter, __: meter)
    settings, log = read_settings(SETTINGS, {}), Log(Language.EN)
    service = run_module.Service(settings, load_state(None, settings.pricing), log)
    made = {worker.name: worker._make() for worker in service.workers}
    assert isinstance(made["mqtt"], Mqtt)
    assert made["serve"] == MeterSettings("linky", "/dev/ttyUSB0", None)
    service._lost()
    waiting = {worker.name: [*worker._queue] for worker in service.workers}
    assert all(("meter_lost", ()) in queue for queue in waiting.values())


def test_an_open_server_is_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    path = tmp_path / "linky-tic.toml"
    path.write_text(f'{SETTINGS}[serve]\nbind = "0.0.0.0"\n')
    with pytest.raises(SettingsError):
        run_module.run(argparse.Namespace(config=path), Language.EN)
