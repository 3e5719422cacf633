"""Keep the inputs that reach new code: ``python -m tests.fuzz.keep TARGET FOLDER``.

Each is cut down to what reaches it; few are kept, the rest is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
import sys
from types import CodeType
from typing import Any

from .corpus import CORPUS, KEPT, LARGEST, MOST_KEPT, inputs, keep
from .engine import without_home_assistant

_TOOL = sys.monitoring.COVERAGE_ID
_EVENTS = sys.monitoring.events
_TIC = "/linky_tic/tic/"
_MOST_TRIALS = 1500

type Target = Callable[[bytes], None]
type Branch = tuple[str, int, int]
type Reached = frozenset[Branch]


class Coverage:
    """Which branches of ``tic`` an input takes."""

    def __init__(self, target: Target) -> None:
        """Watch this target."""
        self._target = target
        self._taken: set[Branch] = set()
        monitoring = sys.monitoring
        monitoring.use_tool_id(_TOOL, "fuzz")
        for event in (_EVENTS.BRANCH_LEFT, _EVENTS.BRANCH_RIGHT):
            monitoring.register_callback(_TOOL, event, self._take)
        monitoring.set_events(_TOOL, _EVENTS.BRANCH_LEFT | _EVENTS.BRANCH_RIGHT)

    def of(self, data: bytes) -> Reached:
        """Return the branches that an input takes; none when the target fails."""
        self._taken.clear()
        # A parsed text that is remembered would take no branch the second time
        for function in _remembering():
            function.cache_clear()
        sys.monitoring.restart_events()
        try:
            self._target(data)
        except Exception:  # noqa: BLE001
            return frozenset()
        return frozenset(self._taken)

    def _take(self, code: CodeType, start: int, end: int) -> Any:
        """Note a branch, once."""
        if _TIC in code.co_filename:
            self._taken.add((f"{code.co_filename}:{code.co_qualname}", start, end))
        return sys.monitoring.DISABLE


def smaller(data: bytes, reached: Callable[[bytes], bool]) -> bytes:
    """Return as few of the bytes as still reach the same."""
    trials, size = 0, len(data) // 2
    while size and trials < _MOST_TRIALS:
        start = 0
        while start < len(data) and trials < _MOST_TRIALS:
            trials += 1
            shorter = data[:start] + data[start + size :]
            if reached(shorter):
                data = shorter
            else:
                start += size
        size //= 2
    return data


def choose(
    coverage: Coverage, known: Iterable[bytes], found: Iterable[bytes], most: int
) -> list[bytes]:
    """Return the inputs to keep, cut down; each takes branches of its own."""
    seen: set[Branch] = set().union(*(coverage.of(data) for data in known))
    chosen: list[bytes] = []
    waiting = {data: coverage.of(data) for data in found}
    while waiting and len(chosen) < most:
        best = max(waiting, key=lambda data: (len(waiting[data] - seen), -len(data)))
        new = waiting.pop(best) - seen
        if not new:
            break
        data = smaller(best, _reaching(coverage, new))
        chosen.append(data)
        seen |= coverage.of(data)
    return chosen


def _reaching(coverage: Coverage, wanted: Reached) -> Callable[[bytes], bool]:
    """Return what tells whether an input takes all of some branches."""
    return lambda data: wanted <= coverage.of(data)


def _remembering() -> list[Any]:
    """Return the functions that keep what they returned."""
    return [
        function
        for name, module in list(sys.modules.items())
        if ".linky_tic.tic" in name or name == "tests.fuzz.targets"
        for function in vars(module).values()
        if hasattr(function, "cache_clear")
    ]


def main() -> int:
    """Keep what a run has found."""
    without_home_assistant()
    from .targets import TARGETS

    name, folder = sys.argv[1:]
    old = inputs(name)
    room = MOST_KEPT - sum(path.name.startswith(KEPT) for path in old)
    free = LARGEST - sum(path.stat().st_size for path in CORPUS.rglob("*.bin"))
    known = [path.read_bytes() for path in old]
    found = [path.read_bytes() for path in Path(folder).iterdir()]
    for data in choose(Coverage(TARGETS[name]), known, found, room):
        if (free := free - len(data)) < 0:
            break
        print(f"fuzz: kept {keep(name, data)}, {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
