"""A household electricity meter that runs for ever.

It is the other side of the wire: it shares no code with the integration.
"""

from .config import MeterConfig
from .faults import Faults
from .line import Line, Transmission
from .meter import SimulatedMeter
from .presets import PRESETS
from .pty_meter import PtyMeter
from .server import SentFrame
from .tcp_meter import TcpMeter
from .truth import Phase, Truth

__all__ = [
    "PRESETS",
    "Faults",
    "Line",
    "MeterConfig",
    "Phase",
    "PtyMeter",
    "SentFrame",
    "SimulatedMeter",
    "TcpMeter",
    "Transmission",
    "Truth",
]
