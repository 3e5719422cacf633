"""The simulated meter measures what flows."""

from dataclasses import replace
from datetime import datetime, timedelta
from math import log

import pytest

from tests.simulator import PRESETS, MeterConfig, SimulatedMeter
from tests.simulator.clock import PARIS, local
from tests.simulator.frames.reading import bits, fields, flat_meter, values
from tests.simulator.installation import Installation

# Energy and power


@pytest.mark.parametrize("seconds", [1, 59.7, 3599, 86_400])
def test_energy_is_power_times_time(seconds: float) -> None:
    """A fixed load moves the index by what it draws."""
    meter = flat_meter()
    meter.set_load(2345)
    before = int(values(meter)["EAST"])
    meter.advance(seconds)
    drawn = int(values(meter)["EAST"]) - before
    assert drawn == pytest.approx(2345 * seconds / 3600, abs=1)
    assert meter.truth.import_wh - before == pytest.approx(2345 * seconds / 3600)


def test_small_steps_add_up() -> None:
    """Time may pass in pieces."""
    meter, other = flat_meter(), flat_meter()
    for _ in range(1000):
        meter.advance(0.1)
    other.advance(100)
    assert abs(meter.now - other.now) < timedelta(milliseconds=1)
    assert meter.truth.import_wh == pytest.approx(other.truth.import_wh, abs=0.001)


@pytest.mark.parametrize("name", [name for name in PRESETS if "standard" in name])
def test_registers_agree(name: str) -> None:
    """The sums of both splits are the total, while a household lives for days."""
    meter = SimulatedMeter(PRESETS[name])
    first = meter.truth
    for hours in (0.02, 3, 7, 26, 80):
        meter.advance(hours * 3600)
        frame = values(meter)
        supplier = [int(frame[f"EASF{number:02}"]) for number in range(1, 11)]
        distributor = [int(frame[f"EASD{number:02}"]) for number in range(1, 5)]
        assert int(frame["EAST"]) == sum(supplier) == sum(distributor)
        assert meter.truth.import_wh == pytest.approx(sum(supplier), abs=1)
    assert meter.truth.total > first.total + 10_000
    if meter.config.producer:
        assert meter.truth.injected > first.injected + 1000


def test_total_offset() -> None:
    """Some meters have a total that differs from its parts by a constant."""
    frame = values(flat_meter(total_offset=321))
    assert int(frame["EAST"]) - int(frame["EASF01"]) == 321


def test_index_starts_again() -> None:
    """Nine digits are followed by zero."""
    meter = flat_meter(indexes=(999_999_999,), load=(3600.0,))
    meter.advance(2)
    assert values(meter)["EAST"] == "000000001"


@pytest.mark.parametrize(
    ("watts", "imported", "exported", "phases"),
    [
        ((1000, 500, 250), 1750, 0, (1000, 500, 250)),
        ((-200, 600, -300), 100, 0, (0, 600, 0)),
        ((-900, 600, -300), 0, 600, (0, 600, 0)),
    ],
)
def test_phases_are_added_with_their_signs(
    watts: tuple[float, ...], imported: int, exported: int, phases: tuple[int, ...]
) -> None:
    """An exporting phase counts against the others, and shows zero itself."""
    meter = flat_meter(phases=3, producer=True, kva=9)
    meter.set_load(watts)
    frame = values(meter)
    assert int(frame["SINSTS"]) == imported
    assert int(frame["SINSTI"]) == exported
    assert tuple(int(frame[f"SINSTS{phase}"]) for phase in (1, 2, 3)) == phases
    assert int(frame["IRMS1"]) > 0
    assert bits(frame["STGE"], 9) == (exported > 0)


def test_apparent_power_is_voltage_times_current() -> None:
    """A power factor makes more current, not more energy."""
    meter = flat_meter()
    meter.set_voltage(227)
    meter.set_load(3576 * 0.8, 0.8)
    frame = values(meter)
    assert (frame["SINSTS"], frame["IRMS1"], frame["URMS1"]) == ("03576", "016", "227")
    before = meter.truth.import_wh
    meter.advance(3600)
    assert meter.truth.import_wh - before == pytest.approx(3576 * 0.8)


def test_reactive_quadrants() -> None:
    """Each direction of both powers has its register."""
    meter = flat_meter(producer=True)
    for quadrant, (watts, factor) in enumerate(
        [(1000, 0.8), (-1000, 0.8), (-1000, -0.8), (1000, -0.8)]
    ):
        meter.set_load(watts, factor)
        before = meter.truth.reactive
        meter.advance(3600)
        moved = [
            after - was for after, was in zip(meter.truth.reactive, before, strict=True)
        ]
        assert moved[quadrant] == pytest.approx(750, abs=1)
        assert sum(moved) == moved[quadrant]


