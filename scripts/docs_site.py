"""What mkdocs does not know of docs/: its home, its twins, and what lies beside it.

mkdocs calls the functions by their names, see ``hooks`` in mkdocs.yml.
"""

from __future__ import annotations

import json
from pathlib import Path
import posixpath
import re
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "custom_components" / "linky_meter" / "manifest.json"
LANGUAGES = ("en", "fr")

_LINK = re.compile(r"(\]\(|\b(?:src|href)=\")([^()\s\"]+)")


def twinless(docs: Path) -> list[str]:
    """Return the pages, and the pictures, that only some of the languages have."""
    found = {
        language: {
            path.relative_to(docs / language).as_posix()
            for path in (docs / language).rglob("*")
            if path.is_file()
        }
        for language in LANGUAGES
    }
    pages = set().union(*found.values())
    return sorted(
        f"{language}/{page}"
        for language, there in found.items()
        for page in pages - there
    )


def outside(markdown: str, page: str, home: str) -> str:
    """Lead a page's links to files beside docs/ to where the repository is read.

    ``page`` is its path below docs/, ``home`` the address of the repository.
    """

    def lead(match: re.Match[str]) -> str:
        link = match[2]
        if re.match(r"[a-z]+:|[#/]", link):
            return match[0]
        folder = posixpath.join("docs", posixpath.dirname(page))
        target = posixpath.normpath(posixpath.join(folder, link))
        if target.startswith("docs/"):
            return match[0]
        return f"{match[1]}{home}/blob/main/{target}"

    return _LINK.sub(lead, markdown)


def on_config(config: Any) -> Any:
    """Take the repository's address from the integration, and refuse a lone page."""
    home = json.loads(MANIFEST.read_text(encoding="utf-8"))["documentation"]
    owner, name = urlsplit(home).path.strip("/").split("/")
    config.repo_url = home
    config.repo_name = f"{owner}/{name}"
    config.site_url = f"https://{owner}.github.io/{name}/"
    if missing := twinless(Path(config.docs_dir)):
        raise SystemExit(f"docs: these twins are missing: {', '.join(missing)}")
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Lead links out of docs/ to the repository."""
    return outside(markdown, page.file.src_uri, config.repo_url)
