"""When the tariff changes next: from the day profiles that the meter has shown.

PJOURF+1 is the profile of the next day, NJOURF+1 its number in the calendar (54E,
section 6.2.3.16). A day whose number was once the next day's is known by its profile.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..profile import DayProfile
from ..values import PARIS


def next_change(
    now: datetime,
    current: int,
    today: DayProfile | None,
    tomorrow: DayProfile | None,
) -> datetime | None:
    """Return when another supplier index than ``current`` begins, None if unknown.

    ``now`` is aware. A day whose slots all leave the tariff as it is has no change.
    """
    local = now.astimezone(PARIS)
    for days, profile in enumerate((today, tomorrow)):
        if profile is None:
            return None
        day = local.date() + timedelta(days=days)
        for slot in profile:
            start = datetime.combine(day, slot.start, PARIS)
            if start > local and slot.tariff not in {None, current}:
                return start
    return None
