"""What the server answers, to our client, to plain programs and to Enedis's recorded ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.sharing import board
from custom_components.linky_meter.linky_tic.sharing.meter import SharedMeter
from custom_components.linky_meter.linky_tic.sharing.wire import Release
from custom_components.linky_meter.linky_tic.tic.errors import RequestError
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Identifier,
    ModemInfo,
    parse_data,
)
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    SHARED,
    STANDARD,
    encode,
    frame_of,
)
from tests.tic.server_helpers import OTHER_PORT, PLACE, PORT, Heard, until
from tests.tic2websocket_server import Exchange

from .helpers import (
    MODEM,
    OTHER_MODEM,
    SECONDS,
    Shared,
    Talk,
    client_of,
    sharing,
    talking,
)

pytestmark = pytest.mark.usefixtures("socket_enabled")

RELEASES = pytest.mark.parametrize("release", Release)
ADDRESS = str(HISTORIC["ADCO"])
IDENTIFIER = {"serialNumber": ADDRESS, "portName": PORT, "portId": PLACE}


@RELEASES
@pytest.mark.parametrize("lines", [HISTORIC, HISTORIC_THREE, STANDARD])
async def test_our_client(release: Release, lines: dict[str, Any]) -> None:
    """Each group arrives as the meter sent it, whatever release is spoken."""
    async with sharing(release=release) as shared, client_of(shared) as client:
        (meter,) = await client.available_tics()
        assert meter == Identifier(None, PORT, PLACE)
        heard = Heard()
        await client.subscribe(heard.on_frame, heard.on_error)
        sent = shared.say(lines)
        await until(lambda: heard.frames, SECONDS)
        (frame,) = heard.frames
        assert frame.mode is sent.mode
        assert frame.ended_by is EndedBy.SERVER
        # Release 1 has no times but DATE's
        first = release is Release.FIRST
        assert frame.by_label == {
            label: group._replace(horodate=None) if first and group.value else group
            for label, group in sent.by_label.items()
        }
        (meter,) = await client.available_tics()
        assert meter == Identifier(sent.address, PORT, PLACE)
        (modem,) = await client.modems()
        assert modem.modem_type == "TELEINFO"
        assert modem.native is False
        assert modem.serial_number == MODEM.serial_number
        assert not heard.errors


@RELEASES
async def test_our_client_reads(release: Release) -> None:
    """A ReadTIC gets the next undamaged frame; what is unknown is refused."""
    async with sharing(release=release) as shared, client_of(shared) as client:
        shared.say()
        reading = asyncio.create_task(client.read(Identifier(ADDRESS)))
        await until(lambda: shared.server.board._readers.get("linky"), SECONDS)
        shared.say(damage="PAPP")
        sent = shared.say(changes={"PAPP": "01234"})
        frame = await reading
        assert frame.by_label == sent.by_label
        with pytest.raises(RequestError) as error:
            await client.read(Identifier("000000000000"))
        assert error.value.code == -12


async def test_read_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ReadTIC does not wait for ever, and holds up nothing meanwhile."""
    monkeypatch.setattr(board, "READ_SECONDS", 0.2)
    async with sharing() as shared, talking(shared) as talk:
        read = {"type": "REQUEST", "name": "ReadTIC", "data": {"portName": PORT}}
        await talk.ws.send_json(read)
        assert (await talk.request("GetAvailableTICs"))["name"] == "GetAvailableTICs"
        answer = await talk.next()
        assert (answer["name"], answer["errorCode"]) == ("ReadTIC", -13)
        assert not shared.server.board._readers["linky"]


async def test_both_forms_in_one_message() -> None:
    """A client of either release finds what it looks for."""
    async with sharing() as shared, talking(shared) as talk:
        answer = await talk.request("SubscribeTIC")
        assert answer["errorCode"] == 0
        assert answer["dateTime"].count("/") == 2
        assert "T" in answer["datetime"]
        shared.say(STANDARD)
        event = await talk.next()
        identifier = IDENTIFIER | {"serialNumber": STANDARD["ADSC"]}
        assert event["name"] == "OnTICData"
        for body in (event, event["data"]):
            assert body["mode"] == "STANDARD"
            assert body["identifier"] == identifier
        first, second = event["data"]["content"], event["frame"]
        assert first["SMAXSN"] == "07800"
        assert second["SMAXSN"] == "H260113070239\t07800"
        assert first["DATE"] == "H260113180000"
        assert second["DATE"] == "H260113180000\t"
        assert first["MSG1"] == second["MSG1"] == STANDARD["MSG1"]
        assert first.keys() == second.keys() == STANDARD.keys()


