"""What the contract does now and will do, as the integration's calendar shows it."""

from __future__ import annotations

from datetime import datetime
import json
from typing import Any

from ....costs.plan.events import LOOK_AHEAD, Happening, happenings, moment, present
from ....costs.plan.shapes import french
from ....costs.plan.timeline import Contract
from ....tic.reading import MeterReading
from ...messages import Language
from .table import word


class Calendar:
    """The stretches of the days to come; which of them is now changes with time."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang
        self._coming: list[Happening] | None = None

    def process(self, contract: Contract | None, reading: MeterReading) -> None:
        """Look ahead, from a reading on."""
        at = reading.received
        self._coming = (
            None
            if contract is None
            else happenings(
                contract, reading, contract.colours.get, at, at + LOOK_AHEAD
            )
        )

    def at(self, now: datetime) -> str | None:
        """Return it as JSON at a moment, None while the contract is not known.

        ``event`` is the one that is now or comes next, as Home Assistant picks it.
        """
        if self._coming is None:
            return None
        coming = [one for one in self._coming if now < moment(one.end)]
        first = present(coming, now)
        return json.dumps(
            {
                "on": first is not None and moment(first.start) <= now,
                "event": first and self._event(first),
                "events": [self._event(one) for one in coming],
            },
            ensure_ascii=False,
        )

    def _event(self, one: Happening) -> dict[str, Any]:
        return {
            "message": word(f"calendar_{one.kind}", self._lang),
            "kind": one.kind,
            "all_day": not isinstance(one.start, datetime),
            "start_time": french(moment(one.start)),
            "end_time": french(moment(one.end)),
        }
