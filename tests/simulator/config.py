"""What a simulated meter is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .clock import PARIS
from .frames.wire import Mode

ContractName = Literal["base", "hc", "ejp", "tempo", "weekend", "super_off_peak"]
DayEncoding = Literal["decimal", "hex"]

HISTORIC_CONTRACTS: tuple[ContractName, ...] = ("base", "hc", "ejp", "tempo")


@dataclass(frozen=True, kw_only=True, slots=True)
class MeterConfig:
    """A meter, its contract and its house."""

    mode: Mode = "standard"
    phases: Literal[1, 3] = 1
    contract: ContractName = "base"
    historic_offer: bool | None = None
    """Whether historic mode shows the contract; by default if it knows it."""
    kva: int = 6
    breaking_kva: int | None = None
    """Where the breaker acts; by default at the subscribed power."""

    producer: bool = False
    exporting: bool = False
    """Solar panels without the producer option: no label tells of the export."""
    solar_kw: float = 3.0
    lively: bool = False
    """A house in which something switches every few minutes: heat pump, hob, car."""
    load: tuple[float, ...] | None = None
    """Fixed watts of each phase, in place of the household."""

    address: str | None = None
    """Twelve characters; by default invented ones with a type that fits."""
    prm: str = "12345678901234"
    start: datetime = datetime(2026, 1, 13, 18, 0, tzinfo=PARIS)
    seed: int = 1
    indexes: tuple[int, ...] | None = None
    """Wh of the supplier's indexes at the start; by default what some years make."""
    injected: int = 1_234_567
    """Wh of the injected index at the start."""
    total_offset: int = 0
    """Wh by which EAST differs from the sum of its parts, as on reset meters."""

    pilot: bool = False
    concentrator: bool = False
    pre_linky: bool = False
    """CBEMM or CBETM: measured maxima, and in single-phase no PAPP."""
    address_only: bool = False
    """The output of an older meter that nobody programmed: frames of ADCO alone."""

    day_encoding: DayEncoding = "decimal"
    message: str | None = None
    calendar_name: str | None = None
    """NGTF; an empty text sends neither NGTF nor LTARF."""
    tariff_labels: tuple[str, ...] | None = None
    load_curve: bool = True
    colour_change_hour: int = 6
    """When the day's Tempo colour gives way to the next; meters differ."""
    hhphc: str | None = "A"
    baud_rate: int | None = None
    """Another speed than the mode's, as some adapters and meters have."""

    def __post_init__(self) -> None:
        """Refuse what no meter can be."""
        if self.start.tzinfo is None:
            raise ValueError("The start needs a time zone")
        if self.address is not None and len(self.address) != 12:
            raise ValueError("An address has 12 characters")
        if len(self.prm) != 14:
            raise ValueError("A PRM has 14 characters")
        if self.load is not None and len(self.load) != self.phases:
            raise ValueError("The load needs one value per phase")

    @property
    def shows_contract(self) -> bool:
        """Whether historic mode shows the tariffs of the contract."""
        if self.historic_offer is None:
            return self.contract in HISTORIC_CONTRACTS
        return self.historic_offer and self.contract in HISTORIC_CONTRACTS

    @property
    def breaking_va(self) -> float:
        """Breaking power of the whole installation."""
        return 1000.0 * (self.kva if self.breaking_kva is None else self.breaking_kva)

    @property
    def reference_current(self) -> float:
        """Subscribed current per phase, by the convention of 200 V."""
        return 1000 * self.kva / 200 / self.phases

    @property
    def meter_address(self) -> str:
        """The address, given or invented."""
        if self.address is not None:
            return self.address
        three = self.phases == 3
        if self.concentrator:
            kind = "03"
        elif self.pre_linky:
            kind = "30" if three else "28"
        elif self.pilot:
            kind = "68" if three else "67"
        elif three:
            kind = "76"
        else:
            kind = "75" if self.kva > 12 else "64"
        year = "08" if self.pre_linky or self.concentrator else "21"
        return f"04{year}{kind}123456"
