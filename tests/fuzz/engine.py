"""One target under atheris: ``python -m tests.fuzz.engine TARGET ...``.

What follows the target is for libFuzzer. Its environment has no Home Assistant.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
import sys
from types import ModuleType

_PACKAGE = "custom_components.linky_meter"


def without_home_assistant() -> None:
    """Let ``tic`` be imported where Home Assistant is not, without the integration."""
    if (
        importlib.util.find_spec("homeassistant") is None
        and _PACKAGE not in sys.modules
    ):
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(Path(*_PACKAGE.split(".")).resolve())]
        sys.modules[_PACKAGE] = package


def main() -> None:
    """Fuzz the target that is named; never returns."""
    import atheris

    without_home_assistant()
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=[f"{_PACKAGE}.tic"]):
        targets = importlib.import_module("tests.fuzz.targets")
    atheris.Setup(sys.argv, targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
