"""A reader that trusts the checksum alone: no shape, no history, the last value stays."""

from .said import Said
from .truth import ROWS

_SEVEN = bytes(byte & 0x7F for byte in range(256))


class ChecksumAlone:
    """Takes the same bytes as the decoder."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.said = Said()
        self._known: dict[bytes, tuple[str, str, str] | None] = {}

    def take(self, data: bytes) -> None:
        """Take the bytes of one frame; bit 7 is not looked at."""
        said, known, labels = self.said, self._known, set[str]()
        for line in data.translate(_SEVEN).split(b"\r"):
            if line not in known:
                if len(known) > 50_000:
                    known.clear()
                known[line] = _parse(line)
            group = known[line]
            if group is not None:
                said.take(*group)
                labels.add(group[0])
        said.calm(labels)
        said.finish()


def _parse(line: bytes) -> tuple[str, str, str] | None:
    """Return label, horodate and data of a group whose checksum is right."""
    content = line[max(line.rfind(end) for end in b"\x02\x0a") + 1 :]
    if len(content) < 6 or content[-2] not in b"\t ":
        return None
    standard = content[-2] == 0x09
    if sum(content[: -1 if standard else -2]) % 64 + 32 != content[-1]:
        return None
    text = content[:-2].decode("ascii")
    label, *parts = text.split("\t") if standard else text.split(" ", 1)
    if label not in ROWS or not parts:
        return None
    return label, parts[0] if len(parts) > 1 else "", parts[-1]
