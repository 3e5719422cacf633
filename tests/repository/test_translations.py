"""Every word that the integration can show exists, in English and in French."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
import json
from pathlib import Path
import re
from types import SimpleNamespace
from typing import Any, cast
from unicodedata import normalize

import pytest

from custom_components.linky_meter.billing.offer_sensors import (
    OFFER_ENERGIES,
    OFFER_SENSORS,
)
from custom_components.linky_meter.billing.rows import COST_SENSORS
from custom_components.linky_meter.billing.settings import PRICE_ERRORS
from custom_components.linky_meter.binary_sensor import BINARY_SENSORS
from custom_components.linky_meter.const import CONF_PRICES, LIMIT_BREAKING, LIMIT_LEAST
from custom_components.linky_meter.coordinator import LinkyCoordinator
from custom_components.linky_meter.entity import LinkyEntityDescription
from custom_components.linky_meter.event import EVENTS
from custom_components.linky_meter.flows.connection.listening import WAYS
from custom_components.linky_meter.flows.connection.search import Outcome
from custom_components.linky_meter.flows.options import _FIELDS, _PUBLISHING, MENU
from custom_components.linky_meter.flows.welcome import CONF_TAKEOVER, Prices
from custom_components.linky_meter.link import errors
from custom_components.linky_meter.link.problems import Issue
from custom_components.linky_meter.linky_tic.costs.book.figures import (
    NOT_ENOUGH_DATA,
    OWN_CONTRACT,
)
from custom_components.linky_meter.linky_tic.tic.errors import (
    ModemGoneError,
    NoDataError,
    SourceError,
)
from custom_components.linky_meter.linky_tic.tic.fields import FIELDS
from custom_components.linky_meter.linky_tic.tic.frame import Group
from custom_components.linky_meter.linky_tic.tic.labels import LABELS, Kind
from custom_components.linky_meter.linky_tic.tic.sources.listen import Hearing
from custom_components.linky_meter.linky_tic.tic.tariffs import (
    Contract,
    tariff_of_index,
)
from custom_components.linky_meter.loads.entities import (
    KEY_LOAD,
    KEY_LOG,
    KEY_ROOM,
    Status,
)
from custom_components.linky_meter.loads.words import Entry
from custom_components.linky_meter.replace.takeover.tables import Stays
from custom_components.linky_meter.replace.takeover.takeover import Failure
from custom_components.linky_meter.sensor import SENSORS, LinkySensorEntityDescription
from custom_components.linky_meter.watch.entities import (
    WATCH_BINARY_SENSORS,
    WATCH_EVENTS,
    WATCH_SENSORS,
)
from custom_components.linky_meter.welcome.switches import SWITCHES

FOLDER = Path(__file__).parents[2] / "custom_components" / "linky_meter"
LANGUAGES = ("en", "fr")
PLATFORMS: dict[str, tuple[LinkyEntityDescription, ...]] = {
    "binary_sensor": (*BINARY_SENSORS, *WATCH_BINARY_SENSORS),
    "event": (*EVENTS, *WATCH_EVENTS),
    "sensor": (*SENSORS, *WATCH_SENSORS),
}
SUMMARY = {
    "port",
    "manufacturer",
    "model",
    "mode",
    "phases",
    "contract",
    "tariff",
    "power",
}
_TAKEOVER = "options.step.takeover"
_PREVIEW = {"name", "moves", "stays", "table", "reasons", "automations", "backup"}
HEARD = [hearing.name.lower() for hearing in Hearing]
PROGRESS = {
    step + heard
    for step in ("listen", "search")
    for heard in ("", *(f"_{name}" for name in HEARD))
}
_REPLACED = "issues.meter_replaced.fix_flow"
# Two causes have repairs of their own
LOST = [
    f"meter_lost_{cause}"
    for cause in (*errors._KEYS.values(), errors.OTHER_METER, errors.UNEXPECTED)
    if cause not in {"noise", "port_busy"}
]
PRICE_ENTITY = {
    f"price_entity_{wrong}"
    for wrong in ("absurd", "gone", "number", "own", "unit", "unknown")
}
# What the code hands to the texts that have placeholders, entities aside
PLACEHOLDERS = {
    "common.watch_night": {"since", "more", "usual"},
    "common.watch_day": {"since", "times", "weekday", "kwh", "usual"},
    "common.watch_days": {"since", "times", "kwh", "usual"},
    "common.watch_find": {"look", "more"},
    "common.watch_date": {"day", "month"},
    "common.supply_period": {"start", "end"},
    "common.supply_prm": {"prm"},
    "common.supply_unread": {"duration", "days"},
    "common.supply_unread_months": {"duration"},
    "common.supply_at_least": {"duration"},
    "options.step.supply_page.description": {"link"},
    "issues.watch_restarted.title": {"title"},
    "issues.watch_restarted.description": {"title"},
    "common.energy_before": {"name"},
    "common.energy_before_cost": {"name"},
    "device.costs.name": {"meter"},
    "config.flow_title": {"name"},
    "config.step.usb_confirm.description": {"name"},
    "config.step.found.description": SUMMARY | {"notes"},
    "config.step.found_base.description": SUMMARY | {"help_url", "notes"},
    "config.create_entry.found_dashboard": {"dashboard"},
    "config.step.move.description": {"title"},
    "config.step.reauth_confirm.description": {"title"},
    "options.step.sharing.data_description.share_token": {"least"},
    "options.error.share_token_short": {"least"},
    "issues.not_shared.title": {"title"},
    "issues.not_shared.description": {"title"},
    "config.error.port_ours": {"user"},
    "config.error.port_used": {"user"},
    "config.step.port_taken.title": {"user"},
    "config.step.port_taken.description": {"user"},
    "config.step.nothing_found.description": set(Outcome),
    **{f"config.progress.listen_{name}": {"baudrate"} for name in HEARD},
    **{
        f"config.progress.search_{name}": {"number", "count", "port", "baudrate"}
        for name in HEARD
    },
    "issues.server_backlog.description": {"title"},
    "issues.phase_powers_wrong.title": {"title"},
    "issues.phase_powers_wrong.description": {"title"},
    "issues.tariffs_hidden.title": {"title"},
    "issues.tariffs_hidden.description": {"title"},
    "issues.noise.title": {"title"},
    "issues.noise.description": {"title"},
    **{f"issues.{key}.title": {"title"} for key in LOST},
    "issues.port_busy.title": {"title"},
    "issues.port_busy.description": {"title"},
    "issues.port_busy_by.title": {"title"},
    "issues.port_busy_by.description": {"title", "user"},
    "issues.port_busy_teleinfo.title": {"title"},
    "issues.port_busy_teleinfo.description": {"title", "user"},
    "issues.index_stepped.title": {"title"},
    "issues.index_stepped.fix_flow.step.init.description": {"title", "indexes"},
    "issues.meter_replaced.title": {"title"},
    f"{_REPLACED}.step.init.description": {"title", "model", "year"},
    f"{_REPLACED}.step.adopt.description": {"title", "model", "year"},
    f"{_REPLACED}.abort.waiting": {"title"},
    f"{_REPLACED}.abort.has_entry": {"owner"},
    "options.step.welcome.description": {"notes"},
    "issues.welcome.title": {"title"},
    "issues.welcome.fix_flow.step.confirm.title": {"title"},
    "issues.welcome.fix_flow.step.confirm.description": {"title", "notes"},
    "options.step.price_source.description": {"calendar", "date"},
    "options.step.price_add.description": {"calendar"},
    "options.step.price_edit.description": {"calendar"},
    **{
        f"options.step.{step}.data.price_{n}": {f"tariff_{n}"}
        for step in ("price_add", "price_edit")
        for n in range(1, 11)
    },
    "options.error.doubtful": {"doubts"},
    "config_subentries.offer.error.doubtful": {"doubts"},
    "common.doubt_free_price": {"name"},
    "common.doubt_swapped_prices": {"name", "value", "usual"},
    "common.doubt_far_price": {"name", "value", "usual"},
    "common.doubt_far_subscription": {"value", "usual"},
    "common.doubt_overlapping": {"name", "other"},
    "common.doubt_never": {"name"},
    "common.doubt_export_sale": {"value"},
    "common.doubt_export_battery": {"value"},
    "common.export_sale": {"value"},
    "common.export_battery": {"value"},
    "options.step.blueprints.description": {"folder"},
    "options.step.blueprints_copied.description": {
        "folder",
        "files",
        "blueprints_url",
    },
    "issues.costs_restarted.title": {"title"},
    "issues.costs_restarted.description": {"title"},
    "issues.memory_restarted.title": {"title"},
    "issues.memory_restarted.description": {"title"},
    "common.takeover_found": {"name"},
    f"{_TAKEOVER}.title": {"name"},
    f"{_TAKEOVER}.description": {"name", "moves", "table", "automations"},
    f"{_TAKEOVER}_preview.title": {"name"},
    f"{_TAKEOVER}_preview.description": _PREVIEW,
    "options.step.cloud.title": {"name"},
    "options.step.cloud.description": {
        "name",
        "since",
        "until",
        "hours",
        "energy",
        "backup",
    },
    "options.step.cloud_back.title": {"name"},
    "options.step.cloud_back.description": {"name"},
    "options.abort.cloud_done": {"name", "hours"},
    "options.abort.cloud_shown": {"name"},
    "options.abort.cloud_undone": {"name"},
    f"{_TAKEOVER}_done.title": {"name"},
    f"{_TAKEOVER}_done.description": {"name", "moves", "table", "automations"},
    f"{_TAKEOVER}_back.title": {"name"},
    f"{_TAKEOVER}_back.description": {"name"},
    f"{_TAKEOVER}_finish.title": {"name"},
    f"{_TAKEOVER}_finish.description": {"name"},
    "options.abort.taken_over": {"name", "moves", "table", "automations"},
    "options.abort.enedis_imported": {"hours_taken", "days_taken"},
    "options.abort.enedis_undone": {"hours_taken", "days_taken"},
    "options.step.enedis_preview.description": {
        "first",
        "last",
        "days",
        "missing",
        "energy",
        "doubles",
        "unread",
        "meter",
    },
    "issues.takeover_offered.title": {"name", "title"},
    "issues.takeover_offered.fix_flow.step.confirm.title": {"name"},
    "issues.takeover_offered.fix_flow.step.confirm.description": _PREVIEW,
    "issues.takeover_forgotten.title": {"title"},
    "issues.takeover_forgotten.description": {"title"},
    "issues.statistics_restarted.title": {"title"},
    "issues.statistics_restarted.description": {"title"},
    "issues.prices_stale.title": {"title"},
    "issues.prices_stale.description": {"title", "since"},
    "common.best_not_known": {"days"},
    "common.best_own_by": {"name", "more"},
    "common.best_exact": {"name", "saving"},
    "common.best_red": {"name", "saving", "avoided"},
    "common.best_range": {"name", "saving", "low", "high"},
    "common.best_unsure": {"name", "high", "more"},
    "common.power_not_known": {"date"},
    "common.power_would_do": {"power"},
    "common.power_saving": {"saving"},
    "common.power_more": {"power", "now"},
    "common.power_fits": {"power"},
    "common.power_possible": {"power"},
    "common.power_above": {"power", "days", "worst"},
    "common.power_never_above": {"power"},
    "issues.contract_power_differs.title": {"title"},
    "issues.contract_power_differs.description": {
        *("title", "power", "since", "typed", "prices_since"),
    },
    "issues.power_differs.title": {"title"},
    "issues.power_differs.fix_flow.step.confirm.title": {"title"},
    "issues.power_differs.fix_flow.step.confirm.description": {
        "title",
        "power",
        "since",
        "typed",
    },
    "issues.unpriced_calendar.title": {"title"},
    "issues.unpriced_calendar.description": {"title", "calendar", "indexes"},
    "exceptions.unknown_tariff.message": {"tariff", "tariffs"},
    **{f"issues.{key}.title": {"title"} for key in PRICE_ENTITY},
    **{f"issues.{key}.description": {"title", "entity"} for key in PRICE_ENTITY},
    "issues.price_entity_gone.description": {"title"},
    "device.load_manager.name": {"meter"},
    "config_subentries.load.error.load_taken": {"owner"},
    **{
        f"config_subentries.load.step.{step}.description": {"name"}
        for step in ("climate", "charger", "number")
    },
    **{
        f"common.load_log_{entry}": {"load"}
        for entry in set(Entry) - {Entry.METER_LOST, Entry.METER_FOUND}
    },
    "common.load_log_level": {"what", "level"},
    "common.load_log_why": {"what", "why"},
    "common.load_log_dry_run": {"what"},
    "common.load_why_overload_soon": {"load", "limit"},
    "common.load_why_phase": {"phase", "why"},
    "common.load_why_room_more": {"room"},
    "common.load_why_overload": {"load", "limit", "seconds"},
    "common.load_why_limit": {"load", "limit"},
    "common.load_why_room": {"room", "power"},
    "common.load_why_comfort": {"comfort"},
    "common.load_why_meter_lost": {"seconds"},
    "common.load_why_priority": {"power"},
    "issues.load_disobeys.title": {"title"},
    "issues.load_disobeys.description": {"title", "loads"},
    "issues.loads_restarted.title": {"title"},
    "issues.loads_restarted.description": {"title"},
}
FORMS = {
    "serial": {"device"},
    "address": {"device"},
    "server": {"host", "port", "token"},
    "choose": {"meter"},
}
# Text, not an enum: what it says when there is none
TEXT_STATES = {
    "message_1": {"none"},
    "message_2": {"none"},
    "cheapest_offer": {OWN_CONTRACT},
    "best_contract": {OWN_CONTRACT, NOT_ENOUGH_DATA},
}
# There once prices are chosen, and some on devices of their own
COSTS = {"sensor": (*COST_SENSORS, *OFFER_SENSORS, *OFFER_ENERGIES)}
# There once a load is added
LOADS = {"sensor": {KEY_LOAD, KEY_ROOM}, "event": {KEY_LOG}}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _load(name: str) -> dict[str, Any]:
    """Return one of the integration's JSON files."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text))


