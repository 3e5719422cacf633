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


class TextError(SourceError):
    """Lines of text arrive that are no groups: a bridge prints something of its own."""


class NotRfc2217Error(SourceError):
    """The port answers, but not by RFC 2217, and gives nothing as a socket either."""


class NotProgrammedError(SourceError):
    """Frames hold an address only: the meter's output is not in TELEIN mode."""


class NotTicError(SourceError):
    """Groups have right checksums, and no label that we know or no end: no meter's."""


class ServerUnreachableError(SourceError):
    """No host of that name, or nothing listens on that port of it."""


class NotAServerError(SourceError):
    """Something answers there that is no TIC2WebSocket server."""


class TokenRefusedError(SourceError):
    """The server wants a token, or another one."""


class NoAnswerError(SourceError):
    """The connection or a request was not answered in time."""


class NoTicError(SourceError):
    """The server has no meter, or not the one that is asked for."""


class NoDataError(SourceError):
    """The server has the meter and no frame of it, and never had since it was asked."""


class ModemGoneError(NoDataError):
    """The server says that the modem is unplugged, or that its port cannot be read."""


class LineSilentError(NoDataError):
    """The server says that nothing comes from the meter."""


class LineDamagedError(NoDataError):
    """The server says that what comes from the meter is damaged."""

    def __init__(self, code: int | None = None) -> None:
        """Keep the code of the server's error."""
        super().__init__(code)
        self.code = code


class AlreadyConnectedError(TicError):
    """The client is connected, or about to be."""


class ClosedError(SourceError):
    """The client is not connected: not yet, no more, or the connection broke."""


class RequestError(SourceError):
    """The server refused a request."""

    def __init__(self, code: int | None, message: str) -> None:
        """Keep what the server said of it; None when it gave no code."""
        super().__init__(code, message)
        self.code = code
        self.message = message
