"""Where the corpus is, how large it may be, and the words of each language."""

from __future__ import annotations

from collections.abc import Iterator
import hashlib
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
NAMES = ("codec", "meter", "values", "client")
LARGEST = 150_000
"""Bytes of the corpus in all."""
MOST_KEPT = 12
"""Inputs of a target that were found, not generated."""
KEPT = "kept-"
"""How their names begin."""

_KEYS = (
    "type name data identifier serialNumber portName portId mode content frame "
    "errorCode errorMessage partialTICFrame ticMode ticFrame checksum dateTime "
    "captureDateTime modemType productId vendorId native"
)
_NAMED = (
    "EVENT RESPONSE OnTICData OnError GetAvailableTICs GetModemsInfo ReadTIC "
    "SubscribeTIC UnsubscribeTIC ErrorResponse HISTORIC STANDARD"
)


def inputs(name: str) -> list[Path]:
    """Return the inputs of a target."""
    return sorted(path for path in (CORPUS / name).iterdir() if path.suffix == ".bin")


def keep(name: str, data: bytes) -> Path:
    """Put an input that was found into the corpus."""
    digest = hashlib.sha256(data).hexdigest()[:12]
    path = CORPUS / name / f"{KEPT}{digest}.bin"
    path.write_bytes(data)
    return path


def words(name: str) -> Iterator[bytes]:
    """Yield what is worth putting into an input as a whole."""
    # Known with Home Assistant out of the way only, see engine.py
    from .engine import without_home_assistant

    without_home_assistant()
    from custom_components.linky_meter.linky_tic.tic.labels import ROWS

    labels = [row.name.encode() for row in ROWS]
    if name == "client":
        yield from (f'"{key}": '.encode() for key in _KEYS.split())
        yield from (f'"{text}"'.encode() for text in _NAMED.split())
        yield from (b'"' + label + b'": "' for label in labels)
        yield from (
            b"null",
            b"true",
            b"-1",
            b"1e999",
            b"{}",
            b"[]",
            b'"\\ud800"',
            b"\n",
        )
    elif name == "values":
        yield from (b"NONUTILE", b"\t", b"\n", b"H2601131800", b"e2610250230", b"    ")
    else:
        yield from (b"\n" + label + b" " for label in labels)
        yield from (b"\n" + label + b"\t" for label in labels)
        yield from (b"\x03\x02", b"\x04\x02", b"\r\n", b"\x03", b"\tH260113180000\t")
