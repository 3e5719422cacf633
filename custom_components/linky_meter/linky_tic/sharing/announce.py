"""A server that is found by itself: its announcement by multicast DNS.

What is announced names no meter. ``zeroconf`` is there in Home Assistant, and elsewhere
an extra of the package: who imports this module has it.
"""

from __future__ import annotations

from ipaddress import ip_address
import socket

from zeroconf import IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from .server import SharingServer

SERVICE = "_tic2websocket._tcp.local."
# Of the addresses for documentation: nothing is sent there
_ELSEWHERE = ("192.0.2.1", 9)


def service_info(
    server: SharingServer, host: str, identity: str, addresses: list[str]
) -> AsyncServiceInfo:
    """Return what is announced of a server that listens.

    ``host`` is this machine's name, ``identity`` the same over restarts and moves.
    """
    settings = server.settings
    return AsyncServiceInfo(
        SERVICE,
        f"Linky {host}.{SERVICE}",
        port=server.port,
        parsed_addresses=addresses,
        server=f"{host}.local.",
        properties={
            "txtvers": "1",
            "path": "/",
            "release": settings.release.value,
            "auth": "token" if settings.token else "none",
            "id": identity,
        },
    )


class Announcement:
    """The announcement of a server, on the network interface that it listens on."""

    def __init__(self, server: SharingServer, identity: str) -> None:
        self._server, self._identity = server, identity
        self._zeroconf: AsyncZeroconf | None = None

    async def start(self) -> None:
        """Announce it, beside others of the same name. Raises OSError."""
        address = address_of(self._server.settings.bind)
        self._zeroconf = AsyncZeroconf(
            interfaces=[address], ip_version=IPVersion.V4Only
        )
        host = socket.gethostname().partition(".")[0] or "linky-tic"
        info = service_info(self._server, host, self._identity, [address])
        try:
            await (
                await self._zeroconf.async_register_service(
                    info, allow_name_change=True
                )
            )
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Take it back."""
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is not None:
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()


def address_of(bind: str) -> str:
    """Return the address of this machine that others reach; raises OSError."""
    try:
        named = ip_address(bind)
    except ValueError:
        return socket.gethostbyname(bind)
    if not named.is_unspecified and named.version == 4:
        return bind
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(_ELSEWHERE)
        return str(asking.getsockname()[0])
