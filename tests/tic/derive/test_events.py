"""What happened, told once: changes of what is known, over damage and restarts."""

from __future__ import annotations

from datetime import datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.tic.derive.events import (
    WATCHES,
    Known,
    Present,
    events_since,
)
from custom_components.linky_meter.linky_tic.tic.frame import EndedBy, Frame, Group
from custom_components.linky_meter.linky_tic.tic.labels import Mode
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from custom_components.linky_meter.linky_tic.tic.state.memory import Memory
from custom_components.linky_meter.linky_tic.tic.tariffs import Contract, Tariff
from custom_components.linky_meter.linky_tic.tic.values import PARIS, Colour, MobilePeak

START = datetime(2026, 1, 13, 18, 0, tzinfo=PARIS)
NONE, PM1, PM2 = MobilePeak.NONE, MobilePeak.PEAK_1, MobilePeak.PEAK_2
HOUR = 3600.0
HC = {"contract": Contract.OFF_PEAK}

type Told = list[tuple[str, dict[str, Any]]]


class Story:
    """Readings of one meter, one after the other."""

    def __init__(self, kind: str, **always: Any) -> None:
        """Begin without a reading."""
        self.kind = kind
        self.always = always
        self.known: Known = {}
        self.at = START
        self.limit = 60.0
        self.labels: dict[str, dict[int, str]] = {}

    def say(self, after: float = 2.0, /, **values: Any) -> Told:
        """Return what a reading so many seconds later tells."""
        self.at += timedelta(seconds=after)
        message = values.get("message_2")
        groups = (Group("MSG2", f"{message:16}"),) if message is not None else ()
        frame = Frame(Mode.STANDARD, groups, EndedBy.ETX)
        reading = MeterReading(
            Mode.STANDARD, None, {**self.always, **values}, frame, self.at
        )
        present = Present(reading, self.limit, self.labels)
        # What is kept is JSON
        self.known = json.loads(json.dumps(self.known))
        found = events_since(self.kind, self.known, present)
        for event in found:
            assert event.type in WATCHES[self.kind].types
        return [(event.type, dict(event.data)) for event in found]


