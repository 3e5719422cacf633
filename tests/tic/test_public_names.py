"""What the package offers under its own name, loaded when it is asked for."""

import pytest

from custom_components.linky_meter import linky_tic
from custom_components.linky_meter.linky_tic.cli.input import live
from custom_components.linky_meter.linky_tic.tic import errors
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter


def test_every_name_is_there() -> None:
    """The same objects as in their modules."""
    for name in linky_tic.__all__:
        assert getattr(linky_tic, name) is not None
    assert linky_tic.open is live.readings
    assert linky_tic.subscribe is live.subscribe
    assert linky_tic.Meter is Meter
    assert linky_tic.SilentError is errors.SilentError
    assert isinstance(linky_tic.__version__, str)


def test_no_other_name() -> None:
    """A name that is misspelt is told as by any module."""
    with pytest.raises(AttributeError, match="has no attribute 'Metre'"):
        linky_tic.Metre  # noqa: B018
