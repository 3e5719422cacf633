"""What is persisted of an entry: one policy for every file of it.

Content is built before it is believed. What is damaged is put aside where Home Assistant
puts what is no JSON, a repair tells it, and its owner begins anew. A file of a newer
version stops the set-up and stays as it is. All are private, and go with the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from pathlib import Path
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryError,
    HomeAssistantError,
    UnsupportedStorageVersionError,
)
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .errors import not_ready
from .problems import Issue, async_heal_corruption, async_raise

_LOGGER = logging.getLogger(__name__)

# Files of minor version 1 could be read by every user of the machine
MINOR_VERSION = 2

_CORRUPT = ".corrupt."
# Where the costs were put aside once
_UNREADABLE = ".unreadable"
_TOLD_FOR = timedelta(days=30)
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class Kind[T]:
    """One of the things that are persisted of an entry."""

    suffix: str
    """What its file's name has after the entry's id."""
    issue: Issue
    """The repair that tells that it was damaged."""
    build: Callable[[Any], T]
    """Returns the object; raises an exception of some kind for damaged content."""
    version: int = 1
    migrate: Callable[[int, Any], Any] | None = None
    """Returns content as it is now from that of an older major version."""

    def store(self, hass: HomeAssistant, entry_id: str) -> PersistedStore[T]:
        """Return the store of an entry."""
        return PersistedStore(hass, entry_id, self)


class _File[T](Store[dict[str, Any]]):
    """A store that believes nothing on the disk before it can be built."""

    def __init__(self, hass: HomeAssistant, key: str, kind: Kind[T]) -> None:
        super().__init__(
            hass, kind.version, key, private=True, minor_version=MINOR_VERSION
        )
        self._kind = kind

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: Any
    ) -> Any:
        """Return content as it is now; it is written when this returns."""
        kind = self._kind
        if old_major_version != kind.version:
            if kind.migrate is None:
                raise ValueError(f"There was no version {old_major_version}")
            old_data = kind.migrate(old_major_version, old_data)
        kind.build(old_data)
        return old_data


class PersistedStore[T]:
    """The store of one kind of an entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str, kind: Kind[T]) -> None:
        """Prepare; nothing is read yet."""
        self.damaged = False
        """Whether what was last read was damaged, and is lost."""
        self._hass = hass
        self._entry_id = entry_id
        self._kind = kind
        self._file = _File(hass, f"{DOMAIN}.{entry_id}{kind.suffix}", kind)
        self._path = Path(self._file.path)

    async def async_load(self) -> T | None:
        """Return what was persisted, None without it.

        Raises ConfigEntryError for a newer version, and ConfigEntryNotReady when the
        file cannot be read.
        """
        run = self._hass.async_add_executor_job
        exists, told = await run(self._look)
        try:
            stored = await self._file.async_load()
            found = None if stored is None else self._kind.build(stored)
        except UnsupportedStorageVersionError as err:
            self._file.make_read_only()
            raise ConfigEntryError(
                translation_domain=DOMAIN, translation_key="stored_newer"
            ) from err
        except HomeAssistantError as err:
            raise not_ready("stored_unreadable") from err
        except _DAMAGE as err:
            _LOGGER.warning(
                "A file of what was learned or counted is damaged (%s): %s",
                # Not what it says: that may be the meter's address
                type(err).__name__,
                self._kind.issue,
            )
            found, exists = None, True
        # Home Assistant returns nothing for what it puts aside itself, and for {}
        self.damaged = exists and found is None
        if self.damaged and not await run(self._put_aside):
            self._file.make_read_only()
        if self.damaged or told:
            self._tell()
        return found

    async def async_save(self, data: dict[str, Any]) -> None:
        """Save now."""
        await self._file.async_save(data)

    @callback
    def async_delay_save(
        self, data: Callable[[], dict[str, Any]], delay: float
    ) -> None:
        """Save in so many seconds."""
        self._file.async_delay_save(data, delay)

    async def async_remove(self) -> None:
        """Remove it, and what was put aside."""
        await self._file.async_remove()
        await self._hass.async_add_executor_job(self._remove_aside)

    def _aside(self) -> list[Path]:
        """Return what was put aside."""
        return list(self._path.parent.glob(f"{self._path.name}{_CORRUPT}*"))

    def _look(self) -> tuple[bool, bool]:
        """Return whether there is a file, and whether one was put aside lately."""
        since = dt_util.utcnow() - _TOLD_FOR
        return self._path.exists(), any(_when(path) > since for path in self._aside())

    def _put_aside(self) -> bool:
        """Put the file aside, as Home Assistant does; return whether it could be."""
        aside = f"{self._path}{_CORRUPT}{dt_util.utcnow().isoformat()}"
        try:
            with suppress(FileNotFoundError):
                self._path.rename(aside)
            for path in self._aside():
                path.chmod(0o600)
        except OSError:
            return False
        return True

    def _remove_aside(self) -> None:
        """Remove what was put aside, by earlier releases too."""
        for path in (*self._aside(), Path(f"{self._path}{_UNREADABLE}")):
            path.unlink(missing_ok=True)

    @callback
    def _tell(self) -> None:
        """Raise the repair, in place of the one of Home Assistant's about the file."""
        async_heal_corruption(self._hass, self._file.key)
        entry = self._hass.config_entries.async_get_entry(self._entry_id)
        if entry is not None:
            async_raise(self._hass, entry, self._kind.issue)


def _when(aside: Path) -> datetime:
    """Return when a file was put aside, as its name says."""
    text = aside.name.rpartition(_CORRUPT)[2]
    return dt_util.parse_datetime(text) or dt_util.utc_from_timestamp(0)
