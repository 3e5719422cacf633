"""Available current."""

from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.power import (
    UNKNOWN,
    Limits,
    Phase,
    Settings,
    historic_limit,
    historic_single_phase,
    historic_three_phase,
    least,
    standard_phase,
)
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from tests.tic.helpers import (
    HISTORIC,
    HISTORIC_THREE,
    STANDARD,
    STANDARD_THREE,
    Timeline,
    encode,
    frame_of,
    read,
    shown,
)

DEFAULT = Settings()


def standard(**changes: Any) -> Phase:
    """Return the worked single-phase example, changed."""
    inputs: dict[str, Any] = {
        "phases": 1,
        "subscribed": 9000,
        "breaking": 9000,
        "apparent": 7165,
        "voltage": 224,
        "rms_current": 32,
        "rating": 60,
        "settings": DEFAULT,
    }
    inputs |= changes
    limits = Limits(**{name: inputs.pop(name) for name in Limits._fields})
    phase = standard_phase(limits, **inputs)
    assert phase is not None
    return phase


def single(**changes: Any) -> Phase:
    """Return a single-phase meter in historic mode, 9 kVA, changed."""
    inputs: dict[str, Any] = {
        "subscribed_current": 45,
        "current": 12,
        "apparent": 2830,
        "sends_apparent": True,
        "overload_current": None,
        "settings": DEFAULT,
    }
    return historic_single_phase(**inputs | changes)


def three(**changes: Any) -> Phase:
    """Return one phase of a three-phase meter in historic mode, 9 kVA, changed."""
    inputs: dict[str, Any] = {
        "subscribed_current": 15,
        "current": 4,
        "overload_current": None,
        "settings": DEFAULT,
    }
    return historic_three_phase(**inputs | changes)


# Standard mode: the checks of the digest's section 10.3


def test_single_phase_9_kva() -> None:
    """The 200 V convention alone would say 13 A."""
    reading = read(STANDARD)
    assert reading["available_current"] == pytest.approx(8.19, abs=0.005)
    assert reading["available_current_l1"] == reading["available_current"]
    assert reading["available_power"] == pytest.approx(9000 - 7165, abs=1)
    assert reading["current_l1"] == pytest.approx(31.99, abs=0.005)
    assert reading["current_limit_l1"] == pytest.approx(40.18, abs=0.005)


def test_three_phases_9_kva_over_the_limit() -> None:
    """A negative result is the overload."""
    reading = read(STANDARD_THREE)
    assert reading["available_current_l1"] == pytest.approx(-2.54, abs=0.005)
    assert reading["available_current"] == reading["available_current_l1"]
    assert reading["available_current_l2"] == pytest.approx(2536 / 231, abs=0.005)
    assert reading["available_current_l3"] == pytest.approx(3000 / 232, abs=0.005)
    # The worst phase's room, on all of them
    assert reading["available_power"] == pytest.approx(-576 * 3, abs=1)


def test_three_phases_18_kva_exporting() -> None:
    """What is exported is not drawn; it is not credited unless asked."""
    changes = {
        "PREF": "18",
        "PCOUP": "18",
        "SINSTS1": "00000",
        "IRMS1": "001",
        "URMS1": "234",
        "URMS2": "234",
        "URMS3": "234",
        "SINSTS": "00230",
    }
    reading = read(STANDARD_THREE, changes)
    assert reading["available_current_l1"] == pytest.approx(25.6, abs=0.05)
    crediting = Timeline(Meter(settings=Settings(credit_export=True)))
    credited = crediting.feed(STANDARD_THREE, changes, times=3)
    assert credited["available_current_l1"] == pytest.approx(26.6, abs=0.05)
    assert credited["available_current_l2"] == reading["available_current_l2"]


@pytest.mark.parametrize(
    "missing", ["subscribed", "breaking", "apparent", "voltage", "rms_current"]
)
def test_any_input_missing_is_unknown(missing: str) -> None:
    """Neither 0 nor the limit."""
    phase = standard(**{missing: None})
    assert phase.available is None
    assert phase.room is None
    assert phase.limit is None


@pytest.mark.parametrize("missing", ["subscribed", "breaking", "rms_current"])
def test_current_needs_no_limit(missing: str) -> None:
    """What is drawn is known without them."""
    assert standard(**{missing: None}).current == pytest.approx(31.99, abs=0.005)


