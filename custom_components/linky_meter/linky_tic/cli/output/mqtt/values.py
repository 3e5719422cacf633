"""Which of a meter's values are told when: those of a group that changed, together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import json

from ....publish.profiles import Profile
from ....publish.publisher import Change, Publisher, Stage
from ....tic.fields import Value
from ....tic.reading import plain
from ..teller import Told
from .table import Row, rows


@dataclass(slots=True)
class _Shown:
    """What is told of an entity, and since when, s."""

    value: Value | None = None
    since: float = 0.0


class Values:
    """What a broker's listeners know of a meter."""

    def __init__(self, profile: Profile) -> None:
        self._publisher = Publisher(profile)
        self._shown: dict[str, _Shown] = {}
        self._rows: tuple[Row, ...] = ()
        self._generation: tuple[object, ...] = ()

    def lose(self) -> Iterator[tuple[str, str]]:
        """Note that nothing comes, and that no power is one of now.

        The next reading is told whole.
        """
        self._publisher.begin_anew()
        self._shown["link"] = _Shown(value=False)
        for row in self._rows:
            if row.group == "power":
                self._shown[row.key] = _Shown()
        for group in ("line", "power"):
            yield group, self._json(group)

    def process(self, told: Told) -> Iterator[tuple[str, str]]:
        """Yield each group that changed, and its values as JSON.

        At a new tariff a group may come twice: registers first, as they ended.
        """
        memory = told.memory
        # All that rows are wanted by
        contract = told.reading["contract"]
        generation = len(memory.keys), len(memory.active), contract
        new = generation != self._generation
        if new:
            self._generation = generation
            self._rows = tuple(
                row
                for row in rows("meter")
                if row.platform != "event" and row.wanted(told)
            )
        publisher = self._publisher
        publisher.begin(told.reading, told.at)
        for stage in publisher.stages:
            publisher.stage = stage
            changed = {row.group for row in self._rows if self._changes(row, told)}
            if new and stage is publisher.stages[-1]:
                changed |= {row.group for row in self._rows}
            for group in sorted(changed):
                yield group, self._json(group)
        publisher.stages = (Stage.ALL,)

    def _changes(self, row: Row, told: Told) -> bool:
        """Take a value if it is told now; return whether it is."""
        value, shown = row.value(told), self._shown.setdefault(row.key, _Shown())
        if value == shown.value or not self._publisher.due(
            row.key, row.noise, Change(shown.value, value, shown.since)
        ):
            return False
        shown.value, shown.since = value, told.at
        return True

    def _json(self, group: str) -> str:
        return json.dumps(
            {
                row.key: plain(self._shown[row.key].value)
                for row in self._rows
                if row.group == group
            },
            ensure_ascii=False,
        )
