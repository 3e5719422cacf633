"""What happened lately on a meter's line: for diagnostics and for the log."""

from __future__ import annotations

from collections import deque
from datetime import datetime
import logging
from typing import Any, NamedTuple

from homeassistant.util import dt as dt_util

from ..linky_tic.tic.frame import Frame
from ..linky_tic.tic.sources.quality import BAD_PERCENT, LineWatch, LinkQuality
from .redact import mask_address, secrets_of, show_group, show_unknown
from .sources import Source

_LOGGER = logging.getLogger(__name__)

_FRAMES = 10
# After so long a silence, noise is no damaged group: nobody spoke, or at another speed
_GAP_SECONDS = 10.0


class Entry(NamedTuple):
    """A frame and when it came."""

    received: datetime
    frame: Frame


class LinkLog:
    """Keeps the last frames of a meter and the state of its line."""

    def __init__(self, quality: LinkQuality) -> None:
        """Start without a source; ``quality`` gets the groups."""
        self.started = dt_util.utcnow()
        self.entries: deque[Entry] = deque(maxlen=_FRAMES)
        self.sources = 0
        """Sources that gave frames, one after the other."""
        self.tries = 0
        """How often a source was opened since one was heard."""
        self.watch = LineWatch()
        self._quality = quality
        self._source: Source | None = None
        self._heard = False
        self._damaged = 0
        self._last: float | None = None

    @property
    def secrets(self) -> set[str]:
        """The numbers and messages of the last frames."""
        return secrets_of(entry.frame for entry in self.entries)

    def age(self, at: float) -> float | None:
        """Return the seconds since the last frame, None before the first."""
        return None if self._last is None else at - self._last

    def opening(self, source: Source) -> None:
        """Note that a source is about to be opened."""
        self.tries += 1
        self._source, self._heard = source, False

    def process(self, frame: Frame, at: float, *, read: bool) -> None:
        """Take a frame; ``read`` tells that the meter was not lost before it.

        Of a meter that is lost the log knows already: its line is not judged.
        """
        self.entries.append(Entry(dt_util.utcnow(), frame))
        damaged = self._newly_damaged(frame, at)
        self._last = at
        self._quality.add(at, len(frame.groups), damaged)
        if not self._heard and frame.address is not None:
            self._begin(frame, frame.address)
        if not read:
            self.watch.restart()
        elif self.watch.add(at, len(frame.groups), damaged):
            self._say()

    def as_list(self, secrets: set[str]) -> list[dict[str, Any]]:
        """Return the last frames as they may be shown."""
        return [
            {
                "received": received.isoformat(),
                "mode": frame.mode,
                "ended_by": frame.ended_by,
                "whole": frame.whole,
                "short": frame.short,
                "damaged": frame.damaged,
                "labels": " ".join(group.label for group in frame.groups),
                "groups": [show_group(group, frame.mode) for group in frame.groups],
                "unknown": [show_unknown(group, secrets) for group in frame.unknown],
            }
            for received, frame in self.entries
        ]

    def _begin(self, frame: Frame, address: str) -> None:
        self._heard = True
        self.sources += 1
        _LOGGER.debug(
            "Meter %s is heard at try %d: mode %s, %d groups",
            mask_address(address),
            self.tries,
            frame.mode,
            len(frame.groups),
        )
        self.tries = 0

    def _newly_damaged(self, frame: Frame, at: float) -> int:
        """Return the damaged groups since the last frame.

        More than the frame's own: where every group was damaged there was no frame.
        """
        damaged = frame.damaged
        if self._source is not None:
            before, self._damaged = self._damaged, self._source.damaged
            age = self.age(at)
            if self._heard and age is not None and age < _GAP_SECONDS:
                damaged = self._damaged - before
        return damaged

    def _say(self) -> None:
        """Log that the line became bad or good."""
        if self.watch.bad:
            _LOGGER.info(
                "The line is bad: more than %d %% of the groups arrive damaged",
                BAD_PERCENT,
            )
        else:
            _LOGGER.info("The line is good again")
