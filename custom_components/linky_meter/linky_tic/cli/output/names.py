"""Names and units of a reading's keys, for people.

``{n}`` stands for a number: of a phase behind ``_l``, else of a register. A key that is
new here is shown by itself until it has a row.
"""

from __future__ import annotations

import re

from ..messages import Language

_PHASE = re.compile(r"_l([123])$")
_NUMBER = re.compile(r"(?<=[_q])(\d+)$")

# fmt: off
_NAMES: dict[str, tuple[str, str, str]] = {
    "active_power": ("W", "Active power (estimated)", "Puissance active (estimée)"),
    "apparent_power": ("VA", "Apparent power", "Puissance apparente"),
    "apparent_power_export": ("VA", "Exported apparent power", "Puissance apparente injectée"),
    "available_current": ("A", "Available current", "Courant disponible"),
    "available_power": ("VA", "Available power", "Puissance disponible"),
    "breaker": ("", "Breaker", "Organe de coupure"),
    "breaker_open": ("", "Breaker open", "Organe de coupure ouvert"),
    "breaking_power": ("VA", "Breaking power", "Puissance de coupure"),
    "calendar_day": ("", "Calendar day", "Jour du calendrier"),
    "calendar_day_next": ("", "Calendar day tomorrow", "Jour du calendrier demain"),
    "calendar_name": ("", "Tariff calendar", "Calendrier tarifaire"),
    "clock_degraded": ("", "Clock degraded", "Horloge dégradée"),
    "clock_offset": ("s", "Clock offset", "Écart de l'horloge"),
    "contract": ("", "Contract", "Contrat"),
    "current": ("A", "Current", "Intensité"),
    "current_limit": ("A", "Current limit", "Limite d'intensité"),
    "day_profile": ("", "Next day's profile", "Profil du prochain jour"),
    "distributor_tariff": ("", "Distributor tariff", "Tarif distributeur"),
    "dry_contact": ("", "Dry contact closed", "Contact sec fermé"),
    "energy_export": ("Wh", "Exported energy", "Énergie injectée"),
    "energy_export_estimated": (
        "Wh",
        "Exported energy, estimated",
        "Énergie injectée estimée",
    ),
    "energy_import": ("Wh", "Imported energy", "Énergie soutirée"),
    "energy_index_{n}": ("Wh", "Energy index {n}", "Index d'énergie {n}"),
    "energy_meter_total": ("Wh", "Meter total", "Total du compteur"),
    "euridis": ("", "Euridis output", "Sortie Euridis"),
    "exporting": ("", "Exporting", "Injection en cours"),
    "filtered_power": ("VA", "Filtered power", "Puissance filtrée"),
    "load_curve_export": ("W", "Load curve, exported", "Courbe de charge injectée"),
    "load_curve_export_previous": ("W", "Load curve, exported, previous", "Courbe de charge injectée, précédent"),
    "load_curve_import": ("W", "Load curve, imported", "Courbe de charge soutirée"),
    "load_curve_import_previous": ("W", "Load curve, imported, previous", "Courbe de charge soutirée, précédent"),
    "max_active_power": ("W", "Greatest power", "Puissance maximale"),
    "max_current": ("A", "Greatest current", "Intensité maximale"),
    "max_power_export_today": ("VA", "Greatest exported power today", "Puissance injectée maximale du jour"),
    "max_power_export_yesterday": ("VA", "Greatest exported power yesterday", "Puissance injectée maximale de la veille"),
    "max_power_today": ("VA", "Greatest power today", "Puissance maximale du jour"),
    "max_power_yesterday": ("VA", "Greatest power yesterday", "Puissance maximale de la veille"),
    "mean_voltage": ("V", "Mean voltage", "Tension moyenne"),
    "message_1": ("", "Message", "Message"),
    "message_2": ("", "Short message", "Message court"),
    "meter_clock": ("", "Meter's clock", "Horloge du compteur"),
    "mobile_peak": ("", "Mobile peak", "Pointe mobile"),
    "mobile_peak_end_{n}": ("", "Mobile peak {n} ends", "Fin de pointe mobile {n}"),
    "mobile_peak_notice": ("", "Mobile peak notice", "Préavis de pointe mobile"),
    "mobile_peak_start_{n}": ("", "Mobile peak {n} starts", "Début de pointe mobile {n}"),
    "next_tariff_change": ("", "Next tariff change", "Prochain changement de tarif"),
    "off_peak": ("", "Off-peak", "Heures creuses"),
    "off_peak_code": ("", "Off-peak code", "Code heures creuses"),
    "overload": ("", "Overload", "Dépassement"),
    "overvoltage": ("", "Overvoltage", "Surtension"),
    "peak_day_profile": ("", "Peak day's profile", "Profil du jour de pointe"),
    "phase_missing": ("", "Phase missing", "Phase absente"),
    "phases": ("", "Phases", "Phases"),
    "plc_status": ("", "Power line link", "Lien CPL"),
    "plc_synchronised": ("", "Power line link synchronised", "CPL synchronisé"),
    "power_factor": ("", "Power factor (estimated)", "Facteur de puissance (estimé)"),
    "producer": ("", "Producer", "Producteur"),
    "relay_{n}": ("", "Relay {n} closed", "Relais {n} fermé"),
    "rms_current": ("A", "RMS current", "Courant efficace"),
    "subscribed_power": ("VA", "Subscribed power", "Puissance souscrite"),
    "subscribed_power_usage": ("%", "Subscribed power in use", "Puissance souscrite utilisée"),
    "tariff_label": ("", "Tariff name", "Nom du tarif"),
    "tariff_period": ("", "Tariff", "Tarif"),
    "tempo_today": ("", "Tempo today", "Tempo aujourd'hui"),
    "tempo_tomorrow": ("", "Tempo tomorrow", "Tempo demain"),
    "terminal_cover": ("", "Terminal cover open", "Cache-bornes ouvert"),
    "tic_mode": ("", "Mode", "Mode"),
    "time_to_trip": ("s", "Time to trip", "Délai avant coupure"),
    "voltage": ("V", "Voltage", "Tension"),
}

