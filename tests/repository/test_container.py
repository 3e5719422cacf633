"""The image of ``linky-tic run``: its build steps, run in a plain folder."""

import asyncio
from fnmatch import fnmatch
from itertools import chain
import json
import os
from pathlib import Path
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from typing import NamedTuple

from packaging.requirements import Requirement
import pytest

from tests.simulator import PRESETS, PtyMeter

ROOT = Path(__file__).parents[2]


class Step(NamedTuple):
    """An instruction of the Dockerfile."""

    stage: int
    name: str
    text: str


def steps() -> list[Step]:
    """Return the instructions, stage by stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\\\n\s*", "", text)
    found, stage = [], -1
    for line in filter(None, text.splitlines()):
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Step(stage, name, rest))
    return found


def ignored(path: Path) -> bool:
    """Return whether .dockerignore keeps a file out of the build."""
    name, out = path.as_posix(), False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        keep, pattern = line.startswith("!"), line.removeprefix("!")
        parts = [name, *(parent.as_posix() for parent in path.parents)]
        if pattern.startswith("**/"):
            hit = any(fnmatch(part, pattern.removeprefix("**/")) for part in path.parts)
        else:
            hit = any(fnmatch(part, pattern) for part in parts)
        if hit:
            out = not keep
    return out


def copy(words: list[str], folder: Path, workdir: Path) -> None:
    """Do what COPY does; an earlier stage has the same folder."""
    *sources, target = words
    if sources[0].startswith("--from="):
        return
    place = workdir / target
    for source in sources:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        copied = 0
        for file in files:
            relative = file.relative_to(ROOT)
            if file.is_dir() or ignored(relative):
                continue
            inside = Path(file.name) if path.is_file() else file.relative_to(path)
            (place / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place / inside)
            copied += 1
        assert copied, source


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run what builds the package, below a folder in place of the root."""
    folder = tmp_path_factory.mktemp("image")
    workdir = folder
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name in ("python", "pip"):
        # No link: an environment is found by where its own program is
        program = Path(sys.executable).with_name(name)
        (bin_folder / name).write_text(f'#!/bin/sh\nexec "{program}" "$@"\n')
        (bin_folder / name).chmod(0o755)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "COV_", "VIRTUAL_ENV"))
    }
    environment["PATH"] = f"{bin_folder}:{environment['PATH']}"
    for step in steps():
        if step.stage:
            break
        if step.name == "WORKDIR":
            workdir = folder / step.text.lstrip("/")
            workdir.mkdir(parents=True)
        elif step.name == "COPY":
            copy(shlex.split(step.text), folder, workdir)
        elif step.name == "RUN":
            # python of this machine, folders below ours
            command = step.text.replace("/opt/", f"{folder}/opt/")
            done = subprocess.run(
                ["/bin/sh", "-ec", command],
                capture_output=True,
                check=False,
                text=True,
                cwd=workdir,
                env=environment,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_what_the_image_says() -> None:
    """Not root, ended by SIGTERM, running by default, nothing secret or needless."""
    last = {step.name: step.text for step in steps() if step.stage}
    assert last["USER"] not in {"root", "0"}
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(last["ENTRYPOINT"]) == ["linky-tic"]
    assert json.loads(last["CMD"]) == ["run"]
    bases = [step.text for step in steps() if step.name == "FROM"]
    assert [base.split()[0] for base in bases] == [bases[1]] * 2
    # Not whatever the name stands for on the day
    assert re.fullmatch(
        r"docker\.io/library/python:3\.13-slim-\w+@sha256:[0-9a-f]{64}", bases[1]
    )
    order = [step.name for step in steps() if step.stage]
    # What root does comes before
    assert order.index("USER") > order.index("RUN")
    assert not ignored(
        Path("custom_components/linky_meter/linky_tic/cli/commands/run.py")
    )
    for secret in (".git/config", "tests/conftest.py", "linky-tic.toml", ".env"):
        assert ignored(Path(secret))


async def test_the_image_runs(image: Path, tmp_path: Path) -> None:
    """What was built reads a meter, configured by variables alone."""
    program = image / "opt" / "linky-tic" / "bin" / "linky-tic"
    assert not (program.parent / "pip").exists()
    async with PtyMeter(PRESETS["historic_hc"], speed=20) as meter:
        process = await asyncio.create_subprocess_exec(
            str(program),
            "run",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "LINKY_PORT": meter.path,
                "LANG": "C.UTF-8",
            },
        )
        try:
            async with asyncio.timeout(180):
                assert process.stdout is not None
                reading = json.loads(await process.stdout.readline())
                process.send_signal(signal.SIGTERM)
                _, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert reading["mode"] == "historic"
    assert process.returncode == 0, err.decode()