@RELEASES
async def test_damaged_frame(release: Release) -> None:
    """What is damaged never looks like a whole frame; what is not is there."""
    async with sharing(release=release) as shared, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        shared.say(damage="PAPP")
        event = await talk.next()
        if release is not Release.FIRST:
            assert "PAPP" not in event["frame"]
            assert event["frame"]["!PAPP"] == "02831"
            assert event["frame"]["IINST"] == "012"
        if release is Release.SECOND:
            assert event["name"] == "OnTICData"
            return
        assert (event["name"], event["data"]["errorCode"]) == ("OnError", 27)
        partial = event["data"]["data"]["partialTICFrame"]
        assert partial["ticMode"] == "HISTORIC"
        labels = [label for entry in partial["ticFrame"] for label in entry]
        assert labels == [label for label in HISTORIC if label != "PAPP"]
        # As in the recording of release 1
        assert {"OPTARIF": {"data": "HC..", "checksum": ord("<")}} in partial[
            "ticFrame"
        ]


async def test_damaged_standard_frame() -> None:
    """A damaged group keeps its time; our client counts it as lost, once."""
    async with (
        sharing() as shared,
        talking(shared) as talk,
        client_of(shared) as client,
    ):
        heard = Heard()
        await client.subscribe(heard.on_frame, heard.on_error)
        await talk.request("SubscribeTIC")
        shared.say(STANDARD, damage="SMAXSN")
        event = await talk.next()
        assert event["frame"]["!SMAXSN"] == "H260113070239\t07801"
        (entry,) = [
            entry["SMAXSN-1"]
            for entry in event["data"]["data"]["partialTICFrame"]["ticFrame"]
            if "SMAXSN-1" in entry
        ]
        assert entry["dateTime"] == "H260112195604"
        await until(lambda: heard.frames, SECONDS)
        (frame,) = heard.frames
        assert frame.damaged == 1
        assert "SMAXSN" not in frame.by_label


async def test_partial_frame() -> None:
    """A frame that was cut short is an error; one that was joined late is nothing."""
    async with sharing() as shared, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        late = shared.say()
        shared.meter.process(type(late)(late.mode, late.groups, whole=False))
        shared.meter.process(type(late)(late.mode, late.groups, EndedBy.EOT))
        assert (await talk.next())["name"] == "OnTICData"
        assert (await talk.next())["errorCode"] == 27


async def test_unknown_labels_are_passed_on() -> None:
    """A label that no table knows is still what the meter said."""
    async with sharing() as shared, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        frame = shared.say()
        unknown = frame.groups[0]._replace(label="NEW", value="7")
        shared.meter.process(type(frame)(frame.mode, frame.groups, unknown=(unknown,)))
        await talk.next()
        event = await talk.next()
        assert event["frame"]["NEW"] == event["data"]["content"]["NEW"] == "7"


async def test_subscriptions() -> None:
    """Meters are chosen by any name; all or nothing; a repeated one is answered."""
    async with sharing() as shared, talking(shared) as talk:
        other = SharedMeter("linky-2", OTHER_MODEM)
        shared.server.board.add(other)
        shared.say()
        by_number = {"serialNumber": ADDRESS}
        data: Any
        for data, code in (
            ({"portName": OTHER_PORT}, 0),
            ({"portName": OTHER_PORT}, 0),
            ([], 0),
            ([by_number, {"portName": "/dev/ttyUSB9"}], -10),
            ({"serialNumber": "000000000000"}, -10),
            ({}, -5),
            ([1], -5),
        ):
            assert (await talk.request("SubscribeTIC", data))["errorCode"] == code
        shared.say()
        shared.say(HISTORIC_THREE, meter=other)
        event = await talk.next()
        assert event["frame"]["ADCO"] == HISTORIC_THREE["ADCO"]
        # By another name than it was subscribed by
        await talk.request("SubscribeTIC", [by_number])
        gone = {"serialNumber": HISTORIC_THREE["ADCO"]}
        assert (await talk.request("UnsubscribeTIC", gone))["errorCode"] == 0
        shared.say(HISTORIC_THREE, meter=other)
        shared.say()
        assert (await talk.next())["frame"]["ADCO"] == ADDRESS
        for data in ({"portName": "/dev/ttyUSB9"}, by_number, None):
            assert (await talk.request("UnsubscribeTIC", data))["errorCode"] == 0
        shared.say()
        answer = await talk.request("GetAvailableTICs")
        assert [tic["portName"] for tic in answer["data"]] == [PORT, OTHER_PORT]
        shared.server.board.remove(other)


