"""Supplier contracts as tables: names, day profiles and mobile peaks."""

from dataclasses import dataclass, field

from .config import ContractName, DayEncoding

# Bits 15 and 14 of an action: what becomes of the dry contact.
CONTACT_TEMPO = 0x4000
CONTACT_OPEN = 0x8000
CONTACT_CLOSED = 0xC000


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of a day: when it starts, its tariff index and its contact rule."""

    minute: int
    index: int
    contact: int


Profile = tuple[Slot, ...]


def _profile(*slots: tuple[str, int, int]) -> Profile:
    return tuple(
        Slot(int(clock[:2]) * 60 + int(clock[2:]), index, contact)
        for clock, index, contact in slots
    )


@dataclass(frozen=True, kw_only=True)
class Contract:
    """One contract."""

    calendar: str
    labels: tuple[str, ...]
    days: tuple[Profile, ...]
    """Profiles by day number; the second one, if any, is for week-ends."""
    off_peak: frozenset[int] = frozenset()
    peaks: dict[int, Profile] = field(default_factory=dict)
    optarif: str = "BASE"
    registers: tuple[str, ...] = ("BASE",)
    ptec: tuple[str, ...] = ("TH..",)


def _tempo_day(off_peak: int) -> Profile:
    return _profile(
        ("0000", off_peak, CONTACT_TEMPO),
        ("0600", off_peak + 1, CONTACT_TEMPO),
        ("2200", off_peak, CONTACT_TEMPO),
    )


_HC_NIGHT = (
    ("0000", 1, CONTACT_CLOSED),
    ("0630", 2, CONTACT_OPEN),
    ("2230", 1, CONTACT_CLOSED),
)

CONTRACTS: dict[ContractName, Contract] = {
    "base": Contract(
        calendar="      BASE      ",
        labels=("      BASE      ",),
        days=(_profile(("0000", 1, CONTACT_CLOSED)),),
    ),
    "hc": Contract(
        calendar="H PLEINE/CREUSE ",
        labels=(" HEURE  CREUSE  ", "  HEURE PLEINE  "),
        days=(_profile(*_HC_NIGHT),),
        off_peak=frozenset({1}),
        optarif="HC..",
        registers=("HCHC", "HCHP"),
        ptec=("HC..", "HP.."),
    ),
    "ejp": Contract(
        calendar="      EJP       ",
        labels=(" HEURE NORMALE  ", " POINTE  MOBILE "),
        days=(_profile(("0000", 1, CONTACT_CLOSED)),),
        off_peak=frozenset({1}),
        peaks={
            1: _profile(
                ("0000", 2, CONTACT_OPEN),
                ("0100", 1, CONTACT_CLOSED),
                ("0700", 2, CONTACT_OPEN),
            )
        },
        optarif="EJP.",
        registers=("EJPHN", "EJPHPM"),
        ptec=("HN..", "PM.."),
    ),
    "tempo": Contract(
        calendar="     TEMPO      ",
        labels=(
            "    HC  BLEU    ",
            "    HP  BLEU    ",
            "   HC  BLANC    ",
            "   HP  BLANC    ",
            "   HC  ROUGE    ",
            "   HP  ROUGE    ",
        ),
        days=(_tempo_day(1),),
        off_peak=frozenset({1, 3, 5}),
        peaks={1: _tempo_day(3), 2: _tempo_day(5)},
        optarif="BBR(",
        registers=("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
        ptec=("HCJB", "HPJB", "HCJW", "HPJW", "HCJR", "HPJR"),
    ),
    "weekend": Contract(
        calendar=" HC et Week-End ",
        labels=(" HEURE  CREUSE  ", "  HEURE PLEINE  ", "  HC WEEK END   "),
        days=(_profile(*_HC_NIGHT), _profile(("0000", 3, CONTACT_CLOSED))),
        off_peak=frozenset({1, 3}),
    ),
    "super_off_peak": Contract(
        calendar=" SUPER CREUSES  ",
        labels=(" HEURE  CREUSE  ", "  HEURE PLEINE  ", " SUPER  CREUSE  "),
        days=(
            _profile(
                ("0000", 1, CONTACT_OPEN),
                ("0200", 3, CONTACT_CLOSED),
                ("0600", 1, CONTACT_OPEN),
                ("0700", 2, CONTACT_OPEN),
                ("2300", 1, CONTACT_OPEN),
            ),
        ),
        off_peak=frozenset({1, 3}),
    ),
}


def slot_at(profile: Profile, minute: int) -> Slot:
    """Return the part of the day that holds at this minute."""
    return next(slot for slot in reversed(profile) if slot.minute <= minute)


def encode_profile(profile: Profile, encoding: DayEncoding) -> str:
    """Return the 98 characters of a day: eleven blocks and their spaces."""
    blocks = []
    for slot in profile:
        hour, minute = divmod(slot.minute, 60)
        # Meters disagree on how they write the time; see `MeterConfig.day_encoding`.
        clock = f"{hour:02}{minute:02}"
        if encoding == "hex":
            clock = f"{hour:02X}{minute:02X}"
        blocks.append(f"{clock}{slot.contact | slot.index:04X}")
    return " ".join(blocks + ["NONUTILE"] * (11 - len(blocks)))
