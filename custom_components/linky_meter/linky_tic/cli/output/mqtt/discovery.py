"""What Home Assistant is told of a device: its entities, and where their values are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
import json
import re
from typing import Any
import unicodedata

from ....costs.prices.offers import Offer
from ....publish.shown import contract_in
from ....tic.identity import parse_address
from ....tic.tariffs import Tariff, label_of_index
from ...messages import Language
from ..teller import Told
from .broker import OFFLINE, ONLINE
from .table import Row, rows, word

URL = "https://github.com/linky-meter/linky-meter"
STATUS, METER = "status", "meter"
"""The topics that say whether linky-tic runs, and whether the meter is read."""
CALENDAR = "calendar"
"""The topic of what the contract does now, and will do."""


@dataclass(frozen=True)
class Topics:
    """Where a meter's values are."""

    base: str
    """Of this meter alone."""
    node: str
    """What tells the meter from all others, and nothing about it."""

    def of(self, *names: str) -> str:
        """Return a topic."""
        return "/".join((self.base, self.node, *names))


def slug(text: str) -> str:
    """Return a text as entity ids have it."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", kept).strip("_") or "linky"


def slugs(names: Collection[str]) -> dict[str, str]:
    """Return a slug for each name, with a number where one before has the same."""
    taken = {slug(name) for name in names}
    found: dict[str, str] = {}
    for name in names:
        one = slug(name)
        if one in found.values():
            numbered = (f"{one}_{number}" for number in count(2))
            one = next(other for other in numbered if other not in taken)
            taken.add(one)
        found[name] = one
    return found


def meter_config(topics: Topics, name: str, lang: Language, told: Told) -> str:
    """Return what is said of a meter."""
    identity = parse_address(told.reading.address or "")
    version = told.reading["tic_version"]
    device = {
        "ids": [topics.node],
        "name": name,
        "mf": identity.manufacturer if identity else None,
        "mdl": identity.model_in(lang) if identity else None,
        "sw": f"TIC {version}" if version else None,
    }
    found = {}
    for row in rows("meter"):
        if row.wanted(told):
            named = row.name(lang, phases=told.memory.phases)
            if row.index is not None:
                named = named.format(tariff=_tariff(row.index, lang, told))
            entity = _entity(topics, row, f"{slug(name)}_{row.key}", named)
            if not row.enabled_at(told):
                entity["en"] = False
            if row.platform == "event":
                entity["stat_t"] = topics.of("event", row.key)
            else:
                entity["stat_t"] = topics.of(row.group)
            if row.always:
                entity["avty"] = [_availability(topics, STATUS)]
            # An event may have the key of a state
            found[f"{row.platform}_{row.key}"] = entity
    return _config(device, found, _there(topics))


def costs_config(
    topics: Topics,
    name: str,
    lang: Language,
    told: Told,
    keys: Collection[str],
    *,
    own_hours: Offer | None = None,
) -> str:
    """Return what is said of a meter's costs, as far as any are told.

    ``own_hours`` is one's own contract, if it has indexes of its own.
    """
    device = {
        "ids": [f"{topics.node}_costs"],
        "name": word("costs", lang).format(meter=name),
        "via_device": topics.node,
    }
    found = {}
    for row in rows("costs"):
        if row.key in keys:
            named = row.name(lang)
            if row.index is not None:
                tariff = _tariff(row.index, lang, told, own_hours)
                named = named.format(tariff=tariff)
            object_id = f"{slug(name)}_{row.key}"
            entity = _entity(topics, row, object_id, named) | _reset(row)
            found[row.key] = entity | {"stat_t": topics.of("costs")}
            if row.attributes:
                found[row.key] |= _attributes(topics.of("costs"), f"about.{row.key}")
    return _config(device, found, [_availability(topics, STATUS)])


def offer_config(
    topics: Topics, lang: Language, place: str, offer: Offer, keys: Collection[str]
) -> str:
    """Return what is said of an offer; ``place`` is its slug among the others."""
    node = f"{topics.node}_offer_{place}"
    device = {"ids": [node], "name": offer.name, "mf": offer.supplier or None}
    found = {
        row.key: _entity(topics, row, f"{place}_{row.object_id}", row.name(lang))
        | {"uniq_id": f"{node}_{row.key}", "stat_t": topics.of("offer", place)}
        | _reset(row)
        for row in rows("offer")
        if row.key in keys
    }
    return _config(device, found, [_availability(topics, STATUS)])


def calendar_config(topics: Topics, name: str, lang: Language, *, enabled: bool) -> str:
    """Return what is said of the calendar of tariffs, on the meter's own device."""
    found = {}
    for row in rows("calendar"):
        topic = topics.of(CALENDAR)
        entity = _entity(topics, row, f"{slug(name)}_{row.key}", row.name(lang))
        found[row.key] = entity | {"stat_t": topic} | _attributes(topic, "event")
        found[row.key] |= {"val_tpl": "{{ value_json.on }}"}
        if not enabled:
            found[row.key]["en"] = False
    device = {"ids": [topics.node], "name": name}
    return _config(device, found, [_availability(topics, STATUS)])


