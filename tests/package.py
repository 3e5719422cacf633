"""The package ``linky_tic`` in a folder, as the wheel has it, without building it."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
_PARTS = {
    "__init__.py": "packaging/linky_tic/__init__.py",
    "cli": "custom_components/linky_meter/cli",
    "costs": "custom_components/linky_meter/costs",
    "tic": "custom_components/linky_meter/tic",
}


def make_package(folder: Path) -> Path:
    """Link the package into a folder, and return it for ``PYTHONPATH``."""
    (folder / "linky_tic").mkdir()
    for name, target in _PARTS.items():
        (folder / "linky_tic" / name).symlink_to(ROOT / target)
    return folder
