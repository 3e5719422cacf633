"""A house for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_socket

from .house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return a house without a meter."""
    pytest_socket.enable_socket()
    with House(tmp_path_factory.mktemp("house")) as house:
        yield house
        pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _real_network(socket_enabled: None) -> None:
    """Let the house talk to Home Assistant."""
