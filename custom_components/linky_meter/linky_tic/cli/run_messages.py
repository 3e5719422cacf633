"""What ``run``, ``cost`` and ``prices`` say: key, English, French."""

from __future__ import annotations

RUN_MESSAGES: dict[str, tuple[str, str]] = {
    # The settings
    "setting_line": ("linky-tic.toml, line {line}", "linky-tic.toml, ligne {line}"),
    "setting_toml": ("it is no TOML: {reason}.", "ce n'est pas du TOML : {reason}."),
    "setting_utf8": ("it is no UTF-8 text.", "ce n'est pas un texte UTF-8."),
    "setting_text": ("a text is wanted.", "il faut un texte."),
    "setting_texts": (
        'a list of texts is wanted, such as ["influxdb"].',
        'il faut une liste de textes, comme ["influxdb"].',
    ),
    "setting_choice": (
        "one of these is wanted: {choices}.",
        "il faut l'un de ceux-ci : {choices}.",
    ),
    "setting_whole": (
        "a whole number from {low} to {high} is wanted.",
        "il faut un nombre entier de {low} à {high}.",
    ),
    "setting_number": ("a number is wanted.", "il faut un nombre."),
    "setting_numbers": (
        "a list of numbers is wanted, or numbers by index: {{ 1 = 0.15, 2 = 0.2 }}.",
        "il faut une liste de nombres, ou des nombres par index : {{ 1 = 0.15, 2 = 0.2 }}.",
    ),
    "setting_flag": ("true or false is wanted.", "il faut true ou false."),
    "setting_day": (
        "a date is wanted, such as 2026-02-01, without quotes.",
        "il faut une date, comme 2026-02-01, sans guillemets.",
    ),
    "setting_table": ("a table is wanted.", "il faut une table."),
    "setting_tables": (
        "tables are wanted, each under its own [[...]].",
        "il faut des tables, chacune sous son [[...]].",
    ),
    "setting_missing": ("it is missing.", "il manque."),
    "setting_unknown": (
        "there is no such setting; here may stand: {known}.",
        "ce réglage n'existe pas ; ici peuvent figurer : {known}.",
    ),
    "setting_server": (
        "ws://host:port is wanted, maybe with ?port_id=, ?port_name= or ?serial=.",
        "il faut ws://hôte:port, avec éventuellement ?port_id=, ?port_name= ou ?serial=.",
    ),
    "setting_callback": (
        "{name} is no class: package.Class is wanted, or one of {known}.",
        "{name} n'est pas une classe : il faut paquet.Classe, ou l'un de {known}.",
    ),
    "setting_zone": (
        "there is no such time zone; Europe/Paris is one.",
        "ce fuseau horaire n'existe pas ; Europe/Paris en est un.",
    ),
    "price_no_number": ("it is no number.", "ce n'est pas un nombre."),
    "price_negative": ("it is below zero.", "c'est inférieur à zéro."),
    "price_absurd": (
        (
            "it is too much: euros a kWh (not cents) and euros a month (not a year) are"
            " wanted."
        ),
        (
            "c'est trop : il faut des euros par kWh (pas des centimes) et des euros par"
            " mois (pas par an)."
        ),
    ),
    "price_index": ("a meter has indexes 1 to 10.", "un compteur a les index 1 à 10."),
    "price_empty": (
        "it holds neither a price nor a subscription.",
        "il n'y a ni prix ni abonnement.",
    ),
    "price_overlap": (
        "two periods of a calendar hold {day}.",
        "deux périodes d'un calendrier contiennent le {day}.",
    ),
    "price_period": (
        "it ends before it starts, or lies too far away.",
        "elle finit avant de commencer, ou est trop lointaine.",
    ),
    "price_wrong": ("it cannot be so.", "c'est impossible."),
    "offer_twice": ("two offers are called {name}.", "deux offres s'appellent {name}."),
    "offer_no_prices": (
        "prices, [[offers.periods]] or regulated = kVA is wanted.",
        "il faut prices, [[offers.periods]] ou regulated = kVA.",
    ),
    "window_wrong": (
        'hours such as "22:00-06:00; 12:30-14:30" are wanted.',
        'il faut des heures comme "22:00-06:00; 12:30-14:30".',
    ),
    "contract_no_prices": (
        "prices, or [[prices.contracts.periods]], is wanted.",
        "il faut prices, ou [[prices.contracts.periods]].",
    ),
    "contract_twice": (
        "two contracts begin on {day}.",
        "deux contrats commencent le {day}.",
    ),
    "windows_twice": (
        (
            "the windows tell the hours already, and this would say nothing: leave it out,"
            " and write {instead} in a window."
        ),
        (
            "les windows indiquent déjà les heures, et cela ne dirait rien : enlevez-le,"
            " et écrivez {instead} dans une window."
        ),
    ),
    "export_price": (
        (
            "either sale_price (energy is sold) or delivery_price (a virtual battery gives"
            " it back) is wanted."
        ),
        (
            "il faut soit sale_price (l'énergie est vendue), soit delivery_price (une"
            " batterie virtuelle la rend)."
        ),
    ),
    "export_stored": (
        "kWh from {least} to {most} are wanted.",
        "il faut des kWh, de {least} à {most}.",
    ),
    "time_wrong": (
        'a time such as "06:00" is wanted.',
        'il faut une heure comme "06:00".',
    ),
    "season_wrong": (
        'the first and the last day are wanted, as "04-01/10-31", or "summer" or "winter".',
        (
            'il faut le premier et le dernier jour, comme "04-01/10-31", ou "summer" ou'
            ' "winter".'
        ),
    ),
    "setting_days": (
        "a list of dates such as [2026-01-14] is wanted.",
        "il faut une liste de dates comme [2026-01-14].",
    ),
    "setting_part": (
        "a part from 0 to {most} per cent is wanted.",
        "il faut une part de 0 à {most} pour cent.",
    ),
    # What is logged
    "meter_read": ("The meter is read.", "Le compteur est lu."),
    "meter_again": ("The meter is read again.", "Le compteur est de nouveau lu."),
    "meter_lost": (
        "The meter is not read, trying again and again. {reason}",
        "Le compteur n'est pas lu, nouvelles tentatives en cours. {reason}",
    ),
    "still_lost": (
        "The meter is still not read. {reason}",
        "Le compteur n'est toujours pas lu. {reason}",
    ),
    "unexpected": (
        "Something went wrong that nobody expected; the line above tells where.",
        "Une erreur inattendue s'est produite ; la ligne au-dessus dit où.",
    ),
    "line_bad": (
        "The line is bad: more than {percent} % of the groups arrive damaged.",
        "La ligne est mauvaise : plus de {percent} % des groupes arrivent abîmés.",
    ),
    "line_good": ("The line is good again.", "La ligne est de nouveau bonne."),
    "clock_stepped": (
        "The clock of this machine jumped by {seconds} s.",
        "L'horloge de cette machine a sauté de {seconds} s.",
    ),
    "stopped": ("Stopped.", "Arrêt."),
    "callback_not_loaded": (
        "The callback {name} cannot be loaded: {reason}",
        "Le greffon {name} ne peut pas être chargé : {reason}",
    ),
    "callback_no_compute": (
        "The callback {name} has neither compute nor compute_reading.",
        "Le greffon {name} n'a ni compute ni compute_reading.",
    ),
    "callback_failed": (
        "The callback {name} failed, which is said once only: {reason}",
        "Le greffon {name} a échoué, ce qui n'est dit qu'une fois : {reason}",
    ),
    "callback_slow": (
        "The callback {name} is too slow: frames are left out for it.",
        "Le greffon {name} est trop lent : des trames lui manqueront.",
    ),
    "callback_dropped": (
        "The callback {name} missed {count} frames because it was too slow.",
        "Le greffon {name} a manqué {count} trames parce qu'il était trop lent.",
    ),
    "callback_stuck": (
        "The callback {name} does not end: it is left behind.",
        "Le greffon {name} ne se termine pas : il est abandonné.",
    ),
    "influx_unreachable": (
        "The InfluxDB server cannot be reached: points wait until it can.",
        "Le serveur InfluxDB est injoignable : les points attendent.",
    ),
    "influx_login": (
        "The InfluxDB server refuses the login: points wait; check user or token.",
        (
            "Le serveur InfluxDB refuse l'accès : les points attendent ; vérifiez"
            " l'utilisateur ou le jeton."
        ),
    ),
    "influx_no_database": (
        "The InfluxDB database is missing and cannot be made: points wait; make it.",
        (
            "La base InfluxDB manque et ne peut pas être créée : les points attendent ;"
            " créez-la."
        ),
    ),
    "influx_busy": (
        "The InfluxDB server cannot take points now: they wait.",
        "Le serveur InfluxDB ne peut pas prendre de points : ils attendent.",
    ),
    "influx_refused": (
        "The InfluxDB server refused {count} points, which are lost: {reason}",
        "Le serveur InfluxDB a refusé {count} points, qui sont perdus : {reason}",
    ),
    "influx_full": (
        "Too many points wait for the InfluxDB server: the oldest are lost.",
        "Trop de points attendent le serveur InfluxDB : les plus anciens sont perdus.",
    ),
    "influx_back": (
        "The InfluxDB server takes points again; none is lost.",
        "Le serveur InfluxDB prend de nouveau les points ; aucun n'est perdu.",
    ),
    "influx_back_dropped": (
        "The InfluxDB server takes points again; {count} are lost.",
        "Le serveur InfluxDB prend de nouveau les points ; {count} sont perdus.",
    ),
    "influx_left": (
        "{count} points were not written to the InfluxDB server.",
        "{count} points n'ont pas été écrits sur le serveur InfluxDB.",
    ),
    "setting_topic": (
        "a topic such as home/linky is wanted: no / at its ends, no +, # or $ in it.",
        "il faut un topic comme maison/linky : sans / aux bouts, sans +, # ni $.",
    ),
    "setting_extra": (
        "{name} needs more packages: pip install 'linky-tic[{name}]'.",
        "{name} a besoin d'autres paquets : pip install 'linky-tic[{name}]'.",
    ),
    "mqtt_topic": (
        "The meter's MQTT topics begin with {topic}.",
        "Les topics MQTT du compteur commencent par {topic}.",
    ),
    "mqtt_unreachable": (
        "The MQTT broker cannot be reached: the last values wait.",
        "Le broker MQTT est injoignable : les dernières valeurs attendent.",
    ),
    "mqtt_login": (
        "The MQTT broker refuses the login: check user and password.",
        "Le broker MQTT refuse l'accès : vérifiez l'utilisateur et le mot de passe.",
    ),
    "mqtt_refused": (
        "The MQTT broker refuses the connection: the last values wait.",
        "Le broker MQTT refuse la connexion : les dernières valeurs attendent.",
    ),
    "mqtt_tls": (
        (
            "The connection to the MQTT broker cannot be secured: check tls, port, ca"
            " and the name in its certificate."
        ),
        (
            "La connexion au broker MQTT ne peut pas être sécurisée : vérifiez tls, port,"
            " ca et le nom dans son certificat."
        ),
    ),
    "mqtt_ca": (
        "The file of ca cannot be read, or is no certificate.",
        "Le fichier de ca est illisible, ou n'est pas un certificat.",
    ),
    "mqtt_back": (
        "The MQTT broker takes values again.",
        "Le broker MQTT prend de nouveau les valeurs.",
    ),
    "state_unwritable": (
        "What is learned and counted cannot be kept: {reason}.",
        "Ce qui est appris et compté ne peut pas être conservé : {reason}.",
    ),
    "state_written": (
        "What is learned and counted is kept again.",
        "Ce qui est appris et compté est de nouveau conservé.",
    ),
    "state_aside": (
        "What was kept cannot be read: it is put aside, counting begins anew.",
        "Ce qui était conservé est illisible : mis de côté, le comptage recommence.",
    ),
    # What things cost
    "cost_no_prices": (
        (
            "No price is known: name [prices] or [[offers]] in linky-tic.toml, or set"
            " CURRENT_POWER or HP_KWH_PRICE, HC_KWH_PRICE and MONTHLY_SUBSCRIPTION_PRICE."
        ),
        (
            "Aucun prix n'est connu : indiquez [prices] ou [[offers]] dans linky-tic.toml,"
            " ou définissez CURRENT_POWER, ou bien HP_KWH_PRICE, HC_KWH_PRICE et"
            " MONTHLY_SUBSCRIPTION_PRICE."
        ),
    ),
    "cost_no_ledger": (
        "The file is neither a recorded stream nor a ledger.",
        "Le fichier n'est ni un flux enregistré ni un registre d'énergie.",
    ),
    "cost_no_energy": (
        "There is no energy in the file: no index, or no tariff.",
        "Il n'y a pas d'énergie dans le fichier : aucun index, ou aucun tarif.",
    ),
    "cost_enedis_production": (
        "The file of Enedis holds the energy that is fed in, not the consumption.",
        "Le fichier d'Enedis contient l'énergie injectée, et non la consommation.",
    ),
    "cost_enedis_empty": (
        "There is no value in the file of Enedis.",
        "Le fichier d'Enedis ne contient aucune valeur.",
    ),
    "cost_enedis_unit": (
        "The file of Enedis has no unit, or another one than it says.",
        "Le fichier d'Enedis n'a pas d'unité, ou une autre que celle qu'il indique.",
    ),
    "cost_enedis_several": (
        "The file of Enedis holds several metering points (PRM).",
        "Le fichier d'Enedis contient plusieurs points de mesure (PRM).",
    ),
    "cost_month": ("{month}, until {until}", "{month}, jusqu'au {until}"),
    "cost_subscription": ("Subscription", "Abonnement"),
    "cost_of_whole": ("{part} of {whole}", "{part} sur {whole}"),
    "cost_total": ("Cost", "Coût"),
    "cost_estimate": ("Estimate", "Estimation"),
    "cost_linear": ("Linear estimate", "Estimation linéaire"),
    "cost_difference": ("Difference", "Différence"),
    "cost_incomplete": (
        "Parts of the month are missing.",
        "Des parties du mois manquent.",
    ),
    "cost_unpriced": ("Without a price: {energy}.", "Sans prix : {energy}."),
    "cost_no_subscription": (
        "The subscription is not known.",
        "L'abonnement n'est pas connu.",
    ),
    "prices_offer": ("Offer", "Offre"),
    "prices_own": ("own", "le vôtre,"),
    "prices_power": ("Power", "Puissance"),
    "prices_since": ("Since", "Depuis"),
    "prices_subscription": ("A month", "Par mois"),
    "prices_kwh": ("Euros a kWh", "Euros par kWh"),
    "prices_stale": (
        "This version does not know the newest prices of: {names}.",
        "Cette version ne connaît pas les derniers prix de : {names}.",
    ),
}
