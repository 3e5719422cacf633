"""What becomes of one label of a frame, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What becomes of it."""

    ACCEPTED = "accepted"
    """It is trusted from now on."""
    PENDING = "pending"
    """The next frames decide; what was trusted before stays."""
    REJECTED = "rejected"
    """It cannot be true, however often it comes."""


class Reason(StrEnum):
    """Why."""

    PLAUSIBLE = "plausible"
    """Accepted: its rule has nothing against it."""
    AGREED = "agreed"
    """Accepted: enough frames say the same."""
    BORNE_OUT = "borne_out"
    """Accepted: another measurement of the frame bears it out."""
    RESTLESS = "restless"
    """Accepted: no two frames agree, as with a load that never stands still."""
    CORRECTED = "corrected"
    """Accepted: what was shown was a little too high, and stays until it is passed."""
    STEP = "step"
    """Accepted: an index outside of its bounds, on which readings agree."""

    FIRST = "first"
    """Pending: the first of its label, in a frame with damage."""
    SURPRISING = "surprising"
    """Pending: it changed, and nothing else of the frame did."""
    CONTRADICTED = "contradicted"
    """Pending, for one frame more: another label of the frame says otherwise."""
    DISAGREED = "disagreed"
    """Pending: too few frames say so yet."""
    OUT_OF_BOUNDS = "out_of_bounds"
    """Pending: an index that falls, or rises faster than a meter counts."""
    UNCONFIRMED = "unconfirmed"
    """Pending: a step that only the user can confirm."""

    IMPOSSIBLE = "impossible"
    """Rejected: no meter measures so much, or the rest of the frame excludes it."""
    OTHER_PHASES = "other_phases"
    """Rejected: a label that a meter with so many phases never sends."""
    OTHER_METER = "other_meter"
    """Rejected, or pending: a frame of another meter."""


class Verdict(NamedTuple):
    """An outcome with its reason."""

    outcome: Outcome
    reason: Reason


PLAUSIBLE = Verdict(Outcome.ACCEPTED, Reason.PLAUSIBLE)
AGREED = Verdict(Outcome.ACCEPTED, Reason.AGREED)
BORNE_OUT = Verdict(Outcome.ACCEPTED, Reason.BORNE_OUT)
RESTLESS = Verdict(Outcome.ACCEPTED, Reason.RESTLESS)
CORRECTED = Verdict(Outcome.ACCEPTED, Reason.CORRECTED)
STEP = Verdict(Outcome.ACCEPTED, Reason.STEP)
FIRST = Verdict(Outcome.PENDING, Reason.FIRST)
SURPRISING = Verdict(Outcome.PENDING, Reason.SURPRISING)
CONTRADICTED = Verdict(Outcome.PENDING, Reason.CONTRADICTED)
DISAGREED = Verdict(Outcome.PENDING, Reason.DISAGREED)
UNCONFIRMED = Verdict(Outcome.PENDING, Reason.UNCONFIRMED)
OUT_OF_BOUNDS = Verdict(Outcome.PENDING, Reason.OUT_OF_BOUNDS)
IMPOSSIBLE = Verdict(Outcome.REJECTED, Reason.IMPOSSIBLE)
OTHER_PHASES = Verdict(Outcome.REJECTED, Reason.OTHER_PHASES)
