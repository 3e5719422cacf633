"""The label table."""

import csv

import pytest

from custom_components.linky_meter.linky_tic.tic.fields import FIELDS
from custom_components.linky_meter.linky_tic.tic.labels import (
    ADDRESS_LABELS,
    LABELS,
    ROWS,
    Absence,
    Kind,
    Label,
    Mode,
)

from .helpers import SHARED, example

HISTORIC_ROWS = [row for row in ROWS if row.mode is Mode.HISTORIC]
STANDARD_ROWS = [
    row for row in ROWS if row.mode is Mode.STANDARD and row.same_as is None
]
PILOT_ROWS = [row for row in ROWS if row.same_as is not None]


def test_all_labels_are_there() -> None:
    """36 historic, 71 standard, and three of pilot meters."""
    assert len(HISTORIC_ROWS) == 36
    assert len(STANDARD_ROWS) == 71
    assert {row.name: row.same_as for row in PILOT_ROWS} == {
        "SINST1": "SINSTS",
        "SMAXN": "SMAXSN",
        "SMAXN-1": "SMAXSN-1",
    }
    assert len(LABELS) == len(ROWS)
    assert [LABELS[name].mode for name in ADDRESS_LABELS] == [*Mode]


def test_counts_of_the_specification() -> None:
    """As its tables have it."""
    assert sum(row.horodate for row in STANDARD_ROWS) == 24
    assert sum(row.phases == 3 for row in STANDARD_ROWS) == 15
    assert sum(row.only == "producer" for row in STANDARD_ROWS) == 10
    assert sum(row.phases == 1 for row in HISTORIC_ROWS) == 3
    assert sum(row.phases == 3 for row in HISTORIC_ROWS) == 11
    assert not any(row.horodate for row in HISTORIC_ROWS)


def test_rows_agree_with_the_digest() -> None:
    """Order, lengths, units and the rest, row by row."""
    path = SHARED / "spec" / "tic-labels.csv"
    if not path.exists():
        pytest.skip("The digest is not on this machine")
    with path.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    kinds = {
        "str": Kind.TEXT,
        "int": Kind.INTEGER,
        "enum": Kind.ENUM,
        "hex": Kind.HEX,
        "horodate": Kind.HORODATE,
        "blocks": Kind.BLOCKS,
    }
    units = {"VArh": "varh", "dal": "daL"}
    phases = {"any": None, "single": 1, "three": 3}
    assert [
        (
            row.mode,
            row.name,
            row.lengths[0],
            row.unit,
            row.horodate,
            row.kind,
            row.phases,
            row.only,
            row.description,
            row.description_fr,
        )
        for row in [*HISTORIC_ROWS, *STANDARD_ROWS]
    ] == [
        (
            row["mode"],
            row["label"],
            int(row["length"]),
            units.get(row["unit"], row["unit"]),
            row["has_horodate"] == "1",
            kinds[row["value_kind"]],
            phases[row["phases"]],
            None if row["contract"] == "any" else row["contract"],
            row["description_en"],
            row["description_fr"],
        )
        for row in expected
    ]


def test_measurements() -> None:
    """What is of now; UMOY and indexes are not."""
    assert {row.name for row in ROWS if row.measurement} == {
        *("IINST", "IINST1", "IINST2", "IINST3", "PAPP"),
        *("IRMS1", "IRMS2", "IRMS3", "URMS1", "URMS2", "URMS3"),
        *("SINSTS", "SINSTS1", "SINSTS2", "SINSTS3", "SINSTI", "SINST1"),
    }


def test_absences() -> None:
    """What leaving a label out means."""
    by_absence = {
        absence: {row.name for row in ROWS if row.absence is absence}
        for absence in Absence
    }
    assert by_absence[Absence.OFF] == {"ADPS", "ADIR1", "ADIR2", "ADIR3", "PEJP"}
    assert by_absence[Absence.KEEP] == {"MSG2", "GAZ", "AUTRE"}
    assert by_absence[Absence.UNKNOWN] == {
        *(f"{name}{n}" for name in ("DPM", "FPM") for n in (1, 2, 3)),
        *("CCASN", "CCASN-1", "CCAIN", "CCAIN-1", "DEMAIN", "PPOINTE"),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_shape_of_data(row: Label) -> None:
    """Data of the right kind and length passes, anything longer or shorter not."""
    value, _ = example(row)
    assert len(value) in row.lengths
    assert row.pattern.fullmatch(value)
    for other in (value + "0", value[:-1]):
        if len(other) not in row.lengths:
            assert row.pattern.fullmatch(other) is None
    assert row.pattern.fullmatch(value + "\n") is None
    if value:
        assert row.pattern.fullmatch(value[:-1] + "\x7f") is None


@pytest.mark.parametrize(
    ("label", "good", "bad"),
    [
        ("BASE", ["000190575", "00190575"], ["0190575", "00019057A", "         "]),
        ("BBRHCJB", ["000190575"], ["00190575"]),
        ("OPTARIF", ["BASE", "HC..", "EJP.", "BBR(", "BBR?"], ["BBR@", "HC  ", "BBR'"]),
        ("PTEC", ["TH..", "HN..", "PM..", "HPJW"], ["HX..", "TH  ", "PCJB", "HNJB"]),
        ("DEMAIN", ["BLEU", "----"], ["____", "VERT"]),
        ("ADCO", ["0421AA123456"], ["042164 23456"]),
        ("STGE", ["013A0501"], ["013a0501", "013A050G"]),
        ("MOTDETAT", ["000000", "4000000000"], ["00000000"]),
        ("PPOINTE", [" ".join(["NONUTILE"] * 11)], ["NONUTILE" * 12 + "00"]),
        ("PRM", ["12345678901234"], ["1234567890123A"]),
    ],
)
def test_shapes_that_are_narrower(label: str, good: list[str], bad: list[str]) -> None:
    """A checksum alone lets one damaged group in 64 through."""
    pattern = LABELS[label].pattern
    assert all(pattern.fullmatch(value) for value in good)
    assert not any(pattern.fullmatch(value) for value in bad)


def test_every_label_is_shown_or_used() -> None:
    """A label without a row of fields is used with others, or identifies."""
    used_with_others = {
        *("ADCO", "ADSC", "PRM", "GAZ", "AUTRE", "ISOUSC", "BASE", "PEJP", "PMAX"),
        *("ADPS", "ADIR1", "ADIR2", "ADIR3", "NTARF", "PJOURF+1", "PPOINTE"),
        *("SINST1", "SMAXN", "SMAXN-1"),
    }
    assert set(LABELS) - set(FIELDS) == used_with_others
    assert set(FIELDS) <= set(LABELS)