async def test_only_what_is_needed(image: Path) -> None:
    """Into an empty environment come the package, its extras and what these need."""
    packages = {
        path.name.partition("-")[0].lower()
        for path in image.glob("opt/linky-tic/lib/python*/site-packages/*.dist-info")
    }
    assert {"linky_tic", "aiohttp", "serialx"} <= packages
    of_aiohttp = {"aiohappyeyeballs", "aiosignal", "attrs", "frozenlist", "idna"}
    of_aiohttp |= {"multidict", "propcache", "yarl", "typing_extensions"}
    assert packages - of_aiohttp == {
        *("linky_tic", "aiohttp", "serialx"),
        *("aiomqtt", "paho_mqtt"),  # the extra mqtt
        *("zeroconf", "ifaddr"),  # the extra zeroconf
    }


def test_only_what_is_pinned(image: Path) -> None:
    """Every package is of the version in requirements/, and came with its hash."""
    pins = pinned("image")
    installed = dict(
        path.name.removesuffix(".dist-info").lower().replace("_", "-").rsplit("-", 1)
        for path in image.glob("opt/linky-tic/lib/python*/site-packages/*.dist-info")
    )
    version = installed.pop("linky-tic")
    manifest = ROOT / "custom_components" / "linky_meter" / "manifest.json"
    assert version == json.loads(manifest.read_text(encoding="utf-8"))["version"]
    assert installed.items() <= pins.items()
    commands = [step.text for step in steps() if step.name == "RUN"]
    for text in (text for text in commands if text.startswith("pip ")):
        assert "--require-hashes" in text or "--no-index" in text, text


def pinned(name: str) -> dict[str, str]:
    """Return the versions in a file of requirements; each must have hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n(?=\w)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)):
        requirement = Requirement(block.partition("\\")[0])
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), requirement.name
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        found[requirement.name] = specifier.version
    return found


def test_pins_fit() -> None:
    """What is pinned is what pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {
        "image": [
            *project["project"]["dependencies"],
            *chain(*project["project"]["optional-dependencies"].values()),
        ],
        "wheel": project["build-system"]["requires"],
    }
    for name, requirements in wanted.items():
        pins = pinned(name)
        for requirement in map(Requirement, requirements):
            assert requirement.specifier.contains(pins[requirement.name])


def test_unit() -> None:
    """The systemd unit runs the command, without root."""
    text = (ROOT / "docs" / "linky-tic.service").read_text(encoding="utf-8")
    settings = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    assert settings["ExecStart"].split()[1:] == [
        "run",
        "--config",
        "/etc/linky-tic.toml",
    ]
    assert settings["DynamicUser"] == "yes"
    assert "time-sync.target" in settings["After"]
    if shutil.which("systemd-analyze") is not None:
        done = subprocess.run(
            ["systemd-analyze", "verify", str(ROOT / "docs" / "linky-tic.service")],
            capture_output=True,
            check=False,
            text=True,
        )
        # The program itself is not installed here
        assert not re.search("Unknown|Failed to parse|Invalid", done.stderr), (
            done.stderr
        )
