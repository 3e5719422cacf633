"""What a release consists of, built once."""

from pathlib import Path
import subprocess
import sys

import pytest

from .package import ROOT


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the zip and the wheel as the release does, and return their folder."""
    folder = tmp_path_factory.mktemp("built")
    done = subprocess.run(
        [sys.executable, "-m", "scripts.build", str(folder)],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
