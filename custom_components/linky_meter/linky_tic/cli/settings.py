"""What ``linky-tic.toml`` and the environment say, the environment first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
import re
from zoneinfo import ZoneInfo

from ..tic.errors import SourceError
from ..tic.sources.server_url import ServerUrl
from .accounts.pricing import Pricing, read_pricing
from .environment import Environment
from .mqtt_settings import MQTT, MqttSettings, read_mqtt
from .serve_settings import BAUDRATES, PORTS, ServeSettings, read_serve
from .toml_table import SettingsError, Table, read_table

NAME = "linky-tic.toml"
PLACES = (Path(NAME), Path("/etc") / NAME)
"""Where a configuration is looked for when none is named."""

LEVELS = ("debug", "info", "warning", "error")
BUILT_IN = ("influxdb", "jsonl", "mqtt", "serve")
INFLUXDB = frozenset(
    f"INFLUXDB_{name}"
    for name in (
        *("SERVICE_HOST", "SERVICE_PORT", "TLS", "USERNAME", "PASSWORD", "TOKEN"),
        *("DATABASE", "BUCKET", "ORG"),
    )
)
"""The variables that speak of a database; others, as Kubernetes has them, do not."""
_EXTRAS = {"mqtt": "aiomqtt"}
"""What a callback needs besides the package, by its name."""

_BUFFERS = (1, 10_000)
_POSIX_ZONE = re.compile(r"(?:[A-Za-z]{3,}|<[^>]+>)[+-]?\d")


@dataclass(frozen=True)
class InfluxSettings:
    """An InfluxDB server; with a token it is spoken to as release 2."""

    host: str = "influxdb.local"
    port: int = 8086
    tls: bool = False
    database: str = "linky"
    """The bucket of release 2."""
    username: str | None = None
    password: str | None = None
    token: str | None = None
    org: str | None = None
    buffer: int = 32
    """Megabytes that wait, compressed, while the server is away."""
    seconds: int = 10
    """How long points are gathered."""


@dataclass(frozen=True)
class Settings:
    """All of it."""

    pricing: Pricing
    influxdb: InfluxSettings
    mqtt: MqttSettings
    source: str | None = None
    """None: the only modem that can be meant."""
    baudrate: int | None = None
    name: str = "linky"
    """What tells the meter's points from another's."""
    log_level: str = "info"
    callbacks: tuple[str, ...] = ("jsonl",)
    state: Path | None = None
    """Where energy by day is kept over a restart."""
    jsonl: str = "-"
    masked: bool = False
    serve: ServeSettings = field(default_factory=ServeSettings)
    zone: ZoneInfo | None = None
    """The time zone of TZ, None for the machine's."""
    folder: Path | None = None
    """Of the configuration: callbacks may lie beside it."""

    def check(self) -> None:
        """Raise SettingsError for a callback that cannot be, as far as that is known."""
        for name in self.callbacks:
            if name in _EXTRAS and find_spec(_EXTRAS[name]) is None:
                raise SettingsError("setting_extra", "callbacks", name=name)
        if "serve" in self.callbacks:
            self.serve.check()


def find_config(named: str | None) -> Path | None:
    """Return the configuration to read; raise SettingsError if the named one is not."""
    if named is not None:
        return Path(named)
    return next((path for path in PLACES if path.is_file()), None)


