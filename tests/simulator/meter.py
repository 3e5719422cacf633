"""The meter itself: time passes, it measures, remembers and writes frames."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import pickle

from .agenda import Agenda, Colour
from .clock import PARIS, local, stamp
from .config import ContractName, MeterConfig
from .frames import standard
from .frames.wire import BAUD_RATES, Mode, encode_frame
from .installation import Installation
from .ledger import Balance, Ledger
from .overload import OverloadWarnings
from .truth import BreakerState, Phase, Truth

DEFAULT_MESSAGE = "PAS DE          MESSAGE         "

# The breaker opens when the filtered power stays above 1.3 times its own.
TRIP_RATIO = 1.3
OVERVOLTAGE = 253.0

# A jump longer than this goes by the minute.
_LONG_JUMP = 3600

# Meters as they are installed, since the day before takes long to live through
_KNOWN: dict[MeterConfig, bytes] = {}


class SimulatedMeter:
    """A meter whose time passes when it is told to."""

    def __init__(self, config: MeterConfig | None = None) -> None:
        """Install it; it already knows the day before."""
        config = config or MeterConfig()
        if config in _KNOWN:
            vars(self).update(pickle.loads(_KNOWN[config]))
            return
        self.config = config
        self.mode: Mode = config.mode
        self.address = config.meter_address
        self.agenda = Agenda(config.contract, config.seed, config.colour_change_hour)
        self.agenda.calendar_name = config.calendar_name
        self.agenda.labels = config.tariff_labels
        self.breaker: BreakerState = "closed"
        self._installation = Installation(config)
        self._message = DEFAULT_MESSAGE
        self._ultra_short: str | None = None
        if config.message is not None:
            self.trigger_message(config.message)
        self._forced_relays: int | None = None
        self._cover_open = False
        self._degraded = False
        self._clock_offset = 0
        self._warnings = OverloadWarnings()
        self._ledger = Ledger(config)
        self._second = int(config.start.timestamp())
        self._fraction = 0.0
        self._phases: tuple[Phase, ...] = ()
        self._remember_the_past()
        _KNOWN[config] = pickle.dumps(vars(self))

    # Time

    @property
    def now(self) -> datetime:
        """True time."""
        return datetime.fromtimestamp(self._second, UTC) + timedelta(
            seconds=self._fraction
        )

    @property
    def clock(self) -> datetime:
        """What the meter takes the legal time to be."""
        return local(self._second + self._clock_offset)

    def advance(self, seconds: float, *, step: int | None = None) -> None:
        """Let time pass. A long jump goes by the minute, so it costs little.

        With `step`, every jump goes by so many seconds, from multiple to multiple.
        """
        coarse = seconds > _LONG_JUMP
        end = self._fraction + seconds
        while end >= 1 - 1e-9:
            stride = 60 if coarse and end >= 60 and self._second % 60 == 0 else 1
            if step is not None:
                stride = min(step - self._second % step, int(end + 1e-9))
            self._pass(stride - self._fraction)
            self._fraction = 0.0
            self._second += stride
            end -= stride
            self._tick(stride)
        end = max(end, 0.0)
        self._pass(end - self._fraction)
        self._fraction = end

    def advance_to(self, when: datetime) -> None:
        """Let time pass until a moment."""
        self.advance((when - self.now).total_seconds())

    def _pass(self, seconds: float) -> None:
        self._ledger.integrate(self._phases, self.agenda.at(self.clock), seconds)

    def _tick(self, seconds: int) -> None:
        self._ledger.tick(self._phases, seconds, self.clock, degraded=self._degraded)
        self._measure()
        if self.breaker == "closed" and self._too_much():
            self.open_breaker("overpower")

    def _measure(self) -> None:
        """Measure what flows now; the load of a test holds at once."""
        self._installation.connected = self.breaker == "closed"
        self._phases = self._installation.phases(self._second, local(self._second))

    def _too_much(self) -> bool:
        filters = self._ledger.filters[1:] or self._ledger.filters
        limit = TRIP_RATIO * self.config.breaking_va / self.config.phases
        return any(breaker.power >= limit for breaker in filters)

    def _remember_the_past(self) -> None:
        """Live through the day before in large steps, for maxima and means."""
        end = self._second
        today = local(end).replace(hour=0, minute=0, second=0)
        yesterday = today.date() - timedelta(days=1)
        past = datetime(yesterday.year, yesterday.month, yesterday.day, tzinfo=PARIS)
        self._second = int(past.timestamp())
        while self._second < end:
            step = min(300, end - self._second)
            self._measure()
            self._pass(step)
            self._second += step
            self._ledger.tick(self._phases, step, self.clock)
        self._ledger.reset_indexes()
        self._measure()

    # What is so, and what the meter says of it

    @property
    def baud_rate(self) -> int:
        """Speed of the line."""
        return self.config.baud_rate or BAUD_RATES[self.mode]

    @property
    def truth(self) -> Truth:
        """Everything that is really so at this moment."""
        config, ledger, energy = self.config, self._ledger, self._ledger.energy
        balance, clock = Balance.of(self._phases), self.clock
        tariff = self.agenda.at(clock)
        share = 1000 * config.kva / config.phases
        limit = config.reference_current
        calendar = self.agenda.calendar_name
        relays = self._forced_relays
        return Truth(
            now=self.now,
            clock=clock,
            time=stamp(clock, degraded=self._degraded),
            mode=self.mode,
            address=self.address,
            phases=self._phases,
            active_power=balance.watts,
            import_va=balance.import_va,
            export_va=balance.export_va,
            supplier=tuple(energy.supplier),
            distributor=tuple(energy.distributor),
            total=energy.total + config.total_offset,
            injected=energy.injected,
            reactive=tuple(energy.reactive),
            exact_supplier=tuple(energy.exact_supplier),
            exact_injected=energy.exact_injected,
            tariff=tariff,
            calendar_name=self.agenda.contract.calendar
            if calendar is None
            else calendar,
            max_import=ledger.maxima[0],
            max_phases=tuple(ledger.maxima[1:]),
            max_export=ledger.max_export,
            max_currents=tuple(ledger.max_currents),
            load_curve=ledger.load_curve.points if config.load_curve else (),
            load_curve_export=ledger.load_curve_export.points
            if config.load_curve
            else (),
            mean_voltages=tuple(mean.points[0] for mean in ledger.voltages),
            filtered=ledger.filters[0].power,
            filtered_phases=tuple(breaker.power for breaker in ledger.filters[1:]),
            breaker=self.breaker,
            overloaded=tuple(
                number
                for number, phase in enumerate(self._phases, 1)
                if _over(int(phase.amperes + 0.5), limit, config.pre_linky)
            ),
            reference_exceeded=any(p.imported_va > share for p in self._phases),
            overvoltage=any(phase.volts > OVERVOLTAGE for phase in self._phases),
            relays=int(tariff.contact_closed) if relays is None else relays,
            cover_open=self._cover_open,
            clock_degraded=self._degraded,
            message=self._message,
            ultra_short=self._ultra_short,
        )

    def frame(self) -> bytes:
        """Return the next frame, from STX to ETX or EOT, as seven-bit characters.

        No time passes, but what lives for one frame is spent: MSG2, the first ADPS,
        one of the short frames.
        """
        truth = self.truth
        if self.mode == "standard":
            self._ultra_short = None
            return encode_frame("standard", standard.groups(self.config, truth))
        return self._warnings.frame(self.config, truth)

    # What a test decides

    def set_load(
        self,
        watts: float | Sequence[float] | None,
        power_factor: float | Sequence[float] = 1.0,
    ) -> None:
        """Fix the load, in watts per phase or shared by the phases; None: household.

        A fixed load silences the household and its roof. Negative watts export.
        A negative power factor leads.
        """
        self._installation.set_load(watts, power_factor)
        self._measure()

    def add_load(self, watts: Sequence[float]) -> None:
        """Let the household draw so many watts more on each phase, until told otherwise."""
        self._installation.add_load(watts)

    def set_production(
        self,
        watts: float | Sequence[float] | None,
        power_factor: float | Sequence[float] = 1.0,
    ) -> None:
        """Fix what is produced, likewise; None: the sun decides."""
        self._installation.set_production(watts, power_factor)
        self._measure()

    def set_voltage(self, volts: float | Sequence[float] | None) -> None:
        """Fix the voltage of all phases or of each; None: the mains decide."""
        self._installation.set_voltage(volts)
        self._measure()

    def open_breaker(self, reason: BreakerState = "order") -> None:
        """Cut the house off."""
        self.breaker = reason
        self._measure()

    def close_breaker(self) -> None:
        """Connect the house again; the filter starts from nothing."""
        self.breaker = "closed"
        for breaker in self._ledger.filters:
            breaker.state = 0.0
        self._measure()

    def set_relays(self, relays: int | None) -> None:
        """Fix the eight relays, bit 0 first; None: the tariff decides."""
        self._forced_relays = relays

    def open_cover(self, is_open: bool = True) -> None:
        """Open or close the distributor's cover."""
        self._cover_open = is_open

    def degrade_clock(self, offset: int = 0) -> None:
        """Lose the time: the clock goes on, wrong by so many seconds."""
        self._degraded = True
        self._clock_offset = offset
        self.agenda.forget()

    def restore_clock(self) -> None:
        """Set the clock right."""
        self._degraded = False
        self._clock_offset = 0
        self.agenda.forget()

    def set_tempo(self, today: Colour, tomorrow: Colour | None = None) -> None:
        """Decide the colours; without one for tomorrow, it is not announced."""
        self.agenda.force(self.clock, today, tomorrow)

    def announce_peak(self, number: int, start: datetime, end: datetime) -> None:
        """Let the meter know of a mobile peak, whatever the contract."""
        self.agenda.announce(number, start, end)

    def trigger_message(
        self, short: str | None = None, ultra_short: str | None = None
    ) -> None:
        """Take a message in: MSG1 stays, MSG2 lives for one frame."""
        if short is not None:
            self._message = f"{short:32.32}"
        if ultra_short is not None:
            self._ultra_short = f"{ultra_short:16.16}"

    def switch_mode(self, mode: Mode) -> None:
        """Send the other mode from the next frame on."""
        self.mode = mode

    def switch_contract(self, name: ContractName) -> None:
        """Take another contract; the registers go on."""
        self.config = replace(self.config, contract=name)
        self.agenda.switch(name)

    def set_producer(self, producer: bool = True) -> None:
        """Program the producer option, or take it away."""
        self.config = replace(self.config, producer=producer)

    def swap(self, address: str, indexes: tuple[int, ...] | None = None) -> None:
        """Put another meter in its place, with its own registers."""
        self.address = address
        config = replace(self.config, indexes=indexes, injected=0)
        self._ledger = Ledger(config, new=indexes is None)
        self._remember_the_past()


def _over(amperes: int, limit: float, pre_linky: bool) -> bool:
    """Older meters warn at the subscribed current, Linky above it."""
    return amperes >= limit if pre_linky else amperes > limit
