"""Each message that a user may see is on the page for troubleshooting, in its words."""

from collections.abc import Iterator
import json
import re
from typing import Any

import pytest

from .test_docs import DOCS, INTEGRATION, LANGUAGES

type Message = tuple[str, str]


def _first(text: str) -> str:
    """Return a message's first sentence, as the page writes it."""
    text = re.sub(r"\{\w+\}", "…", text.replace("*", ""))
    sentence = re.match(r".+?(?:\.(?=\s|$)|$)", text)
    assert sentence is not None
    return sentence[0].rstrip(".")


def _messages(translations: dict[str, Any]) -> Iterator[Message]:
    """Yield the key and the words of each error, end of a form and repair."""
    for flow in ("config", "options"):
        for kind in ("error", "abort"):
            for key, text in translations[flow].get(kind, {}).items():
                yield f"{flow}.{kind}.{key}", text
    for name, subentry in translations["config_subentries"].items():
        for kind in ("error", "abort"):
            for key, text in subentry.get(kind, {}).items():
                yield f"config_subentries.{name}.{kind}.{key}", text
    for key, text in translations.get("common", {}).items():
        # A note in a form; what is said of powers, or on the page of outages, is no trouble
        if text.endswith(".") and not key.startswith(("power_", "supply_", "watch_")):
            yield f"common.{key}", text
    for key, exception in translations["exceptions"].items():
        yield f"exceptions.{key}", exception["message"]
    titles = [issue["title"] for issue in translations["issues"].values()]
    for key, issue in translations["issues"].items():
        yield f"issues.{key}.title", issue["title"]
        if titles.count(issue["title"]) > 1:  # what tells it from the others
            yield f"issues.{key}.description", issue["description"]
        for kind in ("error", "abort"):
            for end, text in issue.get("fix_flow", {}).get(kind, {}).items():
                yield f"issues.{key}.{kind}.{end}", text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_treated(language: str) -> None:
    """Whoever searches for its words finds them in bold, with what to do."""
    page = (DOCS / language / "troubleshooting.md").read_text(encoding="utf-8")
    file = INTEGRATION / "translations" / f"{language}.json"
    treated = {
        " ".join(words.split(" ")).replace("\n", " ").rstrip(".")
        for words in re.findall(r"\*\*(.+?)\*\*", page, re.DOTALL)
    }
    missing = {
        key: words
        for key, text in _messages(json.loads(file.read_text(encoding="utf-8")))
        if (words := _first(text)) not in treated
    }
    assert missing == {}