@pytest.mark.parametrize("label", ["SINSTS", "URMS1", "IRMS1", "PREF", "PCOUP", "STGE"])
def test_meter_that_never_sent_an_input(label: str) -> None:
    """The same through a whole meter, one label at a time."""
    reading = read(STANDARD, {label: None})
    assert shown(reading, "available_current", "available_power") == [None, None]


@pytest.mark.parametrize("voltage", [0, 115, 179, 281, 999])
def test_impossible_voltage_is_unknown(voltage: int) -> None:
    """A lost phase or bad data."""
    assert standard(voltage=voltage) == UNKNOWN


@pytest.mark.parametrize(("voltage", "current"), [(180, 39), (280, 26)])
def test_low_and_high_voltages(voltage: int, current: int) -> None:
    """Below 200 V the contract's current binds, above it the power."""
    phase = standard(voltage=voltage, rms_current=current, apparent=7165)
    limit = min(9000 / voltage, 45)
    assert phase.limit == pytest.approx(limit, abs=0.005)
    assert phase.available == pytest.approx(limit - 7165 / voltage, abs=0.01)


def test_currents_that_disagree_are_unknown() -> None:
    """S/U and IRMS are two measurements of one current."""
    for rms_current in (31, 32, 33):
        phase = standard(apparent=7168, rms_current=rms_current)
        assert phase.current == 32
        assert phase.available == pytest.approx(8.18, abs=0.005)
    for rms_current in (0, 30, 34, 320):
        assert standard(apparent=7168, rms_current=rms_current) == UNKNOWN


def test_nothing_drawn() -> None:
    """Without power, a current is an export; without either, nothing flows."""
    exporting = standard(apparent=0, rms_current=5)
    assert exporting.current == 5
    assert exporting.available == pytest.approx(9000 / 224, abs=0.01)
    idle = standard(apparent=0, rms_current=0)
    assert idle.current == 0
    assert idle.available == exporting.available
    credit = Settings(credit_export=True)
    credited = standard(apparent=0, rms_current=5, settings=credit)
    assert credited.available == pytest.approx(9000 / 224 + 5, abs=0.01)
    assert standard(settings=credit) == standard()


def test_the_least_limit_binds() -> None:
    """Subscribed power, breaking power, meter and user."""
    assert standard(subscribed=6000).limit == pytest.approx(6000 / 224, abs=0.005)
    assert standard(breaking=6000).limit == pytest.approx(6000 / 224, abs=0.005)
    only_breaking = Settings(breaking_power_only=True)
    assert standard(subscribed=6000, settings=only_breaking) == standard()
    assert standard(subscribed=None, settings=only_breaking) == standard()
    assert standard(breaking=None, settings=only_breaking).available is None
    big: dict[str, Any] = {"subscribed": 18_000, "breaking": 18_000}
    assert standard(**big).limit == 60
    assert standard(**big, rating=90).limit == pytest.approx(18_000 / 224, abs=0.005)
    assert standard(**big, rating=None).limit == pytest.approx(80.36, abs=0.005)
    assert standard(settings=Settings(rating=25)).limit == 25
    assert standard(settings=Settings(rating=80)) == standard()


def test_three_phases_share_by_thirds() -> None:
    """Shares are never pooled."""
    assert standard(phases=3, apparent=1000, rms_current=4).limit == pytest.approx(
        3000 / 224, abs=0.005
    )


@pytest.mark.parametrize("code", range(1, 7))
def test_nothing_is_available_behind_an_open_breaker(code: int) -> None:
    """Whatever opened it."""
    status = f"{0x003A4400 | code << 1:08X}"
    changes = {"STGE": status, "SINSTS": "00000", "IRMS1": "000"}
    reading = read(STANDARD, changes)
    assert shown(reading, "available_current", "available_power") == [0, 0]
    assert reading["breaker_open"] is True
    assert reading["current_l1"] == 0


def test_a_code_that_is_not_defined_is_not_closed() -> None:
    """Code 7 says nothing."""
    reading = read(STANDARD, {"STGE": "003A440E"})
    assert shown(reading, "available_current", "breaker", "breaker_open") == [None] * 3
    assert reading["current_l1"] == pytest.approx(31.99, abs=0.005)


# Historic mode


