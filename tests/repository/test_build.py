"""What people install: the integration's zip, and the wheel of the same code."""

from collections import Counter
import json
from pathlib import Path
import subprocess
import sys
from zipfile import ZipFile

import pytest

from scripts.build import ZIP, build_zip

from .package import ROOT

# What a Home Assistant installs has to stay readable: less before each new feature
# Aim: 18,500. It goes down, never up, but with what users see more of
MOST_LINES = 46_500

IMPORT_ALL = """\
import importlib
import importlib.util
from pathlib import Path
import sys

folder = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(folder))
package = "custom_components.linky_meter"
names = []
for path in sorted((folder / "custom_components" / "linky_meter").rglob("*.py")):
    parts = path.relative_to(folder).with_suffix("").parts
    names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
for name in names:
    module = importlib.import_module(name)
    assert Path(module.__file__).is_relative_to(folder), module.__file__
assert importlib.util.find_spec(f"{package}.linky_tic.cli") is None
assert not any(".linky_tic.cli" in name for name in sys.modules)
print(len(names))
"""


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the zip where HACS does, and return the configuration's folder."""
    config = tmp_path_factory.mktemp("config")
    with ZipFile(built / ZIP) as archive:
        archive.extractall(config / "custom_components" / "linky_meter")
    return config


def contents(built: Path, pattern: str) -> list[str]:
    """Return the names inside a built file."""
    (path,) = built.glob(pattern)
    with ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_folder_is_seen_at_a_glance() -> None:
    """No folder of ours has more than sixteen files of Python."""
    files = Counter(
        path.parent
        for folder in ("custom_components", "scripts", "tests")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert {str(folder): count for folder, count in files.items() if count > 16} == {}


def test_the_zip_is_the_integration(built: Path) -> None:
    """All that Home Assistant and HACS look for is there, the command line is not."""
    names = set(contents(built, ZIP))
    assert json.loads((ROOT / "hacs.json").read_text())["filename"] == ZIP
    assert names >= {
        "__init__.py",
        "brand/icon.png",
        "brand/logo.png",
        "config_flow.py",
        "frontend/linky-meter.js",
        "frontend/linky-meter.js.gz",
        "icons.json",
        "linky_tic/__init__.py",
        "linky_tic/costs/prices/regulated_prices.txt",
        "linky_tic/tic/meter/meter.py",
        "manifest.json",
        "quality_scale.yaml",
        "services.yaml",
        "translations/en.json",
        "translations/fr.json",
    }
    assert not [name for name in names if name.startswith("linky_tic/cli")]
    assert {Path(name).suffix for name in names} <= {
        *(".gz", ".js", ".json", ".png", ".py", ".txt", ".typed", ".yaml")
    }
    assert not [name for name in names if "__pycache__" in name]


def test_the_zip_is_the_same_each_time(built: Path, tmp_path: Path) -> None:
    """Who builds a release again gets the same bytes."""
    assert build_zip(tmp_path).read_bytes() == (built / ZIP).read_bytes()


def test_the_wheel_is_the_library(built: Path) -> None:
    """The command line too, typed, and nothing of Home Assistant."""
    names = contents(built, "*.whl")
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"linky_tic"}
    assert {
        "linky_tic/cli/__main__.py",
        "linky_tic/costs/prices/regulated_prices.txt",
        "linky_tic/py.typed",
        "linky_tic/tic/meter/meter.py",
    } <= set(names)
    package = ROOT / "custom_components" / "linky_meter" / "linky_tic"
    assert {name for name in names if name.startswith("linky_tic/")} == {
        path.relative_to(package.parent).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_integration_does_without_the_command_line(installed: Path) -> None:
    """Each module of what is installed can be imported by a fresh Python."""
    done = subprocess.run(
        [sys.executable, "-I", "-B", "-c", IMPORT_ALL, str(installed)],
        capture_output=True,
        check=False,
        text=True,
        cwd=installed,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(list(installed.rglob("*.py")))


def test_little_is_installed(installed: Path) -> None:
    """The lines of Python that a Home Assistant gets are bounded."""
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in installed.rglob("*.py")
    )
    assert lines < MOST_LINES
