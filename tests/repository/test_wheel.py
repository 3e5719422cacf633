"""The same code as a Python package: ``linky-tic``, without Home Assistant."""

import ast
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
import json
import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

from tests.simulator import PRESETS, Line, PtyMeter, SimulatedMeter

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "linky_meter"
PACKAGE = INTEGRATION / "linky_tic"
# What the package is made of, and what each part may stand on
LAYERS = {
    "tic": {"tic"},
    "costs": {"costs", "tic"},
    "publish": {"publish", "tic"},
    "sharing": {"sharing", "tic"},
    "cli": {"cli", "costs", "publish", "sharing", "tic"},
}

EXAMPLE = """\
import asyncio
from contextlib import aclosing
import sys

import linky_tic


async def example(url: str) -> str:
    readings = linky_tic.open(url, baudrate=9600)
    async with aclosing(readings):
        async for reading in readings:
            power = reading["apparent_power"]
            if reading.frame.complete and isinstance(power, int):
                return f"{reading.mode}: {power} VA at {reading.received:%H:%M}"
    raise AssertionError


async def called_back(url: str) -> None:
    got: list[linky_tic.MeterReading] = []
    unsubscribe = linky_tic.subscribe(url, got.append, baudrate=9600)
    while not got:
        await asyncio.sleep(0.01)
    unsubscribe()
    await unsubscribe


async def served(client: linky_tic.Client) -> list[linky_tic.ModemInfo]:
    wanted = [linky_tic.Identifier(port_name="/dev/ttyUSB0")]
    await client.subscribe(lambda frame, meter: print(frame.mode, meter), None, wanted)
    return list(await client.modems())


def decoded(data: bytes) -> list[linky_tic.Frame]:
    return [reading.frame for reading in linky_tic.decode(data)]


try:
    asyncio.run(called_back(sys.argv[1]))
    print(asyncio.run(example(sys.argv[1])))
except linky_tic.SourceError as err:
    sys.exit(repr(err))
"""


@dataclass(frozen=True)
class Installed:
    """An environment that holds the package and what it needs, nothing else."""

    folder: Path

    @property
    def python(self) -> str:
        """Its Python."""
        return str(self.folder / "bin" / "python")

    async def run(self, *command: str, stdin: bytes = b"") -> str:
        """Run a program of the environment and return what it says."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "COV_", "VIRTUAL_ENV"))
        }
        process = await asyncio.create_subprocess_exec(
            str(self.folder / "bin" / command[0]),
            *command[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={**environment, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(stdin), 60)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert (process.returncode, err.decode()) == (0, "")
        return out.decode()


def tool(*command: str) -> None:
    """Run a development tool."""
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


def needed(names: list[str], found: dict[str, Distribution]) -> None:
    """Find distributions and all that they need."""
    for name in names:
        try:
            dist = distribution(name)
        except PackageNotFoundError:
            continue  # for another system or Python
        if dist.name not in found:
            found[dist.name] = dist
            needed(requirements(dist.requires or []), found)


def requirements(lines: list[str]) -> list[str]:
    """Return the names of what is always required."""
    return [
        match[0]
        for line in lines
        if "extra ==" not in line and (match := re.match(r"[\w.-]+", line))
    ]


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel, with links to its dependencies."""
    (wheel,) = built.glob("*.whl")
    environment = tmp_path_factory.mktemp("wheel") / "environment"
    uv = Path(sys.executable).with_name("uv")
    offline = ("--offline", "--quiet", "--no-config")
    tool(str(uv), "venv", *offline, "--python", sys.executable, str(environment))
    result = Installed(environment)
    tool(
        *(str(uv), "pip", "install", *offline, "--no-deps"),
        *("--python", result.python, str(wheel)),
    )
    (site,) = environment.glob("lib/python*/site-packages")
    (metadata,) = site.glob("linky_tic-*.dist-info/METADATA")
    lines = re.findall(r"^Requires-Dist: (.*)", metadata.read_text(), re.MULTILINE)
    found: dict[str, Distribution] = {}
    needed(requirements(lines), found)
    assert {"aiohttp", "serialx"} <= set(found)
    assert "homeassistant" not in found
    for dist in found.values():
        for top in {file.parts[0] for file in dist.files or []}:
            if top not in {"..", "__pycache__"} and not (site / top).exists():
                (site / top).symlink_to(Path(str(dist.locate_file(top))))
    return result


