"""A French electricity meter through its customer output (TIC).

    async for reading in linky_tic.open("/dev/ttyUSB0"):
        print(reading["apparent_power"], reading.as_json())

``subscribe`` calls back instead, ``decode`` reads captured bytes; ``Decoder`` and
``Meter`` are what they stand on. All readings obey the same checks.
"""

from __future__ import annotations

from .cli.arguments import package_version
from .cli.decode import decode
from .cli.live import Subscription, readings as open, subscribe
from .tic.codec import Decoder
from .tic.errors import (
    NoiseError,
    NotProgrammedError,
    NotTicError,
    PortBusyError,
    PortFailedError,
    PortMissingError,
    SilentError,
    SourceError,
    TicError,
)
from .tic.frame import EndedBy, Frame, Group
from .tic.labels import LABELS, Mode
from .tic.meter import Meter
from .tic.reading import MeterReading

__version__ = package_version()

__all__ = [
    "LABELS",
    "Decoder",
    "EndedBy",
    "Frame",
    "Group",
    "Meter",
    "MeterReading",
    "Mode",
    "NoiseError",
    "NotProgrammedError",
    "NotTicError",
    "PortBusyError",
    "PortFailedError",
    "PortMissingError",
    "SilentError",
    "SourceError",
    "Subscription",
    "TicError",
    "__version__",
    "decode",
    "open",
    "subscribe",
]
