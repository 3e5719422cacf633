"""What a TIC2WebSocket server says, read in both formats without a connection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import LABELS, ROWS, Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.frames import (
    TooLongError,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Data,
    Identifier,
    ModemInfo,
    Reply,
    ServerError,
    parse_data,
    parse_message,
    request_text,
)
from tests.simulator import PRESETS, SimulatedMeter
from tests.tic.helpers import NOW, example
from tests.tic.server_helpers import PLACE, PORT, damage
from tests.tic2websocket_server import Format, ServedTic

VERSIONS = pytest.mark.parametrize("version", [1, 2])


def event(name: str, body: dict[str, Any], version: int) -> Any:
    """Return what is read from an event."""
    return parse_message(Format(version).event(name, body))


def frame_of(content: object, mode: object = "STANDARD", version: int = 2) -> Frame:
    """Return the frame that some content makes."""
    key = "frame" if version == 2 else "content"
    data = event("OnTICData", {"mode": mode, key: content}, version)
    assert isinstance(data, Data)
    assert data.frame.ended_by is EndedBy.SERVER
    return data.frame


# Requests and replies


def test_requests_carry_nothing_extra() -> None:
    """Release 1 does not answer a request with an unknown key."""
    assert json.loads(request_text("SubscribeTIC")) == {
        "type": "REQUEST",
        "name": "SubscribeTIC",
    }
    data = Identifier(port_name=PORT).as_dict()
    assert json.loads(request_text("ReadTIC", data))["data"] == {"portName": PORT}


@VERSIONS
def test_replies(version: int) -> None:
    """A reply has a code, a message if it failed, and data if there is any."""
    written = Format(version)
    good = parse_message(written.reply("GetAvailableTICs", data=[{"portName": PORT}]))
    assert good == Reply("GetAvailableTICs", 0, "", [{"portName": PORT}])
    assert good.ok
    bad = parse_message(written.reply("ReadTIC", -12, "not found! (5)"))
    assert bad == Reply("ReadTIC", -12, "not found! (5)", None)
    assert not bad.ok


@pytest.mark.parametrize(
    ("extra", "ok"),
    [
        ({}, True),
        ({"errorMessage": "no"}, False),
        ({"errorCode": "0", "errorMessage": "no"}, False),
        ({"errorCode": True}, True),
        ({"errorCode": 4711}, False),
        ({"errorCode": 0, "errorMessage": {}}, True),
    ],
)
def test_reply_with_odd_code(extra: dict[str, Any], ok: bool) -> None:
    """A code of a wrong type is none; an unknown one is an error like any other."""
    reply = parse_message(json.dumps({"type": "RESPONSE", "name": "ReadTIC"} | extra))
    assert isinstance(reply, Reply)
    assert reply.ok is ok


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "42",
        '"text"',
        "[]",
        "[" * 60_000,
        "1" * 10_000,
        "{}",
        '{"type":"EVENT"}',
        '{"type":"EVENT","name":7}',
        '{"type":"EVENT","name":"OnHoliday"}',
        '{"type":"REQUEST","name":"OnTICData","frame":{}}',
        '{"type":["EVENT"],"name":"OnTICData","frame":{}}',
        '{"type":"EVENT","name":"OnTICData"}',
        '{"type":"EVENT","name":"OnTICData","frame":null,"content":[]}',
        '{"type":"EVENT","name":"OnTICData","data":{"frame":"x"}}',
    ],
)
def test_nonsense_is_nothing(text: str) -> None:
    """What no server says is read as nothing, and raises nothing."""
    assert parse_message(text) is None


def test_message_is_cleaned() -> None:
    """An error's words are short and can be printed."""
    text = json.dumps(
        {"type": "EVENT", "name": "OnError", "errorMessage": "\ud800" * 999}
    )
    error = parse_message(text)
    assert isinstance(error, ServerError)
    assert error.message == "?" * 300
    assert error.code is None
    assert not error.identifier


@pytest.mark.parametrize("body", [None, [], "x", 7])
def test_data_of_wrong_type(body: object) -> None:
    """A ReadTIC may be answered with anything."""
    assert parse_data(body) is None


# Identifiers and modems


def test_identifier_matching() -> None:
    """The first field on both sides decides: serial number, port id, port name."""
    full = Identifier("041876543210", PORT, PLACE)
    assert full.matches(Identifier("041876543210", "/dev/wrong"))
    assert not full.matches(Identifier("999999999999", PORT, PLACE))
    assert full.matches(Identifier(None, "/dev/wrong", PLACE))
    assert not full.matches(Identifier(None, PORT, "elsewhere"))
    assert full.matches(Identifier(None, PORT))
    assert Identifier(port_name=PORT).decides(Identifier(port_id=PLACE)) is None
    assert not Identifier().matches(full)
    assert not Identifier()
    assert full.as_dict() == {
        "serialNumber": "041876543210",
        "portId": PLACE,
        "portName": PORT,
    }


