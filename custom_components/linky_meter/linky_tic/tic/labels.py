"""The labels of both TIC modes, as data.

Facts: Enedis-NOI-CPT_54E v3, tables of sections 6.1 (historic mode) and 6.2 (standard
mode); the concentrator's GAZ and AUTRE from Enedis-NOI-CPT_02E; the pilot meters' labels
from field reports (Linky type 67). Rows stand in the order in which a meter sends them.
What phases and indexes have alike is one row. A new label is one row here and, if it is
shown, one row in ``fields.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
import re


class Mode(StrEnum):
    """How the meter speaks (mode TIC): historic or standard."""

    HISTORIC = "historic"
    STANDARD = "standard"


class Kind(StrEnum):
    """What a label's data is made of."""

    TEXT = "text"
    INTEGER = "integer"
    ENUM = "enum"
    HEX = "hex"
    HORODATE = "horodate"
    BLOCKS = "blocks"


class Absence(StrEnum):
    """What a meter says by leaving a label out of a complete, undamaged frame."""

    OFF = "off"
    """The condition that the label reports is over."""
    KEEP = "keep"
    """Nothing: the last value stands."""
    UNKNOWN = "unknown"
    """There is no such value now."""
    IMPOSSIBLE = "impossible"
    """It is always sent: it was lost, or the meter was given another programme."""


_SHAPES = {
    Kind.TEXT: r"[\x20-\x7e]{%d}",
    Kind.ENUM: r"[\x20-\x7e]{%d}",
    Kind.INTEGER: r"[0-9]{%d}",
    Kind.HEX: r"[0-9A-F]{%d}",
    Kind.HORODATE: r"[\x20-\x7e]{%d}",
    Kind.BLOCKS: r"(?=.{%d}$)[0-9A-FNOUTIL]{8}(?: [0-9A-FNOUTIL]{8})*",
}


@dataclass(frozen=True, slots=True)
class Label:
    """One label (étiquette): what its group looks like and what its absence means."""

    name: str
    mode: Mode
    lengths: tuple[int, ...]
    """Lengths of the data in characters, the usual one first."""
    kind: Kind
    unit: str
    description: str
    description_fr: str
    horodate: bool = False
    """Whether a horodate precedes the data."""
    phases: int | None = None
    """1 or 3: only meters with so many phases send it."""
    only: str | None = None
    """The contract, or ``producer``, that it belongs to."""
    absence: Absence = Absence.IMPOSSIBLE
    measurement: bool = False
    """Whether it is a measurement of now (and not an index, a limit or a state)."""
    shape: str = ""
    """Regular expression of the data, where narrower than kind and length."""
    same_as: str | None = None
    """The label whose meaning this variant has."""
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)
    """What the whole data must match."""

    def __post_init__(self) -> None:
        """Compile the data's shape."""
        shape = self.shape or "|".join(
            _SHAPES[self.kind] % length for length in self.lengths
        )
        object.__setattr__(self, "pattern", re.compile(shape))


HISTORIC, STANDARD = Mode.HISTORIC, Mode.STANDARD
TEXT, INTEGER, ENUM = Kind.TEXT, Kind.INTEGER, Kind.ENUM
HEX, HORODATE, BLOCKS = Kind.HEX, Kind.HORODATE, Kind.BLOCKS
OFF, KEEP, UNKNOWN = Absence.OFF, Absence.KEEP, Absence.UNKNOWN
PHASES = (1, 2, 3)

