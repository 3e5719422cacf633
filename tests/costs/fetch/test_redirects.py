"""Redirects of public files: judged before anybody else is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
import socket
import ssl
from typing import override

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
import pytest
import pytest_socket

from custom_components.linky_meter.linky_tic.costs import errors
from custom_components.linky_meter.linky_tic.costs.fetch.fetch import CSV_TYPES, fetch
from custom_components.linky_meter.linky_tic.costs.fetch.public import (
    NotPublicError,
    PublicResolver,
    is_public,
    may_be_public,
    public_connector,
)

from .test_clients import Site

ASKED, OTHER, INSIDE, MIXED = (
    f"{name}.example" for name in ("asked", "other", "inside", "mixed")
)
ADDRESSES = {
    OTHER: ["93.184.216.34"],
    INSIDE: ["192.168.1.1"],
    MIXED: ["93.184.216.34", "10.0.0.1"],
}
BODY = "a;b\n1;2\n"


class Names(AbstractResolver):
    """Knows the names of these tests; what it is asked for is public or is not."""

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        return [_result(host, address, port) for address in ADDRESSES[host]]

    @override
    async def close(self) -> None:
        pass


class ToHere(AbstractResolver):
    """Connects to a server of the test, when the name was found good."""

    def __init__(self, port: int, judge: AbstractResolver | None = None) -> None:
        """Take the server's port."""
        self._port = port
        self._judge = judge

    @override
    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        if self._judge is not None:
            await self._judge.resolve(host, port, family)
        return [_result(host, "127.0.0.1", self._port)]

    @override
    async def close(self) -> None:
        pass


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )


@pytest.fixture(scope="module")
def tls(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server of these names shows, and what believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ASKED)])
    names: list[x509.GeneralName] = [
        x509.DNSName(host) for host in (ASKED, OTHER, INSIDE, MIXED, "localhost")
    ]
    names.append(x509.IPAddress(ip_address("127.0.0.1")))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file: Path = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


class Web:
    """A server with https, and who asks it as if it were in the internet."""

    def __init__(self, site: Site, session: aiohttp.ClientSession) -> None:
        """Take both."""
        self.site = site
        self.session = session
        self.ssl: ssl.SSLContext

    @property
    def paths(self) -> list[tuple[str | None, str]]:
        """Who was asked for what, by the names that were used."""
        return [(request.url.host, request.path) for request in self.site.requests]

    def elsewhere(self) -> aiohttp.BaseConnector:
        """Judge as the program does, and connect to this server."""
        port = self.site.server.port
        assert port is not None
        judge = PublicResolver(Names())
        return aiohttp.TCPConnector(resolver=ToHere(port, judge), ssl=self.ssl)

    async def fetch(self, path: str) -> bytes | None:
        """Return what an address on the server asked leads to."""
        url = f"https://{ASKED}{path}"
        found = await fetch(
            self.session, url, CSV_TYPES, connector=self.elsewhere, timeout=10
        )
        return found.body


@pytest.fixture
async def inner(socket_enabled: None) -> AsyncIterator[Site]:
    """Return a server of the home's network, by plain http."""
    site = Site()
    site.text("/secret", BODY)
    async with site.server:
        yield site


