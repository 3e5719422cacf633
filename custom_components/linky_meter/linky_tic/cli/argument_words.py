"""What ``--help`` and wrong arguments say in French: our own words, and argparse's."""

from __future__ import annotations

FRENCH: dict[str, str] = {
    # argparse
    "usage: ": "utilisation : ",
    "options": "options",
    "positional arguments": "arguments",
    "show this help message and exit": "affiche cette aide et s'arrête",
    "show program's version number and exit": "affiche la version et s'arrête",
    "%(prog)s: error: %(message)s\n": "%(prog)s: erreur : %(message)s\n",
    "argument %(argument_name)s: %(message)s": "argument %(argument_name)s : %(message)s",
    "unrecognized arguments: %s": "arguments inconnus : %s",
    "the following arguments are required: %s": "il manque : %s",
    "not allowed with argument %s": "impossible avec l'argument %s",
    "ignored explicit argument %r": "valeur en trop : %r",
    "expected one argument": "il faut une valeur",
    "expected at most one argument": "il faut une valeur au plus",
    "expected at least one argument": "il faut au moins une valeur",
    "expected %s argument": "il faut %s valeur",
    "expected %s arguments": "il faut %s valeurs",
    "ambiguous option: %(option)s could match %(matches)s": (
        "option ambiguë : %(option)s peut être %(matches)s"
    ),
    "invalid %(type)s value: %(value)r": "valeur incorrecte : %(value)r",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "choix incorrect : %(value)r (choisissez parmi %(choices)s)"
    ),
    # Ours
    "Read a French electricity meter through its customer output (TIC).": (
        "Lit un compteur électrique français par sa sortie d'information client (TIC)."
    ),
    "list serial ports, TIC modems first, or a server's meters": (
        "énumère les ports série, modems TIC d'abord, ou les compteurs d'un serveur"
    ),
    "one JSON object a port": "un objet JSON par port",
    "list the meters and modems of a TIC2WebSocket server instead": (
        "énumère plutôt les compteurs et modems d'un serveur TIC2WebSocket"
    ),
    "hide the meters' numbers, which is the default, or show them": (
        "cache les numéros des compteurs (par défaut), ou les montre"
    ),
    "show one frame and exit": "montre une trame et s'arrête",
    "show every frame until Ctrl-C": "montre chaque trame jusqu'à Ctrl-C",
    "show the frames in captured bytes": "montre les trames d'octets capturés",
    "raw or recorded bytes; - is stdin": (
        "octets bruts ou enregistrés ; - est l'entrée standard"
    ),
    "keep raw bytes with their times": "garde les octets bruts avec leurs heures",
    "what to write; - is stdout": "ce qu'il faut écrire ; - est la sortie standard",
    "how long; else until Ctrl-C": "combien de temps ; sinon jusqu'à Ctrl-C",
    "replace meter number, PRM and messages in a capture": (
        "remplace le numéro du compteur, le PRM et les messages d'une capture"
    ),
    "else stdout": "sinon la sortie standard",
    "read for ever and hand on what is read, until it is stopped": (
        "lit sans fin et transmet ce qui est lu, jusqu'à ce qu'on l'arrête"
    ),
    "share meters with other programs, until it is stopped": (
        "partage des compteurs avec d'autres programmes, jusqu'à ce qu'on l'arrête"
    ),
    "serial ports or URLs, as of read; else what the settings name": (
        "ports série ou URL, comme pour read ; sinon ceux des réglages"
    ),
    "where to listen (default 127.0.0.1: this machine alone can connect);"
    " another needs a token, or insecure = true, in the settings": (
        "où écouter (127.0.0.1 par défaut : cette machine seule peut se connecter) ;"
        " ailleurs, il faut un jeton, ou insecure = true, dans les réglages"
    ),
    "of the network, else 19584": "du réseau, sinon 19584",
    "show what a month costs": "montre ce que coûte un mois",
    "a ledger, recorded streams, or files of Enedis, in any order": (
        "un registre d'énergie, des flux enregistrés ou des fichiers d'Enedis, dans un"
        " ordre quelconque"
    ),
    "else the last one there is": "sinon le dernier qu'il y a",
    "twelve months at today's prices: the best contract, the power to subscribe": (
        "douze mois aux prix d'aujourd'hui : le meilleur contrat, la puissance à"
        " souscrire"
    ),
    "the same, with every offer at each power that would do": (
        "de même, avec chaque offre à chaque puissance qui suffirait"
    ),
    "one JSON object": "un objet JSON",
    "list prices by offer and power": "énumère les prix par offre et puissance",
    "of this power only": "de cette puissance seulement",
    "in force on a day, else today": "en vigueur un jour, sinon aujourd'hui",
    "one JSON object a list": "un objet JSON par liste",
    "settings; else linky-tic.toml here or in /etc, if there is one": (
        "réglages ; sinon linky-tic.toml ici ou dans /etc, s'il existe"
    ),
    "serial port or URL, such as /dev/ttyUSB0, COM3, socket://host:port;"
    " ws://host:port[?serial=...|?port_id=...|?port_name=...] is a meter of a"
    " TIC2WebSocket server; else the only modem there is": (
        "port série ou URL, comme /dev/ttyUSB0, COM3, socket://hôte:port ;"
        " ws://hôte:port[?serial=...|?port_id=...|?port_name=...] est un compteur d'un"
        " serveur TIC2WebSocket ; sinon le seul modem présent"
    ),
    "speed a port tries first, 1200 or 9600": (
        "vitesse que le port essaie d'abord, 1200 ou 9600"
    ),
    "seconds to wait for something usable (default %(default).0f)": (
        "secondes à attendre des données utilisables (%(default).0f par défaut)"
    ),
    "one JSON object a frame": "un objet JSON par trame",
    "invent meter number and PRM, hide messages": (
        "invente le numéro du compteur et le PRM, cache les messages"
    ),
    "not a number of seconds": "ce n'est pas un nombre de secondes",
    "not a speed from 300 to 4000000": "ce n'est pas une vitesse de 300 à 4000000",
    "not a port from 1 to 65535": "ce n'est pas un port de 1 à 65535",
    "not a month such as 2026-11": "ce n'est pas un mois comme 2026-11",
    "not a day such as 2026-11-22": "ce n'est pas un jour comme 2026-11-22",
    """\
exit codes:
  0 done; 1 a file cannot be used; 2 wrong arguments or settings; 3 no such port, server or meter;
  4 port busy; 5 silence; 6 noise, or not a TIC, or not a TIC2WebSocket server;
  7 port or server unusable or lost; 130 Ctrl-C
""": """\
codes de retour :
  0 fait ; 1 fichier inutilisable ; 2 arguments ou réglages incorrects ; 3 port, serveur ou compteur absent ;
  4 port occupé ; 5 silence ; 6 bruit, ou pas de TIC, ou pas un serveur TIC2WebSocket ;
  7 port ou serveur inutilisable ou perdu ; 130 Ctrl-C
""",
}
"""By what is said in English."""
