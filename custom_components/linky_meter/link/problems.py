"""What keeps a meter from being read: noticed, and said in repairs that heal themselves.

Every repair of the integration is raised and taken away here, and no other module knows
Home Assistant's registry of them: a repair is there while the user can do something, and
gone when healed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
import logging

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    DOMAIN as HOMEASSISTANT,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..linky_tic.tic.errors import NoDataError, NoiseError, PortBusyError, SourceError
from .errors import OTHER_METER, error_key
from .tasks import Unexpected

_LOGGER = logging.getLogger(__name__)

LOST_SECONDS = 60.0
NOISE_SECONDS = 60.0


class Issue(StrEnum):
    """What a repair is about; with the entry's id it names the repair."""

    COSTS_RESTARTED = "costs_restarted"
    INDEX_STEPPED = "index_stepped"
    MEMORY_RESTARTED = "memory_restarted"
    METER_LOST = "meter_lost"
    METER_REPLACED = "meter_replaced"
    NOISE = "noise"
    NOT_SHARED = "not_shared"
    PHASE_POWERS_WRONG = "phase_powers_wrong"
    PORT_BUSY = "port_busy"
    POWER_DIFFERS = "power_differs"
    PRICES_STALE = "prices_stale"
    PRICE_ENTITY = "price_entity"
    SERVER_BACKLOG = "server_backlog"
    STATISTICS_RESTARTED = "statistics_restarted"
    TAKEOVER_FORGOTTEN = "takeover_forgotten"
    TAKEOVER_OFFERED = "takeover_offered"
    TARIFFS_HIDDEN = "tariffs_hidden"
    UNPRICED_CALENDAR = "unpriced_calendar"
    WATCH_RESTARTED = "watch_restarted"
    WELCOME = "welcome"


_OF_THE_METER = frozenset(
    {
        Issue.PHASE_POWERS_WRONG,
        Issue.TAKEOVER_OFFERED,
        Issue.TARIFFS_HIDDEN,
        Issue.WELCOME,
    }
)
"""Repairs that a reload does not heal: they stay, and stay ignored if they were."""
_RAISED_ONCE = frozenset({Issue.WELCOME})
"""Repairs that outlive a restart, as they are not raised again."""


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
        is_persistent=issue in _RAISED_ONCE,
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
def is_raised(hass: HomeAssistant, entry_id: str, issue: Issue) -> bool:
    """Return whether a repair of an entry is there."""
    registry = ir.async_get(hass)
    return registry.async_get_issue(DOMAIN, issue_id(issue, entry_id)) is not None


@callback
def placeholders_of(hass: HomeAssistant, issue_id: str) -> dict[str, str]:
    """Return what the texts of a repair are filled with, nothing if it is healed."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    return (issue.translation_placeholders if issue else None) or {}


@callback
def async_heal_corruption(hass: HomeAssistant, key: str) -> None:
    """Take away what Home Assistant says itself of a store: ours tells more."""
    theirs = f"storage_corruption_{key}_"
    for domain, name in list(ir.async_get(hass).issues):
        if domain == HOMEASSISTANT and name.startswith(theirs):
            ir.async_delete_issue(hass, domain, name)


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


_OWN_REPAIRS = {
    "noise": Issue.NOISE,
    "port_busy": Issue.PORT_BUSY,
    OTHER_METER: Issue.METER_REPLACED,
}
"""The repairs that tell a reason by themselves."""
_SAID_BY_SERVER = frozenset({"server_unplugged", "server_silent", "server_damaged"})


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
        self.cause: str | None = None
        """The key of the words for why the meter is not read, if that is known."""
        self._lost = False
        """Whether the meter is lost for so long that the user is told."""
        self._cancel_lost: CALLBACK_TYPE | None = None

    @callback
    def trouble(self, err: Exception) -> None:
        """Note why the source could not be opened, or why it gives no frame."""
        cause = error_key(err)
        # Without a word of the server, what it said before still holds
        if type(err) is not NoDataError or self.cause not in _SAID_BY_SERVER:
            self._note(cause)
        self.port_busy = isinstance(err, PortBusyError)
        now = self._hass.loop.time()
        if not isinstance(err, NoiseError):
            self._quiet()
        elif self._noise_since is None:
            self._noise_since = now
        elif now - self._noise_since >= NOISE_SECONDS:
            async_raise(self._hass, self._entry, Issue.NOISE)

    @callback
    def other_meter(self) -> None:
        """Note that another meter's frames come."""
        self._note(OTHER_METER)

    @callback
    def lost(self, seconds: float) -> None:
        """Note that the meter is lost, since so many seconds; after a minute tell it."""
        if self._cancel_lost is None and not self._lost:
            self._cancel_lost = async_call_later(
                self._hass, max(0.0, LOST_SECONDS - seconds), self._tell_loss
            )

    @callback
    def read(self) -> None:
        """Note that the meter is read."""
        self.cause = None
        self.closed()
        self._quiet()

    @callback
    def closed(self) -> None:
        """Tell of no loss: the meter is read, or nobody wants to read it."""
        if self._cancel_lost is not None:
            self._cancel_lost()
            self._cancel_lost = None
        if self._lost:
            self._lost = False
            async_heal(self._hass, self._entry.entry_id, Issue.METER_LOST)

    def _note(self, cause: str) -> None:
        if cause != self.cause:
            _LOGGER.debug("No frame comes: %s", cause)
            self.cause = cause
            if self._lost:
                self._say_loss()

    @callback
    def _tell_loss(self, _: datetime) -> None:
        self._cancel_lost = None
        self._lost = True
        self._say_loss()

    def _say_loss(self) -> None:
        """Raise the repair with the reason, where none of its own tells it."""
        hass, entry = self._hass, self._entry
        if self.cause == error_key(NoiseError()):
            async_raise(hass, entry, Issue.NOISE)
            self._noise_since = self._noise_since or hass.loop.time()
        own = _OWN_REPAIRS.get(self.cause or "")
        if own is not None and is_raised(hass, entry.entry_id, own):
            async_heal(hass, entry.entry_id, Issue.METER_LOST)
        elif self.cause is not None:
            words = f"{Issue.METER_LOST}_{self.cause}"
            async_raise(hass, entry, Issue.METER_LOST, words=words)

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
    """Forget what was wrong with an entry's source and take its repairs away."""
    if (problems := hass.data.get(_PROBLEMS, {}).pop(entry.entry_id, None)) is not None:
        problems.closed()
    async_heal(
        hass, entry.entry_id, *(issue for issue in Issue if issue not in _OF_THE_METER)
    )
