"""What a damaged line may get into a reading: next to nothing.

20,000 damaged groups of each kind, with a fixed seed. ``scripts/bench --full`` runs a
million; docs/development/trust.md shows what came of it.
"""

from random import Random

import pytest

from .baseline import ChecksumAlone
from .classes import LabelClass
from .damage import KINDS, damage
from .judge import DOWN, Judge, Line, Tally
from .run import Plan, Result, run
from .streams import NAMES, stream

PLAN = Plan(groups=20_000)
WITH_PARITY = Plan(groups=2_700, parity=True)
SELDOM = Plan(groups=450, share=0.01)

MEASURES = (LabelClass.POWER, LabelClass.CURRENT, LabelClass.VOLTAGE)
PER_MEASURE = 100_000
"""Damaged groups for one wrong measurement at most."""


def count(kind: str, plan: Plan, *, beside: bool = False) -> Result:
    """Return what came of one kind of damage on all streams."""
    result = Result()
    for name in NAMES:
        result.add(run(kind, name, plan, beside=beside))
    return result


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "plan", [PLAN, WITH_PARITY, SELDOM], ids=["damaged", "parity", "seldom"]
)
def test_what_reaches_a_reading(kind: str, plan: Plan) -> None:
    """No index too high or falling, no wrong state, hardly a wrong measurement."""
    reading = count(kind, plan).reading
    assert reading.damaged >= plan.quota * len(NAMES)
    wrong, examples = reading.wrong, "\n".join(reading.examples)
    assert wrong[LabelClass.INDEX] == 0, examples
    assert wrong[DOWN] == 0, examples
    assert wrong[LabelClass.STATE] == 0, examples
    most = max(1, reading.damaged // PER_MEASURE)
    for name in MEASURES:
        assert wrong[name] <= most, examples
        assert reading.longest[name] <= 1, examples


def test_checksum_alone_lets_more_through() -> None:
    """The same damage, judged the same way, does harm without the other checks."""
    alone = count("two digits replaced", Plan(groups=9_000), beside=True).alone
    assert all(alone.wrong[name] for name in (LabelClass.INDEX, DOWN, *MEASURES))
    assert alone.wrong[LabelClass.STATE]


@pytest.mark.parametrize("name", NAMES)
def test_judge_has_nothing_against_the_truth(name: str) -> None:
    """Frames without damage, shown as they are, hold no wrong value."""
    made = stream(name, PLAN.burst)
    line, tally, alone = Line(made), Tally(), ChecksumAlone()
    judge = Judge(line, tally)
    alone.said.values["tic_mode"] = name.partition(",")[0]
    for sent in made.sent:
        line.pass_frame(sent, frozenset())
        alone.take(b"".join(sent.groups))
        judge.judge(alone.said.values)
    assert not tally.wrong, "\n".join(tally.examples)
    assert not tally.missing


# Spec D.8 measured other frames, and digits of indexes only
@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("bit flip", 0.11),
        ("bit cleared", 0.11),
        ("two bit flips", 0.05),
        ("byte replaced", 0.01),
        ("burst of 3 bytes", 0.014),
        # Without its LF a group is still whole
        ("1-3 bytes lost", 0.04),
        ("tail spliced", 0.016),
        ("two digits replaced", 0.034),
    ],
)
def test_damage_is_as_the_checksum_sees_it(kind: str, passes: float) -> None:
    """About as many damaged groups pass the checksum as were measured."""
    rng, good, hits = Random(1), 0, 0
    for name in NAMES:
        for sent in stream(name, PLAN.burst).sent:
            arrived, places = damage(rng, KINDS[kind], sent.groups, bits=7, share=0.5)
            hits += len(places)
            good += sum(_right(arrived[place]) for place in places)
    assert good / hits == pytest.approx(passes, rel=0.5)


def _right(group: bytes) -> bool:
    content = group.strip(b"\n\r")
    if len(content) < 3 or content[-2] not in b"\t ":
        return False
    summed = content[: -1 if content[-2] == 9 else -2]
    return sum(summed) % 64 + 32 == content[-1]


def test_the_seed_decides() -> None:
    """A run can be repeated, and another seed is another run."""
    first, again, other = (
        run("burst of 3 bytes", NAMES[0], Plan(groups=900, seed=seed))
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
