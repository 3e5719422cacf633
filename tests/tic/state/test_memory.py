"""What is kept of a meter over a restart, and in files of earlier versions."""

import json
from pathlib import Path
from typing import Any

from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.profile import Encoding
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from tests.tic.helpers import STANDARD_THREE, Timeline

FIRST: dict[str, Any] = json.loads(
    (Path(__file__).parent / "memory.json").read_text("utf-8")
)
"""What the first version kept of a three-phase Tempo meter."""


def test_a_file_of_the_first_version() -> None:
    """Nothing of it is lost, what events knew included."""
    memory = Memory.from_dict(FIRST)
    assert memory.phases == 3
    assert memory.encoding is Encoding.DECIMAL
    assert memory.labels == {"TEMPO": {4: "HP BLANC", 3: "HC BLANC"}}
    assert memory.shown == FIRST["shown"]
    assert memory.indexes.as_dict() == FIRST["indexes"] | {"unconfirmed": {}}
    assert list(memory.keys) == FIRST["keys"]
    assert memory.events == FIRST["happenings"]
    again = memory.as_dict()
    assert Memory.from_dict(json.loads(json.dumps(again))) == memory
    assert again["events"] == FIRST["happenings"]


def test_a_meter_goes_on_from_it() -> None:
    """Its keys are there from the first frame on."""
    timeline = Timeline(Meter(memory=Memory.from_dict(FIRST)))
    reading = timeline.feed(STANDARD_THREE)
    assert set(FIRST["keys"]) <= reading.values.keys()
