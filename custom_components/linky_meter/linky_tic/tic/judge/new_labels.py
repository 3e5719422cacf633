"""Labels that no table knows: damaged ones at first, and after some frames new ones."""

from __future__ import annotations

from ..frame import Frame

_FRAMES = 3
# Other meters' labels are counted, not collected for ever
_MOST = 50


class NewLabels:
    """Counts how often each came."""

    def __init__(self) -> None:
        """Start without one."""
        self.seen: dict[str, int] = {}

    def take(self, frame: Frame) -> None:
        """Count those of a frame."""
        for group in frame.unknown:
            count = self.seen.get(group.label, 0)
            if count or len(self.seen) < _MOST:
                self.seen[group.label] = count + 1

    @property
    def sure(self) -> dict[str, int]:
        """Those that came often enough to be none of damage."""
        return {label: count for label, count in self.seen.items() if count >= _FRAMES}

    def doubtful(self, frame: Frame) -> bool:
        """Return whether a frame has labels that were hardly ever seen."""
        return any(self.seen.get(group.label, 0) < _FRAMES for group in frame.unknown)
