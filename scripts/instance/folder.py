"""The folder of an instance: configured, onboarded and open without a login."""

from __future__ import annotations

from datetime import UTC, datetime
import json
from pathlib import Path
import socket
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = ROOT / "custom_components" / "linky_meter"

_CONFIGURATION = """\
homeassistant:
  name: {name}
  country: FR
  currency: EUR
  time_zone: Europe/Paris
  unit_system: metric
  language: {language}
  latitude: 46.6
  longitude: 2.4
  elevation: 200
  auth_providers:
    - type: trusted_networks
      trusted_networks: [127.0.0.1, "::1"]
      allow_bypass_login: true
recorder:
  db_url: sqlite:///{database}
  commit_interval: 1
logger:
  default: info
{levels}
config:
diagnostics:
energy:
history:
logbook:
my:
sun:
system_health:
usb:
"""

_ONBOARDED = ["user", "core_config", "analytics", "integration"]


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def loopbacks() -> list[str]:
    """Return this machine's loopback addresses."""
    found = ["127.0.0.1"]
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return found
    return [*found, "::1"]


def in_use(port: int) -> bool:
    """Return whether somebody listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def prepare(
    folder: Path,
    *,
    port: int,
    language: str = "en",
    name: str = "Linky",
    levels: dict[str, str] | None = None,
    more: str = "frontend:\n",
) -> None:
    """Write what is not there yet; the configuration is always written anew.

    ``more`` is what it has besides.
    """
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    components = folder / "custom_components"
    components.mkdir(exist_ok=True)
    link = components / INTEGRATION.name
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(INTEGRATION, target_is_directory=True)
    logs = "".join(
        f"    {logger}: {level}\n" for logger, level in (levels or {}).items()
    )
    (folder / "configuration.yaml").write_text(
        _CONFIGURATION.format(
            name=name,
            language=language,
            database=folder / "home-assistant_v2.db",
            levels=f"  logs:\n{logs}" if logs else "",
        )
        + more
    )
    # Home Assistant takes this from its store; there, nobody has to confirm it. The
    # version is that of the tested release, a newer one brings it up to date
    http = {
        "server_host": loopbacks(),
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate",
        "use_x_frame_options": True,
    }
    (storage / "http").unlink(missing_ok=True)
    _store(
        storage,
        "http",
        2,
        {
            "stable": http
            | {"created_at": _now(), "error": None, "error_message": None},
            "pending": None,
            "yaml_migration_done": True,
        },
    )
    _store(storage, "onboarding", 4, {"done": _ONBOARDED})
    _store(storage, "auth", 1, _auth())
    # What would go to the internet is off: statistics of use, and the Marketplace
    statistics = {"onboarded": True, "preferences": {}, "uuid": None}
    _store(storage, "core.analytics", 1, statistics)
    _store(storage, "core.config_entries", 1, {"entries": [_disabled("marketplace")]})


def forget_history(folder: Path) -> None:
    """Remove what was recorded; the demo writes its past anew at each start."""
    for database in folder.glob("home-assistant_v2.db*"):
        database.unlink()


def _auth() -> dict[str, Any]:
    """Return one user, who owns the instance."""
    return {
        "users": [
            {
                "id": uuid4().hex,
                "group_ids": ["system-admin"],
                "is_owner": True,
                "is_active": True,
                "name": "Demo",
                "system_generated": False,
                "local_only": True,
            }
        ],
        "groups": [
            {"id": "system-admin", "name": "Administrators"},
            {"id": "system-users", "name": "Users"},
            {"id": "system-read-only", "name": "Read Only"},
        ],
        "credentials": [],
        "refresh_tokens": [],
    }


def _now() -> str:
    """Return the time as stores have it."""
    return datetime.now(UTC).isoformat()


def _disabled(domain: str) -> dict[str, Any]:
    """Return the entry of an integration that the user has turned off."""
    now = _now()
    return {
        "created_at": now,
        "data": {},
        "disabled_by": "user",
        "discovery_keys": {},
        "domain": domain,
        "entry_id": uuid4().hex,
        "minor_version": 1,
        "modified_at": now,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "system",
        "subentries": [],
        "title": domain.title(),
        "unique_id": None,
        "version": 1,
    }


def _store(storage: Path, key: str, version: int, data: dict[str, Any]) -> None:
    """Write one of Home Assistant's stores, unless it is there."""
    path = storage / key
    if path.exists():
        return
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    path.write_text(json.dumps(content, indent=2))
    path.chmod(0o600)