async def test_filter_survives_an_unplug() -> None:
    """Whoever asked for a meter gets it back, unless it is another one."""
    async with sharing() as shared, talking(shared) as talk:
        shared.say()
        await talk.request("SubscribeTIC", {"serialNumber": ADDRESS})
        shared.meter.lose()
        shared.meter.lose()
        event = await talk.next()
        assert event["errorCode"] == event["data"]["errorCode"] == 6
        assert (await talk.request("GetAvailableTICs"))["data"] == []
        for name, code in (("SubscribeTIC", -10), ("ReadTIC", -12)):
            answer = await talk.request(name, {"portName": PORT})
            assert answer["errorCode"] == code
        shared.say(HISTORIC_THREE)
        shared.say()
        assert (await talk.next())["frame"]["ADCO"] == ADDRESS


async def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is told, by each release's code, and again while it lasts."""
    from custom_components.linky_meter.linky_tic.sharing import meter

    monkeypatch.setattr(meter, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(meter, "AGAIN_SECONDS", 0.05)
    async with sharing() as shared, talking(shared) as talk:
        await talk.request("SubscribeTIC")
        for _ in range(2):
            event = await talk.next(lambda message: message["name"] == "OnError")
            assert event["errorCode"] == 7
            assert event["data"]["errorCode"] == 1006
        shared.say()
        assert await talk.next(lambda message: message["name"] == "OnTICData")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", -1),
        ("{", -1),
        ("[]", -1),
        ("7", -1),
        ('"x"', -1),
        ("[" * 60_000, -1),
        ('{"a":' * 12_000, -1),
        ("9" * 60_000, -1),
        ("{}", -5),
        ('{"type": "REQUEST"}', -5),
        ('{"type": "REQUEST", "name": ""}', -5),
        ('{"type": "REQUEST", "name": 7}', -5),
        ('{"type": "REQUEST", "name": "readtic"}', -5),
        ('{"type": 1, "name": "ReadTIC"}', -5),
        ('{"type": "EVENT", "name": "SubscribeTIC"}', -5),
        *(
            (f'{{"type": "REQUEST", "name": "ReadTIC", "data": {data}}}', -5)
            for data in ("null", "{}", "[]", '"x"', '{"foo": 1}', '{"portName": 7}')
        ),
    ],
)
async def test_what_is_no_request(text: str, code: int) -> None:
    """Everything is answered, and the connection goes on."""
    async with sharing() as shared, talking(shared) as talk:
        answer = await talk.ask(text)
        assert (answer["name"], answer["errorCode"]) == ("ErrorResponse", code)
        assert answer["errorMessage"]
        assert (await talk.request("GetAvailableTICs", {"any": 1}))["errorCode"] == 0


async def test_url_without_adapter() -> None:
    """A meter behind a URL is called by its name, and there is no null."""
    async with sharing(modem=ModemInfo()) as shared, talking(shared) as talk:
        (tic,) = (await talk.request("GetAvailableTICs"))["data"]
        assert tic == {"portName": "linky"}
        (modem,) = (await talk.request("GetModemsInfo"))["data"]
        assert modem == {"portName": "linky", "native": True}


_BAD = {-1, -5}
TRACES = SHARED / "tic2websocket-traces"