def _attributes(topic: str, path: str) -> dict[str, str]:
    """Return where it stands what is told beside a value."""
    template = f"{{{{ (value_json.{path} or {{}}) | tojson }}}}"
    return {"json_attr_t": topic, "json_attr_tpl": template}


_SINCE = {
    "_today": "day_start",
    "_calendar_year": "calendar_year_start",
    "_bill": "bill_start",
}
"""Since when a sum counts, by how its key ends; others since the month began."""


def _reset(row: Row) -> dict[str, str]:
    """Return where it stands when a sum began anew."""
    if not row.resets:
        return {}
    since = next(
        (since for end, since in _SINCE.items() if row.key.endswith(end)), "month_start"
    )
    if row.index is not None or row.key == "export_revenue":
        # It goes on for ever, but where the ledger was lost
        since = "restarted or ''"
    return {"lrst_val_tpl": f"{{{{ value_json.{since} }}}}"}


def _tariff(
    index: int, lang: Language, told: Told, own_hours: Offer | None = None
) -> str:
    """Return what an index is called, in lower case where we have a word for it."""
    if own_hours is not None:
        key = own_hours.names.get(index, str(index))
        return word(f"hours_{'index_' if key.isdigit() else ''}{key}", lang).lower()
    calendar = str(told.reading["calendar_name"] or "")
    labels = told.memory.labels.get(calendar, {})
    named = label_of_index(contract_in(told.reading), index, labels)
    return word(named, lang).lower() if isinstance(named, Tariff) else named


def _entity(topics: Topics, row: Row, object_id: str, name: str) -> dict[str, Any]:
    """Return what is said of an entity, but for where its state is."""
    found: dict[str, Any] = {
        "p": row.platform,
        "uniq_id": f"{topics.node}_{row.key}",
        "def_ent_id": f"{row.platform}.{object_id}",
        "name": name,
        "ic": row.icon,
        "dev_cla": row.device_class,
        "stat_cla": row.state_class,
        "ent_cat": row.entity_category,
        "unit_of_meas": row.unit,
        "sug_dsp_prc": row.suggested_display_precision,
        "ops": list(row.options) or None,
        "evt_typ": list(row.event_types) or None,
    }
    if row.platform != "event":
        found["val_tpl"] = _template(row)
    if row.platform == "binary_sensor":
        found |= {"pl_on": "True", "pl_off": "False"}
    if not row.enabled:
        found["en"] = False
    return {key: value for key, value in found.items() if value is not None}


def _template(row: Row) -> str:
    value = f"value_json.{row.key}"
    if row.divisor == 1:
        return f"{{{{ {value} }}}}"
    return f"{{{{ none if {value} is none else {value} / {row.divisor} }}}}"


def _availability(topics: Topics, name: str) -> dict[str, str]:
    return {"t": topics.of(name), "pl_avail": ONLINE, "pl_not_avail": OFFLINE}


def _there(topics: Topics) -> list[dict[str, str]]:
    return [_availability(topics, STATUS), _availability(topics, METER)]


def _config(
    device: Mapping[str, Any],
    entities: Mapping[str, Mapping[str, Any]],
    availability: Iterable[Mapping[str, str]],
) -> str:
    return json.dumps(
        {
            "dev": {key: value for key, value in device.items() if value is not None},
            "o": {"name": "linky-tic", "url": URL},
            "cmps": entities,
            "avty": list(availability),
            "avty_mode": "all",
            "qos": 1,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
