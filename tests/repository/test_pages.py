"""The documents in two languages: twins, short enough, and well set."""

from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re

import pytest

from scripts.docs_site import on_config, outside, twinless

from .test_docs import DOCS, INTEGRATION, LANGUAGES, README, ROOT

FRENCH = ROOT / "README.fr.md"
NAMES = sorted(path.name for path in (DOCS / "en").glob("*.md"))
PICTURES = ("dashboard", "energy", "setup")

_FENCE = re.compile(r"^```(\w*)\n.*?^```$", re.MULTILINE | re.DOTALL)
# What is no prose: code, the targets of links, HTML, addresses
_CODE = re.compile(r"`[^`]*`|\]\([^)\s]*\)|<[^>]+>|https?://\S+")
_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")


def _prose(page: Path) -> str:
    """Return the words of a page."""
    return _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Shape:
    """What two pages have alike when they say the same."""

    headings: list[int]
    fences: list[str]
    rows: list[int]
    items: int
    links: list[str]


def _shape(page: Path) -> Shape:
    text = page.read_text(encoding="utf-8")
    words = _FENCE.sub("", text)
    links = re.findall(r"\]\(([^)#\s]+)", words)
    return Shape(
        headings=[len(mark) for mark in re.findall(r"^(#+) ", words, re.MULTILINE)],
        fences=_FENCE.findall(text),
        rows=[line.count("|") for line in words.splitlines() if line[:1] == "|"],
        items=len(re.findall(r"^ *(?:[*-]|\d+\.) ", words, re.MULTILINE)),
        # The pictures have a language
        links=sorted(re.sub(r"-(?:en|fr)\.png", ".png", link) for link in links),
    )


def test_each_page_has_its_twin() -> None:
    """In both languages there are the same pages."""
    assert len(NAMES) > 10
    assert twinless(DOCS) == []


def test_a_page_without_its_twin_ends_the_build(tmp_path: Path) -> None:
    """It is named, whichever language lacks it."""
    for name in ("en/both.md", "fr/both.md", "en/one.md", "fr/another.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert twinless(tmp_path) == ["en/another.md", "fr/one.md"]

    class Config:
        docs_dir = str(tmp_path)

    with pytest.raises(SystemExit, match=r"en/another\.md, fr/one\.md"):
        on_config(Config())


def test_the_site_takes_the_address_of_the_repository() -> None:
    """It stands in the manifest."""

    class Config:
        docs_dir = str(DOCS)
        repo_url = site_url = ""

    config = on_config(Config())
    manifest = json.loads((INTEGRATION / "manifest.json").read_text(encoding="utf-8"))
    assert config.repo_url == manifest["documentation"]
    assert config.site_url.endswith(f"/{config.repo_url.rpartition('/')[2]}/")


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ("setup.md#options", "setup.md#options"),
        ("../development/trust.md", "../development/trust.md"),
        ("../../tests/README.md", "https://home/blob/main/tests/README.md"),
        ("#here", "#here"),
        ("https://elsewhere/", "https://elsewhere/"),
    ],
)
def test_a_link_out_of_the_documents_leads_to_the_repository(
    link: str, wanted: str
) -> None:
    """What is not part of the site is read where the repository is."""
    given = outside(f"[a]({link})", "en/index.md", "https://home")
    assert given == f"[a]({wanted})"


@pytest.mark.parametrize("name", NAMES)
def test_twins_say_the_same(name: str) -> None:
    """Headings, tables, lists, examples and links are alike."""
    assert _shape(DOCS / "fr" / name) == _shape(DOCS / "en" / name)


def test_the_readmes_say_the_same() -> None:
    """But for the link to each other, and the folder that they link to."""

    def alike(page: Path) -> str:
        text = str(_shape(page)).replace("docs/fr/", "docs/en/")
        return text.replace("README.fr.md", "README.md")

    assert alike(FRENCH) == alike(README)


@pytest.mark.parametrize("page", [README, FRENCH], ids=LANGUAGES)
def test_a_readme_is_short(page: Path) -> None:
    """Fewer than 900 words."""
    words = [word for word in _prose(page).split() if re.search(r"\w", word)]
    assert len(words) < 900


@pytest.mark.parametrize(
    ("page", "language"), [(README, "en"), (FRENCH, "fr")], ids=LANGUAGES
)
def test_a_readme_shows_before_it_tells(page: Path, language: str) -> None:
    """The other language, then three pictures before the tenth line of text."""
    text = 0
    shown: list[str] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        if found := _IMAGE.match(line):
            shown.append(found[1])
        elif line.strip() and not line.lstrip().startswith(("#", "<")):
            text += 1
            if text == 1:
                assert f"]({({README, FRENCH} - {page}).pop().name})" in line
        if text == 10:
            break
    assert shown == [f"docs/pictures/{name}-{language}.png" for name in PICTURES]


def _french() -> Iterator[Path]:
    yield FRENCH
    yield from sorted((DOCS / "fr").glob("*.md"))


@pytest.mark.parametrize("page", _french(), ids=lambda page: page.name)
def test_french_is_set_as_french_is(page: Path) -> None:
    """Typographic apostrophes; no line breaks before a sign or inside of quotation marks."""
    prose = _prose(page).replace("; diagnostic", "")  # a table's, as in the code
    assert re.findall(r".*\w'\w.*", prose) == []
    assert re.findall(r".* [;:?!»](?:\s|$)", prose) == []
    assert re.findall(r".*\w[;?!»](?:\s|$)", prose) == []
    assert re.findall(r".*«[^\u00a0].*", prose) == []
