"""Help and wrong arguments, in the language of the environment."""

from __future__ import annotations

import argparse
import io
import re

import pytest

from custom_components.linky_meter.linky_tic.cli import main
from custom_components.linky_meter.linky_tic.cli.argument_words import FRENCH
from custom_components.linky_meter.linky_tic.cli.arguments import parser

COMMANDS = (
    *("ports", "read", "watch", "decode", "record", "mask", "run", "serve"),
    *("cost", "prices"),
)
_FIELD = re.compile(r"%(?:\(\w+\))?[a-z]|%\(\w+\)\.\d[a-z]|\{\w+\}")


def told(
    arguments: str, capsys: pytest.CaptureFixture[str], *, code: int
) -> tuple[str, str]:
    """Return what is said, of an end with a code."""
    with pytest.raises(SystemExit) as end:
        main(arguments.split())
    assert end.value.code == code
    said = capsys.readouterr()
    return said.out, said.err


def test_every_text_has_french_words() -> None:
    """All that the parser has been given, and nothing that is not said any more."""
    asked: list[str] = []

    def say(text: str) -> str:
        asked.append(text)
        return text

    parser(say)
    ours = list(FRENCH)[list(FRENCH).index(asked[0]) :]
    assert set(asked) == set(ours)
    for english, french in FRENCH.items():
        assert set(_FIELD.findall(french)) <= set(_FIELD.findall(english)), english
    # Without words of its own it speaks English
    assert parser().description == asked[0]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_french(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the environment says so; with no word of English, which stays elsewhere."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    french, _ = told(f"{command} --help", capsys, code=0)
    assert french.startswith("utilisation : linky-tic")
    assert not re.search(r"\b(the|usage|show|else|arguments:\w)\b", french)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    english, _ = told(f"{command} --help", capsys, code=0)
    assert english.startswith("usage: linky-tic")
    assert "show this help message and exit" in english


def test_help_on_a_terminal_that_lacks_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it cannot show is left out; the rest is said."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    out.flush()
    assert b"un compteur ?lectrique" in out.buffer.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("cost", "il manque : FILE"),
        ("bogus", "choix incorrect : 'bogus' (choisissez parmi 'ports'"),
        ("watch a b", "arguments inconnus : b"),
        ("read --timeout", "argument --timeout : il faut une valeur"),
        ("read --timeout 0", "ce n'est pas un nombre de secondes"),
        ("read --timeout x", "ce n'est pas un nombre de secondes"),
        ("read --baudrate x", "ce n'est pas une vitesse de 300 à 4000000"),
        ("read --baudrate 0", "ce n'est pas une vitesse de 300 à 4000000"),
        ("prices --power x", "valeur incorrecte : 'x'"),
        ("serve --port 0", "ce n'est pas un port de 1 à 65535"),
        ("cost x --month 13", "ce n'est pas un mois comme 2026-11"),
        ("cost x --month 9999-12", "ce n'est pas un mois comme 2026-11"),
        ("prices --date x", "ce n'est pas un jour comme 2026-11-22"),
        ("ports --json=1", "valeur en trop : '1'"),
    ],
)
def test_wrong_arguments_are_said_in_french(
    arguments: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With the usage before, and the same code as in English."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    _, err = told(arguments, capsys, code=2)
    assert err.startswith("utilisation : ")
    assert words in err
    assert ": erreur : " in err
    # Whoever else has a parser of arguments hears nothing of it
    assert argparse.ArgumentParser().format_usage().startswith("usage: ")
