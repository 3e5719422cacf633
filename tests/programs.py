"""Programs of others that tests start; scripts/setup has the table of them."""

import os
from pathlib import Path
import shutil

_ROOT = Path(__file__).parents[1]
# A user's PATH often leaves the folders of servers out
_SERVERS = ("/usr/local/sbin", "/usr/sbin")


def program(name: str) -> str:
    """Return the path of a program: the system's, or the one that set-up unpacked.

    A test that lacks one fails. Skipped, it would tell nothing, and look like success.
    """
    cache = Path(os.environ.get("LINKY_CACHE", _ROOT / ".cache"))
    places = (os.environ.get("PATH", os.defpath), *_SERVERS, cache / "services" / "bin")
    found = shutil.which(name, path=os.pathsep.join(map(str, places)))
    if found is None:
        raise FileNotFoundError(
            f"{name} is not here: scripts/setup services fetches it"
        )
    return found
