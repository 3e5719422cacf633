"""Build the integration's zip and the wheel of ``linky-tic``.

    build.py FOLDER

Equal sources give an equal zip: names in order, no times, no owners.
"""

from __future__ import annotations

from collections.abc import Iterator
import gzip
from pathlib import Path
import subprocess
import sys
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "linky_meter"
# hacs.json names it too
ZIP = "linky_meter.zip"
# Home Assistant has no use for the command line
LEFT_OUT = INTEGRATION / "linky_tic" / "cli"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644


def files() -> Iterator[Path]:
    """Yield what Home Assistant gets."""
    for path in sorted(INTEGRATION.rglob("*")):
        if (
            path.is_file()
            and "__pycache__" not in path.parts
            and not path.is_relative_to(LEFT_OUT)
        ):
            yield path


def build_zip(folder: Path) -> Path:
    """Write the zip that HACS unpacks into ``custom_components/linky_meter``."""
    target = folder / ZIP
    with ZipFile(target, "w") as archive:
        for path in files():
            name, content = path.relative_to(INTEGRATION).as_posix(), path.read_bytes()
            _add(archive, name, content)
            if path.suffix == ".js":
                # Home Assistant sends it to browsers in place of the other
                _add(archive, f"{name}.gz", gzip.compress(content, mtime=0))
    return target


def _add(archive: ZipFile, name: str, content: bytes) -> None:
    entry = ZipInfo(name, _EPOCH)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = _REGULAR_FILE << 16
    archive.writestr(entry, content)


def build_wheel(folder: Path) -> Path:
    """Build the Python package; raise CalledProcessError."""
    subprocess.run(
        [
            *(sys.executable, "-m", "build", "--wheel", "--no-isolation"),
            *("--outdir", str(folder.resolve()), str(ROOT)),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def main(arguments: list[str]) -> int:
    """Build both into the folder named on the command line."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for built in (build_zip(folder), build_wheel(folder)):
        print(f"{built} ({built.stat().st_size // 1024} KiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
