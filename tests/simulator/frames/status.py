"""The status register STGE, bit by bit."""

from tests.simulator.agenda import Colour
from tests.simulator.config import MeterConfig
from tests.simulator.truth import BREAKER_CODES, Truth

_COLOURS: dict[Colour | None, int] = {None: 0, "blue": 1, "white": 2, "red": 3}

# What nearly every meter in service shows.
_EURIDIS_WITH_SECURITY = 3
_PLC_NEW_LOCK = 1


def status_register(config: MeterConfig, truth: Truth) -> int:
    """Return the 32 bits of the register."""
    tariff = truth.tariff
    fields = (
        # The contact reads the other way round than in RELAIS.
        (0, 0 if truth.relays & 1 else 1),
        (1, BREAKER_CODES[truth.breaker]),
        (4, truth.cover_open),
        (6, truth.overvoltage),
        (7, truth.reference_exceeded),
        (8, config.producer),
        (9, truth.active_power < 0),
        (10, tariff.index - 1),
        (14, tariff.distributor - 1),
        (16, truth.clock_degraded),
        (17, truth.mode == "standard"),
        (19, _EURIDIS_WITH_SECURITY),
        (21, _PLC_NEW_LOCK),
        (24, _COLOURS[tariff.today]),
        (26, _COLOURS[tariff.tomorrow]),
        (28, tariff.notice),
        (30, tariff.running),
    )
    register = 0
    for bit, value in fields:
        register |= int(value) << bit
    return register