def test_historic_single_phase() -> None:
    """Power with its rounding, or current with its, whichever leaves less."""
    # Power binds: (9000 - 2830 - 5) / 240
    assert single().available == pytest.approx(25.69, abs=0.005)
    # Current binds when the power factor or the voltage is low
    assert single(current=30).available == pytest.approx(14.5)
    assert single().current == 12
    assert single().limit == pytest.approx(37.5)
    assert single().room == pytest.approx(25.6875 * 240, abs=0.1)
    # 200 V is the plain contract rule
    plain = single(settings=Settings(assumed_voltage=200), apparent=2000)
    assert plain.available == pytest.approx(32.5)
    assert plain.limit == 45


def test_historic_single_phase_exporting() -> None:
    """Nothing is drawn while PAPP is 0."""
    assert single(apparent=0, current=20).available == pytest.approx(
        (9000 - 5) / 240, abs=0.005
    )


def test_historic_meter_without_papp() -> None:
    """Those of the first generation never send it: the current decides."""
    phase = single(apparent=None, sends_apparent=False)
    assert phase.limit == 45
    assert phase.available == pytest.approx(45 - 12 - 0.5)
    rated = single(apparent=None, sends_apparent=False, settings=Settings(rating=20))
    assert (rated.limit, rated.available) == (20, 7.5)
    assert single(apparent=None).available is None
    assert single(apparent=None).current == 12


def test_no_more_is_left_than_is_subscribed() -> None:
    """Amperes at 240 V would be: what is told in VA ends at the contract's."""
    quiet = single(apparent=None, sends_apparent=False, current=0)
    assert quiet.available == pytest.approx(44.5)
    assert quiet.room == 9000
    busy = single(apparent=None, sends_apparent=False, current=12)
    assert busy.room == pytest.approx(32.5 * 240)


def test_historic_overload_warning() -> None:
    """ADPS lowers what is left, and never raises it."""
    assert single(overload_current=47).available == -2
    assert single(overload_current=10) == single()


def test_historic_ratings() -> None:
    """The user's rating is one more upper limit."""
    assert single(settings=Settings(rating=20)).available == pytest.approx(7.5)
    assert single(settings=Settings(rating=20)).limit == 20
    assert three(settings=Settings(rating=10)).available == pytest.approx(5.5)
    assert historic_limit(45, Settings(rating=20)) == 20
    assert historic_limit(45, Settings(assumed_voltage=180)) == 45


def test_historic_inputs_missing() -> None:
    """Unknown, but for what needs them not."""
    assert single(current=None) == UNKNOWN
    assert single(subscribed_current=None) == Phase(current=12)
    assert three(current=None) == UNKNOWN
    assert three(subscribed_current=None) == Phase(current=4)


def test_historic_three_phases() -> None:
    """Each phase by its own current; the power is never shared out."""
    reading = read(HISTORIC_THREE)
    assert [reading[f"available_current_l{n}"] for n in (1, 2, 3)] == [9, 8, 7]
    assert reading["available_current"] == 7
    assert reading["available_power"] == 7 * 240 * 3
    # The total exports; the phases may still draw
    exporting = read(HISTORIC_THREE, {"PAPP": "00000"})
    assert exporting["available_current"] == 7


def test_historic_three_phases_over() -> None:
    """ADIRi comes before IINSTi."""
    assert three(overload_current=17).available == pytest.approx(12.5 - 17.5)
    assert three(overload_current=17, current=None).current == 17


def test_historic_meters_through_frames() -> None:
    """ADPS, and a meter that never sends PAPP."""
    over = read(HISTORIC, {"ADPS": "047", "IINST": "047", "PAPP": "10810"})
    assert over["overload"] is True
    assert over["available_current"] == pytest.approx((9000 - 10815) / 240, abs=0.01)
    old = {"ADCO": "040801123456", "PAPP": None}
    assert read(HISTORIC, old)["available_current"] == pytest.approx(32.5)
    # Not before a whole frame has shown that it sends none
    meter = Meter()
    data = encode(HISTORIC, old)
    cut = meter.process(frame_of(data[data.index(b"\nPTEC") :]), at=0)
    assert cut is not None
    assert cut["available_current"] is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([3.0], 3.0),
        ([3.0, -1.0, 2.0], -1.0),
        ([3.0, None], None),
        ([None], None),
        ([0.0, 1.0], 0.0),
    ],
)
def test_least(values: list[float | None], expected: float | None) -> None:
    """One unknown phase makes the least unknown."""
    assert least(values) == expected
