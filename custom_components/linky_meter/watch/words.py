"""What is said of a household, in the language of Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..linky_tic.watch.verdict import Span, Verdict

_COMMON = f"component.{DOMAIN}.common."
_MONTHS = f"component.{DOMAIN}.selector.month.options."


class WatchWords:
    """Sentences, days and numbers."""

    def __init__(
        self, language: str, common: Mapping[str, str], selector: Mapping[str, str]
    ) -> None:
        """Take the translations of a language."""
        self.language = language
        self._common, self._selector = common, selector

    def say(self, key: str, **values: str) -> str:
        """Return a sentence."""
        return self._common[_COMMON + key].format(**values)

    def number(self, amount: float, digits: int = 0) -> str:
        """Return a number as it is written."""
        text = f"{amount:,.{digits}f}"
        if self.language == "fr":
            return text.replace(",", "\u202f").replace(".", ",")
        return text

    def day(self, day: date, today: date) -> str:
        """Return a day of the last week by its name, any other by its date."""
        if 0 <= (today - day).days < 7:
            return self.say(f"watch_weekday_{day.weekday()}")
        month, number = self._selector[f"{_MONTHS}{day.month}"], str(day.day)
        if self.language == "fr":
            # Only the first of a month is ordinal
            month, number = month.lower(), "1ᵉʳ" if day.day == 1 else number
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

    def _sentence(self, key: str, **values: str) -> str:
        text = self.say(key, **values)
        return text[:1].upper() + text[1:]


async def async_watch_words(hass: HomeAssistant) -> WatchWords:
    """Return the words of Home Assistant's language."""
    language = hass.config.language
    common, selector = [
        await async_get_translations(hass, language, category, {DOMAIN})
        for category in ("common", "selector")
    ]
    return WatchWords(language, common, selector)
