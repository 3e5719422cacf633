"""What browsers load is small, and asks nobody but Home Assistant."""

from __future__ import annotations

import gzip
import json
import re

from tests.repository.package import ROOT

BUILT = ROOT / "custom_components" / "linky_meter" / "frontend" / "linky-meter.js"
SOURCES = ROOT / "frontend_src"
MOST_BYTES = 120_000
_NAMES = re.compile(r"https?://[\w.]+")


def test_it_is_small() -> None:
    """Compressed, as Home Assistant's own files are."""
    assert len(gzip.compress(BUILT.read_bytes())) < MOST_BYTES


def test_it_names_no_other_host() -> None:
    """Only the page of the project, for people, and names that are no address."""
    found = set(_NAMES.findall(BUILT.read_text(encoding="utf-8")))
    assert found <= {"https://github.com", "http://www.w3.org"}


def test_its_packages_are_pinned_without_a_registry() -> None:
    """Whoever builds it gets the same bytes, from wherever packages come."""
    package = json.loads((SOURCES / "package.json").read_text())
    pins = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    lock = (SOURCES / "package-lock.json").read_text()
    assert "resolved" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in one for name, one in packages.items() if name)


def test_both_languages_have_all_words() -> None:
    """The dictionary is the same, whatever the language."""
    keys = [
        re.findall(
            r"^  (\w+):", (SOURCES / name).read_text(encoding="utf-8"), re.MULTILINE
        )
        for name in ("en.js", "fr.js")
    ]
    assert keys[0] == keys[1]
    used = {
        word
        for path in SOURCES.glob("*.js")
        for word in re.findall(r"\bt\(\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert used <= set(keys[0])
