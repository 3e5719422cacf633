"""Whose frames these are: the address of one meter, and that of another in its place."""

from __future__ import annotations

from ..frame import Frame
from ..identity import Identity, parse_address

_FRAMES_FOR_AN_ADDRESS = 2
_FRAMES_FOR_ANOTHER_METER = 3


class AddressLatch:
    """Latches the address that frames agree on, and refuses those of other meters."""

    def __init__(self, address: str | None) -> None:
        """Expect an address, or take the first that frames agree on."""
        self.address = address
        self.identity: Identity | None = parse_address(address) if address else None
        self.other: str | None = None
        """The address of another meter, once some frames in a row agree on it."""
        self._candidate: tuple[str | None, int] = (None, 0)

    def accepts(self, frame: Frame) -> bool:
        """Return whether a frame is of this meter, as far as it tells."""
        address = frame.address
        if address is None or address == self.address:
            if address is not None:
                self._candidate, self.other = (None, 0), None
            return True
        if (identity := parse_address(address)) is None:
            # A masked or damaged address names nobody
            return self.address is None
        seen, count = self._candidate
        count = count + 1 if seen == address else 1
        self._candidate = (address, count)
        if self.address is None:
            if count >= _FRAMES_FOR_AN_ADDRESS:
                self.address, self.identity = address, identity
            return True
        if count >= _FRAMES_FOR_ANOTHER_METER:
            self.other = address
        return False
