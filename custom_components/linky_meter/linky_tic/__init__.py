"""A French electricity meter through its customer output (TIC).

    async for reading in linky_tic.open("/dev/ttyUSB0"):
        print(reading["apparent_power"], reading.as_json())

``subscribe`` calls back instead, ``decode`` reads captured bytes; ``Decoder``, ``Meter``
and, for TIC2WebSocket servers, ``Client`` are what they stand on. All readings obey the
same checks. ``linky_tic.costs`` is what electricity costs: prices, ledger, offers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cli.input.decode import decode
    from .cli.input.live import Subscription, readings as open, subscribe
    from .tic.decode.codec import Decoder
    from .tic.errors import (
        AlreadyConnectedError,
        ClosedError,
        LineDamagedError,
        LineSilentError,
        ModemGoneError,
        NoAnswerError,
        NoDataError,
        NoiseError,
        NotAServerError,
        NoTicError,
        NotProgrammedError,
        NotRfc2217Error,
        NotTicError,
        PortBusyError,
        PortFailedError,
        PortMissingError,
        RequestError,
        ServerUnreachableError,
        SilentError,
        SourceError,
        TextError,
        TicError,
        TokenRefusedError,
    )
    from .tic.frame import EndedBy, Frame, Group
    from .tic.labels import LABELS, Mode
    from .tic.meter.meter import Meter
    from .tic.reading import MeterReading
    from .tic.sources.tic2websocket.client import Client
    from .tic.sources.tic2websocket.messages import Identifier, ModemInfo, ServerError

    __version__: str

__all__ = [
    "LABELS",
    "AlreadyConnectedError",
    "Client",
    "ClosedError",
    "Decoder",
    "EndedBy",
    "Frame",
    "Group",
    "Identifier",
    "LineDamagedError",
    "LineSilentError",
    "Meter",
    "MeterReading",
    "Mode",
    "ModemGoneError",
    "ModemInfo",
    "NoAnswerError",
    "NoDataError",
    "NoTicError",
    "NoiseError",
    "NotAServerError",
    "NotProgrammedError",
    "NotRfc2217Error",
    "NotTicError",
    "PortBusyError",
    "PortFailedError",
    "PortMissingError",
    "RequestError",
    "ServerError",
    "ServerUnreachableError",
    "SilentError",
    "SourceError",
    "Subscription",
    "TextError",
    "TicError",
    "TokenRefusedError",
    "__version__",
    "decode",
    "open",
    "subscribe",
]

# Home Assistant loads single modules of this package, and has no ``cli`` in it: so what
# is named above is loaded when it is first asked for.
_MODULES = {
    ".cli.input.decode": ("decode",),
    ".cli.input.live": ("Subscription", "subscribe"),
    ".tic.decode.codec": ("Decoder",),
    ".tic.frame": ("EndedBy", "Frame", "Group"),
    ".tic.labels": ("LABELS", "Mode"),
    ".tic.meter.meter": ("Meter",),
    ".tic.reading": ("MeterReading",),
    ".tic.sources.tic2websocket.client": ("Client",),
    ".tic.sources.tic2websocket.messages": ("Identifier", "ModemInfo", "ServerError"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "open":
        return import_module(".cli.input.live", __name__).readings
    if name == "__version__":
        return import_module(".cli.arguments", __name__).package_version()
    # The rest are errors
    module = import_module(_MODULE_OF.get(name, ".tic.errors"), __name__)
    return getattr(module, name)
