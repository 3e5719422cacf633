"""What is said to people, in English and French, and what is said to scripts."""

from __future__ import annotations

from enum import IntEnum, StrEnum
import os

from ..tic.errors import (
    ClosedError,
    LineDamagedError,
    LineSilentError,
    ModemGoneError,
    NoAnswerError,
    NoDataError,
    NoiseError,
    NotAServerError,
    NoTicError,
    NotProgrammedError,
    NotRfc2217Error,
    NotTicError,
    PortBusyError,
    PortFailedError,
    PortMissingError,
    RequestError,
    ServerUnreachableError,
    SilentError,
    SourceError,
    TextError,
    TokenRefusedError,
)
from .cost_messages import COST_MESSAGES
from .run_messages import RUN_MESSAGES
from .serve_messages import SERVE_MESSAGES
from .toml_table import SettingsError


class Exit(IntEnum):
    """Exit codes."""

    OK = 0
    FAILED = 1
    """A file cannot be read or written, or holds nothing to mask."""
    USAGE = 2
    MISSING = 3
    BUSY = 4
    SILENT = 5
    NOT_TIC = 6
    LOST = 7
    """The port or server cannot be used, or was lost."""
    INTERRUPTED = 130


class Language(StrEnum):
    """The languages that are spoken."""

    EN = "en"
    FR = "fr"


