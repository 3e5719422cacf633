"""What the meter counted before: the same house, lived through by the minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Self

from tests.simulator.agenda import Agenda
from tests.simulator.clock import PARIS, local
from tests.simulator.config import MeterConfig
from tests.simulator.contracts import CONTRACTS
from tests.simulator.installation import Installation
from tests.simulator.ledger import Balance, Ledger
from tests.simulator.truth import Truth

_MINUTE = 60
# Contracts change tariffs at half hours only
_TARIFF_SECONDS = 1800
_VOLTS = 230.0


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
    # Nothing here depends on it, and it would have to be worked out
    installation.set_voltage(_VOLTS)
    agenda = Agenda(config.contract, config.seed, config.colour_change_hour)
    energy = Ledger(since.into(config)).energy
    count = len(since.supplier)
    second, end = int(since.time.timestamp()), int(now.timestamp())
    hours: list[Hour] = []
    tariff, tariff_until = agenda.at(local(second)), second
    start, drawn, watts = second, list[float](), list[float]()
    while second < end:
        clock, step = local(second), min(_MINUTE, end - second)
        balance = Balance.of(installation.phases(second, clock))
        if second >= tariff_until:
            tariff = agenda.at(clock)
            tariff_until = second - second % _TARIFF_SECONDS + _TARIFF_SECONDS
        energy.book(balance.watts, balance.vars, step, tariff.index, tariff.distributor)
        drawn.append(balance.import_va)
        watts.append(balance.watts)
        second += step
        if second % 3600 == 0 or second == end:
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


def registers_now(
    config: MeterConfig, saved: Registers | None, now: datetime
) -> Registers:
    """Return the registers that a meter has now: the saved ones, lived on from, or new."""
    now = now.replace(microsecond=0)
    if saved is not None and saved.time < now:
        return live(config, saved, now)[-1].end
    return _starting(config, now)


def past_hours(config: MeterConfig, present: Registers) -> list[Hour]:
    """Return the whole hours since last month began, made to fit the registers of now."""
    first_of_this = present.time.astimezone(PARIS).replace(
        day=1, hour=0, minute=0, second=0
    )
    last_month = first_of_this - timedelta(days=1)
    start = last_month.replace(day=1).astimezone(UTC)
    hours = live(config, _starting(config, start), present.time)
    last = hours[-1].end
    fitted = [
        replace(hour, end=replace(present.plus(hour.end, last), time=hour.end.time))
        for hour in hours
    ]
    return [hour for hour in fitted if len(hour.drawn) == 60]


def _starting(config: MeterConfig, time: datetime) -> Registers:
    """Return the registers of a meter that was not read before."""
    truth = Ledger(config).energy
    count = len(CONTRACTS[config.contract].labels)
    return Registers(time, tuple(truth.exact_supplier[:count]), truth.exact_injected)
