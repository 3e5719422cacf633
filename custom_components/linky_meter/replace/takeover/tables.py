"""What other integrations create, and what it is here: data, matched by unique id.

Entity ids tell nothing: they depend on the language, on names of devices, and on what the
user renamed. Facts: each integration's own source; labels as in Enedis-NOI-CPT_54E.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re


class Stays(StrEnum):
    """Why an entity stays what it is; each has words in the translations."""

    WORDS = "words"
    UNIT = "unit"
    SENSE = "sense"
    NO_COUNTERPART = "no_counterpart"
    NOT_SAID = "not_said"
    EMPTY = "empty"
    SECOND = "second"
    AMBIGUOUS = "ambiguous"
    OTHER_VALUE = "other_value"


type Target = tuple[str, ...] | Stays
"""The keys that it may become, the likelier first, or why it stays."""


@dataclass(frozen=True)
class Family:
    """One way in which a meter's entities are made."""

    name: str
    """As people call it."""
    platform: str
    pattern: re.Pattern[str]
    """Of unique ids: groups ``label``, and ``address`` or ``group`` where they have it."""
    targets: Mapping[str, Target]
    exclusive: bool = True
    """Whether its config entry is about the meter only, and is disabled as a whole."""


def _table(text: str) -> dict[str, Target]:
    """Return targets of lines "label key [key…]"."""
    rows = (line.split() for line in text.strip().splitlines())
    return {label: tuple(keys) for label, *keys in rows}


def _stay(why: Stays, labels: str) -> dict[str, Target]:
    return dict.fromkeys(labels.split(), why)


_BY_PHASE = {
    f"{label}{n}": (f"{key}_l{n}",)
    for label, key in (
        ("IINST", "current"),
        ("IRMS", "rms_current"),
        ("URMS", "voltage"),
        ("UMOY", "mean_voltage"),
        ("SINSTS", "apparent_power"),
        ("IMAX", "max_current"),
    )
    for n in (1, 2, 3)
}
_MAXIMUM_BY_PHASE = {
    f"{label}{n}{suffix}": (f"max_power_{day}_l{n}",)
    for label in ("SMAXSN", "SMAXN")
    for suffix, day in (("", "today"), ("-1", "yesterday"))
    for n in (1, 2, 3)
}
_INDEXES = {
    label: (f"energy_index_{n}",)
    for labels in (
        "HCHC HCHP",
        "EJPHN EJPHPM",
        "BBRHCJB BBRHPJB BBRHCJW BBRHPJW BBRHCJR BBRHPJR",
        "EASF01 EASF02 EASF03 EASF04 EASF05 EASF06 EASF07 EASF08 EASF09 EASF10",
    )
    for n, label in enumerate(labels.split(), 1)
}

TIC: Mapping[str, Target] = {
    **_INDEXES,
    **{f"EASD0{n}": (f"energy_distributor_{n}",) for n in range(1, 5)},
    **_BY_PHASE,
    **_MAXIMUM_BY_PHASE,
    **_table(
        """
        BASE energy_import energy_index_1
        EAST energy_import energy_meter_total
        EAIT energy_export
        PAPP apparent_power
        SINSTS apparent_power
        SINST1 apparent_power
        SINSTI apparent_power_export
        IINST current_l1
        IMAX max_current_l1
        PREF subscribed_power
        PCOUP breaking_power
        SMAXSN max_power_today
        SMAXSN-1 max_power_yesterday
        SMAXN max_power_today
        SMAXN-1 max_power_yesterday
        SMAXIN max_power_export_today
        SMAXIN-1 max_power_export_yesterday
        CCASN load_curve_import
        CCASN-1 load_curve_import_previous
        CCAIN load_curve_export
        CCAIN-1 load_curve_export_previous
        PMAX max_active_power
        LTARF tariff_label
        NGTF calendar_name
        MSG2 message_2
        MSG1 message_1
        ISOUSC current_limit_l1
        """
    ),
    **_stay(Stays.UNIT, "ERQ1 ERQ2 ERQ3 ERQ4"),
    **_stay(Stays.WORDS, "PTEC DEMAIN OPTARIF NTARF STGE DATE RELAIS HHPHC MOTDETAT"),
    **_stay(
        Stays.NO_COUNTERPART,
        "ADPS ADIR1 ADIR2 ADIR3 ADCO ADSC VTIC PRM PEJP PPOT NJOURF NJOURF+1"
        " PJOURF+1 PPOINTE DPM1 DPM2 DPM3 FPM1 FPM2 FPM3",
    ),
}
"""By label, as the meter says them."""

