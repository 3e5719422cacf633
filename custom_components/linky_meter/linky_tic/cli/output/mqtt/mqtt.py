"""The callback itself: one meter, one place at the broker."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
import hashlib
import json

from ....costs.plan.events import worth_showing
from ....tic.reading import MeterReading
from ...accounts.book import Costs
from ...log import Log
from ...mqtt_settings import MqttSettings
from ..share import mask_reading
from ..teller import Told
from .broker import OFFLINE, ONLINE, Broker
from .calendar import Calendar
from .costs import as_json, offer, own
from .discovery import (
    CALENDAR,
    METER,
    STATUS,
    Topics,
    calendar_config,
    costs_config,
    meter_config,
    offer_config,
    slugs,
)
from .values import Values

# A concentrator never tells its phases, on which names depend
FRAMES_FOR_PHASES = 3
_NODE_BYTES = 6


def node_of(address: str) -> str:
    """Return what tells a meter from all others, and does not give its number away.

    Trying all numbers that there are would take years: each costs 16 MB for a while.
    """
    return hashlib.scrypt(
        address.encode(), salt=b"linky-tic mqtt", n=2**14, r=8, p=1, dklen=_NODE_BYTES
    ).hex()


@dataclass
class _Meter:
    """A meter that is told of."""

    address: str
    topics: Topics
    broker: Broker
    values: Values
    learned: tuple[object, ...] = ()


class Mqtt:
    """Tells a broker what a meter says; made in a running event loop."""

    def __init__(
        self, settings: MqttSettings, name: str, log: Log, offers: Collection[str] = ()
    ) -> None:
        """Wait for the meter: its place at the broker is its own.

        ``offers`` has the names of all that are compared.
        """
        self._settings, self._log = settings, log
        self._offers = slugs(offers)
        # As the integration calls a meter
        self._name = name.capitalize() if name == "linky" else name
        self._meter: _Meter | None = None
        self._frames = 0
        self._told: Told | None = None
        self._costs: Costs | None = None
        self._calendar = Calendar(settings.lang)

    async def compute_told(self, told: Told) -> None:
        """Take a reading, and what is known of its meter."""
        if (meter := await self._meter_of(told)) is None:
            return
        first, self._told = self._told is None, told
        broker, topics = meter.broker, meter.topics
        if self._settings.discovery:
            self._announce(meter, told)
        for group, text in meter.values.process(told):
            broker.keep(topics.of(group), text)
        broker.keep(topics.of(METER), ONLINE)
        self._tell_calendar()
        for key, event in told.events:
            text = json.dumps({"event_type": event.type, **event.data})
            broker.tell(topics.of("event", key), text)
        if first:
            self._tell_costs()
        if self._settings.raw:
            broker.tell(topics.of("raw"), self._raw(told.reading))

    async def compute_costs(self, costs: Costs) -> None:
        """Take what the month costs, and would cost; without a meter it has no place."""
        self._costs = costs
        self._tell_costs()

    def _tell_costs(self) -> None:
        """Tell of the last costs there are."""
        meter, costs, told = self._meter, self._costs, self._told
        if meter is None or costs is None or told is None:
            return
        settings, topics, name = self._settings, meter.topics, self._name
        prefix = f"{settings.discovery_prefix}/device/{topics.node}"
        self._calendar.process(costs.contract, told.reading)
        if costs.contract is not None and settings.discovery:
            enabled = worth_showing(costs.contract)
            text = calendar_config(topics, name, settings.lang, enabled=enabled)
            meter.broker.keep(f"{prefix}_calendar/config", text)
        self._tell_calendar()
        if values := own(costs, told):
            meter.broker.keep(topics.of("costs"), as_json(values))
            if settings.discovery:
                text = costs_config(
                    *(topics, name, settings.lang, told, values),
                    own_hours=costs.own_hours,
                )
                meter.broker.keep(f"{prefix}_costs/config", text)
        for title, one in costs.view.comparisons.items():
            values, place = offer(one, costs.view), self._offers[title]
            meter.broker.keep(topics.of("offer", place), as_json(values))
            if settings.discovery:
                text = offer_config(topics, settings.lang, place, one.offer, values)
                meter.broker.keep(self._offer_at(topics, place), text)

    def _offer_at(self, topics: Topics, place: str) -> str:
        """Return where Home Assistant is told of an offer."""
        prefix = self._settings.discovery_prefix
        return f"{prefix}/device/{topics.node}_offer_{place}/config"

    def _tell_calendar(self) -> None:
        """Tell what the contract does at the time of the last reading."""
        meter, told = self._meter, self._told
        if meter is None or told is None:
            return
        if (text := self._calendar.at(told.reading.received)) is not None:
            meter.broker.keep(meter.topics.of(CALENDAR), text)

    def compute_link(self, read: bool) -> None:
        """Take whether the meter is read."""
        if self._meter is not None and not read:
            broker, topics = self._meter.broker, self._meter.topics
            broker.keep(topics.of(METER), OFFLINE)
            for group, text in self._meter.values.lose():
                broker.keep(topics.of(group), text)

    async def close(self) -> None:
        """Say that nothing more comes."""
        meter, self._meter = self._meter, None
        if meter is not None:
            await meter.broker.close()

    async def _meter_of(self, told: Told) -> _Meter | None:
        """Return the meter that a reading is of, None until it is known."""
        reading = told.reading
        if self._meter is not None and reading.address in {None, self._meter.address}:
            return self._meter
        if reading.address is None:
            return None
        self._frames += 1
        whole = reading.frame.whole and told.memory.phases is not None
        if not whole and self._frames < FRAMES_FOR_PHASES:
            return None
        if self._meter is not None:
            # What was there is of the other meter
            await self.close()
            self._told = self._costs = None
            self._calendar = Calendar(self._settings.lang)
        topics = Topics(self._settings.base_topic, node_of(reading.address))
        self._log.info("mqtt_topic", topic=topics.of())

        def gone(topic: str) -> tuple[str, ...]:
            """Return where an offer was told that no longer is one."""
            place = topic.rpartition("/")[2]
            if place in self._offers.values():
                return ()
            # What is found again goes last: a cut connection leaves nothing behind
            return self._offer_at(topics, place), topic

        broker = Broker(
            *(self._settings, topics.of(STATUS), self._log),
            *(topics.of("offer", "+"), gone),
        )
        values = Values(self._settings.profile)
        self._meter = _Meter(reading.address, topics, broker, values)
        self._frames = 0
        return self._meter

    def _announce(self, meter: _Meter, told: Told) -> None:
        """Tell Home Assistant of the entities, and again when there are more."""
        memory, reading = told.memory, told.reading
        learned = (
            len(memory.keys),
            len(memory.active),
            memory.phases,
            str(memory.labels),
            reading["contract"],
            reading["calendar_name"],
            reading["tic_version"],
        )
        if learned == meter.learned:
            return
        meter.learned = learned
        settings = self._settings
        topic = f"{settings.discovery_prefix}/device/{meter.topics.node}/config"
        meter.broker.keep(
            topic, meter_config(meter.topics, self._name, settings.lang, told)
        )

    def _raw(self, reading: MeterReading) -> str:
        """Return the labels of a frame as they were sent."""
        if self._settings.masked:
            reading = mask_reading(reading)
        return json.dumps(
            {
                label: {"value": group.value, "horodate": group.horodate}
                if group.horodate
                else {"value": group.value}
                for label, group in reading.frame.by_label.items()
            },
            ensure_ascii=False,
        )
