"""The options of an entry, as those who use them take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .const import (
    CONF_ASSUMED_VOLTAGE,
    CONF_CREDIT_EXPORT,
    CONF_LIMIT,
    CONF_PUBLISHING,
    CONF_RATING,
    LIMIT_BREAKING,
)
from .linky_tic.tic.derive.power import Settings
from .publish.profiles import Profile


def settings_of(options: Mapping[str, Any]) -> Settings:
    """Return what the user chose about available current."""
    default = Settings()
    return Settings(
        breaking_power_only=options.get(CONF_LIMIT) == LIMIT_BREAKING,
        rating=options.get(CONF_RATING),
        assumed_voltage=options.get(CONF_ASSUMED_VOLTAGE, default.assumed_voltage),
        credit_export=options.get(CONF_CREDIT_EXPORT, default.credit_export),
    )


def profile_of(options: Mapping[str, Any]) -> Profile:
    """Return how often noisy values are shown."""
    return Profile(options.get(CONF_PUBLISHING, Profile.BALANCED))
