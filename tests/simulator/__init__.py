"""A household electricity meter that runs for ever.

It is the other side of the wire: it shares no code with the integration.
"""

from .config import MeterConfig
from .link.faults import Faults
from .link.line import Line, Transmission
from .link.pty_meter import PtyMeter
from .link.server import SentFrame
from .link.tcp_meter import TcpMeter
from .meter import SimulatedMeter
from .presets import PRESETS
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
