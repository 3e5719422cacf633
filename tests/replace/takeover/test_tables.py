"""Every label of another integration becomes something that is there, or stays."""

from __future__ import annotations

import pytest

from custom_components.linky_meter.binary_sensor import BINARY_SENSORS
from custom_components.linky_meter.linky_tic.tic.labels import LABELS
from custom_components.linky_meter.replace.takeover.tables import (
    BY_VALUE_KEYS,
    FAMILIES,
    LINKYTIC,
    STATUS,
    TELEINFO,
    TELEINFO2MQTT,
    TIC,
    ZIGBEE2MQTT,
    Family,
    Stays,
    target_of,
)
from custom_components.linky_meter.sensor import SENSORS

KEYS = {description.key for description in (*SENSORS, *BINARY_SENSORS)}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_key_exists(family: Family) -> None:
    """What something becomes is an entity of ours."""
    for label, target in family.targets.items():
        assert isinstance(target, Stays) or (target and set(target) <= KEYS), label
    assert set(BY_VALUE_KEYS) <= KEYS


def test_every_label_of_a_meter_is_judged() -> None:
    """None is forgotten."""
    # Nobody makes entities of these two
    assert set(LABELS) - set(TIC) == {"AUTRE", "GAZ"}


@pytest.mark.parametrize(
    ("family", "unique_id", "label", "target"),
    [
        (LINKYTIC, "linkytic_01ABC_hchp", "hchp", ("energy_index_2",)),
        (LINKYTIC, "linkytic_01ABC_bbrhpjr", "bbrhpjr", ("energy_index_6",)),
        (
            LINKYTIC,
            "linkytic_01ABC_smaxsn1-1",
            "smaxsn1-1",
            ("max_power_yesterday_l1",),
        ),
        (LINKYTIC, "linkytic_01ABC_erq1", "erq1", Stays.UNIT),
        (LINKYTIC, "linkytic_01ABC_stge_4", "stge_4", Stays.NO_COUNTERPART),
        (LINKYTIC, "linkytic_01ABC_contact_sec", "contact_sec", Stays.SENSE),
        (TELEINFO, "021234567890_HCHC", "HCHC", ("energy_index_1",)),
        (TELEINFO, "021234567890_DEMAIN", "DEMAIN", ("tempo_tomorrow",)),
        (TELEINFO, "021234567890_PTEC", "PTEC", Stays.WORDS),
        (
            TELEINFO2MQTT,
            "teleinfo_021234567890_EAST",
            "EAST",
            ("energy_import", "energy_meter_total"),
        ),
        (
            ZIGBEE2MQTT,
            "0x00158d0001a2b3c4_current_tier2_summ_delivered_zigbee2mqtt",
            "current_tier2_summ_delivered",
            ("energy_index_2",),
        ),
    ],
)
def test_unique_ids(
    family: Family, unique_id: str, label: str, target: tuple[str, ...] | Stays
) -> None:
    """A unique id tells what an entity is."""
    match = family.pattern.fullmatch(unique_id)
    assert match is not None
    assert match["label"] == label
    assert target_of(family, label) == target


def test_bits_do_not_hide_labels() -> None:
    """No name stands in both tables."""
    assert not STATUS.keys() & TIC.keys()
