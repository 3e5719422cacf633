"""What becomes of one label of a frame, and why."""

from __future__ import annotations

from enum import Enum, auto


class Outcome(Enum):
    """What becomes of it."""

    ACCEPTED = auto()
    """It is trusted from now on."""
    PENDING = auto()
    """The next frames decide; what was trusted before stays."""
    REJECTED = auto()
    """It cannot be true, however often it comes."""


class Verdict(Enum):
    """An outcome, and why."""

    PLAUSIBLE = Outcome.ACCEPTED, "its rule has nothing against it"
    AGREED = Outcome.ACCEPTED, "enough frames say the same"
    BORNE_OUT = Outcome.ACCEPTED, "another measurement of the frame bears it out"
    RESTLESS = (
        Outcome.ACCEPTED,
        "no two frames agree, as with a load that never stands still",
    )
    CORRECTED = (
        Outcome.ACCEPTED,
        "what was shown was a little too high, and stays until it is passed",
    )
    STEP = Outcome.ACCEPTED, "an index outside of its bounds, on which readings agree"

    FIRST = Outcome.PENDING, "the first of its label, in a frame with damage"
    SURPRISING = Outcome.PENDING, "it changed, and nothing else of the frame did"
    CONTRADICTED = (
        Outcome.PENDING,
        "for one frame more, as another label of the frame says otherwise",
    )
    DISAGREED = Outcome.PENDING, "too few frames say so yet"
    OUT_OF_BOUNDS = (
        Outcome.PENDING,
        "an index that falls, or rises faster than a meter counts",
    )
    UNCONFIRMED = Outcome.PENDING, "a step that only the user can confirm"

    IMPOSSIBLE = (
        Outcome.REJECTED,
        "no meter measures so much, or the rest of the frame excludes it",
    )

    def __init__(self, outcome: Outcome, _why: str) -> None:
        self.outcome = outcome
