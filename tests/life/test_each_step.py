"""Each step of reading fails once, in a way that nobody thought of: it is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.linky_meter.link import connection, log, problems, usb
from custom_components.linky_meter.linky_tic.tic.sources import port, quality
from homeassistant.core import HomeAssistant
from tests.conftest import StartMeter, address_of, entry_for, opens, set_up, until

from .conftest import is_shown

PRESET = "standard_hc"
MODULES = (connection, log, problems, usb, port, quality)

pytestmark = pytest.mark.usefixtures("_hurry")


class Once:
    """Stands in for a function that fails at its first call."""

    def __init__(self, real: Callable[..., Any]) -> None:
        """Take the function."""
        self.failed = False
        self._real = real

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Fail, or do it."""
        if not self.failed:
            self.failed = True
            raise RuntimeError
        return self._real(*args, **options)

    def __get__(self, owner: object, _: object) -> Callable[..., Any]:
        """Be a method."""
        return self if owner is None else partial(self, owner)


def steps(module: ModuleType) -> Iterator[tuple[object, str]]:
    """Yield each function and method that a module defines, and where it is."""
    for name, found in vars(module).items():
        if getattr(found, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(found):
            yield module, name
        elif inspect.isclass(found):
            for method, function in vars(found).items():
                if inspect.isfunction(function) and not method.startswith("__"):
                    yield found, method


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", MODULES, ids=_name)
async def test_a_port(
    hass: HomeAssistant, start_meter: StartMeter, tmp_path: Path, module: ModuleType
) -> None:
    """It comes back by itself after any of them, and its port is free at the end."""
    meter = await start_meter(PRESET, link=tmp_path / "modem", speed=20)
    entry = entry_for(address_of(PRESET), meter.path)
    assert await set_up(hass, entry)
    await until(lambda: is_shown(hass))
    failed = set()
    for owner, name in steps(module):
        once = Once(vars(owner)[name])
        with patch.object(owner, name, once):
            meter.unplug()
            await until(lambda: not is_shown(hass))
            meter.replug()
            await until(lambda: is_shown(hass))
        if once.failed:
            failed.add(name)
    assert failed
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert opens(meter.path)