def recorded() -> list[Path]:
    """Return the recordings, none where there are none."""
    return sorted(TRACES.glob("*.jsonl")) if TRACES.exists() else []


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.stem)
async def test_recorded_requests(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request ever recorded gets an answer, and one of the same meaning."""
    monkeypatch.setattr(board, "READ_SECONDS", 0.1)
    release = Release.FIRST if path.name.startswith("v1") else Release.SECOND
    async with sharing(release=release) as shared, talking(shared) as talk:
        recording = Recording(shared, Exchange.load(path))
        try:
            await recording.play(talk)
        finally:
            recording.end()


class Recording:
    """A recording, and the meters that its server had at each moment."""

    def __init__(self, shared: Shared, exchanges: list[Exchange]) -> None:
        """Share the meters that are named in it."""
        self.exchanges = exchanges
        self._board = shared.server.board
        self._board.remove(shared.meter)
        self._answered: set[int] = set()
        self.numbers: dict[str, str] = {}
        """What each port's meter is called, by the port's name."""
        for exchange in exchanges:
            if exchange.from_server:
                for identifier in _identifiers(exchange.message):
                    meter = self._meter(identifier)
                    if identifier.serial_number:
                        self.numbers[meter.name] = identifier.serial_number

    async def play(self, talk: Talk) -> None:
        """Make its requests, and have its meters speak meanwhile."""
        for place, exchange in enumerate(self.exchanges):
            if exchange.from_server:
                self.follow(exchange)
                continue
            reply = self.reply_to(place)
            read = self.prepare(exchange, reply)
            await talk.ws.send_str(exchange.text)
            if read is not None:
                await until(lambda: any(self._board._readers.values()), SECONDS)
                self.follow(read)
                for meter in self._board.meters.values():
                    # Where theirs was damaged, ours waits for the next
                    meter.process(frame_of(encode(HISTORIC)))
            answer = await talk.next(lambda message: message["type"] == "RESPONSE")
            self.compare(exchange, answer, reply)

    def _meter(self, identifier: Identifier) -> SharedMeter:
        name = identifier.port_name or ""
        if name not in self._board.meters:
            modem = ModemInfo(name, identifier.port_id)
            self._board.add(SharedMeter(name, modem))
        return self._board.meters[name]

    def follow(self, exchange: Exchange) -> None:
        """Bring the meters into the state that a message of the server tells of."""
        message = exchange.message
        body = message if message.get("data") is None else message["data"]
        data = parse_data(body) if isinstance(body, dict) else None
        if data is not None and data.identifier.port_name:
            self._meter(data.identifier).process(data.frame)
        if message["name"] == "OnError" and body["errorCode"] == 6:
            self._meter(Identifier.from_json(body["identifier"])).lose()

    def reply_to(self, place: int) -> Exchange | None:
        """Return what was answered, None where there was silence or a close."""
        name, alone = _name(self.exchanges[place]), True
        for later, exchange in enumerate(self.exchanges[place + 1 :], place + 1):
            if not exchange.from_server:
                alone = False
                if _name(exchange) == name:
                    return None
            elif (
                exchange.is_reply
                and later not in self._answered
                and (
                    exchange.message["name"] == name
                    or (
                        alone
                        and (name is None or exchange.message["errorCode"] in _BAD)
                    )
                )
            ):
                self._answered.add(later)
                return exchange
        return None

    def prepare(self, request: Exchange, reply: Exchange | None) -> Exchange | None:
        """Have the server know what the reply knows; return the frame to be read."""
        if reply is None or reply.message["errorCode"] or request.message is None:
            return None
        name, data = reply.message["name"], reply.message.get("data")
        if name == "GetAvailableTICs":
            for meter in self._board.meters.values():
                meter.present = False
        known = data if name == "GetAvailableTICs" else request.message.get("data")
        for item in known if isinstance(known, list) else [known]:
            self._know(Identifier.from_json(item))
        return reply if name == "ReadTIC" else None

    def _know(self, identifier: Identifier) -> None:
        """Have a meter read that the reply tells to be."""
        for meter in self._board.meters.values():
            number = self.numbers.get(meter.name)
            told = Identifier(number, meter.modem.port_name, meter.modem.port_id)
            if identifier.matches(told):
                meter.present = True
                if identifier.serial_number:
                    meter._serial = number

    def compare(
        self, request: Exchange, answer: dict[str, Any], reply: Exchange | None
    ) -> None:
        """Compare what the answers mean."""
        if reply is None:
            # Silence there; here a refusal, or what was asked for
            assert answer["errorCode"] in {0, -1, -5, -10, -12, -13}, request.text
            return
        if request.message is None:
            # Enedis's releases take more than JSON for JSON
            assert answer["errorCode"] == -1
            return
        expected = reply.message
        code = expected["errorCode"]
        if code == -7:
            code = -13  # no frame came, whatever the reason
        elif code == 0 and '":[{"serialNumber":"9999' in request.text:
            code = -10  # they report the last of a list only
        elif code == -12 and '"serialNumber":4' in request.text:
            # A number is no text, which release 2 says too
            assert answer["errorCode"] == -5
            return
        assert answer["errorCode"] == code, request.text
        assert answer["name"] == expected["name"], request.text
        if code == 0 and expected["name"].startswith("Get"):
            told, known = (
                {item["portName"] for item in message["data"] if item}
                for message in (answer, expected)
            )
            assert told >= known, request.text

    def end(self) -> None:
        """Share them no more."""
        for meter in list(self._board.meters.values()):
            self._board.remove(meter)


def _name(exchange: Exchange) -> object:
    message = exchange.message
    return message.get("name") if isinstance(message, dict) else None


def _identifiers(message: dict[str, Any]) -> list[Identifier]:
    """Return the meters that a message names."""
    data = message.get("data")
    items = data if isinstance(data, list) else [data, message]
    found = [
        Identifier.from_json(item.get("identifier", item))
        for item in items
        if isinstance(item, dict)
    ]
    return [identifier for identifier in found if identifier.port_name]
