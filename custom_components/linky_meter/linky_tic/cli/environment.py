"""What variables of the environment say; they come before the file."""

from __future__ import annotations

from collections.abc import Mapping
import re

from .toml_table import SettingsError

# Kubernetes sets NAME_PORT for each service of that name, and many variables beside it
_SERVICE_LINK = re.compile(r"(?:tcp|udp|sctp)://")


class Environment(dict[str, str]):
    """The variables that say something.

    An empty one is one that is not set, as containers have them, and so is the address
    of a service that Kubernetes puts where a port is looked for.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take what there is."""
        super().__init__(
            (name, value)
            for name, value in environ.items()
            if value
            and not (name.endswith("_PORT") and _SERVICE_LINK.match(value.lower()))
        )

    def whole(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number; raise SettingsError."""
        if (text := self.get(name)) is None:
            return None
        if not text.strip().isdecimal() or not low <= int(text) <= high:
            raise SettingsError("setting_whole", name, low=low, high=high)
        return int(text)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return whether something is wanted; raise SettingsError."""
        text = self.get(name, str(default)).lower()
        if text not in {"true", "false"}:
            raise SettingsError("setting_flag", name)
        return text == "true"