# fmt: off
ROWS: tuple[Label, ...] = (
    Label("ADCO", HISTORIC, (12,), TEXT, "", "Meter address (serial number, Euridis ADS)", "Adresse du compteur", shape=r"[0-9A-Z]{12}"),
    Label("OPTARIF", HISTORIC, (4,), ENUM, "", "Tariff option selected", "Option tarifaire choisie", shape=r"BASE|HC\.\.|EJP\.|BBR[(-?]"),
    Label("ISOUSC", HISTORIC, (2,), INTEGER, "A", "Subscribed current per phase", "Intensité souscrite"),
    Label("BASE", HISTORIC, (9, 8), INTEGER, "Wh", "Energy index, flat tariff", "Index option Base", only="base"),
    Label("HCHC", HISTORIC, (9, 8), INTEGER, "Wh", "Energy index, off-peak (HC option)", "Index heures creuses (option HC)", only="hc"),
    Label("HCHP", HISTORIC, (9, 8), INTEGER, "Wh", "Energy index, peak (HC option)", "Index heures pleines (option HC)", only="hc"),
    Label("EJPHN", HISTORIC, (9, 8), INTEGER, "Wh", "Energy index, normal hours (EJP)", "Index heures normales (EJP)", only="ejp"),
    Label("EJPHPM", HISTORIC, (9, 8), INTEGER, "Wh", "Energy index, mobile-peak hours (EJP)", "Index heures de pointe mobile (EJP)", only="ejp"),
    Label("BBRHCJB", HISTORIC, (9,), INTEGER, "Wh", "Energy index, off-peak, blue days (Tempo)", "Index heures creuses jours bleus (Tempo)", only="tempo"),
    Label("BBRHPJB", HISTORIC, (9,), INTEGER, "Wh", "Energy index, peak, blue days (Tempo)", "Index heures pleines jours bleus (Tempo)", only="tempo"),
    Label("BBRHCJW", HISTORIC, (9,), INTEGER, "Wh", "Energy index, off-peak, white days (Tempo)", "Index heures creuses jours blancs (Tempo)", only="tempo"),
    Label("BBRHPJW", HISTORIC, (9,), INTEGER, "Wh", "Energy index, peak, white days (Tempo)", "Index heures pleines jours blancs (Tempo)", only="tempo"),
    Label("BBRHCJR", HISTORIC, (9,), INTEGER, "Wh", "Energy index, off-peak, red days (Tempo)", "Index heures creuses jours rouges (Tempo)", only="tempo"),
    Label("BBRHPJR", HISTORIC, (9,), INTEGER, "Wh", "Energy index, peak, red days (Tempo)", "Index heures pleines jours rouges (Tempo)", only="tempo"),
    Label("PEJP", HISTORIC, (2,), INTEGER, "min", "EJP start notice (30 min ahead)", "Préavis de début EJP (30 min)", only="ejp", absence=OFF),
    Label("PTEC", HISTORIC, (4,), ENUM, "", "Tariff period in progress", "Période tarifaire en cours", shape=r"TH\.\.|H[CPN]\.\.|PM\.\.|H[CP]J[BWR]"),
    Label("DEMAIN", HISTORIC, (4,), ENUM, "", "Tomorrow's Tempo colour", "Couleur du lendemain", only="tempo", absence=UNKNOWN, shape=r"BLEU|BLAN|ROUG|----"),
    Label("IINST", HISTORIC, (3,), INTEGER, "A", "Instantaneous RMS current", "Intensité instantanée", phases=1, measurement=True),
    *(Label(f"IINST{n}", HISTORIC, (3,), INTEGER, "A", f"Instantaneous RMS current, phase {n}", f"Intensité instantanée phase {n}", phases=3, measurement=True) for n in PHASES),
    Label("ADPS", HISTORIC, (3,), INTEGER, "A", "Subscribed-power exceeded warning (value = current)", "Avertissement de dépassement de puissance souscrite", phases=1, absence=OFF),
    Label("IMAX", HISTORIC, (3,), INTEGER, "A", "Maximum current drawn", "Intensité maximale appelée", phases=1),
    *(Label(f"IMAX{n}", HISTORIC, (3,), INTEGER, "A", f"Maximum current, phase {n}", f"Intensité maximale phase {n}", phases=3) for n in PHASES),
    Label("PMAX", HISTORIC, (5,), INTEGER, "W", "Three-phase maximum power reached", "Puissance maximale triphasée atteinte", phases=3),
    Label("PAPP", HISTORIC, (5,), INTEGER, "VA", "Apparent power drawn", "Puissance apparente soutirée", measurement=True),
    Label("HHPHC", HISTORIC, (1,), ENUM, "", "Peak/off-peak timetable group", "Horaire heures pleines/heures creuses", shape=r"[0-9A-Z]"),
    Label("MOTDETAT", HISTORIC, (6, 10), HEX, "", "Meter status word", "Mot d'état du compteur"),
    Label("PPOT", HISTORIC, (2,), HEX, "", "Missing phase potentials", "Présence des potentiels", phases=3),
    *(Label(f"ADIR{n}", HISTORIC, (3,), INTEGER, "A", f"Setting current exceeded warning, phase {n}", f"Avertissement de dépassement d'intensité de réglage phase {n}", phases=3, absence=OFF) for n in PHASES),
    Label("GAZ", HISTORIC, (7,), INTEGER, "daL", "Gas meter index", "Index gaz", absence=KEEP),
    Label("AUTRE", HISTORIC, (7,), INTEGER, "daL", "Third meter index", "Index du troisième compteur", absence=KEEP),
    Label("ADSC", STANDARD, (12,), TEXT, "", "Secondary Euridis address = serial number", "Adresse secondaire du compteur", shape=r"[0-9A-Z]{12}"),
    Label("VTIC", STANDARD, (2,), TEXT, "", "Version of the TIC specification", "Version de la TIC", shape=r"[0-9]{2}"),
    Label("DATE", STANDARD, (0,), HORODATE, "", "Current date and time", "Date et heure courante", horodate=True),
    Label("NGTF", STANDARD, (16,), TEXT, "", "Supplier tariff calendar name", "Nom du calendrier tarifaire fournisseur"),
    Label("LTARF", STANDARD, (16,), TEXT, "", "Label of the supplier tariff in progress", "Libellé du tarif fournisseur en cours"),
    Label("EAST", STANDARD, (9,), INTEGER, "Wh", "Total active energy drawn", "Énergie active soutirée totale"),
    *(Label(f"EASF{n:02}", STANDARD, (9,), INTEGER, "Wh", f"Active energy drawn, supplier index {n}", f"Énergie active soutirée, index fournisseur {n}") for n in range(1, 11)),
    *(Label(f"EASD{n:02}", STANDARD, (9,), INTEGER, "Wh", f"Active energy drawn, distributor index {n}", f"Énergie active soutirée, index distributeur {n}") for n in range(1, 5)),
    Label("EAIT", STANDARD, (9,), INTEGER, "Wh", "Total active energy injected", "Énergie active injectée totale", only="producer"),
    *(Label(f"ERQ{n}", STANDARD, (9,), INTEGER, "varh", f"Reactive energy, quadrant {n}", f"Énergie réactive quadrant {n}", only="producer") for n in range(1, 5)),
    *(Label(f"IRMS{n}", STANDARD, (3,), INTEGER, "A", f"RMS current, phase {n}", f"Courant efficace phase {n}", phases=3 if n > 1 else None, measurement=True) for n in PHASES),
    *(Label(f"URMS{n}", STANDARD, (3,), INTEGER, "V", f"RMS voltage, phase {n}", f"Tension efficace phase {n}", phases=3 if n > 1 else None, measurement=True) for n in PHASES),
    Label("PREF", STANDARD, (2,), INTEGER, "kVA", "Reference (subscribed) apparent power", "Puissance apparente de référence"),
    Label("PCOUP", STANDARD, (2,), INTEGER, "kVA", "Cut-off apparent power", "Puissance apparente de coupure"),
    Label("SINSTS", STANDARD, (5,), INTEGER, "VA", "Instantaneous apparent power drawn (total)", "Puissance apparente instantanée soutirée", measurement=True),
    *(Label(f"SINSTS{n}", STANDARD, (5,), INTEGER, "VA", f"Instantaneous apparent power drawn, phase {n}", f"Puissance apparente instantanée soutirée phase {n}", phases=3, measurement=True) for n in PHASES),
    Label("SMAXSN", STANDARD, (5,), INTEGER, "VA", "Max apparent power drawn today", "Puissance apparente maximale soutirée du jour n", horodate=True),
    *(Label(f"SMAXSN{n}", STANDARD, (5,), INTEGER, "VA", f"Max apparent power drawn today, phase {n}", f"Puissance apparente maximale soutirée du jour n, phase {n}", horodate=True, phases=3) for n in PHASES),
    Label("SMAXSN-1", STANDARD, (5,), INTEGER, "VA", "Max apparent power drawn yesterday", "Puissance apparente maximale soutirée du jour n-1", horodate=True),
    *(Label(f"SMAXSN{n}-1", STANDARD, (5,), INTEGER, "VA", f"Max apparent power drawn yesterday, phase {n}", f"Puissance apparente maximale soutirée du jour n-1, phase {n}", horodate=True, phases=3) for n in PHASES),
    Label("SINSTI", STANDARD, (5,), INTEGER, "VA", "Instantaneous apparent power injected (total)", "Puissance apparente instantanée injectée", only="producer", measurement=True),
    Label("SMAXIN", STANDARD, (5,), INTEGER, "VA", "Max apparent power injected today", "Puissance apparente maximale injectée du jour n", horodate=True, only="producer"),
    Label("SMAXIN-1", STANDARD, (5,), INTEGER, "VA", "Max apparent power injected yesterday", "Puissance apparente maximale injectée du jour n-1", horodate=True, only="producer"),
    Label("CCASN", STANDARD, (5,), INTEGER, "W", "Load-curve point n, active power drawn", "Point n de la courbe de charge active soutirée", horodate=True, absence=UNKNOWN),
    Label("CCASN-1", STANDARD, (5,), INTEGER, "W", "Load-curve point n-1, active power drawn", "Point n-1 de la courbe de charge active soutirée", horodate=True, absence=UNKNOWN),
    Label("CCAIN", STANDARD, (5,), INTEGER, "W", "Load-curve point n, active power injected", "Point n de la courbe de charge active injectée", horodate=True, only="producer", absence=UNKNOWN),
    Label("CCAIN-1", STANDARD, (5,), INTEGER, "W", "Load-curve point n-1, active power injected", "Point n-1 de la courbe de charge active injectée", horodate=True, only="producer", absence=UNKNOWN),
    *(Label(f"UMOY{n}", STANDARD, (3,), INTEGER, "V", f"Average voltage, phase {n}", f"Tension moyenne phase {n}", horodate=True, phases=3 if n > 1 else None) for n in PHASES),
    Label("STGE", STANDARD, (8,), HEX, "", "Status register", "Registre de statuts"),
    *(Label(f"{edge}{n}", STANDARD, (2,), HORODATE, "", f"Mobile peak {n} {english}", f"{french} de pointe mobile {n}", horodate=True, absence=UNKNOWN)
      for n in range(1, 4) for edge, english, french in (("DPM", "start", "Début"), ("FPM", "end", "Fin"))),
    Label("MSG1", STANDARD, (32,), TEXT, "", "Short message", "Message court"),
    Label("MSG2", STANDARD, (16,), TEXT, "", "Ultra-short message", "Message ultra-court", absence=KEEP),
    Label("PRM", STANDARD, (14,), TEXT, "", "Metering point reference", "Référence du point de mesure (PRM)", shape=r"[0-9]{14}"),
    Label("RELAIS", STANDARD, (3,), INTEGER, "", "State of the 8 relays (1 real + 7 virtual)", "État des 8 relais (1 réel + 7 virtuels)"),
    Label("NTARF", STANDARD, (2,), INTEGER, "", "Number of the tariff index in progress", "Numéro de l'index tarifaire en cours"),
    Label("NJOURF", STANDARD, (2,), INTEGER, "", "Supplier calendar: today's day number", "Numéro du jour en cours, calendrier fournisseur", shape=r"[0-9]{2}"),
    Label("NJOURF+1", STANDARD, (2,), INTEGER, "", "Supplier calendar: next day's number", "Numéro du prochain jour, calendrier fournisseur", shape=r"[0-9]{2}"),
    Label("PJOURF+1", STANDARD, (98,), BLOCKS, "", "Supplier calendar: next day's profile", "Profil du prochain jour, calendrier fournisseur"),
    Label("PPOINTE", STANDARD, (98,), BLOCKS, "", "Next mobile-peak day profile", "Profil du prochain jour de pointe", absence=UNKNOWN),
    Label("SINST1", STANDARD, (5,), INTEGER, "VA", "Instantaneous apparent power drawn (total) (pilot meters)", "Puissance apparente instantanée soutirée (compteurs pilotes)", measurement=True, same_as="SINSTS"),
    Label("SMAXN", STANDARD, (5,), INTEGER, "VA", "Max apparent power drawn today (pilot meters)", "Puissance apparente maximale soutirée du jour n (compteurs pilotes)", horodate=True, same_as="SMAXSN"),
    Label("SMAXN-1", STANDARD, (5,), INTEGER, "VA", "Max apparent power drawn yesterday (pilot meters)", "Puissance apparente maximale soutirée du jour n-1 (compteurs pilotes)", horodate=True, same_as="SMAXSN-1"),)
# fmt: on

LABELS: dict[str, Label] = {row.name: row for row in ROWS}
"""Every label by name. No name belongs to both modes."""

ADDRESS_LABELS = ("ADCO", "ADSC")
"""The labels that carry the meter's address (adresse du compteur)."""

PHASE_LABELS = {
    1: (("SINSTS", "IRMS1", "URMS1"),),
    3: tuple((f"SINSTS{n}", f"IRMS{n}", f"URMS{n}") for n in PHASES),
}
"""Apparent power drawn, current and voltage of each phase in standard mode."""

CONTRACT_VOLTAGE = 200
"""Volts by which kVA and A convert in French contracts, per phase."""

CURRENT_LABELS = {1: ("IINST",), 3: ("IINST1", "IINST2", "IINST3")}
"""Current of each phase in historic mode."""
