"""Constants of the integration, and the options of an entry by their meaning."""

from collections.abc import Mapping
from typing import Any, Final

from .linky_tic.tic.derive.power import Settings
from .publish.profiles import Profile

DOMAIN: Final = "linky_meter"

CONF_BAUDRATE: Final = "baudrate"
CONF_USB: Final = "usb"
CONF_METER: Final = "meter"

CONF_PUBLISHING: Final = "publishing"
CONF_LIMIT: Final = "limit"
CONF_RATING: Final = "rating"
CONF_ASSUMED_VOLTAGE: Final = "assumed_voltage"
CONF_CREDIT_EXPORT: Final = "credit_export"
CONF_TRIP_IMMINENT: Final = "trip_imminent"

CONF_PRICES: Final = "prices"
CONF_SOURCE: Final = "source"
CONF_POWER: Final = "power"
CONF_RTE_COLOURS: Final = "rte_colours"

SUBENTRY_OFFER: Final = "offer"

LIMIT_LEAST: Final = "least"
LIMIT_BREAKING: Final = "breaking"

ENERGY_SETTINGS_URL: Final = "/config/energy/electricity"
F185_URL: Final = "https://github.com/linky-meter/linky-meter#standard-mode"


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
