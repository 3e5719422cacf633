"""The corpus goes through the targets, and stays small."""

import pytest

from .corpus import CORPUS, KEPT, LARGEST, MOST_KEPT, NAMES, inputs
from .grow import grown
from .targets import TARGETS


def test_every_target_has_its_corpus() -> None:
    """And there is none without a target."""
    assert set(NAMES) == set(TARGETS) == {path.name for path in CORPUS.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_corpus(name: str) -> None:
    """What was once found, and what was generated, harms nothing."""
    found = inputs(name)
    assert len(found) > 10
    for path in found:
        try:
            TARGETS[name](path.read_bytes())
        except Exception as err:
            err.add_note(f"scripts/fuzz --replay {path} {name}")
            raise


@pytest.mark.parametrize("name", NAMES)
def test_generator(name: str) -> None:
    """All else in the corpus is what the generator writes, by name."""
    names = {path.name for path in inputs(name)}
    kept = {title for title in names if title.startswith(KEPT)}
    assert len(kept) <= MOST_KEPT
    assert names - kept == set(grown(name))


def test_size() -> None:
    """A repository is no place for a fuzzer's whole corpus."""
    assert sum(path.stat().st_size for path in CORPUS.rglob("*")) < LARGEST
