"""Constants of the integration."""

from typing import Final

DOMAIN: Final = "linky_meter"

CONF_BAUDRATE: Final = "baudrate"
CONF_USB: Final = "usb"
CONF_METER: Final = "meter"
CONF_SERVER_ID: Final = "server_id"

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

CONF_SHARE: Final = "share"
CONF_SHARE_NETWORK: Final = "share_network"
CONF_SHARE_PORT: Final = "share_port"
CONF_SHARE_TOKEN: Final = "share_token"

CONF_OUTDOOR: Final = "outdoor"

CONF_WELCOME: Final = "welcome"

SUBENTRY_OFFER: Final = "offer"

LIMIT_LEAST: Final = "least"
LIMIT_BREAKING: Final = "breaking"

F185_URL: Final = "https://github.com/linky-meter/linky-meter#standard-mode"
