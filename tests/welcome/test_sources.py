"""How the sources of a meter join those of the user: nothing of his changes."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from custom_components.linky_meter.linky_tic.tic.tariffs import Contract
from custom_components.linky_meter.replace.energy_preferences import Source
from custom_components.linky_meter.welcome.sources import (
    join,
    registers_of,
    wanted_sources,
    without,
)
from homeassistant.components.energy.data import ENERGY_SOURCE_SCHEMA

ALL = {
    "energy_import": "sensor.linky_energy_import",
    "energy_export": "sensor.linky_energy_export",
    "active_power": "sensor.linky_active_power",
    **{f"energy_index_{n}": f"sensor.linky_energy_index_{n}" for n in range(1, 11)},
}
COSTS = {
    "cost_total": "sensor.linky_cost_total",
    **{f"cost_index_{n}": f"sensor.linky_cost_index_{n}" for n in range(1, 11)},
}
ACTIVE = {
    Contract.BASE: {1},
    Contract.OFF_PEAK: {1, 2},
    Contract.TEMPO: set(range(1, 7)),
    Contract.OTHER: {2, 3},
}


def wanted(
    contract: Contract,
    statistics: dict[str, str],
    made: Any = None,
    disabled: tuple[str, ...] = (),
) -> dict[str, Source]:
    """Return the sources of a meter."""
    registers = registers_of(contract, ACTIVE[contract], {}, disabled)
    return wanted_sources(registers, statistics, made or {})


def imports(sources: list[Source]) -> list[str]:
    """Return what is imported."""
    return [
        str(one["stat_energy_from"]).removeprefix("sensor.linky_") for one in sources
    ]


def test_a_source_for_each_tariff() -> None:
    """Tempo has six, one of them with export and power; each with its cost."""
    sources, made = join([], {}, wanted(Contract.TEMPO, ALL | COSTS))
    assert imports(sources) == [f"energy_index_{n}" for n in range(1, 7)]
    assert sources[0]["stat_energy_to"] == ALL["energy_export"]
    assert sources[0]["stat_rate"] == ALL["active_power"]
    assert not any(one["stat_energy_to"] or "stat_rate" in one for one in sources[1:])
    assert sources[3]["stat_cost"] == "sensor.linky_cost_index_4"
    assert list(made.values()) == sources
    ENERGY_SOURCE_SCHEMA(sources)


def test_what_the_export_brings() -> None:
    """Beside the export only, and not beside a meter that has none."""
    revenue = {"export_revenue": "sensor.linky_export_revenue"}
    first, *others = wanted(Contract.TEMPO, ALL | COSTS | revenue).values()
    assert first["stat_compensation"] == revenue["export_revenue"]
    assert not any(one["stat_compensation"] for one in others)
    without_export = {key: ALL[key] for key in ALL if key != "energy_export"}
    for source in wanted(Contract.TEMPO, without_export | revenue).values():
        assert source["stat_compensation"] is None


def test_the_total_where_there_is_one_tariff() -> None:
    """BASE has only the total; what index 1 cost is what all cost."""
    costs = {"cost_index_1": COSTS["cost_index_1"]}
    (source,) = wanted(Contract.BASE, ALL | costs).values()
    assert source["stat_energy_from"] == ALL["energy_import"]
    assert source["stat_cost"] == COSTS["cost_index_1"]
    (source,) = wanted(Contract.BASE, ALL | COSTS).values()
    assert source["stat_cost"] == COSTS["cost_total"]
    disabled = ("energy_index_2",)
    assert list(wanted(Contract.OFF_PEAK, ALL, disabled=disabled)) == ["energy_import"]


def test_prices_that_come_later() -> None:
    """Costs are added, and what the user changed meanwhile stays."""
    sources, made = join([], {}, wanted(Contract.OFF_PEAK, ALL))
    sources[0] |= {"number_energy_price_export": 0.13, "name": "Nuit"}
    sources[1] |= {"number_energy_price": 0.2}
    sources, made = join(sources, made, wanted(Contract.OFF_PEAK, ALL | COSTS, made))
    assert sources[0]["stat_cost"] == COSTS["cost_index_1"]
    assert sources[0]["number_energy_price_export"] == 0.13
    assert sources[0]["name"] == "Nuit"
    assert sources[1]["stat_cost"] is None
    assert sources[1]["number_energy_price"] == 0.2
    again, _ = join(sources, made, wanted(Contract.OFF_PEAK, ALL | COSTS, made))
    assert again == sources


def test_another_contract() -> None:
    """Tariffs are added; at BASE the total takes their place, and the user's export."""
    sources, made = join([], {}, wanted(Contract.OFF_PEAK, ALL))
    sources[0]["entity_energy_price_export"] = "sensor.mine"
    theirs = {"type": "solar", "stat_energy_from": "sensor.roof"}
    sources.append(theirs)
    sources, made = join(sources, made, wanted(Contract.TEMPO, ALL, made))
    assert imports(sources) == [
        *(f"energy_index_{n}" for n in range(1, 7)),
        "sensor.roof",
    ]
    sources, made = join(sources, made, wanted(Contract.BASE, ALL, made))
    assert imports(sources) == ["energy_import", "sensor.roof"]
    assert sources[0]["entity_energy_price_export"] == "sensor.mine"
    sources, made = join(sources, made, wanted(Contract.BASE, ALL | COSTS, made))
    assert sources[0]["entity_energy_price_export"] == "sensor.mine"
    assert sources[0]["stat_cost"] == COSTS["cost_total"]
    assert without(sources, made) == [theirs]


