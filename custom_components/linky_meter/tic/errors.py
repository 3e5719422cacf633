"""What can go wrong with a source of frames."""

from __future__ import annotations


class TicError(Exception):
    """Root of all errors of this package."""


class SourceError(TicError):
    """A source could not be opened, or gave nothing usable."""


class PortMissingError(SourceError):
    """The port or host is not there."""


class PortBusyError(SourceError):
    """Another program holds the port."""


class PortFailedError(SourceError):
    """The port is there and cannot be used, or was lost."""


class SilentError(SourceError):
    """The port is open and nothing arrives."""


class NoiseError(SourceError):
    """Bytes arrive and none make a group."""


class NotProgrammedError(SourceError):
    """Frames hold an address only: the meter's output is not in TELEIN mode."""


class NotTicError(SourceError):
    """Groups have right checksums and no label that we know: not such a meter."""
