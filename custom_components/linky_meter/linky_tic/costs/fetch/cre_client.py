"""Fetch the CRE's files when they have changed, and keep the last good ones.

To be asked for by the user. A failure of any kind leaves what was known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from ..errors import CostsError
from ..prices.regulated import Grid, Row, bundled
from .cre import FILES, decode, parse_file
from .fetch import CSV_TYPES, TIMEOUT, fetch


@dataclass(slots=True)
class KeptFile:
    """A file as it was last good."""

    text: str
    url: str
    etag: str | None
    last_modified: str | None
    changed: str
    """ISO time at which it came, UTC."""


@dataclass(frozen=True, slots=True)
class Update:
    """How an update went."""

    changed: frozenset[str] = frozenset()
    """Calendars whose prices are not what they were."""
    errors: Mapping[str, CostsError] = field(default_factory=dict)
    """The last failure by calendar, where neither address gave the file."""


class CreClient:
    """The CRE's files, and the grid that they and the bundled one make."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        kept: Mapping[str, Any] | None = None,
        *,
        urls: Mapping[str, tuple[str, ...]] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        """Start from what ``as_dict`` gave; anything wrong in that is left out."""
        self._session = session
        self._timeout = timeout
        self._urls = urls or {calendar: file.urls for calendar, file in FILES.items()}
        self._files: dict[str, KeptFile] = {}
        self._rows: dict[str, list[Row]] = {}
        self.checked: datetime | None = None
        """When a whole update last succeeded, UTC."""
        self._restore(kept if isinstance(kept, Mapping) else {})

    def _restore(self, kept: Mapping[str, Any]) -> None:
        files = kept.get("files")
        for calendar, data in (files if isinstance(files, Mapping) else {}).items():
            try:
                file = KeptFile(**data)
                rows = parse_file(file.text, calendar)
            except (CostsError, TypeError, KeyError, AttributeError):
                continue
            self._files[calendar], self._rows[calendar] = file, rows
        try:
            checked = datetime.fromisoformat(str(kept.get("checked")))
        except ValueError:
            return
        self.checked = checked if checked.tzinfo else None

    def grid(self) -> Grid:
        """Return the bundled grid with the files' rows."""
        grid = bundled()
        for rows in self._rows.values():
            grid = grid.merged(rows)
        return grid

    def changed(self, calendar: str) -> datetime | None:
        """Return when the file of a calendar last changed, UTC."""
        file = self._files.get(calendar)
        return datetime.fromisoformat(file.changed) if file else None

    async def update(self) -> Update:
        """Ask for every file; it raises nothing, what failed is in the answer."""
        changed: set[str] = set()
        errors: dict[str, CostsError] = {}
        for calendar, urls in self._urls.items():
            for url in urls:
                try:
                    if await self._update(calendar, url):
                        changed.add(calendar)
                except CostsError as err:
                    errors[calendar] = err
                    continue
                errors.pop(calendar, None)
                break
        if not errors:
            self.checked = datetime.now(UTC)
        return Update(frozenset(changed), errors)

    async def _update(self, calendar: str, url: str) -> bool:
        """Ask one address; return whether prices changed."""
        kept = self._files.get(calendar)
        same = kept if kept is not None and kept.url == url else None
        answer = await fetch(
            self._session,
            url,
            CSV_TYPES,
            etag=same.etag if same else None,
            last_modified=same.last_modified if same else None,
            timeout=self._timeout,
        )
        if answer.body is None:
            return False
        text = decode(answer.body)
        rows = parse_file(text, calendar)
        changed = rows != self._rows.get(calendar)
        now = datetime.now(UTC).isoformat()
        self._files[calendar] = KeptFile(
            text,
            url,
            answer.etag,
            answer.last_modified,
            now if changed or kept is None else kept.changed,
        )
        self._rows[calendar] = rows
        return changed

    def as_dict(self) -> dict[str, Any]:
        """Return what is to be kept, as JSON has it."""
        return {
            "checked": self.checked.isoformat() if self.checked else None,
            "files": {calendar: asdict(file) for calendar, file in self._files.items()},
        }
