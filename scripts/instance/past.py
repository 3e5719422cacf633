"""What the meter counted before: the same house, lived through by the minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Self

from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    Month,
    day_of,
    midnight,
)
from tests.simulator.agenda import Agenda
from tests.simulator.clock import local
from tests.simulator.config import MeterConfig
from tests.simulator.contracts import CONTRACTS
from tests.simulator.installation import Installation
from tests.simulator.ledger import Balance, Ledger
from tests.simulator.truth import Truth

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Registers:
    """The energy registers at one moment, in Wh."""

    time: datetime
    supplier: tuple[float, ...]
    injected: float

    @classmethod
    def of(cls, truth: Truth, config: MeterConfig) -> Self:
        """Return those of a running meter."""
        count = len(CONTRACTS[config.contract].labels)
        return cls(truth.now, truth.exact_supplier[:count], truth.exact_injected)

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """Return those that were saved, if any."""
        if not path.exists():
            return None
        saved = json.loads(path.read_text())
        time = datetime.fromisoformat(saved["time"])
        return cls(time, tuple(saved["supplier"]), saved["injected"])

    def save(self, path: Path) -> None:
        """Save them; a half-written file never shows."""
        saved = {
            "time": self.time.isoformat(),
            "supplier": self.supplier,
            "injected": self.injected,
        }
        new = path.with_suffix(".new")
        new.write_text(json.dumps(saved))
        new.replace(path)

    def into(self, config: MeterConfig) -> MeterConfig:
        """Return the configuration of a meter that goes on from here."""
        return replace(
            config,
            start=self.time,
            indexes=tuple(int(index) for index in self.supplier),
            injected=int(self.injected),
        )

    def plus(self, other: Registers, minus: Registers) -> Registers:
        """Return these, advanced by what lies between two others."""
        return Registers(
            other.time,
            tuple(
                mine + more - less
                for mine, more, less in zip(
                    self.supplier, other.supplier, minus.supplier, strict=True
                )
            ),
            self.injected + other.injected - minus.injected,
        )


@dataclass(frozen=True, slots=True)
class Hour:
    """One whole hour: the registers at its end, and the power during it."""

    start: datetime
    end: Registers
    drawn: Sequence[float]
    """VA of each minute."""
    watts: Sequence[float]
    """W of each minute, negative while it exports."""


def live(config: MeterConfig, since: Registers, now: datetime) -> list[Hour]:
    """Live from some registers until now; the last hour may not be whole."""
    installation = Installation(config)
    agenda = Agenda(config.contract, config.seed, config.colour_change_hour)
    ledger = Ledger(since.into(config))
    count = len(since.supplier)
    second, end = int(since.time.timestamp()), int(now.timestamp())
    hours: list[Hour] = []
    start, drawn, watts = second, list[float](), list[float]()
    while second < end:
        clock, step = local(second), min(_MINUTE, end - second)
        phases = installation.phases(second, clock)
        ledger.integrate(phases, agenda.at(clock), step)
        balance = Balance.of(phases)
        drawn.append(balance.import_va)
        watts.append(balance.watts)
        second += step
        if second % 3600 == 0 or second == end:
            energy = ledger.energy
            registers = Registers(
                datetime.fromtimestamp(second, UTC),
                tuple(energy.exact_supplier[:count]),
                energy.exact_injected,
            )
            hours.append(
                Hour(datetime.fromtimestamp(start, UTC), registers, drawn, watts)
            )
            start, drawn, watts = second, [], []
    return hours


def past_hours(
    config: MeterConfig, saved: Registers | None, now: datetime
) -> tuple[list[Hour], Registers]:
    """Return the whole hours since last month began, and the registers of now.

    The registers go on from the saved ones; the hours before are made to fit.
    """
    this = Month.of(day_of(now))
    start = midnight(Month.of(this.first - DAY).first)
    truth = Ledger(config).energy
    count = len(CONTRACTS[config.contract].labels)
    first = Registers(start, tuple(truth.exact_supplier[:count]), truth.exact_injected)
    hours = live(config, first, now)
    last = hours[-1].end
    present = last
    if saved is not None and saved.time < now:
        present = live(config, saved, now)[-1].end
    fitted = [
        replace(hour, end=replace(present.plus(hour.end, last), time=hour.end.time))
        for hour in hours
    ]
    return [hour for hour in fitted if len(hour.drawn) == 60], present
