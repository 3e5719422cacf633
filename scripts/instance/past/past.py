"""What the meter counted before: the same house, lived through by the minute.

A year ago by five minutes, which takes no time and is as good for an hour's energy.
"""

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

RECENT_DAYS = 3
_MINUTE = 60
_COARSE = 300
_HOUR = 3600
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
class Span:
    """Some whole minutes: the registers at its end, and the power during it."""

    start: datetime
    end: Registers
    drawn: Sequence[float]
    """VA, at equal distances."""
    watts: Sequence[float]
    """W, negative while it exports."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end.time - self.start).total_seconds()


@dataclass(frozen=True, slots=True)
class Past:
    """What came before a moment, without a hole."""

    hours: list[Span]
    """Whole hours, over a year."""
    recent: list[Span]
    """Whole five minutes of the last days."""

    @property
    def start(self) -> Registers:
        """The registers at its beginning, as good as: an hour later."""
        return self.hours[0].end


def live(
    config: MeterConfig,
    since: Registers,
    now: datetime,
    *,
    step: int = _MINUTE,
    period: int = _HOUR,
) -> list[Span]:
    """Live from some registers until now in spans; the last may not be whole."""
    installation = Installation(config)
    # Nothing here depends on it, and it would have to be worked out
    installation.set_voltage(_VOLTS)
    agenda = Agenda(config.contract, config.seed, config.colour_change_hour)
    energy = Ledger(since.into(config)).energy
    count = len(since.supplier)
    second, end = int(since.time.timestamp()), int(now.timestamp())
    spans: list[Span] = []
    tariff, tariff_until = agenda.at(local(second)), second
    start, drawn, watts = second, list[float](), list[float]()
    while second < end:
        clock = local(second)
        passed = min(step, end - second, period - second % period)
        balance = Balance.of(installation.phases(second, clock))
        if second >= tariff_until:
            tariff = agenda.at(clock)
            tariff_until = second - second % _TARIFF_SECONDS + _TARIFF_SECONDS
        energy.book(
            balance.watts, balance.vars, passed, tariff.index, tariff.distributor
        )
        drawn.append(balance.import_va)
        watts.append(balance.watts)
        second += passed
        if second % period == 0 or second == end:
            registers = Registers(
                datetime.fromtimestamp(second, UTC),
                tuple(energy.exact_supplier[:count]),
                energy.exact_injected,
            )
            spans.append(
                Span(datetime.fromtimestamp(start, UTC), registers, drawn, watts)
            )
            start, drawn, watts = second, [], []
    return spans


def registers_now(
    config: MeterConfig, saved: Registers | None, now: datetime
) -> Registers:
    """Return the registers that a meter has now: the saved ones, lived on from, or new."""
    now = now.replace(microsecond=0)
    if saved is not None and saved.time < now:
        return live(config, saved, now)[-1].end
    return _starting(config, now)


def past(config: MeterConfig, present: Registers) -> Past:
    """Return what came before the registers of now, made to fit them."""
    month = present.time.astimezone(PARIS).replace(day=1, hour=0, minute=0, second=0)
    # The ledger's first day is not whole: the one before, so that twelve months are
    year_ago = month.replace(year=month.year - 1) - timedelta(days=1)
    start = year_ago.astimezone(UTC)
    days_ago = (present.time - timedelta(days=RECENT_DAYS)).replace(minute=0, second=0)
    long_ago = live(config, _starting(config, start), days_ago, step=_COARSE)
    recent = live(config, long_ago[-1].end, present.time, period=_COARSE)
    last = recent[-1].end

    def fitted(spans: list[Span]) -> list[Span]:
        return [
            replace(span, end=replace(present.plus(span.end, last), time=span.end.time))
            for span in spans
            if span.end.time.timestamp() % _COARSE == 0
        ]

    recent = fitted(recent)
    each = _HOUR // _COARSE
    lately = [
        Span(
            twelve[0].start,
            twelve[-1].end,
            [value for span in twelve for value in span.drawn],
            [value for span in twelve for value in span.watts],
        )
        for twelve in (recent[n : n + each] for n in range(0, len(recent), each))
        if len(twelve) == each
    ]
    return Past(fitted(long_ago) + lately, recent)


def _starting(config: MeterConfig, time: datetime) -> Registers:
    """Return the registers of a meter that was not read before, but counts for years."""
    truth = Ledger(config).energy
    count = len(CONTRACTS[config.contract].labels)
    supplier = tuple(4 * wh for wh in truth.exact_supplier[:count])
    return Registers(time, supplier, 4 * truth.exact_injected)
