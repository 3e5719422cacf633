"""What a meter has said so far, group by group."""

from collections.abc import Set as AbstractSet
from typing import Literal

from tests.simulator.frames.wire import Mode

from .truth import COMBINED, OVERLOAD, ROWS, Fields


class Said:
    """The last data of each label, and what follows from all of them."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.values: Fields = {}
        self.sources: dict[str, set[str]] = {}
        """The labels that each key was made of."""
        self._groups: dict[str, tuple[str, str]] = {}
        self._texts: dict[str, str] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._changed: set[str] = set()

    def take(self, label: str, horodate: str, data: str) -> None:
        """Take one group; what cannot be read is as if it had not come."""
        row = ROWS.get(label)
        if row is None or self._groups.get(label) == (horodate, data):
            return
        try:
            fields = row(horodate, data)
        except ValueError, KeyError, IndexError:
            return
        fields.pop("", None)
        self._groups[label] = horodate, data
        self._texts[label] = data or horodate
        self._put(label, fields, (label,))
        self._changed.add(label)

    def leave(self, sent: AbstractSet[str]) -> None:
        """Forget what a complete long frame left out."""
        for label in self._texts.keys() - sent - {"MSG2"}:
            del self._texts[label], self._groups[label]
            self._put(label, {}, ())
            self._changed.add(label)

    def calm(self, sent: AbstractSet[str]) -> None:
        """Forget warnings that are no longer sent."""
        over = self._texts.keys() & set(OVERLOAD) - sent
        if over:
            self.leave(self._texts.keys() - over)

    def finish(self, mode: Mode | Literal[""] = "") -> None:
        """End a frame: work out what takes several labels."""
        if mode:
            self.values["tic_mode"] = mode
        for number, (labels, row) in enumerate(COMBINED):
            if self._changed.isdisjoint(labels):
                continue
            try:
                fields = row(self._texts)
            except ValueError, IndexError:
                continue
            self._put(f"+{number}", fields, labels)
        self._changed.clear()

    def _put(self, name: str, fields: Fields, labels: tuple[str, ...]) -> None:
        """Replace what one row has said."""
        for key in self._keys.get(name, ()):
            if key not in fields:
                self.values.pop(key, None)
        self.values.update(fields)
        self._keys[name] = tuple(fields)
        for key in fields:
            self.sources.setdefault(key, set()).update(labels)