@pytest.mark.parametrize(
    "data", [None, [], {}, {"serialNumber": 41876543210}, {"portId": ""}]
)
def test_identifier_without_content(data: object) -> None:
    """Null fields, wrong types and empty texts name nothing."""
    assert Identifier.from_json(data) == Identifier()


@pytest.mark.parametrize("key", ["manufacturer", "manufacturerName"])
def test_modem(key: str) -> None:
    """All fields of both releases are there."""
    modem = ModemInfo.from_json(
        {
            "portName": PORT,
            "portId": PLACE,
            "modemType": "MICHAUD",
            "productId": 24577,
            "vendorId": 1027,
            "productName": "FT232R_USB_UART",
            key: "FTDI",
            "serialNumber": "A50285BI",
            "description": "FT232 Serial (UART) IC",
            "native": False,
        }
    )
    assert modem == ModemInfo(
        PORT,
        PLACE,
        "MICHAUD",
        24577,
        1027,
        "FT232R_USB_UART",
        "FTDI",
        "A50285BI",
        "FT232 Serial (UART) IC",
        native=False,
    )


def test_modem_of_wrong_types() -> None:
    """What is not as it should be is left out."""
    assert ModemInfo.from_json({"productId": "24577", "native": 1}) == ModemInfo()
    assert ModemInfo.from_json({"vendorId": True, "modemType": None}) == ModemInfo()


# Frames


def test_horodates() -> None:
    """Release 2 puts them before the data, release 1 drops them, but for DATE's."""
    now = "E261122112535"
    for version, date, greatest, stamp in (
        (1, now, "03210", None),
        (2, f"{now}\t", "E250615081230\t03210", "E250615081230"),
    ):
        frame = frame_of({"DATE": date, "SMAXSN": greatest}, version=version)
        assert frame.groups == (
            Group("DATE", "", now),
            Group("SMAXSN", "03210", stamp),
        )
        assert frame.mode is Mode.STANDARD
        assert not frame.damaged
        assert frame.complete


@pytest.mark.parametrize(
    "content",
    [
        {"!SINSTS": "00454"},
        {"!ABCDEF": ""},
        {"SINSTS": "454"},
        {"SINSTS": 454},
        {"SINSTS": None},
        {"SINSTS": True},
        {"SINSTS": ["00454"]},
        {"SINSTS": "E250615081230\t00454"},
        {"SMAXSN": "E25061508123\t03210"},
        {"SMAXSN": "E250615081230\t03210\t"},
        {"SMAXSN": "\t03210"},
        {"DATE": ""},
        {"DATE": "22/11/2026"},
        {"PAPP": "00454"},
        {"MSG1": "\u00e9" * 32},
        {"sinsts": "00454"},
        {"ZZZ": "\n"},
        {"ZZZ": "H\n\tA"},
    ],
)
def test_damaged_groups(content: dict[str, Any]) -> None:
    """Label and shape are checked as in the codec; what fails is damage."""
    frame = frame_of({"SINSTI": "00000", **content})
    assert [group.label for group in frame.groups] == ["SINSTI"]
    assert frame.damaged == 1
    assert not frame.unknown


def test_numbers_are_taken_as_text() -> None:
    """Values that are no text are read as it where they fit."""
    frame = frame_of({"IINST": 123, "ISOUSC": 30.5}, "HISTORIC")
    assert frame.groups == (Group("IINST", "123"),)
    assert frame.damaged == 1


def test_unknown_labels() -> None:
    """They are no damage; there is an end to them."""
    frame = frame_of({"ADSC": "042164123456", "NEUF": "7", "NEUF+1": "H26\t7"})
    assert frame.unknown == (Group("NEUF", "7"), Group("NEUF+1", "7", "H26"))
    assert not frame.damaged
    many = frame_of({f"X{n:04}": "7" for n in range(160)})
    assert len(many.unknown) == 160
    assert many.mode is None
    for label in ("X{:04}", "!X{:04}"):
        with pytest.raises(TooLongError):
            frame_of({label.format(n): "7" for n in range(161)})


@pytest.mark.parametrize("mode", [None, "AUTO", "UNKNOWN", 7, ["STANDARD"]])
def test_mode_by_the_labels(mode: object) -> None:
    """Without a mode that tells, the first known label does."""
    frame = frame_of({"PAPP": "00490", "SINSTS": "00490"}, mode)
    assert frame.mode is Mode.HISTORIC
    assert frame.groups == (Group("PAPP", "00490"),)
    assert frame.damaged == 1


def test_order_is_the_meters() -> None:
    """Groups come in any order and leave in the meter's."""
    content = {
        row.name: example(row)[0] for row in reversed(ROWS) if row.mode == "historic"
    }
    frame = frame_of(content, "HISTORIC")
    assert [group.label for group in frame.groups] == list(reversed(content))
    assert frame.address == "042164123456"


@VERSIONS
def test_empty_frame(version: int) -> None:
    """Release 1 delivers frames without a group."""
    frame = frame_of({}, version=version)
    assert frame.groups == ()
    assert frame.mode is None