def test_export_without_producer_option() -> None:
    """Only the register tells, and the current."""
    meter = flat_meter()
    meter.set_production(3000)
    frame = values(meter)
    assert "SINSTI" not in frame
    assert "EAIT" not in frame
    assert frame["SINSTS"] == "00000"
    assert int(frame["IRMS1"]) > 0
    assert bits(frame["STGE"], 9) == 1
    assert bits(frame["STGE"], 8) == 0
    meter.switch_mode("historic")
    frame = values(meter)
    assert frame["PAPP"] == "00000"
    assert int(frame["IINST"]) > 0


def test_household_is_alive() -> None:
    """The house draws much and little, and never trips the breaker."""
    meter = SimulatedMeter(PRESETS["standard_hc"])
    powers = []
    for _ in range(144):
        meter.advance(600)
        powers.append(meter.truth.import_va)
    assert min(powers) < 300
    assert max(powers) > 3000
    assert len({round(power) for power in powers}) > 100
    assert meter.breaker == "closed"


def test_sun_shines_by_day() -> None:
    """Producers export around noon and never at night."""
    noon = datetime(2026, 6, 21, 13, 0, tzinfo=PARIS)
    config = replace(PRESETS["standard_producer"], start=noon)
    assert SimulatedMeter(config).truth.export_va > 500
    night = replace(config, start=noon.replace(hour=2))
    assert SimulatedMeter(night).truth.export_va == 0


# The breaker


@pytest.mark.parametrize("ratio", [1.4, 2.0])
def test_breaker_opens(ratio: float) -> None:
    """It opens when the filter's output reaches 1.3 times the breaking power."""
    meter = flat_meter(kva=3, breaking_kva=6, load=(0.0,))
    meter.set_load(6000 * ratio)
    seconds = 0
    while meter.breaker == "closed":
        meter.advance(1)
        seconds += 1
    assert seconds == pytest.approx(log(1 - 1.69 / ratio**2) / log(0.992), abs=1)
    frame = values(meter)
    assert bits(frame["STGE"], 1, 3) == 1
    assert frame["SINSTS"] == "00000"
    assert int(frame["SMAXSN"]) == pytest.approx(7800, rel=0.02)
    meter.set_load(100)
    meter.close_breaker()
    assert bits(values(meter)["STGE"], 1, 3) == 0


def test_one_phase_opens_the_breaker() -> None:
    """Each phase has its third of the power."""
    meter = flat_meter(phases=3, kva=9, load=(0.0, 0.0, 0.0))
    meter.set_load([0, 3000 * 2, 0])
    states = []
    for seconds in (68, 2):
        meter.advance(seconds)
        states.append(meter.breaker)
    assert states == ["closed", "overpower"]


def test_below_the_limit_it_never_opens() -> None:
    """1.29 times the power is tolerated for ever."""
    meter = flat_meter(kva=6)
    meter.set_load(6000 * 1.29)
    meter.advance(7200)
    assert meter.breaker == "closed"
    assert bits(values(meter)["STGE"], 7) == 1
    assert meter.truth.filtered == pytest.approx(7740, rel=1e-4)


def test_daily_maximum() -> None:
    """Midnight hands the maximum over."""
    meter = flat_meter(start=datetime(2026, 1, 13, 23, 0, tzinfo=PARIS))
    meter.set_load(4000)
    meter.advance(1800)
    meter.set_load(500)
    today = fields(meter.frame())["SMAXSN"]
    assert today == ["H260113233000", "04000"]
    meter.advance(2400)
    after = fields(meter.frame())
    assert after["SMAXSN-1"] == today
    assert after["SMAXSN"][0] == "H260114000000"


def test_load_curve_and_mean_voltage() -> None:
    """Points are the means of whole intervals."""
    meter = flat_meter(load=(1000.0,))
    meter.set_voltage(228)
    meter.advance(900)
    meter.set_load(3000)
    meter.advance(905)
    frame = fields(meter.frame())
    assert frame["CCASN"] == ["H260113183000", "02000"]
    assert frame["CCASN-1"] == ["H260113180000", "01000"]
    assert frame["UMOY1"] == ["H260113183000", "228"]


def test_a_lively_house_never_stands_still() -> None:
    """By day something large switches each hour, in winter and in summer alike."""
    for day in (
        datetime(2026, 1, 13, 8, tzinfo=PARIS),
        datetime(2026, 7, 3, 8, tzinfo=PARIS),
    ):
        config = MeterConfig(phases=3, kva=18, lively=True)
        house = Installation(config)
        start = int(day.timestamp())
        watts = [
            [
                house.phases(second, local(second))
                for second in range(begin, begin + 3600, 60)
            ]
            for begin in range(start, start + 12 * 3600, 3600)
        ]
        for some in watts:
            total = [sum(phase.watts for phase in phases) for phases in some]
            assert max(total) - min(total) > 800
            assert max(phase.va for phases in some for phase in phases) < 6000
