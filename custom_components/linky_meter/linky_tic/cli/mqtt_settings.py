"""What ``[mqtt]`` and the environment say of a broker, the environment first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
import re

from ..publish.profiles import Profile
from .environment import Environment
from .messages import Language, language
from .toml_table import SettingsError, Table

PORT, TLS_PORT = 1883, 8883
_PORTS = (1, 65_535)
_TEXTS = ("host", "username", "password", "base_topic")
MQTT = frozenset(f"MQTT_{key.upper()}" for key in (*_TEXTS, "port", "tls"))
"""The variables that speak of a broker."""
# What a broker, or a listener's pattern, takes for something else
_TOPIC = re.compile(r"[^+#$\0/\s][^+#\0]*(?<!/)")


@dataclass(frozen=True)
class MqttSettings:
    """An MQTT broker, and what is told to it."""

    host: str = "localhost"
    port: int = PORT
    tls: bool = False
    ca: Path | None = None
    """The certificate that signs the broker's, None for those of the system."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    base_topic: str = "linky"
    discovery: bool = True
    """Whether Home Assistant is told of the entities."""
    discovery_prefix: str = "homeassistant"
    profile: Profile = Profile.BALANCED
    """How often noisy values are told."""
    raw: bool = False
    """Whether the labels are told as they were sent."""
    masked: bool = False
    """Whether these are told without what is private."""
    lang: Language = Language.EN
    """Of the entities' names."""


def read_mqtt(table: Table, environ: Environment, folder: Path | None) -> MqttSettings:
    """Return what a file's table and the environment say; raise SettingsError."""
    usual = MqttSettings()
    tls = environ.flag("MQTT_TLS", default=table.flag("tls"))
    port = table.whole("port", *_PORTS) or (TLS_PORT if tls else PORT)
    port = environ.whole("MQTT_PORT", *_PORTS) or port
    texts = {key: environ.get(f"MQTT_{key.upper()}", table.text(key)) for key in _TEXTS}
    ca, prefix = table.text("ca"), table.text("discovery_prefix")
    if prefix is not None and _TOPIC.fullmatch(prefix) is None:
        raise table.error("setting_topic", "discovery_prefix")
    base = texts["base_topic"]
    if base is not None and _TOPIC.fullmatch(base) is None:
        if "MQTT_BASE_TOPIC" in environ:
            raise SettingsError("setting_topic", "MQTT_BASE_TOPIC")
        raise table.error("setting_topic", "base_topic")
    profile = table.text("profile", [str(one) for one in Profile])
    lang = table.text("language", [str(one) for one in Language])
    settings = MqttSettings(
        host=texts["host"] or usual.host,
        port=port,
        tls=tls,
        ca=None if ca is None else (folder or Path()) / Path(ca).expanduser(),
        username=texts["username"],
        password=texts["password"],
        base_topic=base or usual.base_topic,
        discovery=table.flag("discovery", default=usual.discovery),
        discovery_prefix=prefix or usual.discovery_prefix,
        profile=Profile(profile or usual.profile),
        raw=table.flag("raw"),
        masked=table.flag("mask"),
        lang=Language(lang) if lang else language(),
    )
    table.done()
    return settings
