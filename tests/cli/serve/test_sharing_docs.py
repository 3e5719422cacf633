"""What docs/en/sharing.md shows can be given, and is what the French page shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import re
from xml.etree import ElementTree as ET

import pytest

from custom_components.linky_meter.linky_tic.cli.arguments import parser
from custom_components.linky_meter.linky_tic.cli.settings import read_settings
from custom_components.linky_meter.linky_tic.sharing.announce import SERVICE
from homeassistant.util.yaml import parse_yaml
from tests.cli.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = pytest.mark.parametrize(
    "page", [DOCS / lang / "sharing.md" for lang in ("en", "fr")], ids=str
)

type Fences = Callable[[Path, str], list[str]]


@PAGES
def test_commands(page: Path) -> None:
    """Each command that is shown can be given."""
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"^\$ linky-tic (.+)$", text, re.MULTILINE)
    assert len(shown) == 3
    for arguments in shown:
        parser().parse_args(arguments.split())


@PAGES
def test_settings(fences: Fences, page: Path) -> None:
    """The settings that are shown are settings, those behind a # too."""
    (text,) = fences(page, "toml")
    for shown in (text, re.sub(r"^# (?=\w+ =)", "", text, flags=re.MULTILINE)):
        settings = read_settings(shown, {}).serve
        settings.check()
        assert [meter.name for meter in settings.meters] == ["house", "workshop"]
    (config,) = fences(page, "yaml")
    read = parse_yaml(config)
    assert isinstance(read, dict)
    assert read["scrape_configs"][0]["job_name"] == "linky"


def test_unit() -> None:
    """The unit starts the command, and is beside the one of ``run``."""
    text = (DOCS / "linky-tic-serve.service").read_text(encoding="utf-8")
    command = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)[0].split()
    assert command[0] == "/opt/linky-tic/bin/linky-tic"
    assert parser().parse_args(command[1:]).command == "serve"


def test_avahi_service() -> None:
    """What Avahi announces is what Home Assistant looks for."""
    group = ET.parse(DOCS / "tic2websocket.service").getroot()
    assert f"{group.findtext('service/type')}.local." == SERVICE
    assert group.findtext("service/port") == "19584"
