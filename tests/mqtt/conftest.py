"""A broker, and a Home Assistant that looks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.mosquitto import Mosquitto


@pytest.fixture
def no_yaml() -> Iterator[None]:
    """Have a configuration.yaml that says nothing: the integration looks into it."""
    with patch("homeassistant.config.load_yaml_config_file", return_value={}):
        yield


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """Start a broker."""
    async with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker
