"""The load manager: a frame and what is seen of the loads in, orders out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any

from .choice import Choice
from .decision import Action, Decision, Observation, Order, Reason
from .draw import Draw
from .house import House
from .load import Load, WhenLost, check
from .record import Record
from .reports import report
from .restoring import Restorer
from .shedding import protect

LOST_SECONDS = 60.0
"""Without a draw for longer the meter is lost."""


class Manager:
    """Decides about the loads of one meter."""

    def __init__(
        self,
        loads: Sequence[Load],
        start_state: Mapping[str, Any] | None = None,
        *,
        dry_run: bool = False,
    ) -> None:
        """Take the loads, and ``state()`` of before a restart.

        What of the state cannot be read, or is of a load that is gone, is forgotten. In
        a dry run orders are supposed to be obeyed, and the meter's load is taken as if
        they had been.

        Raise SameEntityError, SameKeyError, LoadLimitsError.
        """
        check(loads)
        state = start_state if isinstance(start_state, Mapping) else {}
        kept = state.get("loads")
        kept = kept if isinstance(kept, Mapping) else {}
        ordered = sorted(loads, key=lambda load: load.priority)
        self._house = House(
            [Record.of(load, kept.get(load.key)) for load in ordered], dry_run=dry_run
        )
        self._restorer = Restorer(self._house)
        self._recall(state)
        self._last: datetime | None = None
        """The last draw, or the first time that anything was asked."""

    def decide(
        self,
        now: datetime,
        draw: Draw | None,
        observations: Mapping[str, Observation],
    ) -> Decision:
        """Return what is to be done.

        To be called with each frame, and without one (None) every ten seconds or so
        while none comes. ``now`` is aware and local: never-touch hours go by its clock.
        A load without an observation counts as unavailable. An order is given once;
        whoever calls carries it out and reports by the next observations.
        """
        self._house.look(now, draw, observations)
        if draw is not None or self._last is None:
            self._last = draw.at if draw else now
        lost = self._lost_for(now)
        orders: list[Order] = []
        if lost is not None:
            orders = list(self._without_meter(now, lost))
        elif draw is not None and draw.closed is not False:
            orders = protect(self._house, now) or self._restorer.orders(now)
        return self._decision(now, orders, lost)

    def release(self, now: datetime) -> Decision:
        """Return the orders that let every load run again, as when managing ends.

        Minimum times do not count.
        """
        orders = []
        for record in self._house.records:
            if record.shed:
                orders.append(self._house.restore(record, now, Reason.RELEASED, {}))
            elif record.level is not None:
                orders.append(
                    self._house.set_level(record, now, record.top, Reason.RELEASED, {})
                )
        return self._decision(now, orders, None)

    def state(self) -> dict[str, Any]:
        """Return what outlives a restart, as JSON has it."""
        outlook = self._house.outlook
        return {
            "loads": {one.load.key: one.as_dict() for one in self._house.records},
            "filtered": [va or 0.0 for va in outlook.filtered],
            "at": outlook.at if outlook.at > -inf else None,
        }

    # What is so

    def _recall(self, kept: Mapping[str, Any]) -> None:
        """Go on with the breaker's filter of before a restart."""
        filtered, at = kept.get("filtered"), kept.get("at")
        if (
            isinstance(filtered, list)
            and len(filtered) in {1, 3}
            and all(isinstance(va, int | float) for va in filtered)
            and isinstance(at, int | float)
        ):
            self._house.outlook.recall(filtered, at)

    def _lost_for(self, now: datetime) -> float | None:
        """Return for how many seconds the meter is lost, None while it is not."""
        silent = (now - self._last).total_seconds() if self._last else 0.0
        return silent if silent > LOST_SECONDS else None

    def _without_meter(self, now: datetime, lost: float) -> Iterator[Order]:
        """Yield what each load's owner chose for a meter that is lost."""
        numbers = {"seconds": round(lost)}
        for record in self._house.records:
            load, seen = record.load, self._house.seen_of(record)
            if record.pending or seen.on is None:
                continue
            if load.when_lost is WhenLost.RELEASE:
                if record.shed and self._house.rested(record, now.timestamp()):
                    yield self._house.restore(record, now, Reason.METER_LOST, numbers)
                elif not record.shed and record.level is not None:
                    top = record.top
                    yield self._house.set_level(
                        record, now, top, Reason.METER_LOST, numbers
                    )
            elif (
                load.when_lost is WhenLost.SHED
                and not record.shed
                and seen.on
                and not record.disobeys(now.timestamp())
                and record.held(seen, now) is None
            ):
                parts = load.parts(record.drawn(seen), self._house.phases)
                one = Choice(record, Action.SHED, [-part for part in parts])
                yield self._house.carry(one, now, Reason.METER_LOST, numbers)
                record.lost = True

    def _decision(
        self, now: datetime, orders: list[Order], lost: float | None
    ) -> Decision:
        """Return the orders with how all stands."""
        known = self._house.draw is not None and lost is None
        room = (
            tuple(p.room for p in self._house.draw.phases)
            if known and self._house.draw
            else ()
        )
        sure = [va for va in room if va is not None]
        return Decision(
            tuple(orders),
            room,
            min(sure) if sure and len(sure) == len(room) else None,
            self._house.outlook.seconds if known else None,
            {
                record.load.key: report(record, self._house.seen_of(record), now, lost)
                for record in self._house.records
            },
            lost is not None,
        )
