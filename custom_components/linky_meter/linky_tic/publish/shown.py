"""Which values are of use at a meter, and those that several keys make."""

from __future__ import annotations

from collections.abc import Callable

from ..tic.fields import Value
from ..tic.reading import MeterReading
from ..tic.state.memory import Memory
from ..tic.tariffs import TARIFFS, Contract, index_key

type OfUse = Callable[[MeterReading, Memory], bool | None]
"""Whether a value is of use; None: not known yet."""

NOT_ANNOUNCED = "not_announced"
PHASES_MISSING = tuple(f"phase_missing_l{n}" for n in (1, 2, 3))


def contract_in(reading: MeterReading) -> Contract | None:
    """Return the kind of contract, None while it is unknown."""
    contract = reading["contract"]
    return contract if isinstance(contract, Contract) else None


def tempo_tomorrow(reading: MeterReading) -> Value | None:
    """Return the colour, or that there is none yet at a meter that will tell it."""
    if reading["tempo_tomorrow"] is None and reading["tempo_today"] is not None:
        return NOT_ANNOUNCED
    return reading["tempo_tomorrow"]


def phase_loss(reading: MeterReading) -> bool | None:
    """Return whether any phase has no voltage, None where no phase tells."""
    found = [reading[key] for key in PHASES_MISSING]
    return None if found == [None] * len(found) else True in found


def index_is_shown(index: int, reading: MeterReading, memory: Memory) -> bool:
    """Return whether an index register is, or was, counted at this meter."""
    if index in memory.active:
        return True
    # Left over from an old contract; which those are, only a known calendar tells
    return contract_in(reading) is not None and bool(reading[index_key(index)])


def three_phases(_: MeterReading, memory: Memory) -> bool | None:
    """Return whether the total of the phases is another value than phase 1."""
    return None if memory.phases is None else memory.phases != 1


def no_power(_: MeterReading, memory: Memory) -> bool:
    """Return whether a current is all there is: no power says the same, and finer."""
    power = "apparent_power" if memory.phases == 1 else "apparent_power_l1"
    return power not in memory.keys


def in_words(reading: MeterReading, _: Memory) -> bool:
    """Return whether only the meter's own words tell the contract or the tariff."""
    return contract_in(reading) is Contract.OTHER


def worth_naming(reading: MeterReading, _: Memory) -> bool | None:
    """Return whether the contract's kind tells more than calendar or colours do."""
    contract = contract_in(reading)
    told = contract not in {Contract.OTHER, Contract.TEMPO}
    return None if contract is None else told


def trip_in_sight(reading: MeterReading, _: Memory) -> bool:
    """Return whether there are seconds to show."""
    return reading["time_to_trip"] is not None


def index_of_use(index: int) -> OfUse:
    """Return whether a register is of use: one of several that the contract counts."""

    def enabled(reading: MeterReading, _: Memory) -> bool | None:
        if (contract := contract_in(reading)) is None:
            return None
        tariffs = TARIFFS[contract]
        # The only register of BASE is the total
        return contract is not Contract.BASE and (not tariffs or index <= len(tariffs))

    return enabled


def has_mobile_peaks(reading: MeterReading, _: Memory) -> bool:
    """Return whether the contract may have peaks; those of Tempo are its colours."""
    return contract_in(reading) in {Contract.EJP, Contract.OTHER}


def may_export(reading: MeterReading, _: Memory) -> bool:
    """Return whether the house may export: it says so, or it does."""
    return bool(reading["producer"] or reading["exporting"])
