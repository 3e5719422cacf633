"""From what a TIC2WebSocket server tells of a frame to a ``Frame``.

Groups come without checksum and without order: the server has checked the one, the label
table gives back the other. Label and shape are checked as in the codec.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...decode.groups import is_shaped
from ...frame import EndedBy, Frame, Group
from ...labels import LABELS, ROWS, Mode

_MODES = {"HISTORIC": Mode.HISTORIC, "STANDARD": Mode.STANDARD}
_ORDER = {row.name: place for place, row in enumerate(ROWS)}
# Twice what a meter can send, as in the codec
_MOST_GROUPS = 160


class TooLongError(ValueError):
    """A frame has more groups than any meter's."""


def server_frame(
    mode_name: object, contents: Iterable[tuple[str, object]], *, damaged: int = 0
) -> Frame:
    """Return the frame of a mode's name and of labels with their contents.

    ``damaged`` are the groups that the server left out. Without a known mode the first
    known label decides. Raises TooLongError.
    """
    mode = _MODES.get(mode_name) if isinstance(mode_name, str) else None
    known: dict[str, Group] = {}
    unknown: list[Group] = []
    for count, group in enumerate(_groups(contents)):
        if count == _MOST_GROUPS:
            raise TooLongError
        if group is None:
            damaged += 1
        elif (row := LABELS.get(group.label)) is None:
            unknown.append(group)
        else:
            mode = mode or row.mode
            if row.mode is mode:
                known[group.label] = group
            else:
                damaged += 1
    groups = tuple(sorted(known.values(), key=lambda group: _ORDER[group.label]))
    return Frame(
        mode if groups else None,
        groups,
        EndedBy.SERVER,
        damaged,
        unknown=tuple(unknown),
    )


def partial_frame(data: object) -> Frame | None:
    """Return the undamaged groups of a frame that release 1 held back.

    Raises TooLongError.
    """
    partial = data.get("partialTICFrame") if isinstance(data, dict) else None
    entries = partial.get("ticFrame") if isinstance(partial, dict) else None
    if not isinstance(partial, dict) or not isinstance(entries, list):
        return None
    contents = [
        (label, _content(entry))
        for group in entries
        if isinstance(group, dict)
        for label, entry in group.items()
    ]
    frame = server_frame(partial.get("ticMode"), contents, damaged=1)
    return frame if frame.groups else None


def _content(entry: object) -> object:
    """Return a group of a partial frame as release 1 writes those of a whole one.

    A partial frame has all horodates; shown with every damaged frame and gone with the
    next good one, they would tell less than none.
    """
    if not isinstance(entry, dict):
        return None
    return entry.get("data") or entry.get("dateTime")


def _groups(contents: Iterable[tuple[str, object]]) -> Iterator[Group | None]:
    """Yield the groups, None for each that is damaged."""
    for label, content in contents:
        if isinstance(content, bool) or not isinstance(content, str | int | float):
            yield None
        else:
            yield _group(label, str(content))


def _group(label: str, content: str) -> Group | None:
    """Return a group, None when label or shape are wrong.

    Release 2 marks a wrong checksum with ``!`` before the label and writes the horodate
    before the data; release 1 leaves the horodate out, except DATE's.
    """
    before, tab, after = content.partition("\t")
    horodate, value = (before, after) if tab else (None, content)
    row = LABELS.get(label)
    if row is not None and row.lengths == (0,) and horodate is None:
        horodate, value = content, ""
    group = Group(label, value, horodate)
    return group if is_shaped(group) else None