def test_serial_number_of_a_damaged_address_is_not_believed() -> None:
    """Release 2 takes it from the group whose checksum is wrong."""
    body = {
        "identifier": {
            "serialNumber": "041876543219",
            "portName": PORT,
            "portId": PLACE,
        },
        "mode": "HISTORIC",
        "frame": {"!ADCO": "041876543219", "PAPP": "00490"},
    }
    data = event("OnTICData", body, 2)
    assert data.identifier == Identifier(None, PORT, PLACE)


def partial(groups: object, mode: object = "STANDARD") -> ServerError:
    """Return release 1's error for a frame with some valid groups."""
    error = event(
        "OnError",
        {
            "errorCode": 27,
            "errorMessage": "Invalid Checksum value",
            "data": {"partialTICFrame": {"ticMode": mode, "ticFrame": groups}},
        },
        1,
    )
    assert isinstance(error, ServerError)
    assert error.code == 27
    return error


def test_partial_frame() -> None:
    """Its groups are good, and it lacks at least one."""
    error = partial(
        [
            {"ADSC": {"data": "041876543210", "checksum": 54}},
            {"DATE": {"dateTime": "E261122113712", "data": "", "checksum": 59}},
            {"SMAXSN": {"dateTime": "E250615081230", "data": "03210", "checksum": 49}},
            {"SINSTS": {"data": "454"}},
            {"SINSTI": "00000"},
            "garbage",
        ]
    )
    assert error.frame is not None
    assert error.frame.groups == (
        Group("ADSC", "041876543210"),
        Group("DATE", "", "E261122113712"),
        Group("SMAXSN", "03210"),
    )
    assert error.frame.damaged == 3


@pytest.mark.parametrize("groups", ["", [], [{}], {"ADSC": {}}, None, [{"ADSC": {}}]])
def test_partial_frame_without_a_group(groups: object) -> None:
    """There is no frame then."""
    assert partial(groups).frame is None


@pytest.mark.parametrize("data", ["", [], {"partialTICFrame": ""}, {"other": {}}])
def test_error_with_other_data(data: object) -> None:
    """Only a partial frame is a frame."""
    error = event("OnError", {"errorCode": 27, "data": data}, 1)
    assert error.frame is None


# The same meter by two ways


TIMED = {row.name for row in ROWS if row.horodate and row.name != "DATE"}


@VERSIONS
@pytest.mark.parametrize("preset", PRESETS)
def test_same_readings_as_from_a_port(preset: str, version: int) -> None:
    """A meter says the same from a server; release 1 knows no times, but for DATE's."""
    simulated = SimulatedMeter(PRESETS[preset])
    served = ServedTic(simulated)
    port, server = Meter(), Meter()
    left = right = None
    at = 0.0
    for number in range(6):
        simulated.advance(600)
        data = simulated.frame()
        if number == 4:
            data = damage("LTARF" if b"LTARF" in data else "PTEC")(data)
        served.serial = simulated.address
        message = parse_message(Format(version).frame_event(served, data))
        assert isinstance(message, Data | ServerError)
        assert message.frame is not None
        (decoded,) = Decoder().feed(data)
        assert message.frame.mode is decoded.mode
        assert message.frame.damaged == decoded.damaged == (number == 4)
        at += 600
        # Three times, so that nothing waits for frames to agree
        for _ in range(3):
            left = port.process(decoded, at=at, received=NOW)
            right = server.process(message.frame, at=at, received=NOW)
            at += 0.5
        assert left is not None
        assert right is not None
        if version == 1:
            assert_same_without_times(left, right)
        else:
            assert right == left
            assert {g.label: g for g in message.frame.groups} == decoded.by_label
    assert left is not None
    assert right is not None
    assert right.values.keys() == left.values.keys()


def assert_same_without_times(left: MeterReading, right: MeterReading) -> None:
    """Check that all is the same but the horodates, which are unknown."""
    assert right.address == left.address
    for key, value in left.values.items():
        timed = key.endswith("_time") or (
            key.startswith("mobile_peak_") and key[-1] in "123"
        )
        assert right[key] == (None if timed else value), key
    for label, group in left.frame.by_label.items():
        horodate = None if label in TIMED else group.horodate
        assert right.frame.by_label[label] == group._replace(horodate=horodate)


def test_times_without_a_horodate_are_unknown() -> None:
    """All labels that carry a horodate bear to be without."""
    content = {
        row.name: "H260113180000" if row.name == "DATE" else example(row)[0]
        for row in ROWS
        if row.horodate
    }
    frame = frame_of({"ADSC": "042164123456", **content}, version=1)
    assert not frame.damaged
    assert {group.label for group in frame.groups} == {"ADSC", *content}
    reading = Meter().process(frame, at=0.0, received=NOW)
    assert reading is not None
    assert reading["max_power_today"] == 0
    assert reading["max_power_today_time"] is None
    assert reading["mobile_peak_start_1"] is None
    assert reading["meter_clock"] is not None
    assert all(LABELS[label].mode is Mode.STANDARD for label in content)
