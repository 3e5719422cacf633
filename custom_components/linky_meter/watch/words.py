"""What is said of a household, in the language of Home Assistant."""

from __future__ import annotations

from datetime import date

from ..linky_tic.watch.verdict import Span, Verdict
from ..words import Words

_LARGE = 250
"""W from which no refrigerator alone takes so much."""


class WatchWords(Words):
    """Days and verdicts too."""

    def day(self, day: date, today: date) -> str:
        """Return a day of the last week by its name, any other by its date."""
        if 0 <= (today - day).days < 7:
            return self.say(f"watch_weekday_{day.weekday()}")
        number, month = self.day_and_month(day)
        return self.say("watch_date", day=number, month=month)

    def verdict(self, said: Verdict, today: date) -> str:
        """Return what is unusual, with numbers."""
        since = self.day(said.since, today)
        if said.span is Span.NIGHT:
            return self._sentence(
                "watch_night",
                since=since,
                more=self.number(round(said.excess, -1)),
                usual=self.number(round(said.usual, -1)),
            )
        values = {
            "since": since,
            "times": self.number(said.times, 0 if said.times >= 3 else 1),
            "weekday": self.say(f"watch_weekday_{said.since.weekday()}"),
            "kwh": self.number((said.usual + said.excess) / 1000, 1),
            "usual": self.number(said.usual / 1000, 1),
        }
        # A raised day is the last of those that were over
        key = "watch_day" if said.since == said.raised else "watch_days"
        return self._sentence(key, **values)

    def compared(self, said: Verdict) -> str:
        """Return what it is compared with."""
        return self.say("watch_weather" if said.weather else "watch_season")

    def advice(self, said: Verdict) -> str:
        """Return what to do."""
        if said.span is Span.DAY:
            return self.say("watch_look_day")
        look = self.say("watch_look_large" if said.excess >= _LARGE else "watch_look")
        return self.say(
            "watch_find", look=look, more=self.number(round(said.excess, -1))
        )

    def _sentence(self, key: str, **values: str) -> str:
        text = self.say(key, **values)
        return text[:1].upper() + text[1:]
