"""A French electricity meter through its customer output (TIC).

    async for reading in linky_tic.open("/dev/ttyUSB0"):
        print(reading["apparent_power"], reading.as_json())

``subscribe`` calls back instead, ``decode`` reads captured bytes; ``Decoder``, ``Meter``
and, for TIC2WebSocket servers, ``Client`` are what they stand on. All readings obey the
same checks. ``linky_tic.costs`` is what electricity costs: prices, ledger, offers.
"""

from __future__ import annotations

from .cli.arguments import package_version
from .cli.decode import decode
from .cli.live import Subscription, readings as open, subscribe
from .tic.codec import Decoder
from .tic.errors import (
    AlreadyConnectedError,
    ClosedError,
    NoAnswerError,
    NoDataError,
    NoiseError,
    NotAServerError,
    NoTicError,
    NotProgrammedError,
    NotTicError,
    PortBusyError,
    PortFailedError,
    PortMissingError,
    RequestError,
    ServerUnreachableError,
    SilentError,
    SourceError,
    TicError,
)
from .tic.frame import EndedBy, Frame, Group
from .tic.labels import LABELS, Mode
from .tic.meter import Meter
from .tic.reading import MeterReading
from .tic.tic2websocket import Client
from .tic.tic2websocket_messages import Identifier, ModemInfo, ServerError

__version__ = package_version()

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
    "Meter",
    "MeterReading",
    "Mode",
    "ModemInfo",
    "NoAnswerError",
    "NoDataError",
    "NoTicError",
    "NoiseError",
    "NotAServerError",
    "NotProgrammedError",
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
    "TicError",
    "__version__",
    "decode",
    "open",
    "subscribe",
]
