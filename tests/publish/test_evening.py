"""An evening of a house of 9 kVA whose car charges with what is left.

The meter model has the breaker of 54E, section 7. The charger obeys
``available_current_l1``, as an automation would: 6 to 32 A, lowered at once, raised after
half a minute, told every two seconds.
"""

from datetime import datetime, timedelta

import pytest

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from tests.simulator import Line, MeterConfig, SimulatedMeter
from tests.simulator.clock import PARIS

_VOLTS = 230
_LEAST, _MOST = 6, 32
_EVENING = timedelta(hours=3)
_PATIENCE = 30.0
# Cooking, oven, kettle, washing, water: watts from and to a minute of the evening
_APPLIANCES = (
    (350, 0, 300),
    (2300, 5, 35),
    (1800, 20, 80),
    (2000, 33, 38),
    (2400, 60, 75),
    (2200, 90, 270),
    (1500, 140, 170),
)


def house(minute: float) -> float:
    """Return the watts of the house without its car."""
    hob = 2100 if 15 <= minute < 55 and (minute * 60) % 20 < 9 else 0
    return hob + sum(
        watts for watts, start, end in _APPLIANCES if start <= minute < end
    )


class Charger:
    """A charger that takes what it is told, from 6 A, or pauses."""

    def __init__(self) -> None:
        """Begin paused."""
        self.amperes = 0.0
        self.charged = 0.0
        self._enough_since: float | None = None

    def tell(self, available: float | None, now: float) -> None:
        """Take the current that is left; nothing known means pause."""
        if available is None:
            self.amperes = 0.0
            return
        target = min(self.amperes + available - 1, _MOST)
        if target < self.amperes:
            self.amperes = target if target >= _LEAST else 0.0
            self._enough_since = None
        elif target >= max(self.amperes + 1, _LEAST):
            if self._enough_since is None:
                self._enough_since = now
            elif now - self._enough_since >= _PATIENCE:
                self.amperes, self._enough_since = target, None
        else:
            self._enough_since = None


def spend(*, obeys: bool, phases: int = 1) -> tuple[SimulatedMeter, Charger]:
    """Return meter and charger after an evening, or when the breaker opened."""
    share = 9 * 1000 / phases
    scale = share / 9000
    config = MeterConfig(
        phases=3 if phases == 3 else 1,
        kva=9,
        start=datetime(2026, 1, 13, 18, 0, tzinfo=PARIS),
        load=(0.0,) * phases,
    )
    simulated, charger = SimulatedMeter(config), Charger()
    line, decoder, meter = Line(simulated), Decoder(), Meter(simulated.address)
    begin = simulated.now
    while (
        passed := (simulated.now - begin).total_seconds()
    ) < _EVENING.total_seconds():
        car = charger.amperes if obeys else _MOST * scale
        watts = scale * house(passed / 60) + _VOLTS * car
        simulated.set_load((watts, *(300.0,) * (phases - 1)))
        for frame in decoder.feed(line.send().data):
            reading = meter.process(frame, at=passed, received=simulated.now)
            if reading is None:
                continue
            available = reading["available_current_l1"]
            charger.tell(available if isinstance(available, float) else None, passed)
        charger.charged += car * _VOLTS * 1.5 / 3.6e6
        if simulated.breaker != "closed":
            break
    return simulated, charger


def test_the_house_trips_without_it() -> None:
    """32 A for the car beside cooking is too much for 9 kVA."""
    simulated, _ = spend(obeys=False)
    assert simulated.breaker == "overpower"


@pytest.mark.parametrize("phases", [1, 3])
def test_the_house_never_trips_with_it(phases: int) -> None:
    """And the car charges, most of the evening."""
    simulated, charger = spend(obeys=True, phases=phases)
    assert simulated.breaker == "closed"
    if phases == 1:
        assert charger.charged > 5
    else:
        assert charger.charged > 1
