"""What a meter teaches us, kept when a frame is judged: the one place that changes memory.

How many phases it has, what its tariffs are called, which registers are of use, how its
day profiles read, and how much energy it ever counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from ..frame import Frame
from ..identity import Identity
from ..labels import Mode
from ..profile import Day, in_force, parse_day_profile, readings_of, tariffs_of
from ..tariffs import (
    INDEXES,
    LABEL_INDEXES,
    PERIODS,
    REGISTERS,
    TARIFFS,
    Contract,
    contract_of_calendar,
    contract_of_option,
    index_of,
    slot_of_index,
)
from ..values import StatusRegister, normalise, parse_horodate, parse_status
from .memory import Memory
from .trusted import Trusted

_THREE_PHASE_LABELS = frozenset({"IINST2", "IRMS2", "URMS2", "SINSTS1"})
_PHASE_POWERS = frozenset({"SINSTS1", "SINSTS2", "SINSTS3"})
# So many undamaged frames in a row tell that they are right, or that they are not
_FRAMES_TO_DOUBT = 12
_NAMED_BY = ("NGTF", "NTARF", "LTARF")
_PROFILES = ("PJOURF+1", "PPOINTE")
# Not EJP: its peaks come on some days only
_ALIKE = frozenset({Contract.OFF_PEAK, Contract.TEMPO})
# The two readings of a time are six minutes apart at least
_CHANGE_MINUTES = 2
_NEAR_MINUTES = 5


class Learning:
    """Latches what frames agree on."""

    def __init__(self, trusted: Trusted) -> None:
        self._trusted = trusted
        self._name: tuple[str, int, str] | None = None
        self._phases: tuple[int | None, int] = (None, 0)
        self._doubts = 0
        """Frames in a row that say otherwise of the power of each phase."""
        self._before: dict[str, int] = {}
        """The supplier's indexes before the mode changed."""

    def change_mode(self, memory: Memory) -> None:
        """Keep the indexes of the mode that ends, for ``energy_import`` goes on."""
        self._before = memory.indexes.present()

    def step(
        self, memory: Memory, mode: Mode | None, stepped: Mapping[str, int]
    ) -> None:
        """Keep that registers stepped; ``stepped`` are the Wh from which they count now.

        Not consumption: a register means something else, or was set anew. What it counted
        since then was consumed. All energy is that of the total in standard mode, of the
        others in historic.
        """
        standard = mode is Mode.STANDARD
        before = {
            name: began
            for name, began in stepped.items()
            if (name == "EAST") is standard
        }
        if before:
            memory.registers = None
            self._before = self._before or before

    def learn(
        self,
        memory: Memory,
        mode: Mode | None,
        identity: Identity | None,
        frame: Frame,
        accepted: Collection[str],
        *,
        received: datetime,
    ) -> None:
        """Keep what a frame of the meter taught; ``accepted`` are its trusted labels.

        ``received`` is the aware time of the frame's end.
        """
        trusted = self._trusted
        self._learn_phases(memory, identity, frame)
        self._learn_name(memory, accepted)
        self._learn_phase_powers(memory, frame, accepted)
        memory.active.update(
            LABEL_INDEXES[label] for label in trusted.moved if label.startswith("EASF")
        )
        if mode is None:
            return
        if mode is Mode.STANDARD:
            self._learn_encoding(memory, accepted)
            _learn_calendar(memory, trusted)
        else:
            if "PTEC" in accepted:
                _observe(memory, trusted, received)
            _learn_option(memory, trusted)
        _count_energy(memory, trusted, mode, self._before)

    def _learn_encoding(self, memory: Memory, accepted: Collection[str]) -> None:
        """Take how the times of profiles are written from the tariff that counts.

        It tells where the two readings of today's profile do not agree: at the latest
        when it changes, and a change that is seen is the best of proofs.
        """
        trusted = self._trusted
        changed = "NTARF" in trusted.moved
        if "NGTF" in trusted.moved:
            # Another calendar counts its days anew
            memory.days.clear()
        if not (changed or memory.encoding is None) or "NTARF" not in accepted:
            return
        text = memory.days.get(trusted.text("NJOURF") or "")
        days = {
            encoding: tariffs_of(profile)
            for encoding, profile in readings_of(text or "").items()
        }
        if len(days) < 2 or len(set(days.values())) < 2 or "DATE" not in accepted:
            return
        clock = parse_horodate(trusted.groups["DATE"].horodate or "")
        if clock is None:
            return
        contract = contract_of_calendar(normalise(trusted.text("NGTF") or ""))
        slot = slot_of_index(contract, trusted.numbers["NTARF"])
        minute = clock.at.hour * 60 + clock.at.minute
        fit = {
            encoding
            for encoding, day in days.items()
            if (_begins if changed else _lasts)(day, slot, minute)
        }
        if len(fit) == 1:
            (memory.encoding,) = fit

    def learn_keys(self, memory: Memory, keys: Collection[str]) -> None:
        """Keep every key that a reading ever had."""
        if len(keys) > len(memory.keys):
            memory.keys |= dict.fromkeys(keys)

    def _learn_phases(
        self, memory: Memory, identity: Identity | None, frame: Frame
    ) -> None:
        """Take the phases from the address, then from what is sent (T18)."""
        fresh = frame.by_label
        if memory.phases is None and identity is not None and identity.linky:
            memory.phases = identity.phases
        if not _THREE_PHASE_LABELS.isdisjoint(fresh):
            phases = 3
        elif "IINST" in fresh or ("URMS1" in fresh and frame.undamaged):
            phases = 1
        else:
            return
        seen, count = self._phases
        count = count + 1 if seen == phases else 1
        self._phases = (phases, count)
        if count >= (2 if memory.phases is None else 3):
            memory.phases = phases

    def _learn_phase_powers(
        self, memory: Memory, frame: Frame, accepted: Collection[str]
    ) -> None:
        """Learn whether the power of each phase can be believed.

        The sum, or voltage and current, speak against one that is wrong in every frame.
        """
        told = _PHASE_POWERS & frame.by_label.keys()
        if not told or not frame.undamaged:
            return
        wrong = not told.issubset(accepted)
        self._doubts = self._doubts + 1 if wrong is not memory.phase_powers_wrong else 0
        if self._doubts >= _FRAMES_TO_DOUBT:
            memory.phase_powers_wrong, self._doubts = wrong, 0

    def _learn_name(self, memory: Memory, accepted: Collection[str]) -> None:
        """Take the name of the tariff that counts, once two frames agree."""
        if "NTARF" not in accepted or "LTARF" not in accepted:
            return
        name = _name_of(*(self._trusted.text(label) for label in _NAMED_BY))
        # Two frames must agree: LTARF may still be the old one at a change
        if name is not None and name == self._name:
            memory.learn_label(*name)
        self._name = name or self._name