def test_what_he_gets_for_his_export_outlives_two_contracts() -> None:
    """It goes to what is new, and to what was there before, in turn."""
    sources, made = join([], {}, wanted(Contract.BASE, ALL))
    sources[0]["stat_compensation"] = "sensor.mine"
    for contract in (Contract.TEMPO, Contract.OTHER, Contract.OTHER):
        sources, made = join(sources, made, wanted(contract, ALL, made))
        assert sources[0]["stat_energy_to"] == ALL["energy_export"]
        assert sources[0]["stat_compensation"] == "sensor.mine"


def test_a_price_of_an_export_that_is_not_there() -> None:
    """It takes the export from no other source."""
    sources, made = join([], {}, wanted(Contract.OFF_PEAK, ALL))
    for source in sources:
        source["stat_compensation"] = "sensor.mine"
    sources, made = join(sources, made, wanted(Contract.BASE, ALL, made))
    assert sources[0]["stat_energy_to"] == ALL["energy_export"]
    assert sources[0]["stat_compensation"] == "sensor.mine"


def test_costs_of_the_user_s_own_stay() -> None:
    """A source with a price of his is not taken away: all stays as it is."""
    sources, made = join([], {}, wanted(Contract.BASE, ALL))
    sources[0]["number_energy_price"] = 0.25
    joined, kept = join(sources, made, wanted(Contract.TEMPO, ALL, made))
    assert joined == sources
    assert kept == made


def test_what_the_user_took_out_is_not_put_back() -> None:
    """One of ours, or all."""
    sources, made = join([], {}, wanted(Contract.OFF_PEAK, ALL))
    del sources[0]
    again, made = join(sources, made, wanted(Contract.OFF_PEAK, ALL | COSTS, made))
    assert imports(again) == ["energy_index_2"]
    assert again[0]["stat_energy_to"] is None
    again, made = join([], made, wanted(Contract.OFF_PEAK, ALL | COSTS, made))
    assert again == []
    assert made == {}


def test_a_renamed_statistic() -> None:
    """Ours follow the entity, whoever renamed the statistic in the preferences."""
    sources, made = join([], {}, wanted(Contract.BASE, ALL))
    renamed = ALL | {"energy_import": "sensor.grid"}
    by_us, _ = join(sources, made, wanted(Contract.BASE, renamed, made))
    by_him, _ = join(
        [sources[0] | {"stat_energy_from": "sensor.grid"}],
        made,
        wanted(Contract.BASE, renamed, made),
    )
    assert by_us == by_him
    assert by_us[0]["stat_energy_from"] == "sensor.grid"


