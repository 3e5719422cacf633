"""The labels that a meter can send, in the order in which it sends them."""

from typing import NamedTuple

from .wire import Group


class Label(NamedTuple):
    """A label, the width of its data and whether a time goes with it."""

    name: str
    width: int
    timestamped: bool = False


def _labels(*names: str, width: int, timestamped: bool = False) -> tuple[Label, ...]:
    return tuple(Label(name, width, timestamped) for name in names)


HISTORIC_INDEXES = (
    "BASE",
    "HCHC",
    "HCHP",
    "EJPHN",
    "EJPHPM",
    "BBRHCJB",
    "BBRHPJB",
    "BBRHCJW",
    "BBRHPJW",
    "BBRHCJR",
    "BBRHPJR",
)

HISTORIC = (
    Label("ADCO", 12),
    Label("OPTARIF", 4),
    Label("ISOUSC", 2),
    *_labels(*HISTORIC_INDEXES, width=9),
    Label("PEJP", 2),
    Label("PTEC", 4),
    Label("DEMAIN", 4),
    *_labels("IINST", "IINST1", "IINST2", "IINST3", "ADPS", width=3),
    *_labels("IMAX", "IMAX1", "IMAX2", "IMAX3", width=3),
    *_labels("PMAX", "PAPP", width=5),
    Label("HHPHC", 1),
    Label("MOTDETAT", 6),
    Label("PPOT", 2),
)

HISTORIC_SHORT = (
    *_labels("ADIR1", "ADIR2", "ADIR3", width=3),
    Label("ADCO", 12),
    *_labels("IINST1", "IINST2", "IINST3", width=3),
)

# A concentrator stands between meters and reader: narrower indexes, two more meters.
CONCENTRATOR = (
    Label("ADCO", 12),
    Label("OPTARIF", 4),
    *_labels(*HISTORIC_INDEXES, width=8),
    *_labels("GAZ", "AUTRE", width=7),
    Label("PTEC", 4),
    Label("MOTDETAT", 6),
)

_SUPPLIER = tuple(f"EASF{number:02}" for number in range(1, 11))
_DISTRIBUTOR = tuple(f"EASD{number:02}" for number in range(1, 5))

STANDARD = (
    Label("ADSC", 12),
    Label("VTIC", 2),
    Label("DATE", 0, timestamped=True),
    *_labels("NGTF", "LTARF", width=16),
    *_labels("EAST", *_SUPPLIER, *_DISTRIBUTOR, width=9),
    *_labels("EAIT", "ERQ1", "ERQ2", "ERQ3", "ERQ4", width=9),
    *_labels("IRMS1", "IRMS2", "IRMS3", "URMS1", "URMS2", "URMS3", width=3),
    *_labels("PREF", "PCOUP", width=2),
    *_labels("SINSTS", "SINSTS1", "SINSTS2", "SINSTS3", width=5),
    *_labels("SMAXSN", "SMAXSN1", "SMAXSN2", "SMAXSN3", width=5, timestamped=True),
    *_labels(
        "SMAXSN-1", "SMAXSN1-1", "SMAXSN2-1", "SMAXSN3-1", width=5, timestamped=True
    ),
    Label("SINSTI", 5),
    *_labels("SMAXIN", "SMAXIN-1", width=5, timestamped=True),
    *_labels("CCASN", "CCASN-1", "CCAIN", "CCAIN-1", width=5, timestamped=True),
    *_labels("UMOY1", "UMOY2", "UMOY3", width=3, timestamped=True),
    Label("STGE", 8),
    *_labels("DPM1", "FPM1", "DPM2", "FPM2", "DPM3", "FPM3", width=2, timestamped=True),
    Label("MSG1", 32),
    Label("MSG2", 16),
    Label("PRM", 14),
    Label("RELAIS", 3),
    *_labels("NTARF", "NJOURF", "NJOURF+1", width=2),
    *_labels("PJOURF+1", "PPOINTE", width=98),
)

# Pilot meters (types 67 and 68) shortened three names.
PILOT_NAMES = {"SINSTS": "SINST1", "SMAXSN": "SMAXN", "SMAXSN-1": "SMAXN-1"}

Value = str | tuple[str, str]
"""Data, or horodate and data."""


def arrange(table: tuple[Label, ...], values: dict[str, Value]) -> list[Group]:
    """Return the values as groups in the order of the table.

    A value that does not fit its label is a fault of the simulator, so it raises.
    """
    groups = []
    for label in table:
        if (value := values.pop(label.name, None)) is None:
            continue
        time, data = value if isinstance(value, tuple) else (None, value)
        if len(data) != label.width or (time is not None) != label.timestamped:
            raise ValueError(f"{label.name} cannot carry {value!r}")
        groups.append(Group(label.name, data, time))
    if values:
        raise ValueError(f"Not in this table: {', '.join(values)}")
    return groups


def number(value: float, width: int) -> str:
    """Return a number, rounded to nearest, in so many digits.

    What no longer fits stops at the last number, as a display does.
    """
    return f"{min(int(value + 0.5), 10**width - 1):0{width}}"


def index(value: int, width: int = 9) -> str:
    """Return an energy index; it starts again from zero when it is full."""
    return f"{value % 10**width:0{width}}"
