"""The meter's address: who made it, when, and what it is.

Facts: Euridis association, list of manufacturers and device types v3.04A; which types
are Linky meters and their ratings, Enedis-NOI-CPT_54E v3, section 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass
import re


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A device type code (code type d'appareil)."""

    code: str
    name: str
    french: str
    phases: int | None = None
    rating: int | None = None
    """Greatest current per phase, A."""
    linky: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What a meter's address (ADCO, ADSC) tells: CC AA TT NNNNNN."""

    address: str
    manufacturer: str | None
    year: int
    """Year of manufacture."""
    model: str | None
    """What it is, in English."""
    french_model: str | None
    phases: int | None
    """1 or 3."""
    rating: int | None
    """Greatest current per phase, A."""
    linky: bool

    @property
    def serial_number(self) -> str:
        """The last six characters, unique per maker, year and type."""
        return self.address[6:]

    def model_in(self, language: str) -> str | None:
        """Return the model in French for that language's tag, in English for others."""
        return self.french_model if language.startswith("fr") else self.model


_ADDRESS = re.compile(r"[0-9]{4}[0-9A-F]{2}[0-9]{6}")


def parse_address(address: str) -> Identity | None:
    """Return what an address tells, None when it is not one.

    The type may hold letters. Twelve zeros are no meter.
    """
    if _ADDRESS.fullmatch(address) is None or address == "0" * 12:
        return None
    maker, year, kind = address[:2], int(address[2:4]), address[4:6]
    device = TYPES.get(kind)
    return Identity(
        address=address,
        manufacturer=MANUFACTURERS.get(maker),
        # The oldest Euridis meters are of the nineties
        year=year + (1900 if year >= 90 else 2000),
        model=device.name if device else None,
        french_model=device.french if device else None,
        phases=device.phases if device else None,
        rating=device.rating if device else None,
        linky=device.linky if device else False,
    )


# fmt: off
MANUFACTURERS: dict[str, str] = {
    "01": "Crouzet / Monetel",
    "02": "Sagemcom",
    "03": "Itron (Actaris)",
    "04": "Landis+Gyr",
    "05": "Sauter / Stepper Energie",
    "06": "Itron",
    "07": "MAEC",
    "08": "Enerdis",
    "09": "Faure Herman",
    "10": "SEVME / SIS",
    "11": "Elster / Honeywell",
    "12": "Gaz Thermique",
    "14": "Dialog E.S. / Micronique",
    "15": "Mecelec",
    "16": "Legrand / Baco",
    "17": "SERD-Schlumberger",
    "18": "Schneider Electric",
    "19": "General Electric",
    "20": "Nuovo Pignone / Dresser",
    "21": "SCLE",
    "22": "EDF",
    "23": "GDF Suez",
    "24": "Hager",
    "25": "Delta Dore",
    "26": "RIZ",
    "27": "Iskraemeco",
    "28": "GMT",
    "29": "Analog Devices",
    "30": "Michaud",
    "31": "Hexing",
    "32": "Siame",
    "33": "Larsen & Toubro",
    "34": "Elster / Honeywell",
    "35": "Electronic Afzar Azma",
    "36": "Advanced Electronic Company",
    "37": "AEM",
    "38": "Chint",
    "39": "ZIV",
    "70": "Landis+Gyr",
    "71": "Stepper Energie",
    "81": "Sagemcom",
    "82": "Landis+Gyr",
    "83": "Elster / Honeywell",
    "84": "Sagemcom",
    "85": "Itron",
}

