"""Every recorded exchange with Enedis's releases, said again to the client.

What is expected, ``traces.json``, was read off the recordings: frames are those with at
least one group, release 1's partial ones among them.
"""

from __future__ import annotations

from collections import Counter
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.errors import ClosedError, RequestError
from custom_components.linky_meter.linky_tic.tic.frame import Frame
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.client import (
    Client,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Data,
    Identifier,
    Reply,
    ServerError,
    parse_data,
    parse_message,
)
from tests.tic.helpers import SHARED
from tests.tic.server_helpers import Heard, client_of, until
from tests.tic2websocket_server import Exchange, ReplayServer

TRACES = SHARED / "tic2websocket-traces"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "traces.json").read_text(encoding="utf-8")
)
NAMES = pytest.mark.parametrize("name", EXPECTED)

if not TRACES.exists():
    pytest.skip("the recordings are not here", allow_module_level=True)


def load(name: str) -> list[Exchange]:
    """Return a recording."""
    return Exchange.load(TRACES / f"{name}.jsonl")


def check(
    expected: dict[str, Any], frames: list[Frame], errors: list[ServerError]
) -> None:
    """Compare what came with what was to come."""
    assert len(frames) == expected["frames"]
    assert sum(frame.damaged > 0 for frame in frames) == expected["damaged"]
    addresses = {frame.address for frame in frames} - {None}
    assert sorted(map(str, addresses)) == expected.get("meters", [])
    powers = [
        int(group.value)
        for frame in frames
        for label in ("PAPP", "SINSTS")
        if (group := frame.by_label.get(label)) is not None
    ]
    assert (powers[0] if powers else None) == expected.get("first_power")
    assert (powers[-1] if powers else None) == expected.get("last_power")
    codes = Counter(str(error.code) for error in errors)
    assert codes == expected.get("errors", {})


def test_all_recordings_are_expected() -> None:
    """None is left out."""
    assert sorted(path.stem for path in TRACES.glob("*.jsonl")) == sorted(EXPECTED)


@NAMES
def test_messages(name: str) -> None:
    """Each message of the server is understood."""
    expected = EXPECTED[name]
    frames: list[Frame] = []
    errors: list[ServerError] = []
    refused: Counter[str] = Counter()
    reads = 0
    for exchange in load(name):
        if not exchange.from_server:
            continue
        message = parse_message(exchange.text)
        match message:
            case Reply():
                if not message.ok:
                    refused[str(message.code)] += 1
                elif message.name == "ReadTIC":
                    data = parse_data(message.data)
                    assert data is not None
                    assert data.frame.groups
                    assert data.identifier.port_name
                    reads += 1
            case Data():
                frames.append(message.frame)
            case ServerError():
                errors.append(message)
                assert message.message
                assert message.identifier
                if message.frame is not None:
                    frames.append(message.frame)
            case None:
                pytest.fail(exchange.text)
    check(expected, [frame for frame in frames if frame.groups], errors)
    assert refused == expected.get("refused", {})
    assert reads == expected["reads"]


@NAMES
@pytest.mark.usefixtures("socket_enabled")
async def test_client(name: str) -> None:
    """The client takes the whole exchange: each reply is one to a request of its own."""
    expected = EXPECTED[name]
    exchanges = load(name)
    heard = Heard()
    codes: list[int] = []
    results: dict[str, list[Any]] = {"tics": [], "modems": [], "reads": []}
    refused: Counter[str] = Counter()
    version = int(name[1])
    async with (
        ReplayServer(exchanges, version) as server,
        client_of(server, on_closed=codes.append) as client,
    ):
        await client.subscribe(heard.on_frame, heard.on_error)
        for exchange in server.said:
            if exchange.is_reply:
                try:
                    await ask(client, exchange.message, results)
                except RequestError as err:
                    refused[str(err.code)] += 1
        wanted = len(server.said) + 1
        await until(lambda: client.counts["messages"] == wanted)
        assert not client.counts["invalid"]
        assert not client.counts["unexpected"]
        if not exchanges[-1].from_server:
            # Recordings of a crash end with the request that caused it
            with pytest.raises(ClosedError):
                await client.available_tics()
            assert codes == [1000]
    check(expected, heard.frames, heard.errors)
    assert refused == expected.get("refused", {})
    assert len(results["reads"]) == expected["reads"]
    for kind in ("tics", "modems"):
        assert (len(results[kind][0]) if results[kind] else None) == expected.get(kind)


async def ask(client: Client, reply: Any, results: dict[str, list[Any]]) -> None:
    """Make the request that a recorded reply answers."""
    match reply["name"]:
        case "GetModemsInfo":
            results["modems"].append(await client.modems())
        case "ReadTIC":
            data = reply.get("data") or {}
            wanted = Identifier.from_json(data.get("identifier")) or Identifier(
                port_name="x"
            )
            results["reads"].append(await client.read(wanted))
        case "SubscribeTIC" | "UnsubscribeTIC" as name:
            await client._connection.request(name)
        case _:
            results["tics"].append(await client.available_tics())