STATUS: Mapping[str, Target] = {
    **_table(
        """
        SERIAL_CONNECTIVITY link
        SURTENSION_SUR_UNE_DES_PHASES overvoltage
        DEPASSEMENT_PUISSANCE_REFERENCE overload
        ETAT_DU_CACHE_BORNE_DISTRIBUTEUR terminal_cover
        PRODUCTEUR_CONSOMMATEUR producer
        SENS_ENERGIE_ACTIVE exporting
        MODE_DEGRADE_HORLOGE clock_degraded
        """
    ),
    **_stay(Stays.SENSE, "CONTACT_SEC SYNCHRO_CPL MODE_TIC"),
    **_stay(
        Stays.WORDS,
        "ORGANE_DE_COUPURE TARIF_CONTRAT_FOURNITURE TARIF_CONTRAT_DISTRIBUTEUR"
        " TARIF_EN_COURS COULEUR_JOUR_CONTRAT_TEMPO COULEUR_LENDEMAIN_CONTRAT_TEMPO"
        " COULEUR_DU_JOUR COULEUR_DU_LENDEMAIN PREAVIS_POINTES_MOBILES POINTE_MOBILE"
        " STATUS_CPL ETAT_SORTIE_COMMUNICATION_EURIDIS",
    ),
}
"""The bits of STGE, as linkytic names them."""

# Its words for EJP and Tempo are others than ours
_TELEINFO = {**TIC, "DEMAIN": ("tempo_tomorrow",)}

_ZLINKY: Mapping[str, Target] = {
    **_table(
        """
        current_summ_delivered energy_import energy_meter_total
        current_summ_received energy_export
        available_power subscribed_power
        power_threshold breaking_power
        apparent_power apparent_power
        total_apparent_power apparent_power
        """
    ),
    **{f"current_tier{n}_summ_delivered": (f"energy_index_{n}",) for n in range(1, 11)},
    **{f"active_energy_out_d0{n}": (f"energy_distributor_{n}",) for n in range(1, 5)},
    **{
        f"rms_{kind}{suffix}": keys
        for n, suffix in enumerate(("", "_ph_b", "_ph_c"), 1)
        for kind, keys in (
            ("current", (f"rms_current_l{n}", f"current_l{n}")),
            ("voltage", (f"voltage_l{n}",)),
        )
    },
    "status_register_breakout": Stays.WORDS,
    "relais_breakout": Stays.WORDS,
}

LINKYTIC = Family(
    "Linky TIC",
    "linkytic",
    re.compile(r"linkytic_(?P<group>[0-9A-Za-z]+)_(?P<label>.+)"),
    {**TIC, **STATUS},
)
TELEINFO = Family(
    "Téléinfo",
    "teleinfo",
    re.compile(r"(?P<address>\d{12})_(?P<label>.+)"),
    _TELEINFO,
)
TELEINFO2MQTT = Family(
    "teleinfo2mqtt",
    "mqtt",
    re.compile(r"teleinfo_(?P<address>\d{12})_(?P<label>.+)"),
    TIC,
    exclusive=False,
)
ZIGBEE2MQTT = Family(
    "Zigbee2MQTT",
    "mqtt",
    re.compile(r"(?P<group>0x[0-9a-f]{16})_(?P<label>.+)_zigbee2mqtt"),
    _ZLINKY,
    exclusive=False,
)
FAMILIES = (LINKYTIC, TELEINFO, TELEINFO2MQTT, ZIGBEE2MQTT)

ASKED = frozenset({"ISOUSC", "MSG1"})
"""Labels that may show something else: the meter's usual text is none with us, and a limit
follows the options."""
ADDRESS_LABELS = ("ADCO", "ADSC", "meter_serial_number")
"""Whose state is the meter's address."""
BY_VALUE = frozenset({"deconz", "esphome", "mqtt", "tasmota", "zha"})
"""Platforms whose names are the user's own: a register is known by its index alone."""
BY_VALUE_KEYS = (
    "energy_import",
    "energy_meter_total",
    "energy_export",
    *(f"energy_index_{n}" for n in range(1, 11)),
    *(f"energy_distributor_{n}" for n in range(1, 5)),
)


def target_of(family: Family, label: str) -> Target:
    """Return what a label becomes; a field of STGE may be any that is not known."""
    found = family.targets.get(label, family.targets.get(label.upper()))
    return Stays.NO_COUNTERPART if found is None else found
