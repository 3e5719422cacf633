"""Check that every module is covered as well as it must be.

    check_coverage.py COVERAGE_JSON

Lines and branches count alike; pytest prints which are missing. The config flow
and everything that decides what a frame means must be covered whole, any other
module by more than 95 %.
"""

from collections.abc import Iterator
import json
from pathlib import Path
import sys
from typing import Any

ROOT = "custom_components/linky_meter/"
WHOLE = (
    f"{ROOT}config_flow.py",
    f"{ROOT}flows/connection/listening.py",
    f"{ROOT}linky_tic/tic/",
)
ENOUGH = 95.0


def wanting(report: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each module that is not covered well enough."""
    for path, module in sorted(report["files"].items()):
        summary = module["summary"]
        covered = summary["covered_lines"] + summary["covered_branches"]
        total = summary["num_statements"] + summary["num_branches"]
        percent = 100 * covered / total if total else 100.0
        name = path.replace("\\", "/")
        if name.startswith(WHOLE):
            enough, wanted = covered == total, "100 %"
        else:
            enough, wanted = percent > ENOUGH, f"more than {ENOUGH:.0f} %"
        if not enough:
            yield f"{name}: {percent:.1f} % covered, {wanted} wanted"


def main(arguments: list[str]) -> int:
    """Check the report named on the command line."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    report = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    if not report["files"]:
        print("No module was measured.")
        return 1
    problems = list(wanting(report))
    for problem in problems:
        print(problem)
    print(f"{len(report['files'])} modules, {len(problems)} not covered well enough")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