_WORDS_FR: dict[str, str] = {
    "alert_off_peak": "alerte creuses", "alert_peak": "alerte pleines", "all_hours": "toutes heures", "base": "base", "blue": "bleu", "blue_off_peak": "bleu creuses",
    "blue_peak": "bleu pleines", "closed": "fermé", "disabled": "inactif", "ejp": "EJP",
    "enabled": "actif", "historic": "historique", "mobile_peak": "pointe mobile",
    "new_lock": "nouveau, verrouillé", "new_unlock": "nouveau, déverrouillé", "none": "aucun",
    "normal": "normales", "off_peak": "heures creuses", "open_load_shedding": "ouvert (délestage)",
    "open_order": "ouvert (ordre)", "open_overheating_high_current": "ouvert (surchauffe, fort courant)",
    "open_overheating_low_current": "ouvert (surchauffe, faible courant)",
    "open_overpower": "ouvert (surpuissance)", "open_overvoltage": "ouvert (surtension)", "other": "autre",
    "peak": "heures pleines", "peak_1": "PM1", "peak_2": "PM2", "peak_3": "PM3", "red": "rouge",
    "red_off_peak": "rouge creuses", "red_peak": "rouge pleines", "registered": "enregistré",
    "secured": "sécurisé", "standard": "standard", "tempo": "Tempo", "white": "blanc",
    "summer_off_peak": "été creuses", "summer_peak": "été pleines",
    "summer_super_off_peak": "été super creuses", "super_off_peak": "super creuses",
    "week_end": "week-end", "white_off_peak": "blanc creuses", "white_peak": "blanc pleines",
    "winter_off_peak": "hiver creuses", "winter_peak": "hiver pleines",
    "winter_super_off_peak": "hiver super creuses",
}
# fmt: on


def name_and_unit(key: str, lang: Language) -> tuple[str, str]:
    """Return a key's name and unit."""
    base, ending = key, ""
    if key.endswith("_time"):
        base, ending = key[:-5], " (heure)" if lang is Language.FR else " (time)"
    number = ""
    if (match := _PHASE.search(base)) is not None:
        base, ending = base[: match.start()], f" L{match[1]}{ending}"
    elif base not in _NAMES and (match := _NUMBER.search(base)) is not None:
        base, number = f"{base[: match.start()]}{{n}}", match[1]
    row = _NAMES.get(base)
    if row is None:
        return key.replace("_", " ").capitalize(), ""
    unit = "" if key.endswith("_time") else row[0]
    return row[2 if lang is Language.FR else 1].format(n=number) + ending, unit


def word(value: str, lang: Language) -> str:
    """Return an enum's value in words."""
    if lang is Language.FR and value in _WORDS_FR:
        return _WORDS_FR[value]
    return value.replace("_", " ")
