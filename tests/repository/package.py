"""The package ``linky_tic`` on a path of its own, as the wheel has it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def make_package(folder: Path) -> Path:
    """Link the package into a folder, and return it for ``PYTHONPATH``."""
    (folder / "linky_tic").symlink_to(ROOT / "custom_components/linky_meter/linky_tic")
    return folder