def load(named: str | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings; raise SettingsError, or OSError for a file."""
    path = find_config(named)
    text = ""
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as err:
            line = path.read_bytes()[: err.start].count(b"\n") + 1
            raise SettingsError("setting_utf8", "", line) from err
    return read_settings(text, environ, path.resolve().parent if path else None)


def read_settings(
    text: str, environ: Mapping[str, str], folder: Path | None = None
) -> Settings:
    """Return what a file's text and the environment say; raise SettingsError."""
    environ = Environment(environ)
    top = read_table(text)
    source = environ.get("LINKY_PORT", top.text("source"))
    baudrate = top.whole("baudrate", *BAUDRATES)
    baudrate = environ.whole("LINKY_BAUDRATE", *BAUDRATES) or baudrate
    if source is not None and source.lower().startswith("ws://"):
        _check_server(top, source, environ)
    name, level = top.text("name"), top.text("log_level", LEVELS)
    callbacks, state = top.texts("callbacks"), top.text("state")
    jsonl = top.table("jsonl")
    file, masked = jsonl.text("file"), jsonl.flag("mask")
    jsonl.done()
    if callbacks is None:
        callbacks = tuple(
            name
            for name, variables in (("influxdb", INFLUXDB), ("mqtt", MQTT))
            if name in top or variables & environ.keys()
        ) or ("jsonl",)
    _check_callbacks(top, callbacks)
    influxdb = _influxdb(top.table("influxdb"), environ)
    serve = read_serve(top.table("serve"), environ)
    mqtt = read_mqtt(top.table("mqtt"), environ, folder)
    pricing = read_pricing(top, environ)
    top.done()
    return Settings(
        pricing=pricing,
        influxdb=influxdb,
        mqtt=mqtt,
        source=source,
        baudrate=baudrate,
        name=name or "linky",
        log_level=level or "info",
        callbacks=callbacks,
        state=None if state is None else _beside(folder, state),
        jsonl="-" if file in {None, "-"} else str(_beside(folder, str(file))),
        masked=masked,
        serve=serve,
        zone=_zone(environ.get("TZ")),
        folder=folder,
    )


def _beside(folder: Path | None, name: str) -> Path:
    """Return a path that the file names: it means the file's own folder."""
    return (folder or Path()) / Path(name).expanduser()


def _check_server(top: Table, source: str, environ: Mapping[str, str]) -> None:
    """Raise SettingsError for a URL that names no server."""
    try:
        ServerUrl.parse(source)
    except SourceError as err:
        if "LINKY_PORT" in environ:
            raise SettingsError("setting_server", "LINKY_PORT") from err
        raise top.error("setting_server", "source") from err


def _check_callbacks(top: Table, callbacks: tuple[str, ...]) -> None:
    """Raise SettingsError for what names no class."""
    for name in callbacks:
        module, dot, klass = name.rpartition(".")
        named = dot and klass.isidentifier()
        if name not in BUILT_IN and not (
            named and all(part.isidentifier() for part in module.split("."))
        ):
            raise top.error(
                "setting_callback", "callbacks", name=name, known=", ".join(BUILT_IN)
            )


def _influxdb(table: Table, environ: Environment) -> InfluxSettings:
    usual = InfluxSettings()
    port = table.whole("port", *PORTS) or usual.port
    port = environ.whole("INFLUXDB_SERVICE_PORT", *PORTS) or port
    texts = {
        key: environ.get(f"INFLUXDB_{variable}", table.text(key))
        for key, variable in (
            ("host", "SERVICE_HOST"),
            ("database", "DATABASE"),
            ("username", "USERNAME"),
            ("password", "PASSWORD"),
            ("token", "TOKEN"),
            ("org", "ORG"),
        )
    }
    # Release 2 has buckets where release 1 has databases
    bucket = environ.get("INFLUXDB_BUCKET", table.text("bucket"))
    tls = environ.flag("INFLUXDB_TLS", default=table.flag("tls"))
    buffer = table.whole("buffer", *_BUFFERS)
    seconds = table.whole("seconds", 1, 3600)
    table.done()
    return InfluxSettings(
        host=texts["host"] or usual.host,
        port=port,
        tls=tls,
        database=bucket or texts["database"] or usual.database,
        username=texts["username"],
        password=texts["password"],
        token=texts["token"],
        org=texts["org"],
        buffer=buffer or usual.buffer,
        seconds=seconds or usual.seconds,
    )


def _zone(text: str | None) -> ZoneInfo | None:
    """Return the time zone that TZ names, None when only the system can tell."""
    if text is None or _POSIX_ZONE.match(text):
        return None
    name = text.removeprefix(":")
    if Path(name).is_absolute():
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as err:
        raise SettingsError("setting_zone", "TZ") from err
