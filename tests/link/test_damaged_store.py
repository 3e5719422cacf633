"""A memory that is damaged, on a real disk: whatever is in it, the meter is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from tests.conftest import Replay

from .test_store import asides, is_private, learned, meter, repairs, shown, stored


def register(*row: Any) -> bytes:
    """Return a file with one register."""
    return stored(learned(indexes={"constant": 0, "registers": {"EAST": list(row)}}))


def happening(**known: Any) -> bytes:
    """Return a file with what was last known of an event."""
    return stored(learned(happenings={"tempo_announced": known}))


DAMAGED = {
    "empty": b"",
    "no JSON": b"{'memory': {}}",
    "cut off": stored(learned())[:-200],
    "zeros": bytes(512),
    "no UTF-8": b'{"version": 1, "data": "\xff\xfe"}',
    "NaN": stored(learned(shown=float("nan"))),
    "endless": b"[" * 100_000,
    "null": b"null",
    "a list": b"[]",
    "an empty list in a list": b"[[]]",
    "an empty object": b"{}",
    "a number": b"42",
    "a text": b'"memory"',
    "no version": json.dumps({"data": learned()}).encode(),
    "version as text": stored(learned(), version="1"),
    "version null": stored(learned(), version=None),
    "version 0": stored(learned(), version=0),
    "version negative": stored(learned(), version=-1),
    "no data": json.dumps({"version": 1, "minor_version": 1}).encode(),
    "data null": stored(None),
    "data a list": stored([1]),
    "data a text": stored("memory"),
    "nothing in data": stored({}),
    "no memory": stored({"baudrate": 9600}),
    "memory null": stored({"memory": None}),
    "memory a list": stored({"memory": []}),
    "phases as text": stored(learned(phases="one")),
    "seven phases": stored(learned(phases=7)),
    "phases a list": stored(learned(phases=[1])),
    "unknown encoding": stored(learned(encoding="octal")),
    "encoding a list": stored(learned(encoding=[])),
    "labels a list": stored(learned(labels=["HC"])),
    "a tariff by name": stored(learned(labels={"HC": {"one": "HC"}})),
    "a label that is a number": stored(learned(labels={"HC": {"1": 1}})),
    "active as text": stored(learned(active="12")),
    "active with a name": stored(learned(active=[1, "x"])),
    "tariff 99": stored(learned(active=[99])),
    "registers a number": stored(learned(registers=7)),
    "offset as text": stored(learned(offset="0")),
    "offset huge": stored(learned(offset=2**62)),
    "offset beyond integers": stored(learned(offset=10**30)),
    "offset a fraction": stored(learned(offset=0.5)),
    "shown negative": stored(learned(shown=-1)),
    "shown yes": stored(learned(shown=True)),
    "indexes a list": stored(learned(indexes=[])),
    "a register as text": register("1", 1, 1.0, 1.0),
    "a register without time": register(1, 1),
    "a register huge": register(2**62, 2**62, 1.0, 1.0),
    "a register negative": register(-1, 0, 1.0, 1.0),
    "a register with a time as text": register(1, 1, "noon", None),
    "days as numbers": stored(learned(days={"1": 1})),
    "keys a number": stored(learned(keys=5)),
    "keys of lists": stored(learned(keys=[[]])),
    "events a list": stored(learned(happenings=[])),
    "an event as text": stored(learned(happenings={"overload": "begun"})),
    "an event's time as text": happening(at="noon"),
    "an event's value a list": happening(tempo_today=[1]),
    "an announcement in three": happening(announced=["a", "b", "c"], announced_at=1),
    "an announcement without time": happening(announced=["a", "b"]),
    "a speed as text": stored(learned() | {"baudrate": "9600"}),
    "speed 0": stored(learned() | {"baudrate": 0}),
    "a place that is none": stored(learned() | {"place": "USB1"}),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
async def test_damaged(
    hass: HomeAssistant, replay: Replay, storage: Path, content: bytes
) -> None:
    """The meter is read; what was stored is put aside as it is, and told once."""
    entry, file = await meter(hass, replay, storage, content)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass) > 20_000
    (aside,) = asides(file)
    assert aside.read_bytes() == content
    assert is_private(aside)
    assert repairs(hass) == ["memory_restarted"]
    assert await hass.config_entries.async_unload(entry.entry_id)
    written = json.loads(file.read_bytes())
    assert (written["version"], written["minor_version"]) == (1, 2)
    assert written["data"]["memory"]["registers"] == "standard"
    assert is_private(file)