STRINGS = {language: _load(f"translations/{language}.json") for language in LANGUAGES}
ICONS = _load("icons.json")["entity"]
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_platform = pytest.mark.parametrize("platform", PLATFORMS)


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with the dotted keys that lead to it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    else:
        yield path, node


def _source(*names: str) -> str:
    """Return the source of modules of the integration."""
    return "".join(
        (FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in names
    )


def _named(
    description: LinkyEntityDescription, *, three_phases: bool
) -> tuple[str, dict[str, str]]:
    """Return an entity's translation key and placeholders, as ``entity.py`` does."""
    key = description.translation_key
    assert key is not None
    placeholders = dict(description.translation_placeholders or {})
    if isinstance(description, LinkySensorEntityDescription) and description.index:
        placeholders["tariff"] = "?"
    if description.phase is not None and three_phases:
        return f"{key}_phase", {"phase": str(description.phase)}
    return key, placeholders


def _variants(platform: str) -> dict[str, set[str]]:
    """Return every translation key that a platform may use, with its placeholders."""
    found: dict[str, set[str]] = {}
    for description, three_phases in product(PLATFORMS[platform], (False, True)):
        key, placeholders = _named(description, three_phases=three_phases)
        assert found.setdefault(key, set(placeholders)) == set(placeholders), key
    for row in COSTS.get(platform, ()):
        given = {"tariff"} if row.index else set(row.translation_placeholders or ())
        found[str(row.translation_key)] = given
    return found | {key: set() for key in LOADS.get(platform, ())}


def _options() -> dict[str, set[str]]:
    """Return the states of every enum sensor by translation key."""
    return {
        str(description.translation_key): set(description.options)
        for description in (*SENSORS, *COST_SENSORS)
        if description.options is not None
    } | {KEY_LOAD: set(Status)}


# Both languages


def test_same_texts() -> None:
    """French has exactly the keys of English, with the same placeholders."""
    english, french = (
        {path: set(PLACEHOLDER.findall(text)) for path, text in _leaves(strings)}
        for strings in STRINGS.values()
    )
    assert french == english


@every_language
def test_placeholders(language: str) -> None:
    """A placeholder stands only where the code fills it, and in no single quotes."""
    found = {
        path: set(PLACEHOLDER.findall(text))
        for path, text in _leaves(STRINGS[language])
        if not path.startswith("entity.") and PLACEHOLDER.search(text)
    }
    assert found == PLACEHOLDERS
    assert not [
        path
        for path, text in _leaves(STRINGS[language])
        if re.search(r"'\{\w+\}'", text)
    ]


@every_language
def test_plain_text(language: str) -> None:
    """Home Assistant's validator wants no HTML, address or space at an end."""
    for path, text in _leaves(STRINGS[language]):
        assert text, path
        assert text == text.strip(), path
        assert not re.search(r"<|https?://|\[%key:", text), path


def test_french_typography() -> None:
    """Apostrophes are curved; a no-break space precedes double punctuation."""
    wrong = re.compile(r"'|(?<!\u00a0)[;!?»]| :|[^\W\d]:(?!/)|«(?!\u00a0)")
    assert not [
        (path, text) for path, text in _leaves(STRINGS["fr"]) if wrong.search(text)
    ]


@every_language
def test_sentences_end(language: str) -> None:
    """What goes wrong is told in whole sentences."""
    strings = STRINGS[language]
    for texts in (strings["config"]["error"], strings["exceptions"]):
        for path, text in _leaves(texts):
            assert text.endswith("."), path


# Entities


@every_language
@every_platform
def test_every_entity_has_a_name(language: str, platform: str) -> None:
    """Each key has a name with the placeholders it gets, and no name lacks a key."""
    names = {
        key: set(PLACEHOLDER.findall(strings["name"]))
        for key, strings in STRINGS[language]["entity"][platform].items()
    }
    assert names == _variants(platform)


LONGEST = 27
"""Characters of a name that a phone shows whole."""


@every_language
def test_names_are_short(language: str) -> None:
    """With the longest tariff that a contract has, and any phase or number."""
    entities = STRINGS[language]["entity"]
    tariffs = [
        text.lower() for text in entities["sensor"]["tariff_period"]["state"].values()
    ]
    longest = max(tariffs, key=len)
    names = [
        re.sub(r"\{(?!tariff)\w+\}", "1", strings["name"]).format(tariff=longest)
        for platform in entities.values()
        for strings in platform.values()
    ]
    assert names
    assert [name for name in names if len(name) > LONGEST] == []


def test_colors_are_spelled_one_way() -> None:
    """As Home Assistant does."""
    assert [
        text for _, text in _leaves(STRINGS["en"]) if "colour" in text.lower()
    ] == []


@pytest.mark.parametrize(
    "searched", ["téléinfo", "teleinfo", "TIC", "linky", "compteur"]
)
def test_it_is_found_in_the_add_integration_dialog(searched: str) -> None:
    """By the manifest's name or the domain: Home Assistant looks at no translated title.

    What begins after the 20th character is too far away for its search.
    """

    def plain(text: str) -> str:
        return normalize("NFD", text).encode("ascii", "ignore").decode().lower()

    manifest = _load("manifest.json")
    places = [plain(manifest[key]).find(plain(searched)) for key in ("name", "domain")]
    assert any(0 <= place <= 20 for place in places)


@every_language
def test_every_state_has_a_text(language: str) -> None:
    """All states of enums are translated, and nothing else is."""
    translated = {
        key: set(strings["state"])
        for key, strings in STRINGS[language]["entity"]["sensor"].items()
        if "state" in strings
    }
    assert translated == _options() | TEXT_STATES


@every_language
def test_every_event_type_has_a_text(language: str) -> None:
    """All types of events are translated, and nothing else is."""
    translated = {
        key: set(strings["state_attributes"]["event_type"]["state"])
        for key, strings in STRINGS[language]["entity"]["event"].items()
    }
    ours = {row.key: set(row.event_types or ()) for row in EVENTS}
    ours |= {row.key: set(row.event_types or ()) for row in WATCH_EVENTS}
    assert translated == ours | {KEY_LOG: set(Entry)}


@every_language
def test_states_differ(language: str) -> None:
    """No two states of an entity read the same."""
    for platform, entities in STRINGS[language]["entity"].items():
        for key, strings in entities.items():
            texts = list(strings.get("state", {}).values())
            assert len(texts) == len(set(texts)), (platform, key)


@every_language
def test_binary_states_are_on_and_off(language: str) -> None:
    """A binary sensor that names its states names both."""
    for key, strings in STRINGS[language]["entity"]["binary_sensor"].items():
        assert set(strings.get("state", {"on", "off"})) == {"on", "off"}, key


def _keys_by_phases() -> dict[str, set[int | None]]:
    """Return which meters send a key: numbers of phases, None for both kinds."""
    found: dict[str, set[int | None]] = {}
    for label, row in FIELDS.items():
        if LABELS[label].kind in (Kind.INTEGER, Kind.HEX):
            group = Group(label, "0" * LABELS[label].lengths[0], "H250101000000")
            for key in row(group):
                found.setdefault(key, set()).add(LABELS[label].phases)
    return found


def _present(
    platform: str, phases: int, contract: Contract
) -> Iterator[LinkyEntityDescription]:
    """Yield the entities that a meter may have together.

    What a user may enable counts; what the integration disables for this very meter,
    because another entity says the same there, does not.
    """
    sent = _keys_by_phases()
    keys = {key for key, by in sent.items() if by & {None, phases}}
    memory = SimpleNamespace(phases=phases, keys=keys)
    data: defaultdict[str, object] = defaultdict(lambda: True, contract=contract)
    coordinator = cast(
        LinkyCoordinator,
        SimpleNamespace(meter=SimpleNamespace(memory=memory), data=data),
    )
    for description in PLATFORMS[platform]:
        if (description.phase or 1) > phases:
            continue
        if not sent.get(description.key, {None}) & {None, phases}:
            continue
        if description.of_use(coordinator) is not False:
            yield description


@every_language
@every_platform
@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("contract", Contract)
def test_names_are_unique(
    language: str, platform: str, phases: int, contract: Contract
) -> None:
    """No two entities of a meter share a name."""
    strings = STRINGS[language]["entity"][platform]
    tariffs = STRINGS[language]["entity"]["sensor"]["tariff_period"]["state"]
    names = Counter[str]()
    for description in _present(platform, phases, contract):
        key, placeholders = _named(description, three_phases=phases == 3)
        if "tariff" in placeholders:
            assert isinstance(description, LinkySensorEntityDescription)
            tariff = tariff_of_index(contract, description.index or 0)
            placeholders["tariff"] = tariffs[tariff].lower()
        names[strings[key]["name"].format(**placeholders).casefold()] += 1
    assert names
    assert not [name for name, count in names.items() if count > 1]


# Flows and errors

ENEDIS_STEPS = {
    "enedis_file",
    "enedis_imported",
    "enedis_preview",
    "enedis_undo",
    "enedis_undone",
}

PORT_ERRORS = {
    "esphome_not_ready",
    "host_missing",
    "not_an_address",
    "port_denied",
    "port_ours",
    "port_refused",
    "port_used",
}
"""What a form says of a port, and no error of a source."""


@every_language
def test_every_error_has_words(language: str) -> None:
    """A source's error reads the same key in flows and at set-up."""
    flow = set(STRINGS[language]["config"]["error"])
    raised = set(STRINGS[language]["exceptions"])
    source = set(errors._KEYS.values())
    assert flow == source | PORT_ERRORS
    modules = _source(
        "services", "answers/cost", "answers/room", "billing/actions", "plan/actions"
    )
    actions = set(re.findall(r'(?:translation_key=|\brefused\()"(\w+)"', modules))
    prices = set(PRICE_ERRORS.values())
    stored = set(re.findall(r'"(stored_\w+)"', _source("link/store")))
    past = set(re.findall(r'"(past_\w+)"', _source("replace/past")))
    own = {errors.OTHER_METER, errors.UNEXPECTED}
    told = _source("flows/contracts/enedis", "services")
    enedis = set(re.findall(r'"(enedis_\w+)"', told)) - ENEDIS_STEPS
    assert raised == source | actions | prices | stored | past | own | enedis
    options = STRINGS[language]["options"]
    assert past <= options["abort"].keys()
    assert enedis <= options["error"].keys() | {"enedis_not_allowed", "enedis_several"}


@every_language
def test_every_repair_has_words(language: str) -> None:
    """Each repair says what to do, in its text or in the steps that mend it."""
    issues = STRINGS[language]["issues"]
    words = set(re.findall(r'"(port_busy_\w+)"', _source("link/usb")))
    told = set(re.findall(r'"(price_entity_\w+)"', _source("billing/told/prices")))
    assert told == PRICE_ENTITY
    words |= PRICE_ENTITY | set(LOST) | {"contract_power_differs"}
    assert set(issues) == set(Issue) - {Issue.METER_LOST, Issue.PRICE_ENTITY} | words
    flows = _source("repairs").partition("class IndexSteppedFlow")[2]
    flows = flows.partition("class WelcomeFlow")[0]
    sources = dict(
        zip(
            ("index_stepped", "meter_replaced"),
            flows.split("class MeterReplacedFlow"),
            strict=True,
        )
    )
    fixable = {key for key, texts in issues.items() if "description" not in texts}
    assert fixable == {*sources, "welcome", "takeover_offered", "power_differs"}
    offered = issues["takeover_offered"]["fix_flow"]
    options = STRINGS[language]["options"]
    assert offered["step"] == {"confirm": options["step"]["takeover_preview"]}
    assert offered["abort"].keys() == {*Failure, "nothing_to_take"}
    assert offered["abort"].items() <= options["abort"].items()
    assert set(STRINGS[language]["selector"]["takeover"]["options"]) == {
        *Stays,
        "jump",
        "not_recorded",
    }
    for key, source in sources.items():
        flow = issues[key]["fix_flow"]
        options = re.search(r"menu_options=\[([^]]*)\]", source)
        assert options is not None
        assert set(flow["step"]["init"]["menu_options"]) == set(
            re.findall(r'"(\w+)"', options[1])
        )
        assert set(flow["step"]) == set(re.findall(r'step_id="(\w+)"', source))
        assert set(flow["abort"]) == set(re.findall(r'reason="(\w+)"', source))


@every_language
def test_a_lost_meter_has_the_words_of_its_set_up(language: str) -> None:
    """The repair says what the entry would, and the same for every cause."""
    strings = STRINGS[language]
    titles = {strings["issues"][key]["title"] for key in LOST}
    assert len(titles) == 1
    for key in LOST:
        message = strings["exceptions"][key.removeprefix("meter_lost_")]["message"]
        assert strings["issues"][key]["description"].startswith(message)


@every_language
def test_behind_a_server_nobody_speaks_of_wires(language: str) -> None:
    """What the server cannot know is not asked of the user, and both modes are named."""
    exceptions = STRINGS[language]["exceptions"]
    flow = STRINGS[language]["config"]["error"]
    for kind, key in errors._KEYS.items():
        for message in (exceptions[key]["message"], flow[key]):
            if issubclass(kind, NoDataError) and kind is not ModemGoneError:
                assert "HISTORIC" in message, key
                assert "STANDARD" in message, key
            if key.startswith(("server_", "no_", "not_a_server")):
                assert not re.search(r"I1|baud|7E1|wires|fils", message), key


def _below(kind: type[SourceError]) -> set[type[SourceError]]:
    """Return all errors of a kind, itself aside."""
    return {found for each in kind.__subclasses__() for found in (each, *_below(each))}


def test_every_source_error_has_a_key() -> None:
    """No error of the sources falls back on another one's words."""
    assert _below(SourceError) == set(errors._KEYS)
    assert len(set(errors._KEYS.values())) == len(errors._KEYS)


@every_language
def test_config_flow(language: str) -> None:
    """Each step, abort, progress and ending of the flow has its words."""
    config, source = (
        STRINGS[language]["config"],
        _source(
            "config_flow",
            "flows/connection/listening",
            "flows/connection/port_taken",
            "flows/connection/server",
        ),
    )
    steps = set(re.findall(r"def async_step_(\w+)", source))
    steps -= {"usb", "zeroconf", "reauth", "port_disable", "port_other"}
    assert set(config["step"]) == steps
    assert all(step["title"] for step in config["step"].values())
    assert set(config["progress"]) == PROGRESS
    aborts = set(re.findall(r'(?:reason=|AbortFlow\()"(\w+)"', source))
    assert aborts | {"already_in_progress", "reconfigure_successful"} == set(
        config["abort"]
    )
    endings = {
        ending
        for line in re.findall(r'\bdescription=(".*)', source)
        for ending in re.findall(r'"(found\w*)"', line)
    }
    assert set(config["create_entry"]) == endings


@every_language
def test_every_field_is_described(language: str) -> None:
    """Every field of a form has a name and a description."""
    strings = STRINGS[language]
    steps = strings["options"]["step"]
    assert tuple(steps["init"]["menu_options"]) == MENU
    switches = {switch.key for switch in SWITCHES}
    wanted_fields = {
        "settings": {str(field.marker) for field in _FIELDS},
        "publishing": {str(field) for field in _PUBLISHING.schema},
        "welcome": switches,
    }
    for name, fields in wanted_fields.items():
        assert (
            set(steps[name]["data"]) == set(steps[name]["data_description"]) == fields
        )
    for step, more in (
        (strings["config"]["step"]["found"], {CONF_TAKEOVER}),
        (strings["config"]["step"]["found_base"], {CONF_TAKEOVER}),
        (strings["issues"]["welcome"]["fix_flow"]["step"]["confirm"], set()),
    ):
        offered = switches | {CONF_PRICES} | more
        assert set(step["data"]) == set(step["data_description"]) == offered
    assert set(strings["selector"]["welcome_prices"]["options"]) == set(Prices)
    for name, wanted in FORMS.items():
        step = strings["config"]["step"][name]
        assert set(step["data"]) == set(step["data_description"]) == wanted
    for name in ("user", "reconfigure", "nothing_found"):
        step = strings["config"]["step"][name]
        assert list(step["menu_options"]) == WAYS
        assert list(step["menu_option_descriptions"]) == WAYS
    limits = strings["selector"]["limit"]["options"]
    assert set(limits) == {LIMIT_LEAST, LIMIT_BREAKING}


# Icons


@every_platform
def test_icons_belong_to_entities(platform: str) -> None:
    """An icon has an entity, its states exist and do not repeat the default."""
    options = _options() if platform == "sensor" else {}
    usual = {"on", "off"} if platform == "binary_sensor" else set()
    assert set(ICONS[platform]) <= set(_variants(platform))
    for key, icons in ICONS[platform].items():
        assert set(icons.get("state", {})) <= options.get(key, usual), key
        assert icons["default"] not in icons.get("state", {}).values(), key
        assert all(icon.startswith("mdi:") for _, icon in _leaves(icons)), key


@every_platform
def test_no_entity_lacks_an_icon(platform: str) -> None:
    """Where no device class gives an icon, ours does."""
    bare = {
        str(description.translation_key)
        for description in (*PLATFORMS[platform], *COSTS.get(platform, ()))
        if description.device_class in (None, "enum")
    }
    assert bare <= set(ICONS[platform])
