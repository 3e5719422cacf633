"""What ``cost`` says of a year: key, English, French; as the integration says it."""

from __future__ import annotations

COST_MESSAGES: dict[str, tuple[str, str]] = {
    "best_not_known": (
        "Days known: {days}; a year can be judged from 350 on",
        "Jours connus : {days} ; une année se juge à partir de 350",
    ),
    "best_no_price": (
        "Your own contract has no price for some of the last twelve months",
        "Votre contrat n'a pas de prix pour une partie des douze derniers mois",
    ),
    "best_own": (
        "Your own contract is the cheapest of the last twelve months",
        "Votre contrat est le moins cher des douze derniers mois",
    ),
    "best_own_by": (
        (
            "Your own contract is the cheapest of the last twelve months: {name}"
            " would have cost {more} more"
        ),
        (
            "Votre contrat est le moins cher des douze derniers mois : {name}"
            " aurait coûté {more} de plus"
        ),
    ),
    "best_exact": (
        "{name} would have saved {saving} in twelve months",
        "{name} aurait fait économiser {saving} en douze mois",
    ),
    "best_red": (
        (
            "{name} would have saved {saving} in twelve months, of which {avoided}"
            " if red days are avoided"
        ),
        (
            "{name} aurait fait économiser {saving} en douze mois, dont {avoided}"
            " en évitant les jours rouges"
        ),
    ),
    "best_range": (
        (
            "{name} would have saved about {saving} in twelve months, between {low}"
            " and {high}: hours or colors of some days are not known"
        ),
        (
            "{name} aurait fait économiser environ {saving} en douze mois, entre"
            " {low} et {high} : les heures ou les couleurs de certains jours sont"
            " inconnues"
        ),
    ),
    "best_unsure": (
        (
            "{name} might have saved up to {high} in twelve months, or cost up to"
            " {more} more: hours or colors of some days are not known"
        ),
        (
            "{name} aurait pu faire économiser jusqu'à {high} en douze mois, ou"
            " coûter jusqu'à {more} de plus : les heures ou les couleurs de certains"
            " jours sont inconnues"
        ),
    ),
    "power_not_known": (
        "Which power would do is known from {date} on.",
        "La puissance qui suffirait sera connue à partir du {date}.",
    ),
    "power_would_do": (
        "{power} kVA would do.",
        "{power} kVA suffiraient.",
    ),
    "power_saving": (
        "It would save {saving} a year.",
        "Ils feraient économiser {saving} par an.",
    ),
    "power_more": (
        "{now} kVA is too little, {power} kVA would do.",
        "{now} kVA ne suffisent pas, {power} kVA suffiraient.",
    ),
    "power_fits": (
        "{power} kVA fits.",
        "{power} kVA conviennent.",
    ),
    "power_possible": (
        "{power} kVA would just do.",
        "{power} kVA suffiraient tout juste.",
    ),
    "power_above": (
        "Days above {power} kVA: {days}, the worst on {worst}.",
        "Jours au-dessus de {power} kVA : {days}, le pire le {worst}.",
    ),
    "power_never_above": (
        "No day was above {power} kVA.",
        "Aucun jour n'a dépassé {power} kVA.",
    ),
    "cost_year": (
        "Twelve months until {day}, at today's prices; days known: {days}",
        "Douze mois jusqu'au {day}, aux prix d'aujourd'hui ; jours connus : {days}",
    ),
    "cost_contract": (
        "Contract",
        "Contrat",
    ),
    "cost_a_year": (
        "A year",
        "Par an",
    ),
    "cost_own": (
        "your own",
        "le vôtre",
    ),
    "cost_energy": ("Energy", "Énergie"),
    "cost_exported": ("Exported", "Exportée"),
    "cost_revenue": ("Revenue", "Revenu"),
    "cost_net": ("Net cost", "Coût net"),
    "cost_part_today": ("Day, {day}", "Jour, {day}"),
    "cost_part_month": ("Month since {day}", "Mois depuis le {day}"),
    "cost_part_calendar_year": ("Year since {day}", "Année depuis le {day}"),
    "cost_part_bill": ("Bill since {day}", "Facture depuis le {day}"),
    "cost_revenue_all": (
        "Exported energy brought {revenue} since the count began.",
        "L'énergie exportée a rapporté {revenue} depuis le début du comptage.",
    ),
    "cost_battery": (
        "In the virtual battery: {energy}.",
        "Dans la batterie virtuelle : {energy}.",
    ),
}
