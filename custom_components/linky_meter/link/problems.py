"""What keeps a meter from being read: noticed, and said in repairs that heal themselves.

Every repair of the integration is raised and taken away here: it is there while the
user can do something, and gone when healed.
"""

from __future__ import annotations

from enum import StrEnum
import logging

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..linky_tic.tic.errors import NoiseError, PortBusyError, SourceError
from .errors import error_key
from .tasks import Unexpected

_LOGGER = logging.getLogger(__name__)

NOISE_SECONDS = 300.0


class Issue(StrEnum):
    """What a repair is about; with the entry's id it names the repair."""

    COSTS_RESTARTED = "costs_restarted"
    METER_REPLACED = "meter_replaced"
    NOISE = "noise"
    PORT_BUSY = "port_busy"
    PRICES_STALE = "prices_stale"
    SERVER_BACKLOG = "server_backlog"
    UNPRICED_CALENDAR = "unpriced_calendar"


def issue_id(issue: Issue, entry_id: str) -> str:
    """Return the id of an entry's repair."""
    return f"{issue}_{entry_id}"


@callback
def async_raise(
    hass: HomeAssistant,
    entry: ConfigEntry,
    issue: Issue,
    *,
    words: str | None = None,
    fixable: bool = False,
    **placeholders: str,
) -> None:
    """Raise a repair, or change it; ``words`` are its texts if not its own."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id(issue, entry.entry_id),
        data={"entry_id": entry.entry_id} if fixable else None,
        is_fixable=fixable,
        severity=ir.IssueSeverity.WARNING,
        translation_key=words or issue,
        translation_placeholders={"title": entry.title, **placeholders},
    )


@callback
def async_heal(hass: HomeAssistant, entry_id: str, *issues: Issue) -> None:
    """Take repairs of an entry away, all if none is named."""
    for issue in issues or Issue:
        ir.async_delete_issue(hass, DOMAIN, issue_id(issue, entry_id))


@callback
def async_heal_disabled(hass: HomeAssistant) -> None:
    """Take the repairs of an entry away when it is disabled.

    One whose set-up is being retried is not unloaded then.
    """

    @callback
    def changed(_: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.disabled_by is not None:
            async_heal(hass, entry.entry_id)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)


class LinkProblems:
    """What is known to be wrong with an entry's source, over failed set-ups too."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self.unexpected = Unexpected(
            "setting the meter up", (SourceError, HomeAssistantError)
        )
        self.port_busy = False
        """Whether the port was in use when it was last tried."""
        self._hass = hass
        self._entry = entry
        self._noise_since: float | None = None
        self._cause: str | None = None
        """The key of the reason's words."""

    @callback
    def trouble(self, err: Exception) -> None:
        """Note why the source could not be opened, or why it gives no frame."""
        cause = error_key(err)
        if cause != self._cause:
            _LOGGER.debug("No frame comes: %s", cause)
            self._cause = cause
        self.port_busy = isinstance(err, PortBusyError)
        now = self._hass.loop.time()
        if not isinstance(err, NoiseError):
            self._quiet()
        elif self._noise_since is None:
            self._noise_since = now
        elif now - self._noise_since >= NOISE_SECONDS:
            async_raise(self._hass, self._entry, Issue.NOISE)

    @callback
    def read(self) -> None:
        """Note that the meter is read."""
        self._cause = None
        self._quiet()

    def _quiet(self) -> None:
        """Forget the noise."""
        if self._noise_since is not None:
            self._noise_since = None
            async_heal(self._hass, self._entry.entry_id, Issue.NOISE)


_PROBLEMS: HassKey[dict[str, LinkProblems]] = HassKey(f"{DOMAIN}_link_problems")


@callback
def async_problems(hass: HomeAssistant, entry: ConfigEntry) -> LinkProblems:
    """Return what is wrong with an entry's source, the same at every set-up of it."""
    problems = hass.data.setdefault(_PROBLEMS, {})
    if entry.entry_id not in problems:
        problems[entry.entry_id] = LinkProblems(hass, entry)
    return problems[entry.entry_id]


@callback
def async_dismiss(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Forget what was wrong with an entry and take its repairs away."""
    hass.data.get(_PROBLEMS, {}).pop(entry.entry_id, None)
    async_heal(hass, entry.entry_id)
