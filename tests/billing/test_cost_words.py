"""The words of prices, offers and their actions, in English and in French."""

from __future__ import annotations

from collections.abc import Mapping
import re
from typing import Any

import pytest

from custom_components.linky_meter.billing.settings import PRICE_ERRORS, PriceSource
from custom_components.linky_meter.flows.contracts.contract_form import (
    OWN_STRUCTURES,
    contract_fields,
)
from custom_components.linky_meter.flows.contracts.offer_windows import (
    HOLIDAYS,
    MONTHS,
    SEASONS,
    WEEKDAYS,
)
from custom_components.linky_meter.flows.contracts.offers import _fields
from custom_components.linky_meter.flows.options import MENU
from custom_components.linky_meter.linky_tic.costs.prices.offers import Structure
from custom_components.linky_meter.linky_tic.costs.prices.plausible import DoubtKind
from custom_components.linky_meter.replace.takeover.takeover import Failure
from homeassistant.data_entry_flow import section
from tests.repository.test_translations import STRINGS, _source, every_language

SHOWN_IN_FORMS = set(PRICE_ERRORS.values()) - {"not_a_number", "unknown_index"}


def used(source: str) -> set[str]:
    """Return the errors that a flow names itself."""
    return {
        key
        for pattern in (
            r'\berrors(?:\[[^]]*\] =|\.setdefault\(\w+,) "(\w+)"',
            r'"base": "(\w+)"',
            # Tables of errors, and fields with theirs
            r'(?:EnedisError\(|Error: )"(\w+)"',
            r'CONF_SHARE_\w+: "(share_\w+)"',
            r'CONF_\w+: "(bad_\w+)"',
            r'\bwrong ?= ?"(\w+)"',
            r'\bneeded\b.* "(no_\w+)"',
            r'\berrors\[.*\] = "(\w+)"',
        )
        for key in re.findall(pattern, source)
    }


def check_steps(strings: dict[str, Any], source: str) -> None:
    """Check that every step, error and abort has its words, and no other has."""
    steps = set(re.findall(r"(?:def |    )async_step_(\w+)(?:\(| =)", source))
    # What only leads on to a form has no words of its own
    assert set(strings["step"]) == steps - {"reconfigure", "price_first"}
    assert all(step["title"] for step in strings["step"].values())
    assert set(strings["error"]) == used(source) | SHOWN_IN_FORMS
    aborts = set(re.findall(r"reason=\"(\w+)\"", source))
    aborts |= set(re.findall(r'reason="\w+" if \w+ else "(\w+)"', source))
    aborts |= set(re.findall(r'"(past_\w+)"', source))
    assert set(strings["abort"]) - set(Failure) == aborts - set(Failure)
    for step in strings["step"].values():
        assert set(step.get("data_description", {})) == set(step.get("data", {}))


def check_fields(
    step: dict[str, Any], fields: Mapping[Any, Any], more: set[str]
) -> None:
    """Check that every field has a name, those of the parts of a form too.

    What is said of the fields of a part is said once, in the first.
    """
    parts = {str(key): one for key, one in fields.items() if isinstance(one, section)}
    assert set(step["data"]) == {str(key) for key in fields} - set(parts) | more
    assert set(step.get("sections", {})) == set(parts)
    for name, part in parts.items():
        words = step["sections"][name]
        inside = {str(key) for key in part.schema.schema}
        assert set(words["data"]) == inside
        told = inside if name == min(parts) else set()
        assert set(words.get("data_description", {})) == told
        assert words["name"]


@every_language
def test_prices_in_the_options(language: str) -> None:
    """Steps, errors and choices of the prices."""
    strings = STRINGS[language]
    check_steps(
        strings["options"],
        _source(
            *(
                "flows/options",
                "flows/contracts/prices",
                "flows/takeover",
                "flows/blueprints",
            ),
            *("flows/contracts/enedis", "flows/sharing", "replace/past"),
            *(
                "flows/contracts/own_contract",
                "flows/contracts/contract_form",
                "flows/contracts/offer_windows",
            ),
            *("flows/contracts/billing", "flows/contracts/export"),
            *("flows/supply", "billing/told/prices"),
        ),
    )
    steps = strings["options"]["step"]
    assert set(steps["init"]["menu_options"]) == {*MENU}
    assert set(steps["prices"]["menu_options"]) == {
        "price_source",
        "price_add",
        "contract",
        "price_list",
        "billing",
        "export",
    }
    assert set(steps["contract"]["menu_options"]) == {
        f"contract_{one}" for one in OWN_STRUCTURES
    }
    for one in OWN_STRUCTURES:
        check_fields(
            steps[f"contract_{one}"],
            contract_fields(one, {}, {}, own=True),
            {"delete", "confirm"},
        )
    assert set(strings["selector"]["structure"]["options"]) == set(OWN_STRUCTURES)
    assert set(strings["selector"]["month"]["options"]) == set(MONTHS)
    for kind in DoubtKind:
        assert f"doubt_{kind}" in strings["common"]
    for step in ("price_add", "price_edit"):
        assert {f"price_{n}" for n in range(1, 11)} < set(steps[step]["data"])
    choices = strings["selector"]["price_source"]["options"]
    assert set(choices) == set(PriceSource)


@every_language
def test_offers(language: str) -> None:
    """Every field of every structure has a name."""
    strings = STRINGS[language]
    offer = strings["config_subentries"]["offer"]
    source = _source(
        "flows/contracts/offers",
        "flows/contracts/contract_form",
        "flows/contracts/offer_windows",
        "billing/told/prices",
    )
    check_steps(offer, source)
    menu = offer["step"]["user"]["menu_options"]
    assert set(menu) == {"regulated", *Structure}
    for structure in Structure:
        check_fields(offer["step"][structure], _fields(structure, {}), {"confirm"})
    days = {*WEEKDAYS, HOLIDAYS}
    assert set(strings["selector"]["weekdays"]["options"]) == days
    assert set(strings["selector"]["season"]["options"]) == set(SEASONS)


@pytest.mark.parametrize("part", ["options", "offer"])
@every_language
def test_errors_are_sentences(language: str, part: str) -> None:
    """What is wrong, and what to do."""
    strings = STRINGS[language]
    errors = {
        "options": strings["options"],
        "offer": strings["config_subentries"]["offer"],
    }
    assert all(text.endswith(".") for text in errors[part]["error"].values())
