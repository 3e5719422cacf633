"""Hosts of the public internet, and a connector that reaches no others.

Whoever answers for a public file may lead elsewhere, and must not make this program ask
a router, a server or a cloud's metadata on the inside of the home's firewall.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
import socket
from typing import override

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

_UNICAST = IPv6Network("2000::/3")
"""What is given out as public, RFC 4291 section 2.4; ``is_global`` also takes others."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as a network without IPv4 has them, RFC 6052 section 2.1."""


class NotPublicError(OSError):
    """A name or an address does not lead into the public internet."""


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet.

    Private, shared, loopback, link-local, multicast and reserved ones do not, nor does
    what is no address as it should be written (``2130706433`` is 127.0.0.1 to many).
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip in _TRANSLATED:
            ip = IPv4Address(ip.packed[-4:])
        elif ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip not in _UNICAST:
            return False
    return ip.is_global and not ip.is_multicast


def may_be_public(host: str) -> bool:
    """Return whether a host is no address, or a public one; a name is yet to be judged.

    An address is not resolved, so nothing but this judges it.
    """
    numeric = ":" in host or host.replace(".", "").isdigit()
    return is_public(host) if numeric else bool(host)


class PublicResolver(AbstractResolver):
    """Resolves names, and refuses those that lead inside.

    What it returns is what is connected to: a name that changes between a check and the
    connection (DNS rebinding) gains nothing.
    """

    def __init__(self, resolver: AbstractResolver) -> None:
        """Take what resolves."""
        self._resolver = resolver

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """Return the addresses; raise NotPublicError if one of them is not public."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(result["host"]) for result in found):
            raise NotPublicError("The name leads into a private network")
        return found

    @override
    async def close(self) -> None:
        """Close what resolves."""
        await self._resolver.close()


def public_connector() -> aiohttp.TCPConnector:
    """Return a connector that resolves to public addresses only."""
    return aiohttp.TCPConnector(resolver=PublicResolver(aiohttp.ThreadedResolver()))