_TYPES: tuple[DeviceType, ...] = (
    DeviceType("01", "Single-phase multi-rate electronic 'blue' meter with BBR, 1st gen", "Compteur bleu monophasé multitarif électronique (BBR), 1re génération", phases=1),
    DeviceType("02", "Metering unit G3, MV/LV substation", "Centrale de mesure G3, poste HTA/BT"),
    DeviceType("03", "Multi-meter concentrator, electricity + 2 fluids", "Concentrateur multi-compteurs / électrique + 2 fluides"),
    DeviceType("04", "Simplified concentrator, electricity", "Concentrateur simplifié / élec"),
    DeviceType("05", "Single-phase single-rate electronic 'blue' meter, 1st gen", "Compteur bleu monophasé simple tarif électronique, 1re génération", phases=1),
    DeviceType("06", "Electronic 'yellow' meter / modular tariff", "Compteur jaune électronique / tarif modulable"),
    DeviceType("07", "Universal electronic meter (PRISME or ICE)", "Compteur électronique universel (PRISME ou ICE)"),
    DeviceType("08", "Sauter meter modified for Euridis", "Compteur Sauter modifié Euridis"),
    DeviceType("09", "Three-phase electronic 'blue' meter, 1st gen", "Compteur bleu triphasé électronique, 1re génération", phases=3),
    DeviceType("10", "Electronic 'yellow' meter, 2nd gen", "Compteur jaune électronique 2e génération"),
    DeviceType("11", "Single-phase single-rate Ferraris 'blue' meter", "Compteur bleu monophasé simple tarif Ferraris", phases=1),
    DeviceType("12", "Prisme meter", "Compteur Prisme"),
    DeviceType("13", "Metering unit G1, MV/LV substation", "Centrale de mesure G1, poste HTA/BT"),
    DeviceType("14", "Load-curve analyser (LV panel)", "Analyseur de courbe de charge (panel BT)"),
    DeviceType("15", "Single-phase multi-rate electronic 'blue' meter without BBR", "Compteur bleu monophasé multitarif électronique sans BBR", phases=1),
    DeviceType("16", "'Blue' meter, 10000-ICC trial", "Compteur bleu expérimentation « 10000 ICC »"),
    DeviceType("17", "ICC, 10000-ICC trial", "ICC expérimentation « 10000 ICC »"),
    DeviceType("18", "MV fault detector, compensated neutral", "Détecteur de défauts / HTA, neutre compensé"),
    DeviceType("19", "Multi-meter concentrator, 3 fluids", "Concentrateur multi-compteurs / 3 fluides indifférenciés"),
    DeviceType("20", "Single-phase multi-rate half-rate 'blue' meter, 1st gen", "Compteur bleu monophasé multitarif demi-taux, 1re génération", phases=1),
    DeviceType("21", "Three-phase half-rate 'blue' meter, 1st gen", "Compteur bleu triphasé demi-taux, 1re génération", phases=3),
    DeviceType("22", "Single-phase multi-rate 'blue' meter, 2nd gen", "Compteur bleu monophasé multitarif, 2e génération", phases=1),
    DeviceType("23", "Single-phase multi-rate half-rate 'blue' meter, 2nd gen", "Compteur bleu monophasé multitarif demi-taux, 2e génération", phases=1),
    DeviceType("25", "Single-phase single-rate 'blue' meter, 2nd gen", "Compteur bleu monophasé simple tarif, 2e génération", phases=1),
    DeviceType("26", "Three-phase 'blue' meter, stage 2000, 2nd gen", "Compteur bleu triphasé, palier 2000, 2e génération", phases=3),
    DeviceType("27", "Three-phase half-rate 'blue' meter, stage 2000, 2nd gen", "Compteur bleu triphasé, palier 2000 demi-taux, 2e génération", phases=3),
    DeviceType("28", "Single-phase multi-rate 'blue' meter, stage 2007, 3rd gen", "Compteur bleu monophasé multitarif, palier 2007, 3e génération", phases=1),
    DeviceType("29", "Single-phase multi-rate half-rate 'blue' meter, stage 2007, 3rd gen", "Compteur bleu monophasé multitarif demi-taux, palier 2007, 3e génération", phases=1),
    DeviceType("30", "Three-phase 'blue' meter, stage 2007, 3rd gen", "Compteur bleu triphasé, palier 2007, 3e génération", phases=3),
    DeviceType("31", "Three-phase half-rate 'blue' meter, stage 2007, 3rd gen", "Compteur bleu triphasé demi-taux, palier 2007, 3e génération", phases=3),
    DeviceType("32", "Three-phase 'blue' meter with remote totalising", "Compteur bleu triphasé télétotalisation", phases=3),
    DeviceType("33", "Electronic 'yellow' meter, direct connection", "Compteur jaune électronique branchement direct"),
    DeviceType("34", "ICE 4-quadrant meter", "Compteur ICE 4 quadrants"),
    DeviceType("35", "Trimaran 2P class 0.2s meter for RTE", "Compteur Trimaran 2P classe 0,2s pour RTE"),
    DeviceType("36", "PME-PMI meter, LV above 36 kVA", "Compteur PME-PMI BT > 36 kVA"),
    DeviceType("37", "Prepayment meter", "Compteur prépaiement"),
    DeviceType("38", "Three-phase HXE34 (HECL)", "Compteur triphasé HXE34 de HECL", phases=3),
    DeviceType("40", "Multi-use display system (SAM)", "Système d’affichage multiusage (SAM)"),
    DeviceType("42", "Single-phase export meter (Actaris)", "Compteur monophasé export (Actaris)", phases=1),
    DeviceType("43", "Single-phase export meter (Actaris)", "Compteur monophasé export (Actaris)", phases=1),
    DeviceType("44", "Three-phase export meter (Actaris)", "Compteur triphasé export Actaris", phases=3),
    DeviceType("45", "Three-phase export meter (Actaris; also AECL)", "Compteur triphasé export Actaris / Compteur triphasé AECL", phases=3),
    DeviceType("46", "Euridis modem for PME-PMI meter", "Modem Euridis pour compteur PME-PMI"),
    DeviceType("52", "Simplified gas concentrator / Euridis gas transponder", "Concentrateur simplifié / gaz ou transpondeur gaz Euridis"),
    DeviceType("53", "Multi-meter concentrator / VGR", "Concentrateur multi-compteurs / VGR"),
    DeviceType("54", "Multi-meter concentrator / gas", "Concentrateur multi-compteurs / gaz"),
    DeviceType("58", "PRISME remote-totalising bay, Lyon trial", "Baie Prisme de télétotalisation, expérimentation Lyon"),
    DeviceType("60", "Linky single-phase 60 A G1", "Linky monophasé 60 A G1", phases=1, rating=60, linky=True),
    DeviceType("61", "Linky single-phase 60 A G3", "Linky monophasé 60 A G3", phases=1, rating=60, linky=True),
    DeviceType("62", "Linky single-phase 90 A G1", "Linky monophasé 90 A G1", phases=1, rating=90, linky=True),
    DeviceType("63", "Linky three-phase 60 A G1", "Linky triphasé 60 A G1", phases=3, rating=60, linky=True),
    DeviceType("64", "Linky single-phase 60 A G3", "Linky monophasé 60 A G3", phases=1, rating=60, linky=True),
    DeviceType("65", "Linky single-phase 90 A G3", "Linky monophasé 90 A G3", phases=1, rating=90, linky=True),
    DeviceType("66", "Linky", "Linky", linky=True),
    DeviceType("67", "Linky single-phase 90 A G1", "Linky monophasé 90 A G1", phases=1, rating=90, linky=True),
    DeviceType("68", "Linky three-phase 60 A G1", "Linky triphasé 60 A G1", phases=3, rating=60, linky=True),
    DeviceType("70", "Linky single-phase 60 A G3", "Linky monophasé 60 A G3", phases=1, rating=60, linky=True),
    DeviceType("71", "Linky three-phase 60 A G3", "Linky triphasé 60 A G3", phases=3, rating=60, linky=True),
    DeviceType("72", "Single-phase HXE12K 10-80 A 4 rates (Hexing)", "Compteur monophasé HXE12K 10-80 A 4 tarifs (Hexing)", phases=1, rating=80),
    DeviceType("74", "Three-phase HXE34K 230/400 V 10-80 A 4 rates (Hexing)", "Compteur triphasé HXE34K 230/400 V 10-80 A 4 tarifs (Hexing)", phases=3, rating=80),
    DeviceType("75", "Linky single-phase 90 A G3", "Linky monophasé 90 A G3", phases=1, rating=90, linky=True),
    DeviceType("76", "Linky three-phase 60 A G3", "Linky triphasé 60 A G3", phases=3, rating=60, linky=True),
    DeviceType("86", "Linky single-phase 60 A G3", "Linky monophasé 60 A G3", phases=1, rating=60, linky=True),
    DeviceType("87", "Linky three-phase 60 A G3", "Linky triphasé 60 A G3", phases=3, rating=60, linky=True),
    DeviceType("88", "Single-phase PLC DSMR2.2 (Actaris)", "Compteur monophasé PLC DSMR2.2 (Actaris)", phases=1),
    DeviceType("89", "Three-phase PLC DSMR2.2 (Actaris)", "Compteur triphasé PLC DSMR2.2 (Actaris)", phases=3),
    DeviceType("90", "Single-phase meter with integrated PLC, 1st gen", "Compteur monophasé CPL intégré 1re génération", phases=1),
    DeviceType("91", "Three-phase meter with integrated PLC, 2nd gen", "Compteur triphasé CPL intégré 2e génération", phases=3),
    DeviceType("92", "Linky single-phase 90 A G3", "Linky monophasé 90 A G3", phases=1, rating=90, linky=True),
    DeviceType("93", "Linky three-phase 60 A G3", "Linky triphasé 60 A G3", phases=3, rating=60, linky=True),
    DeviceType("94", "Linky three-phase 60 A G3", "Linky triphasé 60 A G3", phases=3, rating=60, linky=True),
    DeviceType("98", "PLC box G0 for CJE and CBE meters", "BCPL G0 pour compteur CJE et CBE"),
    DeviceType("AA", "Euridis Bluetooth coupler (PKE)", "Coupleur Euridis bluetooth (PKE)"),
    DeviceType("DC", "Linky G1 PLC box for CJE meter", "BCPL G1 Linky pour compteur CJE"),
)
# fmt: on

TYPES: dict[str, DeviceType] = {row.code: row for row in _TYPES}