def to(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of that week."""
    return datetime(2026, 1, day, hour, minute, tzinfo=PARIS)


# What all have in common

FIRST_READINGS: dict[str, dict[str, Any]] = {
    "overload": {"overload": True, "time_to_trip": 10},
    "tariff_change": {"tariff_period": Tariff.PEAK, **HC},
    "tempo_announced": {"tempo_today": Colour.RED, "tempo_tomorrow": Colour.RED},
    "mobile_peak": {"mobile_peak": PM1, "mobile_peak_notice": PM2},
    "meter_message": {"message_1": "OLD", "message_2": "OLDER"},
}


@pytest.mark.parametrize("kind", WATCHES)
def test_a_first_reading_tells_nothing(kind: str) -> None:
    """What is found at the first look began before; nor does it count later."""
    story = Story(kind)
    assert not story.say(**FIRST_READINGS[kind])
    assert not story.say(**FIRST_READINGS[kind])
    assert not story.say(**dict.fromkeys(FIRST_READINGS[kind]))
    assert not story.say(60, **FIRST_READINGS[kind])


def test_what_is_known_outlives_a_restart() -> None:
    """It is kept with the meter's memory, but is nothing of another meter."""
    story = Story("tariff_change", **HC)
    story.say(tariff_period=Tariff.PEAK)
    memory = Memory(events={story.kind: story.known})
    again = Memory.from_dict(json.loads(json.dumps(memory.as_dict())))
    assert again.events == memory.events
    assert not memory.for_new_meter().events
    story.known = again.events[story.kind]
    assert story.say(60, tariff_period=Tariff.OFF_PEAK) == [
        ("changed", {"tariff_period": "off_peak", "previous": "peak"})
    ]


# Overload


def test_overload() -> None:
    """Begun and ended, once each; what is unknown in between is neither."""
    story = Story("overload")
    assert not story.say(overload=False)
    assert story.say(overload=True) == [("begun", {})]
    assert not story.say(overload=None)
    assert not story.say(overload=True)
    assert story.say(overload=False) == [("ended", {})]
    assert not story.say(overload=False)


def test_an_old_overload_is_no_news() -> None:
    """After hours its end is not told; a new one is."""
    story = Story("overload")
    story.say(overload=False)
    story.say(overload=True)
    assert not story.say(3 * HOUR, overload=False)
    assert story.say(3 * HOUR, overload=True) == [("begun", {})]
    assert story.say(60, overload=False) == [("ended", {})]


def test_a_trip_is_imminent_once() -> None:
    """Told under the limit; again only when the danger was over for a while."""
    story = Story("overload", overload=True)
    assert not story.say(time_to_trip=61)
    assert story.say(time_to_trip=59.4) == [("trip_imminent", {"time_to_trip": 59})]
    assert not story.say(time_to_trip=50)
    assert not story.say(time_to_trip=119)
    assert not story.say(time_to_trip=40)
    # A damaged frame
    assert not story.say(time_to_trip=None)
    assert not story.say(time_to_trip=30)
    # Over for long enough
    assert not story.say(time_to_trip=121)
    assert not story.say(10, time_to_trip=None)
    assert not story.say(time_to_trip=100)
    assert story.say(time_to_trip=20) == [("trip_imminent", {"time_to_trip": 20})]


def test_a_restart_is_not_the_end_of_a_danger() -> None:
    """Unknown at first after a minute's restart, it is still the same one."""
    story = Story("overload", overload=True)
    story.say(time_to_trip=200)
    assert story.say(time_to_trip=50)
    assert not story.say(60, time_to_trip=None)
    assert not story.say(time_to_trip=40)
    assert story.say(2 * HOUR, time_to_trip=40)


def test_the_next_overload_warns_again() -> None:
    """The end of an overload arms the warning."""
    story = Story("overload")
    story.limit = 100
    story.say(overload=False)
    assert story.say(overload=True, time_to_trip=99) == [
        ("begun", {}),
        ("trip_imminent", {"time_to_trip": 99}),
    ]
    assert story.say(overload=False) == [("ended", {})]
    assert story.say(overload=True, time_to_trip=0) == [
        ("begun", {}),
        ("trip_imminent", {"time_to_trip": 0}),
    ]


# Tariff


def test_tariff_change() -> None:
    """A change has the old and the new tariff, once each."""
    story = Story("tariff_change", **HC)
    story.say(tariff_period=Tariff.PEAK)
    assert story.say(tariff_period=Tariff.OFF_PEAK) == [
        ("changed", {"tariff_period": "off_peak", "previous": "peak"})
    ]
    assert not story.say(tariff_period=None)
    assert not story.say(tariff_period=Tariff.OFF_PEAK)
    assert story.say(10 * HOUR, tariff_period=Tariff.PEAK)


def test_a_tariff_change_in_the_meters_words() -> None:
    """What was learned for the new tariff, since LTARF follows later."""
    week = {"contract": Contract.OTHER, "calendar_name": "HC et Week-End"}
    story = Story("tariff_change", tariff_label="HEURE PLEINE", **week)
    story.labels = {"HC et Week-End": {2: "HEURE PLEINE", 3: "HC WEEK END"}}
    story.say(tariff_period=Tariff.INDEX_2)
    changed = {"tariff_period": "index_3", "previous": "index_2"}
    assert story.say(tariff_period=Tariff.INDEX_3) == [
        ("changed", changed | {"tariff_label": "HC WEEK END"})
    ]
    ((_, data),) = story.say(tariff_period=Tariff.INDEX_1)
    assert "tariff_label" not in data


def test_an_index_without_its_contract_is_no_tariff() -> None:
    """A damaged NGTF gives the tariff another name, not another tariff."""
    story = Story("tariff_change")
    story.say(tariff_period=Tariff.PEAK, **HC)
    assert not story.say(tariff_period=Tariff.INDEX_2, contract=None)
    assert not story.say(tariff_period=Tariff.PEAK, **HC)
    # Nor when it is missing from the very first frames
    story = Story("tariff_change")
    assert not story.say(tariff_period=Tariff.INDEX_2)
    assert not story.say(tariff_period=Tariff.PEAK, **HC)
    assert story.say(tariff_period=Tariff.OFF_PEAK, **HC)


def test_another_contract_is_no_tariff_change() -> None:
    """A new calendar renames what is counted."""
    story = Story("tariff_change")
    story.say(tariff_period=Tariff.ALL_HOURS, contract=Contract.BASE)
    assert not story.say(tariff_period=Tariff.PEAK, **HC)
    assert story.say(tariff_period=Tariff.OFF_PEAK, **HC)


def test_a_meter_without_a_calendar() -> None:
    """Where no contract is ever told, indexes are the tariffs."""
    story = Story("tariff_change")
    story.say(tariff_period=Tariff.INDEX_1)
    assert story.say(tariff_period=Tariff.INDEX_2) == [
        ("changed", {"tariff_period": "index_2", "previous": "index_1"})
    ]


# Tempo


def tempo() -> Story:
    """Return a meter on a blue day whose next one is not announced."""
    story = Story("tempo_announced")
    assert not story.say(tempo_today=Colour.BLUE, tempo_tomorrow=None)
    return story


def test_a_tempo_week() -> None:
    """Each evening's announcement is told, also of a colour that stays."""
    story = tempo()
    told: list[tuple[datetime, str, str]] = []
    colours = [Colour.BLUE, Colour.BLUE, Colour.RED, Colour.BLUE, Colour.BLUE]
    now = to(13, 18)
    while now < to(16, 18):
        now += timedelta(minutes=5)
        day = (now - timedelta(hours=6)).day - 13
        tomorrow = colours[day + 1] if now.hour >= 20 or now.hour < 6 else None
        after = (now - story.at).total_seconds()
        told += [
            (now, kind, data["colour"])
            for kind, data in story.say(
                after, tempo_today=colours[day], tempo_tomorrow=tomorrow
            )
        ]
    assert told == [
        (to(13, 20), "announced", "blue"),
        (to(14, 20), "announced", "red"),
        (to(15, 6), "started", "red"),
        (to(15, 20), "announced", "blue"),
        (to(16, 6), "started", "blue"),
    ]


def test_an_announcement_over_damage_and_restarts() -> None:
    """Unknown is no withdrawal; another colour is another announcement."""
    story, day = tempo(), {"tempo_today": Colour.BLUE}
    assert story.say(3 * HOUR, **day, tempo_tomorrow=Colour.WHITE) == [
        ("announced", {"colour": "white"})
    ]
    assert not story.say(**day, tempo_tomorrow=None)
    assert not story.say(**day, tempo_tomorrow=Colour.WHITE)
    assert not story.say(4 * HOUR, **day, tempo_tomorrow=Colour.WHITE)
    assert story.say(**day, tempo_tomorrow=Colour.RED) == [
        ("announced", {"colour": "red"})
    ]
    # A day later it is another announcement, whatever was missed
    assert story.say(24 * HOUR, **day, tempo_tomorrow=Colour.RED) == [
        ("announced", {"colour": "red"})
    ]


def test_a_late_clock_announces_nothing_twice() -> None:
    """A meter that is late at six still says what it said; next evening it is news."""
    story, day = tempo(), {"tempo_today": Colour.BLUE}
    assert story.say(10 * HOUR, **day, tempo_tomorrow=Colour.BLUE)
    after = (to(14, 6) - timedelta(seconds=2) - story.at).total_seconds()
    assert not story.say(after, **day, tempo_tomorrow=Colour.BLUE)
    assert not story.say(4, **day, tempo_tomorrow=Colour.BLUE)
    assert not story.say(60, **day, tempo_tomorrow=None)
    assert story.say(14 * HOUR, **day, tempo_tomorrow=Colour.BLUE)


def test_tomorrow_was_only_not_heard_yet() -> None:
    """A first frame without DEMAIN does not make an announcement of the next."""
    story = Story("tempo_announced", tempo_today=Colour.BLUE)
    assert not story.say()
    assert not story.say(tempo_tomorrow=Colour.BLUE)


# Mobile peaks


def test_mobile_peak() -> None:
    """Notice, start and end; one peak may follow another at once."""
    story = Story("mobile_peak", contract=Contract.EJP)
    assert not story.say(mobile_peak=NONE, mobile_peak_notice=NONE)
    one, two = {"peak": "peak_1"}, {"peak": "peak_2"}
    assert story.say(mobile_peak=NONE, mobile_peak_notice=PM1) == [("notice", one)]
    assert not story.say(mobile_peak=None, mobile_peak_notice=None)
    assert story.say(mobile_peak=PM1, mobile_peak_notice=NONE) == [("started", one)]
    assert story.say(mobile_peak=PM1, mobile_peak_notice=PM2) == [("notice", two)]
    assert story.say(mobile_peak=PM2, mobile_peak_notice=NONE) == [
        ("ended", one),
        ("started", two),
    ]
    assert story.say(mobile_peak=NONE) == [("ended", two)]


def test_mobile_peaks_of_tempo_have_a_colour() -> None:
    """White days are peak 1, red ones peak 2."""
    story = Story("mobile_peak", contract=Contract.TEMPO)
    story.say(mobile_peak=NONE)
    white, red = [
        {"peak": f"peak_{number}", "colour": colour}
        for number, colour in ((1, "white"), (2, "red"))
    ]
    assert story.say(mobile_peak=PM1) == [("started", white)]
    assert story.say(mobile_peak=PM2) == [("ended", white), ("started", red)]
    assert story.say(mobile_peak=MobilePeak.PEAK_3) == [
        ("ended", red),
        ("started", {"peak": "peak_3"}),
    ]


# Messages


def test_short_message() -> None:
    """A new text is a message; the default text is none."""
    story = Story("meter_message")
    story.say(message_1="none")
    received = ("received", {"text": "COUPURE MARDI", "label": "message_1"})
    assert story.say(message_1="COUPURE MARDI") == [received]
    assert not story.say(message_1=None)
    assert not story.say(message_1="COUPURE MARDI")
    assert not story.say(message_1="none")
    assert story.say(message_1="COUPURE MARDI") == [received]
    # Diagnostics have what is known, and no messages
    assert "MARDI" not in str(story.known)


def test_ultra_short_message() -> None:
    """It comes in one frame: the same text much later is another message."""
    story = Story("meter_message", message_1="none")
    story.say()
    received = [("received", {"text": "EJP", "label": "message_2"})]
    assert story.say(message_2="EJP") == received
    assert not story.say(message_2="EJP")
    assert story.say(message_2="AUTRE")
    assert story.say(2 * HOUR, message_2="AUTRE")
    assert not story.say(message_2="none")


def test_an_ultra_short_message_that_is_not_believed() -> None:
    """A group whose text is not the reading's does not repeat the reading's."""
    story = Story("meter_message", message_1="none")
    story.say()
    story.say(message_2="EJP")
    frame = Frame(Mode.STANDARD, (Group("MSG2", f"{'E?P':16}"),), EndedBy.ETX)
    at = story.at + timedelta(hours=2)
    reading = MeterReading(Mode.STANDARD, None, {"message_2": "EJP"}, frame, at)
    assert not events_since(story.kind, story.known, Present(reading))
