"""What ``serve`` says: key, English, French."""

from __future__ import annotations

SERVE_MESSAGES: dict[str, tuple[str, str]] = {
    "serve_open": (
        (
            "other machines could read your meter's number and whether you are at home:"
            " set a token, or insecure = true if anybody may."
        ),
        (
            "d'autres machines pourraient lire le numéro de votre compteur et savoir si"
            " vous êtes chez vous : définissez token, ou insecure = true si chacun le peut."
        ),
    ),
    "serve_token": (
        "at least {least} characters are wanted.",
        "il faut au moins {least} caractères.",
    ),
    "token_refused": (
        "The server wants a token, or another one: add ?token=... to its address.",
        "Le serveur veut un jeton, ou un autre : ajoutez ?token=... à son adresse.",
    ),
    "serve_twice": (
        "two meters are called {name}.",
        "deux compteurs s'appellent {name}.",
    ),
    "serve_listens": (
        "Other programs can connect.",
        "D'autres programmes peuvent se connecter.",
    ),
    "serve_port_taken": (
        (
            "Other programs cannot connect: another program uses this port of the network;"
            " set another in [serve]."
        ),
        (
            "D'autres programmes ne peuvent pas se connecter : un autre programme utilise ce"
            " port du réseau ; choisissez-en un autre dans [serve]."
        ),
    ),
    "serve_no_address": (
        "Other programs cannot connect: this machine has no such address (bind).",
        (
            "D'autres programmes ne peuvent pas se connecter : cette machine n'a pas cette"
            " adresse (bind)."
        ),
    ),
    "serve_denied": (
        "Other programs cannot connect: this port of the network may not be opened.",
        (
            "D'autres programmes ne peuvent pas se connecter : ce port du réseau ne peut pas"
            " être ouvert."
        ),
    ),
    "serve_not_announced": (
        (
            "Home Assistant will not find this server by itself: that needs the package"
            " linky-tic[zeroconf]."
        ),
        (
            "Home Assistant ne trouvera pas ce serveur tout seul : il y faut le paquet"
            " linky-tic[zeroconf]."
        ),
    ),
}