def language() -> Language:
    """Return the language that the environment asks for."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return Language.FR if value.lower().startswith("fr") else Language.EN
    return Language.EN


_MESSAGES: dict[str, tuple[str, str]] = {
    "missing": (
        "The port or host is not there: check its name and the plug.",
        "Le port ou l'hôte n'existe pas : vérifiez son nom et la prise.",
    ),
    "busy": (
        "Another program uses the port: stop it first.",
        "Un autre programme utilise le port : arrêtez-le d'abord.",
    ),
    "denied": (
        (
            "The port may not be opened: your user lacks the right to (on Linux, join the"
            " group that owns it, such as dialout), or another program uses it."
        ),
        (
            "Le port ne peut pas être ouvert : votre utilisateur n'en a pas le droit (sous"
            " Linux, rejoignez le groupe qui le possède, comme dialout), ou un autre"
            " programme l'utilise."
        ),
    ),
    "unusable": (
        "The port cannot be opened: is it a serial port?",
        "Le port ne peut pas être ouvert : est-ce un port série ?",
    ),
    "lost": ("The port was lost.", "Le port a été perdu."),
    "silent": (
        (
            "Nothing arrives: check the two wires between the modem and I1 and I2 of the"
            " meter; on a network port, set 1200 or 9600 baud 7E1 at the far end."
        ),
        (
            "Rien n'arrive : vérifiez les deux fils entre le modem et les bornes I1 et I2"
            " du compteur ; sur un port réseau, réglez 1200 ou 9600 bauds 7E1 à l'autre"
            " bout."
        ),
    ),
    "noise": (
        (
            "Bytes arrive, but no TIC: check the wires (I1 and I2, not A) and the modem; in"
            " standard mode, the usual cause is a modem too slow for 9600 baud."
        ),
        (
            "Des octets arrivent, mais pas de TIC : vérifiez les fils (I1 et I2, pas A) et"
            " le modem ; en mode standard, la cause habituelle est un modem trop lent pour"
            " 9600 bauds."
        ),
    ),
    "text": (
        (
            "Lines of text arrive, but no TIC: have the far end pass on the meter's bytes"
            " unchanged (a serial bridge)."
        ),
        (
            "Des lignes de texte arrivent, mais pas de TIC : l'autre bout doit transmettre"
            " les octets du compteur sans les changer (pont série)."
        ),
    ),
    "not_rfc2217": (
        (
            "The port answers, but not by RFC 2217, or it cannot set its control lines, and"
            " as a socket it gives no TIC: write socket://host:port, and set 1200 or 9600"
            " baud 7E1 at the far end."
        ),
        (
            "Le port répond, mais pas en RFC 2217, ou il ne peut pas régler ses lignes de"
            " contrôle, et comme socket il ne donne pas de TIC : écrivez socket://hôte:port,"
            " et réglez 1200 ou 9600 bauds 7E1 à l'autre bout."
        ),
    ),
    "not_programmed": (
        (
            "The meter sends only its address: ask for its customer output to be"
            " programmed."
        ),
        (
            "Le compteur n'envoie que son adresse : demandez la programmation de sa sortie"
            " d'information client."
        ),
    ),
    "not_tic": (
        "The meter is of a kind that is not supported (not a Linky or blue meter).",
        "Ce compteur n'est pas pris en charge (ni Linky ni compteur bleu).",
    ),
    "unreachable": (
        (
            "The server (ws://host:port) cannot be reached: check host and port and that"
            " TIC2WebSocket runs there; it listens on its own machine only, from elsewhere"
            " it needs a tunnel or a proxy."
        ),
        (
            "Le serveur (ws://hôte:port) est injoignable : vérifiez l'hôte et le port, et"
            " que TIC2WebSocket y fonctionne ; il n'écoute que sur sa propre machine,"
            " d'ailleurs il faut un tunnel ou un mandataire (proxy)."
        ),
    ),
    "not_a_server": (
        (
            "Something answers there that is no TIC2WebSocket server: check host and port"
            " (19584 unless it was changed)."
        ),
        (
            "Ce qui répond là n'est pas un serveur TIC2WebSocket : vérifiez l'hôte et le"
            " port (19584 sauf réglage contraire)."
        ),
    ),
    "no_answer": (
        (
            "The server does not answer: check host and port, and restart TIC2WebSocket if"
            " it is the right one."
        ),
        (
            "Le serveur ne répond pas : vérifiez l'hôte et le port, et redémarrez"
            " TIC2WebSocket si c'est bien lui."
        ),
    ),
    "late": (
        (
            "The server gives values {seconds} s late: what loads are switched by is left"
            " out until it catches up; restart TIC2WebSocket if it does not."
        ),
        (
            "Le serveur donne les valeurs avec {seconds} s de retard : celles qui pilotent"
            " des appareils sont omises jusqu'à ce qu'il le rattrape ; sinon, redémarrez"
            " TIC2WebSocket."
        ),
    ),
    "in_time": (
        "The server gives values in time again.",
        "Le serveur donne de nouveau les valeurs à l'heure.",
    ),
    "clock_behind": (
        (
            "The meter's time is {seconds} s behind the clock of this machine: the server"
            " gives values late, or one of the two clocks is wrong."
        ),
        (
            "L'heure du compteur a {seconds} s de retard sur celle de cette machine : le"
            " serveur donne les valeurs en retard, ou l'une des deux horloges est fausse."
        ),
    ),
    "no_tic": (
        (
            "The server has no meter, or not the one that is asked for: see `linky-tic"
            " ports --server`; it only sees FTDI adapters (0403:6001 or 0403:6015) and the"
            " native ports that its configuration names."
        ),
        (
            "Le serveur n'a aucun compteur, ou pas celui demandé : voir `linky-tic ports"
            " --server` ; il ne voit que les adaptateurs FTDI (0403:6001 ou 0403:6015) et"
            " les ports natifs nommés dans sa configuration."
        ),
    ),
    "no_modem": (
        (
            "The server has no modem: it only sees FTDI adapters (0403:6001 or 0403:6015)"
            " and the native ports that its configuration names."
        ),
        (
            "Le serveur n'a aucun modem : il ne voit que les adaptateurs FTDI (0403:6001 ou"
            " 0403:6015) et les ports natifs nommés dans sa configuration."
        ),
    ),
    "no_data": (
        (
            "The server has a modem but gives no data of the meter, and no reason. Set the"
            ' mode in which the meter speaks in its configuration, "ticMode": "HISTORIC" or'
            ' "ticMode": "STANDARD": with release 2, "AUTO" finds standard mode only.'
        ),
        (
            "Le serveur a un modem mais ne donne aucune donnée du compteur, ni de raison."
            " Mettez dans sa configuration le mode dans lequel parle le compteur,"
            ' "ticMode": "HISTORIC" ou "ticMode": "STANDARD" : avec la version 2, "AUTO" ne'
            " trouve que le mode standard."
        ),
    ),
    "server_silent": (
        (
            "The server hears nothing of the meter: look at the meter and the modem there."
            " If Enedis changed the mode of the meter, set it in the configuration of the"
            ' server, "ticMode": "HISTORIC" or "ticMode": "STANDARD".'
        ),
        (
            "Le serveur ne reçoit rien du compteur : voyez là-bas le compteur et le modem."
            " Si Enedis a changé le mode du compteur, mettez-le dans la configuration du"
            ' serveur, "ticMode": "HISTORIC" ou "ticMode": "STANDARD".'
        ),
    ),
    "unplugged": (
        "The modem was unplugged from the server: plug it in there again.",
        "Le modem a été débranché du serveur : rebranchez-le là-bas.",
    ),
    "damaged_data": (
        (
            "The server gets damaged frames only from the meter (its error {code}): look at"
            " the modem there."
        ),
        (
            "Le serveur ne reçoit que des trames abîmées du compteur (son erreur {code}) :"
            " voyez là-bas le modem."
        ),
    ),
    "closed": (
        (
            "The connection to the server ended: try again, and restart TIC2WebSocket if it"
            " happens again."
        ),
        (
            "Le lien avec le serveur s'est rompu : réessayez, et redémarrez TIC2WebSocket si"
            " cela se reproduit."
        ),
    ),
    "refused": (
        "The server refused the request (code {code}): restart TIC2WebSocket, try again.",
        (
            "Le serveur a refusé la requête (code {code}) : redémarrez TIC2WebSocket, puis"
            " réessayez."
        ),
    ),
    "no_bytes": (
        "A server gives no bytes to record: use `linky-tic watch --json` to keep frames.",
        (
            "Un serveur ne donne pas d'octets à enregistrer : gardez les trames avec"
            " `linky-tic watch --json`."
        ),
    ),
    "number_unknown": ("number not known yet", "numéro pas encore connu"),
    "no_meter": ("modem without meter", "modem sans compteur"),
    "no_port": ("There is no serial port.", "Il n'y a pas de port série."),
    "many_ports": (
        "Name the port: it is not clear which one is the modem, see `linky-tic ports`.",
        "Indiquez le port : on ne sait pas lequel est le modem, voir `linky-tic ports`.",
    ),
    "nothing_decoded": (
        "There is no TIC frame in these bytes.",
        "Il n'y a pas de trame TIC dans ces octets.",
    ),
    "nothing_to_mask": (
        "There is no TIC group in these bytes: nothing was masked or written.",
        "Il n'y a pas de groupe TIC dans ces octets : rien n'a été masqué ni écrit.",
    ),
    "masked": ("Masked in {count} places.", "Masqué à {count} endroits."),
    "recording": (
        "Recording; Ctrl-C ends it.",
        "Enregistrement en cours ; Ctrl-C l'arrête.",
    ),
    "recorded": (
        "{bytes} bytes, {frames} frames recorded.",
        "{bytes} octets, {frames} trames enregistrés.",
    ),
    "file": ("The file cannot be used: {reason}.", "Fichier inutilisable : {reason}."),
    "likely": ("likely a TIC modem", "sans doute un modem TIC"),
    "worked_out": ("Worked out", "Valeurs calculées"),
    "damaged": ("damaged groups: {count}", "groupes abîmés : {count}"),
    "incomplete": ("incomplete", "incomplète"),
    "not_believed": ("(not believed)", "(non retenu)"),
    "short": ("short frame", "trame courte"),
    "historic": ("historic mode", "mode historique"),
    "standard": ("standard mode", "mode standard"),
    "mode_unknown": ("mode unknown", "mode inconnu"),
    "unknown": ("unknown", "inconnu"),
    "yes": ("yes", "oui"),
    "no": ("no", "non"),
    "more": ("... {count} more lines", "... encore {count} lignes"),
    **COST_MESSAGES,
    **RUN_MESSAGES,
    **SERVE_MESSAGES,
}

_ERRORS: dict[type[SourceError], tuple[str, Exit]] = {
    PortMissingError: ("missing", Exit.MISSING),
    PortBusyError: ("busy", Exit.BUSY),
    SilentError: ("silent", Exit.SILENT),
    NoiseError: ("noise", Exit.NOT_TIC),
    TextError: ("text", Exit.NOT_TIC),
    NotRfc2217Error: ("not_rfc2217", Exit.NOT_TIC),
    NotProgrammedError: ("not_programmed", Exit.NOT_TIC),
    NotTicError: ("not_tic", Exit.NOT_TIC),
    ServerUnreachableError: ("unreachable", Exit.MISSING),
    NotAServerError: ("not_a_server", Exit.NOT_TIC),
    NoAnswerError: ("no_answer", Exit.SILENT),
    NoTicError: ("no_tic", Exit.MISSING),
    NoDataError: ("no_data", Exit.SILENT),
    ModemGoneError: ("unplugged", Exit.LOST),
    LineSilentError: ("server_silent", Exit.SILENT),
    LineDamagedError: ("damaged_data", Exit.NOT_TIC),
    TokenRefusedError: ("token_refused", Exit.LOST),
    ClosedError: ("closed", Exit.LOST),
    RequestError: ("refused", Exit.LOST),
}


def say(key: str, lang: Language, **words: object) -> str:
    """Return a message in a language."""
    return _MESSAGES[key][lang is Language.FR].format(**words)


def words_of(key: str, lang: Language) -> str:
    """Return a message with nothing filled in."""
    return _MESSAGES[key][lang is Language.FR]


def say_setting(err: SettingsError, lang: Language) -> str:
    """Return which setting is wrong, on which line, and what is wrong with it."""
    where = [] if err.line is None else [say("setting_line", lang, line=err.line)]
    where += [err.key] if err.key else []
    what = say(err.problem, lang, **err.words)
    return (
        f"{', '.join(where)} : {what}"
        if lang is Language.FR
        else (f"{', '.join(where)}: {what}")
    )


def explain(err: SourceError) -> tuple[str, Exit]:
    """Return the message and the exit code for what went wrong with a source."""
    if isinstance(err, PortFailedError):
        cause = err.__cause__
        if isinstance(cause, PermissionError):
            return "denied", Exit.LOST
        return ("unusable" if cause is not None else "lost"), Exit.LOST
    return _ERRORS.get(type(err), ("lost", Exit.LOST))
