"""What damage that repeats itself may do to an index: next to nothing.

A few frames that say the same are no agreement. docs/development/trust.md shows what came of 150,000
damaged groups of each kind.
"""

import pytest

from .classes import LabelClass
from .judge import DOWN, Tally
from .repeating import REPEATING, WHOLE_FRAMES
from .run import Plan, run
from .streams import NAMES

PLAN = Plan(groups=900)
WITH_PARITY = Plan(groups=450, parity=True)


def count(kind: str, plan: Plan) -> Tally:
    """Return what one kind of damage did to all streams."""
    tally = Tally()
    for name in NAMES:
        tally.add(run(kind, name, plan, beside=False).reading)
    return tally


@pytest.mark.parametrize("kind", REPEATING)
@pytest.mark.parametrize("plan", [PLAN, WITH_PARITY], ids=["damaged", "parity"])
def test_no_index_moves(kind: str, plan: Plan) -> None:
    """None falls, none is too high for long, and all are right when it is over."""
    tally = count(kind, plan)
    examples = "\n".join(tally.examples)
    assert tally.damaged >= plan.quota * len(NAMES)
    assert tally.wrong[DOWN] == 0, examples
    assert tally.longest[LabelClass.INDEX] <= 3, examples
    if kind not in WHOLE_FRAMES:
        # One: the power that bounds a silence was damaged with the index
        assert tally.late <= 1, examples


def test_checksum_alone_lets_it_through() -> None:
    """The same damage moves the indexes of a reader that trusts the checksum."""
    alone = run("digits exchanged", NAMES[0], PLAN).alone
    assert alone.wrong[LabelClass.INDEX]
    assert alone.wrong[DOWN]