async def test_without_home_assistant(installed: Installed) -> None:
    """It imports where there is no Home Assistant, and tells its version."""
    out = await installed.run(
        "python",
        "-W",
        "error",
        "-c",
        "import importlib.util, json, sys, linky_tic\n"
        "import linky_tic.costs.estimate.compare, linky_tic.costs.fetch.cre_client\n"
        "assert importlib.util.find_spec('homeassistant') is None\n"
        "assert not any(name.startswith('custom_components') for name in sys.modules)\n"
        "assert all(hasattr(linky_tic, name) for name in linky_tic.__all__)\n"
        "print(json.dumps([linky_tic.__version__, linky_tic.__all__]))",
    )
    version, names = json.loads(out)
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    assert version == manifest["version"]
    assert {"open", "subscribe", "decode", "Meter", "Decoder", "Client"} <= set(names)
    assert (await installed.run("linky-tic", "--version")).strip() == version
    listed = await installed.run("linky-tic", "prices", "--date", "2026-03-01")
    assert listed.startswith("Offer")


@pytest.mark.parametrize("preset", PRESETS)
async def test_decode(installed: Installed, preset: str) -> None:
    """The command decodes what every meter sends."""
    line = Line(SimulatedMeter(PRESETS[preset]))
    data = b"".join(line.send().data for _ in range(3))
    out = await installed.run("linky-tic", "decode", "--json", "-", stdin=data)
    objects = [json.loads(text) for text in out.splitlines()]
    assert [reading["mode"] for reading in objects] == [line.meter.mode] * 3
    assert all(reading["damaged"] == 0 for reading in objects)
    assert objects[-1]["reading"]["available_current"] is not None


async def test_read(installed: Installed) -> None:
    """The command reads a meter on a serial port."""
    async with PtyMeter(PRESETS["historic_tempo"], speed=10) as meter:
        out = await installed.run("linky-tic", "read", "--json", meter.path)
    assert json.loads(out)["groups"]["ADCO"]["value"] == meter.meter.address


async def test_example(installed: Installed, tmp_path: Path) -> None:
    """A program that uses the package is fully typed, and runs."""
    example = tmp_path / "example.py"
    example.write_text(EXAMPLE)
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull),
            *("--python-executable", installed.python, "--python-version", "3.13"),
            *("--cache-dir", str(tmp_path / "cache"), str(example)),
        ],
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    async with PtyMeter(PRESETS["standard_hc"], speed=10) as meter:
        out = await installed.run("python", str(example), meter.path)
    assert re.fullmatch(r"standard: \d+ VA at \d\d:\d\d\n", out)


def sources() -> Iterator[tuple[str, Path]]:
    """Yield the package's modules, each with its layer."""
    for layer in LAYERS:
        for path in sorted((PACKAGE / layer).rglob("*.py")):
            yield layer, path
    for path in sorted(PACKAGE.glob("*.py")):
        yield "", path


def test_python_3_13() -> None:
    """Debian's Python understands every file."""
    for _, path in sources():
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 13))


def test_layers() -> None:
    """No module reaches above the package, or up inside it."""
    for layer, path in sources():
        allowed = LAYERS.get(layer, set(LAYERS))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
                assert not any(is_ours(name) for name in names), path
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                assert node.level or not is_ours(module), path
                if node.level:
                    assert reached(layer, path, node) <= allowed, path


def is_ours(module: str) -> bool:
    """Return whether a module is Home Assistant's or an absolute name of ours."""
    return module.split(".", maxsplit=1)[0] in {
        "homeassistant",
        "custom_components",
        "linky_tic",
    }


def reached(layer: str, path: Path, node: ast.ImportFrom) -> set[str]:
    """Return the layers that a relative import reaches."""
    base = path.relative_to(PACKAGE).parent.parts
    above = node.level - 1
    assert above <= len(base), f"{path} reaches above the package"
    start = base[: len(base) - above]
    parts = (*start, *((node.module or "").split(".") if node.module else ()))
    if parts:
        return {parts[0]}
    return {alias.name for alias in node.names}
