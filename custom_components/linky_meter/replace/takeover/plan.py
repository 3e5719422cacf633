"""Judges what of another integration moves, and why the rest stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from homeassistant.components.automation import automations_with_device
from homeassistant.components.sensor.const import UNIT_CONVERTERS, SensorDeviceClass
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import EnergyConverter

from ...const import DOMAIN
from ...linky_tic.tic.fields import Value
from ...linky_tic.tic.identity import parse_address
from ...linky_tic.tic.judge.registers import Pace
from ...linky_tic.tic.reading import MeterReading
from .last import Last, async_last_rows, last_state, value_of
from .sources import Candidate, Source, find
from .tables import ASKED, BY_VALUE_KEYS, Stays

_ENERGY = "energy_"
_LONGEST_BY_VALUE = timedelta(hours=48)
_LEAST_BY_VALUE = 1000.0
"""Wh: what is about nothing fits everything."""


@dataclass(frozen=True)
class Move:
    """An entity that becomes one of ours."""

    candidate: Candidate
    key: str
    twin: er.RegistryEntry
    before: str | None
    """What it shows."""
    unit: str | None
    """The unit of that."""
    last: Last | None
    """The last row of its sum."""
    number: float | None
    """What the meter says now, Wh, of an energy."""
    fits: bool | None
    """Whether the meter can have counted that meanwhile; None for no energy."""


@dataclass
class Plan:
    """What of one source moves."""

    source: Source
    moves: list[Move] = field(default_factory=list)
    asks: list[Move] = field(default_factory=list)
    """Those that move if the user says so of each."""
    stays: dict[str, Stays] = field(default_factory=dict)
    """By entity id; without those that are nothing."""

    @property
    def print(self) -> frozenset[tuple[str, str, str]]:
        """What must be the same when it is carried out."""
        return frozenset(
            (move.candidate.entity_id, move.key, move.twin.entity_id)
            for move in (*self.moves, *self.asks)
        )

    def automations(self, hass: HomeAssistant) -> list[str]:
        """Return those that name the old device, which are changed by hand."""
        devices = {
            move.candidate.entry.device_id
            for move in self.moves
            if move.candidate.entry and move.candidate.entry.device_id
        }
        return sorted(
            {one for id_ in devices for one in automations_with_device(hass, id_)}
        )


async def async_plans(hass: HomeAssistant, entry: ConfigEntry) -> list[Plan]:
    """Return the plans for what reads the meter of an entry, which must be loaded."""
    if not _is_loaded(entry):
        return []
    sources = find(hass, entry.unique_id or "")
    if not sources:
        return []
    rows = await async_last_rows(
        hass, (one.entity_id for source in sources for one in source.candidates)
    )
    # It may have been unloaded meanwhile
    if not _is_loaded(entry):
        return []
    values = entry.runtime_data.coordinator.data.values
    judge = _Judge(hass, entry.unique_id or "", rows, values)
    return [plan for source in sources if (plan := judge.plan(source)).moves]


async def async_readers(
    hass: HomeAssistant, address: str, reading: MeterReading
) -> list[str]:
    """Return the names of what reads a meter that has no entry yet, or did."""
    sources = find(hass, address)
    rows = await async_last_rows(
        hass, (one.entity_id for source in sources for one in source.candidates)
    )
    judge = _Judge(hass, address, rows, reading.values)
    return [source.name for source in sources if judge.reads(source)]


def _is_loaded(entry: ConfigEntry) -> bool:
    return entry.state is ConfigEntryState.LOADED


class _Judge:
    """Judges the candidates of one meter."""

    def __init__(
        self,
        hass: HomeAssistant,
        address: str,
        rows: Mapping[str, Last | None],
        values: Mapping[str, Value | None],
    ) -> None:
        self._hass = hass
        self._rows = rows
        self._values = values
        self._address = address
        identity = parse_address(self._address)
        self._pace = Pace.of(
            identity.rating if identity else None,
            identity.phases if identity else None,
            None,
        )

    def reads(self, source: Source) -> bool:
        """Return whether a source is of the meter, which need not have entities yet."""
        return any(
            self._is_alive(one)
            and not isinstance(
                keys := one.target if source.family else BY_VALUE_KEYS, Stays
            )
            and bool(source.ours or self._goes_on(one, keys))
            for one in source.candidates
        )

    def _goes_on(self, candidate: Candidate, keys: tuple[str, ...]) -> set[str]:
        """Return the registers, of some, that may be what an entity showed lately."""
        last = self._last(candidate)
        if last is None or dt_util.utcnow() - last.end >= _LONGEST_BY_VALUE:
            return set()
        return {
            key
            for key in keys
            if key.startswith(_ENERGY)
            and isinstance(number := self._values.get(key), int)
            and number > _LEAST_BY_VALUE
            and self._fits(number, last)
        }

    def plan(self, source: Source) -> Plan:
        """Return what of a source moves."""
        plan = Plan(source)
        moves: list[Move] = []
        for candidate in source.candidates:
            found = (
                self._judge(candidate, source.ours is True)
                if source.family
                else self._by_value(candidate)
            )
            if isinstance(found, Move):
                moves.append(found)
            elif found is not Stays.EMPTY:
                plan.stays[candidate.entity_id] = found
        if source.family is None:
            twice = Counter(move.key for move in moves)
            for move in moves:
                if twice[move.key] > 1:
                    plan.stays[move.candidate.entity_id] = Stays.AMBIGUOUS
            moves = [move for move in moves if twice[move.key] == 1]
        elif source.ours is None and not any(
            move.fits and (move.number or 0) > _LEAST_BY_VALUE for move in moves
        ):
            return plan
        best: dict[str, Move] = {}
        for move in sorted(moves, key=self._rank):
            if move.key in best:
                plan.stays[move.candidate.entity_id] = Stays.SECOND
            else:
                best[move.key] = move
        for move in sorted(best.values(), key=lambda move: move.key):
            asked = move.candidate.label.upper() in ASKED
            (plan.asks if asked else plan.moves).append(move)
        return plan

    def _rank(self, move: Move) -> tuple[bool, float]:
        """Sort what is shown now first, then what has the newest row."""
        row = move.last
        return move.before is None, -(row.end.timestamp() if row else 0.0)

    def _twin(self, candidate: Candidate, key: str) -> er.RegistryEntry | None:
        registry = er.async_get(self._hass)
        found = registry.async_get_entity_id(
            candidate.domain, DOMAIN, f"{self._address}_{key}"
        )
        return registry.async_get(found) if found else None

    def _judge(self, candidate: Candidate, is_ours: bool) -> Move | Stays:
        """Return what becomes of an entity whose label is known."""
        if not self._is_alive(candidate):
            return Stays.EMPTY
        if isinstance(candidate.target, Stays):
            return candidate.target
        found = [
            self._move(candidate, key, twin)
            for key in candidate.target
            if (twin := self._twin(candidate, key)) is not None
        ]
        if not found:
            return Stays.NOT_SAID
        move = next((one for one in found if one.fits is not False), found[0])
        if not _is_convertible(move):
            return Stays.UNIT
        if move.fits is False and not is_ours:
            return Stays.OTHER_VALUE
        return move

    def _by_value(self, candidate: Candidate) -> Move | Stays:
        """Return what becomes of an energy that is known by its value only."""
        if not self._is_alive(candidate):
            return Stays.EMPTY
        fitting = self._goes_on(candidate, BY_VALUE_KEYS)
        found = [
            self._move(candidate, key, twin)
            for key in BY_VALUE_KEYS
            if key in fitting and (twin := self._twin(candidate, key)) is not None
        ]
        if not found:
            return Stays.EMPTY
        if len({move.number for move in found}) > 1:
            return Stays.AMBIGUOUS
        return found[0]

    def _last(self, candidate: Candidate) -> Last | None:
        """Return the index that is shown now, or was in the last row."""
        row = self._rows.get(candidate.entity_id)
        state = self._hass.states.get(candidate.entity_id)
        last = last_state(state, candidate.platform)
        if last is None:
            return row
        if row is not None and abs(last.state - row.state) <= last.tolerance:
            return replace(last, end=min(last.end, row.end))
        return last

    def _move(self, candidate: Candidate, key: str, twin: er.RegistryEntry) -> Move:
        state = self._hass.states.get(candidate.entity_id)
        entry, row = candidate.entry, self._rows.get(candidate.entity_id)
        unit = (state.attributes.get("unit_of_measurement") if state else None) or (
            entry.unit_of_measurement if entry else None
        )
        number = self._values.get(key)
        fits, last = None, self._last(candidate)
        if key.startswith(_ENERGY) and isinstance(number, int):
            fits = last is None or self._fits(number, last)
        if row is not None and last is not None:
            # A state tells better how finely it is shown
            row = replace(row, tolerance=last.tolerance)
        return Move(
            candidate,
            key,
            twin,
            value_of(state),
            unit,
            row,
            float(number) if isinstance(number, int) else None,
            fits,
        )

    def _fits(self, number: float, last: Last) -> bool:
        seconds = (dt_util.utcnow() - last.end).total_seconds()
        growth, most = number - last.state, self._pace.bound("", max(0.0, seconds))
        return -last.tolerance <= growth <= most + last.tolerance

    def _is_alive(self, candidate: Candidate) -> bool:
        """Return whether an entity has statistics or shows something."""
        if candidate.entity_id in self._rows:
            return True
        entry = candidate.entry
        if entry is None:
            return False
        state = self._hass.states.get(candidate.entity_id)
        counts = "state_class" in (entry.capabilities or {})
        if (shown := value_of(state)) is not None:
            return not counts or _is_number(shown)
        # Of one that is not loaded nobody knows what it showed
        other = self._hass.config_entries.async_get_entry(entry.config_entry_id or "")
        return (
            not counts
            and other is not None
            and other.state is not ConfigEntryState.LOADED
            and entry.disabled_by in {None, er.RegistryEntryDisabler.CONFIG_ENTRY}
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_convertible(move: Move) -> bool:
    """Return whether ours can be shown in the unit of the other."""
    mine, other = move.twin.unit_of_measurement, move.unit
    if other is None or mine is None or mine == other:
        return other == mine or move.before is None
    if move.key.startswith(_ENERGY):
        return {mine, other} <= EnergyConverter.VALID_UNITS
    kind = move.twin.device_class or move.twin.original_device_class
    try:
        converter = UNIT_CONVERTERS.get(SensorDeviceClass(str(kind)))
    except ValueError:
        return False
    return converter is not None and {mine, other} <= converter.VALID_UNITS
