"""Where automations and scripts are set up, Home Assistant writes its blueprints."""

import pytest


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Use a folder of our own, not that of all tests."""
    return hass_tmp_config_dir
