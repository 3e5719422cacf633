"""The bounded run of ``scripts/fuzz``: each target in a process of its own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
import os
from pathlib import Path
import subprocess
import sys
import tempfile

from .corpus import CORPUS, NAMES, words

FAILED = Path(".cache/fuzz")
_LONGEST_INPUT = {"codec": 8192, "meter": 8192, "values": 1024, "client": 8192}
_SECONDS = 60
_SLOW_SECONDS = 10
_MEGABYTES = 1024


def main() -> int:
    """Fuzz, or replay one input."""
    options = _parser().parse_args()
    numbers = [int(word) for word in options.words if word.isdecimal()]
    names = [word for word in options.words if not word.isdecimal()] or list(NAMES)
    if len(numbers) > 1 or not set(names) <= set(NAMES):
        print(f"fuzz: seconds, or targets: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    if options.replay:
        return max(_run(name, [str(options.replay)]) for name in names)
    seconds = max(1, (numbers or [_SECONDS])[0] // len(names))
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found = Path(folder) / name
            found.mkdir()
            if _fuzz(name, seconds, found):
                failed.append(name)
            if options.keep:
                kept = _run(name, [str(found)], module="tests.fuzz.keep")
                failed += [name] if kept else []
    if failed:
        print(f"fuzz: failed: {', '.join(failed)}", file=sys.stderr)
        print("fuzz: look with scripts/fuzz --replay FILE TARGET", file=sys.stderr)
    return 1 if failed else 0


def _fuzz(name: str, seconds: int, found: Path) -> int:
    """Fuzz one target; what is new goes to a folder."""
    FAILED.mkdir(parents=True, exist_ok=True)
    dictionary = found.with_suffix(".dict")
    dictionary.write_text("".join(_quoted(words(name))), encoding="ascii")
    print(f"fuzz: {name}, {seconds} s", flush=True)
    return _run(
        name,
        [
            f"-max_total_time={seconds}",
            f"-max_len={_LONGEST_INPUT[name]}",
            f"-timeout={_SLOW_SECONDS}",
            f"-rss_limit_mb={_MEGABYTES}",
            f"-dict={dictionary}",
            f"-artifact_prefix={FAILED}/{name}-",
            "-len_control=0",
            "-print_final_stats=1",
            "-verbosity=0",
            str(found),
            str(CORPUS / name),
        ],
    )


def _run(name: str, arguments: list[str], module: str = "tests.fuzz.engine") -> int:
    """Run a module for a target, return its exit code."""
    return subprocess.run(
        [sys.executable, "-m", module, name, *arguments],
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    ).returncode


def _quoted(entries: Iterator[bytes]) -> Iterator[str]:
    """Yield the lines of a dictionary as libFuzzer reads them."""
    for entry in entries:
        yield '"' + "".join(f"\\x{byte:02x}" for byte in entry) + '"\n'


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="SECONDS|TARGET")
    parser.add_argument("--keep", action="store_true", help="keep new inputs")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one input")
    return parser


if __name__ == "__main__":
    sys.exit(main())
