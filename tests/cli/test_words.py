"""Names and messages in both languages."""

import json
from pathlib import Path

import pytest

from custom_components.linky_meter.linky_tic.cli.cost_messages import COST_MESSAGES
from custom_components.linky_meter.linky_tic.cli.input.decode import decode
from custom_components.linky_meter.linky_tic.cli.messages import (
    _ERRORS,
    _MESSAGES,
    Exit,
    Language,
    explain,
    language,
    say,
)
from custom_components.linky_meter.linky_tic.cli.output.names import (
    _NAMES,
    name_and_unit,
    word,
)
from custom_components.linky_meter.linky_tic.tic.errors import (
    PortFailedError,
    PortMissingError,
    RequestError,
    SilentError,
    SourceError,
)
from tests.simulator import PRESETS

from .conftest import sent

INTEGRATION = Path(__file__).parents[2] / "custom_components" / "linky_meter"
EN, FR = Language.EN, Language.FR


def test_names() -> None:
    """Keys have names, with their phase or number; new ones show themselves."""
    assert name_and_unit("available_current_l2", EN) == ("Available current L2", "A")
    assert name_and_unit("energy_index_10", FR) == ("Index d'énergie 10", "Wh")
    assert name_and_unit("max_power_today_l1_time", EN) == (
        "Greatest power today L1 (time)",
        "",
    )
    assert name_and_unit("max_power_today_time", FR)[0].endswith("(heure)")
    assert name_and_unit("something_new_3", EN) == ("Something new 3", "")
    assert word("blue_peak", FR) == "bleu pleines"
    assert word("index_7", FR) == "index 7"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_key_has_a_name(preset: str) -> None:
    """No key that a meter gives is without a name in both languages."""
    *_, last = decode(sent(preset, 3))
    for key in last.values:
        if not key.startswith(
            ("energy_distributor", "reactive", "tic_version", "meter_state")
        ):  # which only ever repeat a label
            unnamed = key.replace("_", " ").capitalize()
            assert key in _NAMES or name_and_unit(key, FR)[0] != unnamed


def test_every_message_is_in_both_languages() -> None:
    """No message is missing, and both need the same words."""
    for key, (english, french) in _MESSAGES.items():
        assert english, key
        assert french, key
        assert english.count("{") == french.count("{"), key


def kinds(error: type[SourceError]) -> set[type[SourceError]]:
    """Return the kinds of an error that this package has."""
    found = {
        kind
        for kind in error.__subclasses__()
        if kind.__module__ == SourceError.__module__
    }
    return found.union(*map(kinds, found))


def test_every_error_has_words() -> None:
    """Each error of a port or a server has a message and a code."""
    for error in {*kinds(SourceError), PortFailedError, SourceError}:
        key, code = explain(error(-10, "?") if error is RequestError else error())
        assert say(key, EN, code=-10)
        assert error in _ERRORS or key == "lost"
        assert code in Exit
    denied = PortFailedError()
    denied.__cause__ = PermissionError(13, "no")
    assert "dialout" in say(explain(denied)[0], EN)
    assert explain(PortMissingError())[1] == 3
    assert explain(SilentError())[1] == 5


@pytest.mark.parametrize(
    ("env", "spoken"),
    [
        ({}, EN),
        ({"LANG": "fr_FR.UTF-8"}, FR),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, EN),
        ({"LANG": "de_DE", "LC_MESSAGES": "fr_BE"}, FR),
    ],
)
def test_language(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], spoken: Language
) -> None:
    """The environment decides on the language, as for any command."""
    monkeypatch.delenv("LANG", raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert language() is spoken


@pytest.mark.parametrize(("number", "code"), [(0, "en"), (1, "fr")])
def test_a_year_is_said_as_the_integration_says_it(number: int, code: str) -> None:
    """The same sentences, but for typography that not every terminal has."""
    path = INTEGRATION / "translations" / f"{code}.json"
    texts = json.loads(path.read_text(encoding="utf-8"))["common"]
    plain = str.maketrans({"’": "'", "\u00a0": " "})
    sentences = {
        key: text.translate(plain)
        for key, text in texts.items()
        if key.startswith(("best_", "power_"))
    }
    assert len(sentences) > 10
    assert {key: COST_MESSAGES[key][number] for key in sentences} == sentences
