"""The documentation tells what the code does, and its links lead somewhere."""

from collections.abc import Iterator
from dataclasses import fields
import json
from pathlib import Path
import re
from urllib.parse import unquote

import pytest

from custom_components.linky_meter.billing.entity import CostSensorEntityDescription
from custom_components.linky_meter.billing.rows import COST_SENSORS
from custom_components.linky_meter.binary_sensor import BINARY_SENSORS
from custom_components.linky_meter.const import F185_URL
from custom_components.linky_meter.entity import LinkyEntityDescription
from custom_components.linky_meter.event import EVENTS
from custom_components.linky_meter.flows.options import _FIELDS, _PUBLISHING
from custom_components.linky_meter.loads.entities import KEY_LOG, KEY_ROOM
from custom_components.linky_meter.sensor import SENSORS
from custom_components.linky_meter.watch.entities import (
    WATCH_BINARY_SENSORS,
    WATCH_EVENTS,
    WATCH_SENSORS,
)
from homeassistant.const import Platform
from homeassistant.util.yaml import parse_yaml

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
LANGUAGES = ("en", "fr")
INTEGRATION = ROOT / "custom_components" / "linky_meter"
PAGES = (
    README,
    ROOT / "README.fr.md",
    ROOT / "CHANGELOG.md",
    ROOT / "tests" / "README.md",
    *sorted(DOCS.rglob("*.md")),
)
type Row = LinkyEntityDescription | CostSensorEntityDescription
ROWS: dict[Platform, tuple[Row, ...]] = {
    Platform.SENSOR: (*SENSORS, *COST_SENSORS, *WATCH_SENSORS),
    Platform.BINARY_SENSOR: (*BINARY_SENSORS, *WATCH_BINARY_SENSORS),
    Platform.EVENT: (*EVENTS, *WATCH_EVENTS),
}
SECTIONS = {
    "Sensors": Platform.SENSOR,
    "Capteurs": Platform.SENSOR,
    "Costs": Platform.SENSOR,
    "Coûts": Platform.SENSOR,
    "Binary sensors": Platform.BINARY_SENSOR,
    "Capteurs binaires": Platform.BINARY_SENSOR,
    "Events": Platform.EVENT,
    "Événements": Platform.EVENT,
}
# Enabled, and disabled, as the tables write it
DEFAULTS = {"en": ("on", "off", "on, if "), "fr": ("oui", "non", "oui, si ")}
UNCONDITIONAL = next(
    field.default
    for field in fields(LinkyEntityDescription)
    if field.name == "enabled_fn"
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
_HTML = re.compile(r"\b(?:src|srcset|href)=\"([^\"]+)\"")
_ENTITY_ID = re.compile(r"\b((?:binary_)?sensor|event)\.linky_(\w+)")

type DocumentedRow = tuple[Platform, str, str, str]


def _name(page: Path) -> str:
    """Return what a page is called in a report."""
    return str(page.relative_to(ROOT))


def _prose(page: Path) -> str:
    """Return a page without its code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def _section(page: str, heading: str) -> str:
    """Return what stands under a heading of a page, its sub-sections too."""
    level = heading.partition(" ")[0]
    text = (DOCS / page).read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    assert text, heading
    return re.split(rf"^#{{2,{len(level)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def _links(page: Path) -> Iterator[str]:
    """Yield what a page links to and shows, other sites aside."""
    text = _CODE.sub("", _prose(page))
    for pattern in (_LINK, _HTML):
        for match in pattern.finditer(text):
            if not re.match(r"[a-z]+:", match[1]):
                yield unquote(match[1])


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    anchors: set[str] = set()
    for heading in _HEADING.findall(_prose(page)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")
        anchor, number = slug, 0
        while anchor in anchors:
            number += 1
            anchor = f"{slug}-{number}"
        anchors.add(anchor)
    return anchors


def _documented(language: str) -> Iterator[DocumentedRow]:
    """Yield platform, key, kind and default of each documented entity."""
    platform: Platform | None = None
    page = DOCS / language / "entities.md"
    columns = 0
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            platform = SECTIONS.get(line.removeprefix("## "))
        if not line.startswith("|"):
            columns = 0
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        columns = columns or len(cells)
        assert len(cells) == columns, line
        if platform is not None and cells[0].startswith("`"):
            kind, default = cells[-2:]
            for key in _keys(cells[0]):
                yield platform, key, kind, default


def _keys(cell: str) -> Iterator[str]:
    """Yield the keys of a row: each that is named, and those of a range by number."""
    named = re.findall(r"`(\w+)`", cell)
    if "…" not in cell:
        yield from named
        return
    (first, last), number = named, re.compile(r"\d+")
    least, most = (int(found[0]) for key in named if (found := number.search(key)))
    assert number.sub("", first) == number.sub("", last), cell
    for n in range(least, most + 1):
        yield number.sub(str(n), first)


def _default(row: Row, language: str) -> str:
    """Return how the page writes whether an entity is enabled."""
    enabled, disabled, conditional = DEFAULTS[language]
    if not row.entity_registry_enabled_default:
        return disabled
    always = getattr(row, "enabled_fn", UNCONDITIONAL) is UNCONDITIONAL
    return enabled if always else conditional


def _kind(row: Row) -> str:
    """Return how the page writes device class, unit and category."""
    unit = getattr(row, "suggested_unit_of_measurement", None) or getattr(
        row, "native_unit_of_measurement", None
    )
    kind = str(row.device_class or "–")
    kind = f"{kind}, {unit}" if unit else kind
    return f"{kind}; {row.entity_category}" if row.entity_category else kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entity_is_documented_once(language: str) -> None:
    """The page has all keys, each once, and no other."""
    documented = sorted((row[0], row[1]) for row in _documented(language))
    described = sorted(
        (platform, row.key) for platform in ROWS for row in ROWS[platform]
    )
    assert documented == described


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_documented_kind_and_default_are_the_real_ones(language: str) -> None:
    """Enabled or not, diagnostic or not, class and unit."""
    rows = {(platform, row.key): row for platform in ROWS for row in ROWS[platform]}
    for platform, key, kind, default in _documented(language):
        row = rows[platform, key]
        assert kind == _kind(row), key
        wanted = _default(row, language)
        if wanted.endswith(" "):
            assert default.startswith(wanted), key
        else:
            assert default == wanted, key


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_entity_ids_exist(page: Path) -> None:
    """Every entity id that a page names is one of ours."""
    keys = {(str(platform), row.key) for platform in ROWS for row in ROWS[platform]}
    keys |= {("sensor", KEY_ROOM), ("event", KEY_LOG)}
    for platform, key in _ENTITY_ID.findall(page.read_text(encoding="utf-8")):
        # A prefix stands for several: sensor.linky_energy_index_…
        assert (platform, key) in keys or (
            key.endswith("_") and any(name.startswith(key) for _, name in keys)
        ), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_is_documented(language: str) -> None:
    """The tables of options have each key."""
    options = _section(f"{language}/setup.md", "## Options")
    for option in (*(field.marker for field in _FIELDS), *_PUBLISHING.schema):
        assert f"(`{option}`)" in options, option


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("en/setup.md", "### Installation parameters"),
        ("fr/setup.md", "### Paramètres d’installation"),
    ],
)
def test_every_installation_parameter_is_documented(page: str, heading: str) -> None:
    """The table of parameters has each field of the set-up, and no other."""
    strings = (INTEGRATION / "translations" / "en.json").read_text(encoding="utf-8")
    asked = {
        field
        for step in json.loads(strings)["config"]["step"].values()
        for field in step.get("data", {})
    }
    documented = re.findall(
        r"^\| [^|]*\(`(\w+)`\) \|",
        _section(page, heading),
        re.MULTILINE,
    )
    assert sorted(documented) == sorted(asked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_is_documented(language: str) -> None:
    """The page names each action, and has each of its fields."""
    actions = parse_yaml((INTEGRATION / "services.yaml").read_text(encoding="utf-8"))
    assert isinstance(actions, dict)
    section = (DOCS / language / "actions.md").read_text(encoding="utf-8")
    for action, description in actions.items():
        assert f"`linky_meter.{action}`" in section, action
        for field, settings in description["fields"].items():
            for name in settings.get("fields", [field]):
                assert f"(`{name}`)" in section, name


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    """Files exist, images too, and headings have the anchors that are linked to."""
    for link in _links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


def test_the_integration_links_to_a_heading() -> None:
    """What the set-up says about standard mode can be read."""
    assert F185_URL.partition("#")[2] in _anchors(README)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_yaml_blocks_parse(page: Path) -> None:
    """Every YAML example is YAML."""
    for language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
        assert language, block
        if language in {"yaml", "yml"}:
            assert isinstance(parse_yaml(block), dict)


def test_the_readme_names_the_commands() -> None:
    """The demo and the tests are one command each, and both exist."""
    text = README.read_text(encoding="utf-8")
    for command in ("scripts/demo", "scripts/test"):
        assert f"./{command}" in text
        assert (ROOT / command).is_file()


def test_nothing_prepares_the_tests() -> None:
    """CI runs the README's command first, as on a machine that has nothing yet."""
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    first, beside = re.findall(r"^together (\S+) (\S+)$", text, re.MULTILINE)[0]
    assert first == "./scripts/test"
    # What runs beside them waits until they have set themselves up
    wait = r"\n  until \[\[ -f .venv-smoke/.stamp "
    assert re.search(rf"^{beside}\(\) {{(?:\n  #.*)?{wait}", text, re.MULTILINE)


def test_setup_has_the_programs_of_the_tests() -> None:
    """A program that a test starts is in the table of what is fetched."""
    setup = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    table = re.search(
        r"^declare -A PROGRAMS=\((.*?)^\)", setup, re.MULTILINE | re.DOTALL
    )
    assert table is not None
    known = dict(re.findall(r"\[(\w+)\]=\"(\S+ \S+)\"", table[1]))
    started = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"\bprogram\(\"(\w+)\"\)", path.read_text("utf-8"))
    }
    assert started <= set(known)
    assert len(known) == table[1].count("[")
