"""Who gets which of a TIC2WebSocket server's events: one stream in, many owners out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
import logging

from ...frame import Frame
from ..guard import Guard
from .messages import UNPLUGGED, Data, Identifier, ServerError

_LOGGER = logging.getLogger(__name__)

_MOST_PORTS = 64

type OnFrame = Callable[[Frame, Identifier], None]
type OnError = Callable[[ServerError], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who wants which meters."""

    on_frame: OnFrame
    on_error: OnError | None
    identifiers: tuple[Identifier, ...]
    """None means all."""

    def wants(self, identifier: Identifier) -> bool:
        """Return whether it is for that meter."""
        return not self.identifiers or any(
            wanted.matches(identifier) for wanted in self.identifiers
        )


class Router:
    """Gives frames and errors to the subscriptions that want their meter."""

    def __init__(self) -> None:
        self.subscriptions: dict[int, Subscription] = {}
        self._last_id = 0
        self._addresses: dict[str, str] = {}
        self.guard = Guard(_LOGGER, "A callback of the TIC2WebSocket client")

    def add(
        self,
        on_frame: OnFrame,
        on_error: OnError | None,
        identifiers: Sequence[Identifier],
    ) -> int:
        """Add a subscription, return its id."""
        self._last_id += 1
        self.subscriptions[self._last_id] = Subscription(
            on_frame, on_error, tuple(identifiers)
        )
        return self._last_id

    def route(self, event: Data | ServerError) -> None:
        """Give an event to those who want its meter."""
        frame = event.frame
        address = frame.address if frame is not None else None
        identifier = self.complete(event.identifier, address)
        wanting = [
            subscription
            for subscription in self.subscriptions.values()
            if subscription.wants(identifier)
        ]
        if frame is not None and frame.groups:
            for subscription in wanting:
                self.guard.call(subscription.on_frame, frame, identifier)
        if isinstance(event, ServerError):
            if event.code == UNPLUGGED:
                # Whatever comes on that port next may be another meter
                self._addresses.pop(_port(identifier), None)
            error = replace(event, identifier=identifier)
            for subscription in wanting:
                if subscription.on_error is not None:
                    self.guard.call(subscription.on_error, error)

    def complete(self, identifier: Identifier, address: str | None) -> Identifier:
        """Return an identifier with the meter's address as its serial number.

        The address in the groups is the meter's own word. Without it, the server's
        serial number counts, then what was last heard on that port.
        """
        port = _port(identifier)
        if address is None:
            address = identifier.serial_number or self._addresses.get(port)
        elif port and (port in self._addresses or len(self._addresses) < _MOST_PORTS):
            self._addresses[port] = address
        return replace(identifier, serial_number=address)

    def forget_addresses(self) -> None:
        """Start anew with what is known of the ports."""
        self._addresses.clear()


def _port(identifier: Identifier) -> str:
    """Return what tells the port of a meter: its place rather than its name."""
    return identifier.port_id or identifier.port_name or ""
