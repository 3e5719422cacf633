"""The grid sources of the Energy dashboard that a meter needs, and how they join others.

Nothing of Home Assistant is called here. A source has the shape of its release 2026.10
(``GridSourceType`` in ``energy/data.py``): an import with its cost, and, on one of them,
the export and the live power.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..linky_tic.tic.tariffs import INDEXES, TARIFFS, Contract, index_key
from ..replace.energy_preferences import Source

type Made = Mapping[str, Source]
"""The sources that we wrote, as they were then, by the key of their register."""

TOTAL = "energy_import"
POWER = "active_power"
ALL_COSTS = "cost_total"
REVENUE = "export_revenue"
TOTAL_COSTS = (ALL_COSTS, "cost_index_1")
"""What all energy may cost under one tariff, the first that there is."""
_IMPORT, _EXPORT, _RATE = "stat_energy_from", "stat_energy_to", "stat_rate"
_CONFIG = "power_config"
_COST = ("stat_cost", "entity_energy_price", "number_energy_price")
_CARRIED = (
    (
        _EXPORT,
        "stat_compensation",
        "entity_energy_price_export",
        "number_energy_price_export",
    ),
    (_RATE, _CONFIG),
)
STATISTICS = (_IMPORT, _COST[0], *_CARRIED[0][:2], _RATE)
# What belongs together: whoever changed one of them has chosen all of them
_GROUPS = (_COST, *_CARRIED)
# As Home Assistant fills it up when the user saves: power is left out, the rest is not
_NOTHING: Source = {
    "type": "grid",
    _IMPORT: None,
    **dict.fromkeys((*_COST, *_CARRIED[0])),
    "cost_adjustment_day": 0.0,
}


def registers_of(
    contract: Contract,
    active: Collection[int],
    statistics: Collection[str],
    disabled: Collection[str],
) -> dict[str, tuple[str, ...]]:
    """Return the keys whose energies add up to all that is imported.

    With the keys of what each may cost, the first that there is. The total serves where
    the contract has one tariff, and where one of the registers is disabled. Of tariffs
    that are not known, any register that is recorded may be counted.
    """
    if contract is Contract.BASE:
        return {TOTAL: TOTAL_COSTS}
    counted = range(1, len(TARIFFS[contract]) + 1) or INDEXES
    indexes = [n for n in counted if n in active or index_key(n) in statistics]
    if not indexes or any(index_key(n) in disabled for n in indexes):
        return {TOTAL: (ALL_COSTS,)}
    return {index_key(n): (f"cost_index_{n}",) for n in indexes}


def wanted_sources(
    registers: Mapping[str, Sequence[str]], statistics: Mapping[str, str], made: Made
) -> dict[str, Source]:
    """Return the sources of registers, with costs, export and power where there are.

    ``statistics`` has the statistic of each key of the meter that is recorded.
    """
    keys = [key for key in registers if key in statistics]
    carriers = [key for key in keys if key in made and _carries(made[key])]
    carrier = next(iter(carriers or keys), None)
    return {
        key: source_of(
            statistics[key],
            next(
                (statistics[one] for one in registers[key] if one in statistics), None
            ),
            statistics.get("energy_export") if key == carrier else None,
            statistics.get(POWER) if key == carrier else None,
            statistics.get(REVENUE) if key == carrier else None,
        )
        for key in keys
    }


def left_registers(
    wanted: Mapping[str, Source], statistics: Mapping[str, str], made: Made
) -> dict[str, Source]:
    """Return the sources of tariffs that an earlier contract had: their past stays."""
    if TOTAL in wanted:
        return {}
    return {
        key: made[key] | {_IMPORT: statistics[key]}
        for key in made
        if key in statistics and key not in {*wanted, TOTAL} and not _carries(made[key])
    }


def source_of(
    energy: str,
    cost: str | None,
    export: str | None = None,
    power: str | None = None,
    revenue: str | None = None,
) -> Source:
    """Return a source as Home Assistant keeps it; ``revenue`` is of what is exported."""
    source = _NOTHING | {_IMPORT: energy, _EXPORT: export, _COST[0]: cost}
    if export:
        source[_CARRIED[0][1]] = revenue
    return source | ({_RATE: power} if power else {})


def in_use(sources: Sequence[Source]) -> set[str]:
    """Return the statistics that are the import of a grid source."""
    return {str(one[_IMPORT]) for one in sources if _is_grid(one) and one.get(_IMPORT)}


def shows_power(source: Source) -> bool:
    """Return whether a source has the live power."""
    return bool(source.get(_RATE))


def join(
    sources: Sequence[Source], made: Made, wanted: Mapping[str, Source]
) -> tuple[list[Source], dict[str, Source]]:
    """Return all sources with ours as they are wanted, and what is now ours.

    What others made stays as it is and where it is, and so does what the user changed
    of ours: each group of fields that is not what we wrote. What he took out of ours is
    not put back. Without anything left of ours, nothing is made.
    """
    places = _places(sources, made, wanted)
    if made and not places:
        return list(sources), {}
    wanted = _fitting(wanted, sources, places, made)
    leaving = [key for key in places if key not in wanted]
    if any(_changed(sources[places[key]], made[key], _COST) for key in leaving):
        # The user's own costs of a register that no longer is shown: all stays as it is
        return list(sources), dict(made)
    new = {
        key: source
        for key, source in wanted.items()
        if key not in made and source[_IMPORT] not in in_use(sources)
    }
    added = [dict(source) for source in new.values()]
    kept = {
        key: _merged(sources[place], made[key], wanted[key])
        for key, place in places.items()
        if key in wanted
    }
    untouched = [
        kept[key]
        for key in wanted
        if key in kept
        and not any(_changed(sources[places[key]], made[key], one) for one in _CARRIED)
    ]
    for key in leaving:
        _hand_over(sources[places[key]], made[key], added or untouched)
    joined = _put(sources, places, kept, added)
    ours = {key: wanted[key] for key in (*kept, *new)}
    gone = {key: made[key] for key in made if key not in places}
    return joined, gone | ours if ours else {}


def without(sources: Sequence[Source], made: Made) -> list[Source]:
    """Return the sources without ours."""
    ours = set(_places(sources, made, {}).values())
    return [source for place, source in enumerate(sources) if place not in ours]


def _is_grid(source: Source) -> bool:
    return source.get("type") == "grid"


def _carries(source: Source) -> bool:
    return bool(source.get(_EXPORT)) or shows_power(source)


def _changed(source: Source, base: Source, fields: Sequence[str]) -> bool:
    """Return whether one of these fields is not what we wrote."""
    return any(source.get(name) != base.get(name) for name in fields)


def _set(source: Source, fields: Sequence[str], values: Source) -> None:
    for name in fields:
        if name in values:
            source[name] = values[name]
        else:
            source.pop(name, None)


def _places(
    sources: Sequence[Source], made: Made, wanted: Mapping[str, Source]
) -> dict[str, int]:
    """Return where ours are, by key; their statistics may have been renamed."""
    at = {
        source.get(_IMPORT): place
        for place, source in enumerate(sources)
        if _is_grid(source)
    }
    found: dict[str, int] = {}
    for key, base in made.items():
        for source in (base, wanted.get(key, base)):
            if (place := at.get(source[_IMPORT])) is not None:
                found[key] = place
                break
    return found


def _merged(source: Source, base: Source, wanted: Source) -> Source:
    """Return a source as it is wanted, but for what the user changed of it."""
    merged = dict(source)
    merged[_IMPORT] = wanted[_IMPORT]
    for fields in _GROUPS:
        if not _changed(source, base, fields):
            _set(merged, fields, wanted)
    return merged


def _hand_over(source: Source, base: Source, heirs: Sequence[Source]) -> None:
    """Give what the user changed of the export and power of ours to what follows it."""
    for fields in _CARRIED:
        # A price without an export says nothing
        told = [name for name in fields if name in {_EXPORT, _RATE, _CONFIG}]
        says = any(one.get(name) for one in (source, base) for name in told)
        if heirs and says and _changed(source, base, fields):
            _set(heirs[0], fields, source)


def _put(
    sources: Sequence[Source],
    places: Mapping[str, int],
    kept: Mapping[str, Source],
    added: Sequence[Source],
) -> list[Source]:
    """Return all sources: ours where they were, the new ones after the last of ours."""
    ours = {place: kept.get(key) for key, place in places.items()}
    after = max(places.values(), default=len(sources) - 1) + 1
    joined = [ours.get(place, source) for place, source in enumerate(sources)]
    joined[after:after] = added
    return [source for source in joined if source is not None]


def _fitting(
    wanted: Mapping[str, Source],
    sources: Sequence[Source],
    places: Mapping[str, int],
    made: Made,
) -> dict[str, Source]:
    """Return what is wanted without the export and power that others have already.

    Home Assistant takes each of them once.
    """
    keys = {place: key for key, place in places.items()}
    fitting = {key: dict(source) for key, source in wanted.items()}
    for name, *more in _CARRIED:
        used = {
            source.get(name)
            for place, source in enumerate(sources)
            if place not in keys or _changed(source, made[keys[place]], (name, *more))
        }
        for source in fitting.values():
            if source.get(name) in used - {None}:
                _set(source, (name, *more), _NOTHING)
    return fitting
