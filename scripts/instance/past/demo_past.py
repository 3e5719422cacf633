"""The demo's past: statistics over a year and states of a day, up to this minute."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from custom_components.linky_meter.linky_tic.tic.tariffs import (
    Contract,
    tariff_of_index,
)
from scripts.instance.client import Client
from scripts.instance.energy import Row, import_rows, join, written
from tests.simulator import MeterConfig
from tests.simulator.agenda import Agenda, Tariff
from tests.simulator.clock import local
from tests.simulator.installation import Installation
from tests.simulator.ledger import Balance
from tests.simulator.truth import Phase

from .history import History
from .past import Past, Registers, Span

_DAY, _HOUR, _MINUTE, _SECONDS = 86_400, 3600, 60, 10
_CONTRACTS = {
    "base": Contract.BASE,
    "hc": Contract.OFF_PEAK,
    "ejp": Contract.EJP,
    "tempo": Contract.TEMPO,
}


@dataclass
class _Statistics:
    """Rows of statistics, and how each is introduced to the recorder."""

    hours: dict[str, list[Row]] = field(default_factory=dict)
    recent: dict[str, list[Row]] = field(default_factory=dict)
    units: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def add(
        self,
        statistic: str,
        unit: tuple[str, str | None],
        hours: list[Row],
        recent: list[Row],
    ) -> None:
        self.units[statistic] = unit
        self.hours[statistic], self.recent[statistic] = hours, recent


class DemoPast:
    """Writes what came before."""

    def __init__(
        self,
        client: Client,
        config: MeterConfig,
        folder: Path,
        past: Past,
        present: Registers,
    ) -> None:
        """Take the past, and the registers of now."""
        self._client = client
        self._config = config
        self._history = History(folder)
        self._past = past
        self._present = present
        self._sums: dict[str, float] = {}

    async def write(self, entities: dict[str, str], counted: dict[int, str]) -> None:
        """Write energies and powers, and the states of the last day."""
        found = _Statistics()
        energies: dict[str, Callable[[Registers], float]] = {
            entities["energy_import"]: _total
        }
        for place, entity in counted.items():
            if place >= 0:
                energies[entity] = partial(_supplied, place)
        if export := entities.get("energy_export"):
            energies[export] = _injected
        for entity, wh in energies.items():
            each = partial(_energy, wh, wh(self._past.start))
            rows = [[each(span) for span in spans] for spans in self._spans]
            found.add(entity, ("kWh", "energy"), *rows)
        for key, unit, of in (
            ("apparent_power", ("VA", "apparent_power"), _drawn),
            ("active_power", ("W", "power"), _watts),
            ("apparent_power_export", ("VA", "apparent_power"), _given),
        ):
            if key in entities:
                rows = [[_power(of, span) for span in spans] for spans in self._spans]
                found.add(entities[key], unit, *rows)
        await self._write(found, self._moments(entities))

    async def write_costs(
        self, spent: dict[int, str], cost: Callable[[int, Registers, Registers], float]
    ) -> None:
        """Write what each index cost, ending with what its sensor says now."""
        found, states = _Statistics(), await self._client.states()
        for place, entity in spent.items():
            hours = _costs(
                self._past.hours, self._past.start, 0.0, partial(cost, place)
            )
            before = [row for row in hours if row.start < self._past.recent[0].start]
            recent = _costs(
                self._past.recent,
                self._past.hours[len(before) - 1].end,
                before[-1].values["sum"],
                partial(cost, place),
            )
            known = float(states[entity]["state"]) - recent[-1].values["sum"]
            for row in (*hours, *recent):
                row.values["state"] += known
            found.add(entity, ("EUR", None), hours, recent)
        await self._write(found, {})

    async def join(self) -> None:
        """Let what is counted from now on go on from there, should it begin at 0.

        It does where the recorder had a row of its own before it had the past.
        """
        since = self._past.recent[-1].end.time
        waiting = dict(self._sums)
        while waiting:
            await asyncio.sleep(2)
            for statistic, total in list(waiting.items()):
                if await join(self._client, statistic, since, total):
                    del waiting[statistic]

    @property
    def _spans(self) -> tuple[list[Span], list[Span]]:
        return self._past.hours, self._past.recent

    async def _write(
        self, found: _Statistics, states: dict[str, list[tuple[datetime, str]]]
    ) -> None:
        """Introduce the statistics to the recorder, then write them."""
        for statistic, (unit, unit_class) in found.units.items():
            last = found.hours[statistic][-1:]
            await import_rows(
                self._client, statistic, last, unit=unit, unit_class=unit_class
            )
            if "sum" in last[0].values:
                self._sums[statistic] = found.recent[statistic][-1].values["sum"]
        if found.hours:
            await written(
                self._client, list(found.hours)[-1], self._past.hours[-1].start
            )
        await asyncio.to_thread(self._history.write, found.hours, found.recent, states)

    def _moments(
        self, entities: dict[str, str]
    ) -> dict[str, list[tuple[datetime, str]]]:
        """Return the states of the last day: by the minute, lately by seconds."""
        found: dict[str, list[tuple[datetime, str]]] = {}
        for moment, values in self._values():
            for key, value in values.items():
                if (entity := entities.get(key)) is None:
                    continue
                states = found.setdefault(entity, [])
                if not states or states[-1][1] != value:
                    states.append((moment, value))
        return found

    def _values(self) -> Iterator[tuple[datetime, dict[str, str]]]:
        config = self._config
        installation = Installation(config)
        agenda = Agenda(config.contract, config.seed, config.colour_change_hour)
        # A little more: the meter's own states begin when it was found
        end = int(datetime.now(UTC).timestamp())
        second = end - _DAY
        while second < end:
            clock = local(second)
            phases = installation.phases(second, clock)
            yield (
                datetime.fromtimestamp(second, UTC),
                _powers(config, phases) | _tariffs(config, agenda.at(clock)),
            )
            second += _MINUTE if second < end - _HOUR else _SECONDS


def _powers(config: MeterConfig, phases: Sequence[Phase]) -> dict[str, str]:
    """Return what the entities of powers and currents show."""
    balance = Balance.of(phases)
    limit = 1000 * config.kva / config.phases
    left = [(limit - phase.imported_va) / phase.volts for phase in phases]
    found = {
        "apparent_power": f"{balance.import_va:.0f}",
        "apparent_power_export": f"{balance.export_va:.0f}",
        "active_power": f"{balance.watts:.0f}",
        "available_power": f"{1000 * config.kva - balance.import_va:.0f}",
        "available_current": f"{min(left):.2f}",
        "subscribed_power_usage": f"{balance.import_va / config.kva / 10:.1f}",
    }
    for number, phase in enumerate(phases, 1):
        found |= {
            f"apparent_power_l{number}": f"{phase.imported_va:.0f}",
            f"current_l{number}": f"{phase.amperes:.0f}",
            f"voltage_l{number}": f"{phase.volts:.0f}",
            f"available_current_l{number}": f"{left[number - 1]:.2f}",
        }
    return found


def _tariffs(config: MeterConfig, tariff: Tariff) -> dict[str, str]:
    """Return what the entities of tariffs show."""
    contract = _CONTRACTS.get(config.contract)
    return {
        "tariff_period": tariff_of_index(contract, tariff.index + 1),
        "off_peak": "on" if tariff.off_peak else "off",
        "tempo_today": tariff.today or "unknown",
        "tempo_tomorrow": tariff.tomorrow or "unknown",
    }


def _energy(wh: Callable[[Registers], float], start: float, span: Span) -> Row:
    total = wh(span.end)
    return Row(span.start, {"state": total / 1000, "sum": (total - start) / 1000})


def _power(of: Callable[[Span], Sequence[float]], span: Span) -> Row:
    values = of(span)
    mean = sum(values) / len(values)
    return Row(span.start, {"mean": mean, "min": min(values), "max": max(values)})


def _costs(
    spans: list[Span],
    before: Registers,
    spent: float,
    cost: Callable[[Registers, Registers], float],
) -> list[Row]:
    rows = []
    for span in spans:
        spent += cost(before, span.end)
        rows.append(Row(span.start, {"state": spent, "sum": spent}))
        before = span.end
    return rows


def _total(registers: Registers) -> float:
    return sum(registers.supplier)


def _supplied(place: int, registers: Registers) -> float:
    return registers.supplier[place]


def _injected(registers: Registers) -> float:
    return registers.injected


def _drawn(span: Span) -> Sequence[float]:
    return span.drawn


def _watts(span: Span) -> Sequence[float]:
    return span.watts


def _given(span: Span) -> Sequence[float]:
    """Return what was exported: as good as without reactive power."""
    return [max(-watts, 0.0) for watts in span.watts]