@pytest.fixture
async def outer(
    inner: Site, tls: tuple[ssl.SSLContext, ssl.SSLContext]
) -> AsyncIterator[Web]:
    """Return a server of the internet."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    site = Site()
    site.text("/file", BODY)
    await site.server.start_server(ssl=tls[0])
    port = site.server.port
    assert port is not None
    connector = aiohttp.TCPConnector(resolver=ToHere(port), ssl=tls[1])
    async with aiohttp.ClientSession(connector=connector) as session:
        web = Web(site, session)
        web.ssl = tls[1]
        yield web
    await site.server.close()


async def test_good_redirects(outer: Web) -> None:
    """A path, another public host, and back again."""
    outer.site.redirect("/here", "file")
    assert await outer.fetch("/here") == BODY.encode()
    outer.site.redirect("/there", f"https://{OTHER}/on")
    outer.site.redirect("/on", "/further")
    outer.site.redirect("/further", f"//{ASKED}/file")
    del outer.site.requests[:]
    assert await outer.fetch("/there") == BODY.encode()
    assert outer.paths == [
        (ASKED, "/there"),
        *((OTHER, "/on"), (OTHER, "/further")),
        (ASKED, "/file"),
    ]


async def test_many_redirects(outer: Web) -> None:
    """Five are followed, not six."""
    for number in range(6):
        outer.site.redirect(f"/{number}", f"/{number + 1}")
    outer.site.text("/6", BODY)
    assert await outer.fetch("/1") == BODY.encode()
    with pytest.raises(errors.RedirectError):
        await outer.fetch("/0")


async def test_no_redirect(outer: Web) -> None:
    """One that leads nowhere is an answer without a file."""
    outer.site.text("/moved", "", status=302)
    with pytest.raises(errors.StatusError):
        await outer.fetch("/moved")


@pytest.mark.parametrize(
    "target",
    [
        f"http://{ASKED}/file",
        f"http://{OTHER}/file",
        "ftp://other.example/file",
        "file:///etc/passwd",
        "https://127.0.0.1/file",
        "https://127.0.0.1:{port}/file",
        "https://2130706433:{port}/file",
        "https://127.1:{port}/file",
        "https://[::1]:{port}/file",
        "https://[::ffff:127.0.0.1]:{port}/file",
        "https://10.0.0.1/file",
        "https://169.254.169.254/latest/meta-data",
        f"https://{INSIDE}/file",
        f"https://{MIXED}/file",
        "https://[",
        f"https://{OTHER}:99999/file",
    ],
)
async def test_bad_redirects(outer: Web, target: str) -> None:
    """Nobody else is asked."""
    outer.site.redirect("/link", target.format(port=outer.site.server.port))
    with pytest.raises(errors.RedirectError) as raised:
        await outer.fetch("/link")
    assert outer.paths == [(ASKED, "/link")]
    assert "127" not in str(raised.value)
    # Nor one step later
    outer.site.redirect("/first", f"https://{OTHER}/link")
    with pytest.raises(errors.RedirectError):
        await outer.fetch("/first")
    assert outer.paths[1:] == [(ASKED, "/first"), (OTHER, "/link")]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_home_network(outer: Web, inner: Site, host: str) -> None:
    """As the program is: what is asked resolves by the system, and leads inside."""
    for scheme in ("http", "https"):
        target = f"{scheme}://{host}:{inner.server.port}/secret"
        outer.site.redirect("/link", target)
        with pytest.raises(errors.RedirectError):
            await fetch(outer.session, f"https://{ASKED}/link", CSV_TYPES)
    assert not inner.requests


async def test_own_resolver() -> None:
    """What connects elsewhere judges the system's answers."""
    connector = public_connector()
    with pytest.raises(NotPublicError):
        await connector._resolver.resolve("localhost")
    await connector.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *(("93.184.216.34", True), ("2606:2800:220::1", True)),
        # RFC 1918, shared, loopback, link-local, unspecified, benchmarks, multicast
        *(("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False)),
        *(("100.64.0.1", False), ("127.0.0.1", False), ("169.254.169.254", False)),
        *(("0.0.0.0", False), ("198.18.0.1", False), ("224.0.0.251", False)),
        *(("255.255.255.255", False), ("::", False), ("::1", False)),
        *(("fe80::1", False), ("fe80::1%eth0", False), ("fd00::1", False)),
        *(("fec0::1", False), ("ff02::fb", False), ("ff0e::1", False)),
        # IPv4 in other clothes
        *(("::ffff:8.8.8.8", True), ("::ffff:10.0.0.1", False)),
        *(("64:ff9b::808:808", True), ("64:ff9b::a00:1", False)),
        *(("::127.0.0.1", False), ("2002:a00:1::", False)),
        *(("2130706433", False), ("127.1", False), ("0x7f.1", False), ("", False)),
    ],
)
def test_addresses(address: str, public: bool) -> None:
    """Which of them belong to the public internet."""
    assert is_public(address) is public


def test_names() -> None:
    """Are judged when they are resolved; what is written as a number at once."""
    assert may_be_public("www.cre.fr")
    assert may_be_public("localhost")
    assert may_be_public("93.184.216.34")
    for host in ("", "127.1", "2130706433", "::1", "10.0.0.1"):
        assert not may_be_public(host)
