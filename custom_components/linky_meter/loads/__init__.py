"""The load manager: what the house may draw, carried out by Home Assistant's actions."""