def test_an_export_that_another_source_has() -> None:
    """Home Assistant takes an export and a power once: the user's comes first."""
    theirs = {
        "type": "grid",
        "stat_energy_from": None,
        "stat_energy_to": ALL["energy_export"],
        "stat_rate": ALL["active_power"],
        "cost_adjustment_day": 0.0,
    }
    sources, _ = join([theirs], {}, wanted(Contract.BASE, ALL))
    assert sources[0] == theirs
    assert sources[1]["stat_energy_to"] is None
    assert "stat_rate" not in sources[1]
    ENERGY_SOURCE_SCHEMA(sources)


# The user's own: grids, whose statistics are told once, and whatever else there is

_NAMES = st.sampled_from([*(f"sensor.other_{n}" for n in range(6)), *ALL.values()])
_PRICES = st.one_of(st.none(), st.floats(0, 1))
_GRIDS = st.fixed_dictionaries(
    {
        "type": st.just("grid"),
        "stat_energy_from": st.one_of(st.none(), _NAMES),
        "stat_energy_to": st.one_of(st.none(), _NAMES),
        "stat_cost": st.one_of(st.none(), _NAMES),
        "number_energy_price": _PRICES,
        "cost_adjustment_day": st.just(0.0),
    },
    optional={"stat_rate": _NAMES, "name": st.text(max_size=5)},
)
_OTHERS = st.sampled_from(
    [
        {"type": "solar", "stat_energy_from": "sensor.roof"},
        {"type": "gas", "stat_energy_from": "sensor.gas", "stat_cost": None},
        {"type": "something_new", "value": [1]},
    ]
)


def _valid(sources: list[Source]) -> bool:
    try:
        ENERGY_SOURCE_SCHEMA([one for one in sources if one["type"] != "something_new"])
    except Exception:  # noqa: BLE001 - any complaint makes it no preferences of a user
        return False
    return True


_SOURCES: st.SearchStrategy[Source] = st.one_of(_GRIDS, _OTHERS)
_PREFERENCES = st.lists(_SOURCES, max_size=6).filter(_valid)
_EDITS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(max_size=5),
        "number_energy_price": st.floats(0, 1),
        "number_energy_price_export": st.floats(0, 1),
        "stat_compensation": st.just("sensor.other_7"),
    },
)
_LIVES = st.lists(
    st.tuples(
        st.sampled_from(sorted(ACTIVE)),
        st.booleans(),
        st.dictionaries(st.integers(0, 9), st.one_of(st.none(), _EDITS), max_size=3),
    ),
    min_size=1,
    max_size=5,
)


# On a busy machine the first ones take seconds
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(_PREFERENCES, _LIVES)
def test_the_user_s_own_survives(theirs: list[Source], life: list[Any]) -> None:
    """Whatever becomes of the meter and of our sources, his stay, in their order."""
    sources: list[Source] = deepcopy(theirs)
    made: dict[str, Source] = {}
    changed: list[Source] = []
    for contract, priced, edits in life:
        statistics = ALL | (COSTS if priced else {})
        sources, made = join(sources, made, wanted(contract, statistics, made))
        assert _valid(sources)
        assert without(sources, made) == theirs
        for price in changed:
            # A price that he gave one of ours is never ours again
            assert any(price.items() <= one.items() for one in sources)
        if not made:
            break
        assert join(sources, made, wanted(contract, statistics, made)) == (
            sources,
            made,
        )
        # He edits ours, or takes them out
        ours = [place for place, one in enumerate(sources) if one not in theirs]
        for number, edit in sorted(edits.items(), reverse=True):
            if number >= len(ours):
                continue
            place = ours[number]
            if edit is None:
                del sources[place]
            elif "number_energy_price" in edit:
                price = {
                    "stat_energy_from": sources[place]["stat_energy_from"],
                    "number_energy_price": edit["number_energy_price"],
                }
                sources[place] = sources[place] | edit | {"stat_cost": None}
                changed.append(price)
            else:
                sources[place] = sources[place] | edit
        changed = [
            price
            for price in changed
            if any(price.items() <= o.items() for o in sources)
        ]
