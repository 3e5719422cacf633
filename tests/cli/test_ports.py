"""Which ports there are, and which one is meant."""

from collections.abc import Callable
from dataclasses import replace
import json
from typing import Any

import pytest
from serialx import SerialPortInfo

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.input import ports
from custom_components.linky_meter.linky_tic.cli.messages import Exit


def port(device: str, **fields: Any) -> SerialPortInfo:
    """Return a serial port of a machine."""
    names = (
        "vid pid serial_number manufacturer product bcd_device"
        " interface_description interface_num"
    )
    nothing = dict.fromkeys(names.split())
    return SerialPortInfo(
        **{"device": device, "resolved_device": device, **nothing, **fields}
    )


MODEM = port("/dev/ttyACM0", vid=0x1A86, pid=0x55D4, serial_number="TINFO-2201")


OLD_MODEM = port("/dev/ttyUSB1", vid=0x0403, pid=0x6015, serial_number="TINFO-0001")


ZIGBEE = port("/dev/ttyUSB0", vid=0x0403, pid=0x6015, product="FT230X Basic UART")


BOARD = port("/dev/ttyS0")


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put serial ports into this machine."""

    def plug(*infos: SerialPortInfo) -> None:
        monkeypatch.setattr(ports, "list_serial_ports", lambda: list(infos))

    return plug


def test_ports_shows_modems_first(
    plug: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A modem that names itself is pointed out; a Zigbee stick is not."""
    plug(BOARD, ZIGBEE, MODEM)
    assert main(["ports"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "/dev/ttyACM0  1A86:55D4  TINFO-2201  <- likely a TIC modem",
        "/dev/ttyS0",
        "/dev/ttyUSB0  FT230X Basic UART  0403:6015",
    ]


def test_ports_as_json(
    plug: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Scripts get one object a port."""
    plug(replace(MODEM, serial_number=None, manufacturer="CH2i"), BOARD)
    assert main(["ports", "--json"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["device"] == "/dev/ttyACM0"
    assert (first["usb"], first["likely"]) == ("1A86:55D4", True)
    assert (second["usb"], second["likely"]) == (None, False)


def test_ports_without_any(
    plug: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """No port is said in words."""
    plug()
    assert main(["ports"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "linky-tic: There is no serial port.\n"


@pytest.mark.parametrize(
    ("infos", "chosen"),
    [
        ([BOARD, ZIGBEE, MODEM], "/dev/ttyACM0"),
        ([BOARD, ZIGBEE], "/dev/ttyUSB0"),
        ([BOARD], "/dev/ttyS0"),
        ([MODEM, OLD_MODEM], None),
        ([BOARD, replace(BOARD, device="/dev/ttyS1")], None),
    ],
)
def test_the_port_may_be_left_out(
    plug: Callable[..., None], infos: list[SerialPortInfo], chosen: str | None
) -> None:
    """Only one port can be meant, or none is taken."""
    plug(*infos)
    assert ports.choose() == chosen


def test_no_port_to_choose(
    plug: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a port, or with several, the command says what to do."""
    plug()
    assert main(["read"]) == Exit.MISSING
    assert capsys.readouterr().err == "linky-tic: There is no serial port.\n"
    plug(MODEM, OLD_MODEM)
    assert main(["watch"]) == Exit.USAGE
    assert "linky-tic ports" in capsys.readouterr().err
