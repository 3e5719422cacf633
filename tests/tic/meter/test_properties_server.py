"""What holds for anything that a TIC2WebSocket server may say."""

import json
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import LABELS, Mode
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.messages import (
    Data,
    Identifier,
    Reply,
    ServerError,
    parse_message,
)
from custom_components.linky_meter.linky_tic.tic.sources.tic2websocket.router import (
    Router,
)
from tests.fuzz.targets import TARGETS

from .test_properties import groups

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["042164123456", "/dev/ttyUSB0", "STANDARD", "\ud800", "1\t2"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=10), inner, max_size=4),
    ),
    max_leaves=10,
)
identifiers = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("serialNumber", "portName", "portId"), scalars)
)
labels = st.one_of(
    st.sampled_from([*LABELS, *(f"!{label}" for label in LABELS), "NEW+1"]),
    st.text(max_size=10),
)
contents = st.one_of(
    st.dictionaries(
        labels, st.one_of(scalars, st.text(alphabet="0123456789 ")), max_size=8
    ),
    anything,
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "identifier": st.one_of(identifiers, anything),
        "mode": st.one_of(st.sampled_from(["STANDARD", "HISTORIC"]), anything),
        "frame": contents,
        "content": contents,
        "errorCode": scalars,
        "errorMessage": scalars,
        "data": st.one_of(
            st.fixed_dictionaries(
                {
                    "partialTICFrame": st.fixed_dictionaries(
                        {"ticMode": scalars, "ticFrame": st.lists(contents, max_size=4)}
                    )
                }
            ),
            anything,
        ),
    },
)


@st.composite
def messages(draw: st.DrawFn) -> str:
    """Return JSON that is more or less a message of either release."""
    body = draw(st.one_of(bodies, st.dictionaries(st.text(max_size=8), anything)))
    names = ["OnTICData", "OnError", "ReadTIC", "GetAvailableTICs", "GetModemsInfo"]
    head: dict[str, Any] = {
        "type": draw(st.one_of(st.sampled_from(["EVENT", "RESPONSE"]), anything)),
        "name": draw(st.one_of(st.sampled_from(names), anything)),
    }
    return json.dumps(head | draw(st.sampled_from([body, {"data": body}])))


@settings(max_examples=500, deadline=None)
@given(st.one_of(messages(), anything.map(json.dumps), st.text()))
def test_no_message_raises(text: str) -> None:
    """It is understood or it is none, and what is understood can be passed on."""
    message = parse_message(text)
    if isinstance(message, Reply):
        assert message.ok in {True, False}
        message.message.encode()
        return
    if message is None:
        return
    heard: list[tuple[Frame, Identifier]] = []
    errors: list[ServerError] = []
    router = Router()
    router.add(lambda *event: heard.append(event), errors.append, [])
    router.route(message)
    assert len(errors) == isinstance(message, ServerError)
    for frame, _ in heard:
        assert frame.groups
        assert frame.ended_by is EndedBy.SERVER
        reading = Meter().process(frame, at=0)
        assert reading is not None
        assert reading.as_json().encode()


@settings(max_examples=100, deadline=None)
@given(st.lists(messages(), max_size=8))
def test_no_server_harms_the_client(said: list[str]) -> None:
    """Nor does it when these are the answers to its requests."""
    TARGETS["client"]("\n".join(said).encode())


@settings(max_examples=300, deadline=None)
@given(groups(), st.sampled_from(["frame", "content"]))
def test_every_group_comes_through(sent: tuple[Group, Mode], key: str) -> None:
    """In the format of release 2, with its horodate."""
    group, mode = sent
    text = group.value
    if group.horodate is not None:
        text = f"{group.horodate}\t{group.value}"
    body = {"mode": mode.upper(), key: {group.label: text}}
    message = parse_message(json.dumps({"type": "EVENT", "name": "OnTICData", **body}))
    assert isinstance(message, Data)
    assert message.frame == Frame(mode, (group,), EndedBy.SERVER)


@settings(max_examples=300, deadline=None)
@given(groups())
def test_a_damaged_group_does_not(sent: tuple[Group, Mode]) -> None:
    """Release 2 marks it."""
    group, mode = sent
    content = {f"!{group.label}": group.value}
    body = {"mode": mode.upper(), "frame": content}
    message = parse_message(json.dumps({"type": "EVENT", "name": "OnTICData", **body}))
    assert isinstance(message, Data)
    assert not message.frame.groups
    assert message.frame.damaged == 1
