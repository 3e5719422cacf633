"""Translation keys of what can go wrong with a source."""

from __future__ import annotations

from homeassistant.exceptions import (
    ConfigEntryAuthFailed,
    ConfigEntryNotReady,
    HomeAssistantError,
    ServiceValidationError,
)

from ..const import DOMAIN
from ..linky_tic.tic import errors

UNEXPECTED = "unexpected"
OTHER_METER = "other_meter"
"""Two reasons that are no error of a source."""

_KEYS: dict[type[errors.SourceError], str] = {
    errors.PortMissingError: "port_missing",
    errors.PortBusyError: "port_busy",
    errors.PortFailedError: "port_failed",
    errors.SilentError: "silent",
    errors.NoiseError: "noise",
    errors.TextError: "text",
    errors.NotRfc2217Error: "not_rfc2217",
    errors.NotProgrammedError: "not_programmed",
    errors.NotTicError: "not_tic",
    errors.ServerUnreachableError: "server_unreachable",
    errors.NotAServerError: "not_a_server",
    errors.TokenRefusedError: "server_token",
    errors.NoAnswerError: "no_answer",
    errors.NoTicError: "no_tic",
    errors.NoDataError: "no_data",
    errors.ModemGoneError: "server_unplugged",
    errors.LineSilentError: "server_silent",
    errors.LineDamagedError: "server_damaged",
    errors.ClosedError: "server_closed",
    errors.RequestError: "server_refused",
}


class WordedError(HomeAssistantError):
    """Something failed; why is in the words of its key."""

    def __init__(self, key: str) -> None:
        super().__init__(translation_domain=DOMAIN, translation_key=key)
        self.key = key


def error_key(err: Exception) -> str:
    """Return the key of an error's words, the same in flows and exceptions."""
    return next((key for kind, key in _KEYS.items() if type(err) is kind), UNEXPECTED)


def not_ready(key: str) -> ConfigEntryNotReady:
    """Return the exception that makes Home Assistant try the entry again."""
    return ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=key)


def refused(key: str) -> ServiceValidationError:
    """Return the exception that tells who calls an action why it does not answer."""
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key)


def token_refused() -> ConfigEntryAuthFailed:
    """Return the exception that makes Home Assistant ask for the server's token."""
    return ConfigEntryAuthFailed(
        translation_domain=DOMAIN,
        translation_key=_KEYS[errors.TokenRefusedError],
    )