@lru_cache(maxsize=16)
def _name_of(
    calendar: str | None, number: str | None, label: str | None
) -> tuple[str, int, str] | None:
    """Return calendar, index and name of a tariff, None where they are not known."""
    if calendar is None or number is None or label is None:
        return None
    index, name = int(number), " ".join(label.split())
    if not name or not 1 <= index <= 10:
        return None
    return " ".join(calendar.split()), index, name


def index_counted(trusted: Trusted, status: StatusRegister | None) -> int | None:
    """Return the supplier index that is counted, None where it is unknown."""
    return trusted.numbers.get("NTARF") or (status.supplier_index if status else None)


def _begins(day: Day, slot: int, minute: int) -> bool:
    """Return whether a tariff begins about now."""
    return any(
        index == slot and 0 <= minute - start <= _CHANGE_MINUTES for start, index in day
    )


def _lasts(day: Day, slot: int, minute: int) -> bool:
    """Return whether a tariff is in force, and no change is near."""
    near = any(abs(minute - start) <= _NEAR_MINUTES for start, _ in day)
    return near or in_force(day, minute) == slot


def _observe(memory: Memory, trusted: Trusted, received: datetime) -> None:
    """Take what PTEC counts now, of a contract whose days are all alike."""
    contract = contract_of_option(trusted.text("OPTARIF") or "")
    index = index_of(PERIODS.get(trusted.text("PTEC") or ""), contract)
    if contract in _ALIKE and index is not None:
        slot = slot_of_index(contract, index)
        memory.observed.observe(contract, slot, received)


def _counted(contract: Contract) -> Iterable[int]:
    """Return the indexes that a contract counts."""
    return range(1, len(TARIFFS[contract]) + 1)


def _learn_option(memory: Memory, trusted: Trusted) -> None:
    """Take what historic mode tells of the contract: BASE may hide any other."""
    if option := trusted.text("OPTARIF"):
        contract = contract_of_option(option)
        memory.active.update(_counted(contract))
        if contract is not Contract.BASE:
            memory.contract = contract


def _learn_calendar(memory: Memory, trusted: Trusted) -> None:
    """Take what standard mode tells of the calendar: registers and day profiles."""
    index = index_counted(trusted, parse_status(trusted.text("STGE") or ""))
    if index is not None and index in INDEXES:
        memory.active.add(index)
        if (name := trusted.text("NGTF")) is not None:
            memory.contract = contract_of_calendar(normalise(name))
            memory.active.update(_counted(memory.contract))
    for label in _PROFILES:
        parsed = parse_day_profile(trusted.text(label) or "", memory.encoding)
        if parsed is not None:
            # What one profile proves about the encoding serves the other
            memory.encoding = memory.encoding or parsed[1]
            memory.active.update(slot.tariff for slot in parsed[0] if slot.tariff)
    following, profile = trusted.text("NJOURF+1"), trusted.text("PJOURF+1")
    if following is not None and profile is not None and "NJOURF" in trusted.groups:
        memory.days[following] = profile


def _count_energy(
    memory: Memory, trusted: Trusted, mode: Mode, before: dict[str, int]
) -> None:
    """Count all imported energy, without a step when the registers change.

    BASE is index 1 on a historic contract and the total on any other (54E, 6.1.2), so a
    change of registers may step either way; the offset takes that up. ``before`` has
    the supplier's indexes before the mode changed.
    """
    labels: tuple[str, ...]
    if mode is Mode.STANDARD:
        labels, name = ("EAST",), "standard"
    else:
        option = trusted.text("OPTARIF")
        contract = contract_of_option(option) if option else None
        labels = REGISTERS.get(contract, ()) if contract else ()
        name = f"historic_{contract}"
    known = [trusted.numbers[label] for label in labels if label in trusted.numbers]
    if not known or len(known) < len(labels):
        return
    total = sum(known)
    if memory.registers != name:
        if memory.shown is not None:
            consumed = _consumed_since(before, memory)
            memory.offset = memory.shown + consumed - total
        memory.registers = name
    memory.shown = total + memory.offset
    before.clear()


def _consumed_since(before: Mapping[str, int], memory: Memory) -> int:
    """Return the Wh counted since the mode changed, by registers that both show."""
    registers = memory.indexes.registers
    return sum(
        max(registers[name].value - value, 0)
        for name, value in before.items()
        if name in registers
    )
