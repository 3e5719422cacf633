"""What ``[serve]`` of ``linky-tic.toml`` and the environment say of sharing meters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..sharing.server import SHORTEST_TOKEN, OpenBindError, ServerSettings
from ..sharing.wire import Release
from .environment import Environment
from .toml_table import SettingsError, Table

BAUDRATES = (300, 4_000_000)
PORTS = (1, 65_535)


@dataclass(frozen=True)
class MeterSettings:
    """A meter to share."""

    name: str
    source: str | None = None
    """None: the only modem that can be meant."""
    baudrate: int | None = None


@dataclass(frozen=True)
class ServeSettings:
    """How meters are shared, and which by ``linky-tic serve``."""

    server: ServerSettings = field(default_factory=ServerSettings)
    masked: bool = False
    announced: bool = True
    meters: tuple[MeterSettings, ...] = ()

    def check(self) -> None:
        """Raise SettingsError where anybody could connect and nobody said so."""
        try:
            self.server.check()
        except OpenBindError as err:
            raise SettingsError("serve_open", "serve.bind") from err


def read_serve(table: Table, environ: Environment) -> ServeSettings:
    """Return what a table and the environment say; raise SettingsError."""
    bind, token = table.text("bind"), table.text("token")
    port, insecure = table.whole("port", *PORTS), table.flag("insecure")
    release = Release(table.text("release", list(Release)) or Release.BOTH)
    masked = table.flag("mask")
    announced = table.flag("announce", default=True)
    meters = [_meter(one, n) for n, one in enumerate(table.tables("meters"), 1)]
    names = [meter.name for meter in meters]
    for name in names:
        if names.count(name) > 1:
            raise table.error("serve_twice", "meters", name=name)
    table.done()
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise table.error("serve_token", "token", least=SHORTEST_TOKEN)
    told = environ.get("LINKY_SERVE_TOKEN", token)
    if told is not None and len(told) < SHORTEST_TOKEN:
        raise SettingsError("serve_token", "LINKY_SERVE_TOKEN", least=SHORTEST_TOKEN)
    port = environ.whole("LINKY_SERVE_PORT", *PORTS) or port
    insecure = environ.flag("LINKY_SERVE_INSECURE", default=insecure)
    usual = ServerSettings()
    return ServeSettings(
        ServerSettings(
            bind=environ.get("LINKY_SERVE_BIND", bind) or usual.bind,
            port=port or usual.port,
            token=told,
            insecure=insecure,
            release=release,
        ),
        masked,
        announced,
        tuple(meters),
    )


def _meter(table: Table, number: int) -> MeterSettings:
    source, name = table.text("source"), table.text("name")
    baudrate = table.whole("baudrate", *BAUDRATES)
    table.done()
    if source is None:
        raise table.error("setting_missing", "source")
    return MeterSettings(name or numbered("linky", number), source, baudrate)


def numbered(name: str, number: int) -> str:
    """Return a name for the first, second ... of several meters."""
    return name if number == 1 else f"{name}-{number}"


def with_arguments(
    settings: ServeSettings,
    name: str,
    ports: list[str],
    bind: str | None,
    port: int | None,
) -> ServeSettings:
    """Return settings with what the command line says instead."""
    if ports:
        meters = tuple(
            MeterSettings(numbered(name, number), source)
            for number, source in enumerate(ports, 1)
        )
        settings = replace(settings, meters=meters)
    server = replace(
        settings.server,
        bind=bind or settings.server.bind,
        port=port or settings.server.port,
    )
    return replace(settings, server=server)
