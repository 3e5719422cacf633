"""What is shown when: steps at once, the rest in its time, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
import os
from typing import Any

import pytest

from custom_components.linky_meter.linky_tic.publish.profiles import Noise, Profile
from custom_components.linky_meter.linky_tic.publish.publisher import Change, Publisher
from custom_components.linky_meter.linky_tic.tic.fields import Value
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY, MeterReading
from custom_components.linky_meter.linky_tic.tic.tariffs import Contract, Tariff
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from tests.conftest import (
    Replay,
    StartMeter,
    address_of,
    entry_for,
    frame_of,
    set_up,
    until,
)
from tests.simulator.clock import PARIS
from tests.simulator.frames.wire import with_parity

ALL = tuple(Profile)
THRIFTY = (Profile.BALANCED, Profile.ECONOMICAL)


def reading(**values: Value | None) -> MeterReading:
    """Return a reading with these values."""
    return MeterReading(None, None, values, EMPTY.frame, datetime.fromtimestamp(0, UTC))


class Shown:
    """A publisher and what its entities show, in the order of their writing."""

    def __init__(self, profile: Profile, **noise: Noise | None) -> None:
        """Take each key's kind."""
        self.publisher = Publisher(profile)
        self.noise = noise
        self.early = False
        self.values: dict[str, Value | None] = {}
        self.since: dict[str, float] = {}

    def at(self, now: float, **values: Value | None) -> str:
        """Take a reading; return the keys that were written."""
        self.publisher.begin(replace(reading(**values), early=self.early), now)
        written = []
        for stage in self.publisher.stages:
            self.publisher.stage = stage
            for key, noise in self.noise.items():
                value, shown = values.get(key), self.values.get(key)
                change = Change(shown, value, self.since.get(key, 0.0))
                if value != shown and self.publisher.due(key, noise, change):
                    self.values[key], self.since[key] = value, now
                    written.append(key)
        return " ".join(written)


def powers(profile: Profile) -> Shown:
    """Return the entities that follow from powers."""
    return Shown(
        profile,
        apparent_power=Noise.POWER,
        subscribed_power_usage=Noise.USAGE,
        apparent_power_l1=Noise.POWER,
        current_l1=Noise.CURRENT,
        available_power=Noise.ROOM,
    )


def alone(profile: Profile, noise: Noise) -> Shown:
    """Return one entity."""
    return Shown(profile, x=noise)


@pytest.mark.parametrize(
    ("profile", "shown", "just_not", "step"),
    [
        (Profile.EVERY_FRAME, 1000, None, 1001),
        (Profile.BALANCED, 1000, 1099, 1100),
        (Profile.BALANCED, 1000, 901, 900),
        (Profile.BALANCED, 200, 249, 250),
        (Profile.BALANCED, 0, 49, 50),
        (Profile.ECONOMICAL, 1000, 1199, 1200),
        (Profile.ECONOMICAL, 1000, 801, 800),
        (Profile.ECONOMICAL, 200, 349, 350),
    ],
)
def test_a_step_of_power_shows_at_once(
    profile: Profile, shown: int, just_not: int | None, step: int
) -> None:
    """With a share of what is shown and at least so many VA, not below."""
    entities = Shown(profile, apparent_power=Noise.POWER)
    assert entities.at(0, apparent_power=shown) == "apparent_power"
    if just_not is not None:
        assert not entities.at(1, apparent_power=just_not)
    assert entities.at(2, apparent_power=step) == "apparent_power"


def test_small_steps_add_up() -> None:
    """A change counts from the value shown, not from the one before."""
    entities = Shown(Profile.BALANCED, apparent_power=Noise.POWER)
    entities.at(0, apparent_power=1000)
    written = [entities.at(n, apparent_power=1000 + 30 * n) for n in range(1, 9)]
    assert [n for n, keys in enumerate(written, 1) if keys] == [4, 8]


@pytest.mark.parametrize(
    ("profile", "seconds"), [(Profile.BALANCED, 60), (Profile.ECONOMICAL, 300)]
)
def test_small_changes_of_power_wait(profile: Profile, seconds: int) -> None:
    """A minute or five since anything of it was shown."""
    entities = powers(profile)
    entities.at(0, apparent_power=1000)
    assert not entities.at(seconds - 1, apparent_power=1010)
    assert entities.at(seconds, apparent_power=1011) == "apparent_power"
    assert entities.at(seconds + 30, apparent_power=3000) == "apparent_power"
    assert not entities.at(2 * seconds + 29, apparent_power=3010)
    assert entities.at(2 * seconds + 30, apparent_power=3010) == "apparent_power"


@pytest.mark.parametrize("profile", THRIFTY)
def test_what_follows_from_a_power_shows_on_a_step_of_its_own(profile: Profile) -> None:
    """A kettle on a quiet phase is a step there, and little of the whole."""
    entities = powers(profile)
    one: dict[str, Value | None] = {
        "apparent_power": 4000,
        "subscribed_power_usage": 25.0,
        "apparent_power_l1": 300,
        "current_l1": 1.3,
        "available_power": 9000,
    }
    assert len(entities.at(0, **one).split()) == 5
    small = one | {"apparent_power": 4010, "current_l1": 1.4, "available_power": 8970}
    assert not entities.at(1, **small)
    step = one | {
        "apparent_power": 4300,
        "subscribed_power_usage": 26.0,
        "apparent_power_l1": 600,
        "current_l1": 2.6,
        "available_power": 8500,
    }
    assert entities.at(2, **step) == "apparent_power_l1 current_l1"
    # What was no step is shown in its own time
    seconds = 60 if profile is Profile.BALANCED else 300
    assert not entities.at(seconds - 1, **step)
    assert entities.at(seconds, **step) == (
        "apparent_power subscribed_power_usage available_power"
    )


@pytest.mark.parametrize(
    ("noise", "shown", "just_not", "step"),
    [
        (Noise.CURRENT, 5.0, 6.0, 6.2),
        (Noise.CURRENT, 20.0, 21.9, 22.0),
        (Noise.USAGE, 20.0, 22.9, 23.0),
        (Noise.USAGE, 80.0, 87.0, 88.0),
        (Noise.ROOM, 9000, 8200, 8100),
        (Noise.ROOM, 500, 300, 250),
        (Noise.FACTOR, 0.9, 0.81, 0.79),
    ],
)
def test_a_step_has_the_size_of_its_value(
    noise: Noise, shown: float, just_not: float, step: float
) -> None:
    """A share of what is shown, and enough to matter."""
    entities = alone(Profile.BALANCED, noise)
    entities.at(0, x=shown)
    assert not entities.at(1, x=just_not)
    assert entities.at(2, x=step) == "x"


@pytest.mark.parametrize("profile", THRIFTY)
def test_a_current_in_amperes_flickers(profile: Profile) -> None:
    """Three-phase historic mode has whole ones: from one to the next is no step."""
    entities = alone(profile, Noise.CURRENT)
    entities.at(0, x=4)
    for now in range(1, 59, 2):
        assert not entities.at(now, x=5)
        assert not entities.at(now + 1, x=4)
    assert entities.at(59, x=6) == "x"


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("noise", sorted(set(Noise) - {Noise.INDEX, Noise.SLOW}))
def test_unknown_shows_at_once_and_so_does_its_end(
    profile: Profile, noise: Noise
) -> None:
    """What is not there is no small change."""
    entities = alone(profile, noise)
    assert entities.at(0, x=10) == "x"
    assert entities.at(1, x=None) == "x"
    assert entities.at(2, x=10) == "x"


@pytest.mark.parametrize("profile", THRIFTY)
def test_voltages(profile: Profile) -> None:
    """At once on 3 V, otherwise after five minutes."""
    entities = alone(profile, Noise.VOLTAGE)
    entities.at(0, x=230)
    assert not entities.at(1, x=232)
    assert entities.at(2, x=233) == "x"
    assert entities.at(3, x=230) == "x"
    assert not entities.at(302, x=229)
    assert entities.at(303, x=229) == "x"


@pytest.mark.parametrize("profile", THRIFTY)
def test_time_to_trip(profile: Profile) -> None:
    """When it appears, on 10 %, when it is over."""
    entities = alone(profile, Noise.TRIP)
    assert entities.at(0, x=100) == "x"
    assert not entities.at(1000, x=91)
    assert entities.at(1001, x=90) == "x"
    assert entities.at(1002, x=None) == "x"


@pytest.mark.parametrize("profile", THRIFTY)
def test_available_current(profile: Profile) -> None:
    """At once when it falls by 1 A, or rises by a quarter and 2 A."""
    entities = alone(profile, Noise.AVAILABLE)
    entities.at(0, x=20.0)
    assert not entities.at(1, x=19.1)
    assert entities.at(2, x=19.0) == "x"
    assert not entities.at(3, x=23.0)
    assert entities.at(4, x=23.8) == "x"
    assert entities.at(5, x=3.0) == "x"
    assert not entities.at(6, x=4.9)
    assert entities.at(7, x=5.0) == "x"
    assert entities.at(8, x=-1.0) == "x"


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("noise", [Noise.INDEX, Noise.SLOW])
def test_once_a_minute(profile: Profile, noise: Noise) -> None:
    """Indexes unless every frame is chosen; clock and counters always."""
    entities = alone(profile, noise)
    written = [at for at in range(0, 600, 2) if entities.at(at, x=at + 1)]
    every = profile is Profile.EVERY_FRAME and noise is Noise.INDEX
    assert written == list(range(0, 600, 2 if every else 60))


def test_an_early_reading_leaves_indexes_to_the_frame() -> None:
    """It has those of the frame before: its minute is not up yet."""
    entities = alone(Profile.BALANCED, Noise.INDEX)
    entities.at(0, x=1)
    entities.early = True
    assert not entities.at(60, x=2)
    entities.early = False
    assert entities.at(61, x=3) == "x"


def test_a_turn_comes_with_the_early_reading_or_the_frame() -> None:
    """What only a whole frame tells waits no second minute."""
    entities = Shown(Profile.BALANCED, x=Noise.POWER, y=Noise.FACTOR)
    entities.at(0, x=1000, y=0.9)
    entities.at(59, x=1000, y=0.9)
    entities.early = True
    assert entities.at(60, x=1001, y=0.9) == "x"
    entities.early = False
    assert entities.at(61, x=1002, y=0.91) == "y"
    assert not entities.at(62, x=1003, y=0.92)


@pytest.mark.parametrize("profile", ALL)
def test_an_index_that_appears_shows_at_once(profile: Profile) -> None:
    """And one that is unknown."""
    entities = alone(profile, Noise.INDEX)
    assert [entities.at(n, x=n % 2 or None) for n in range(1, 5)] == ["x"] * 4


@pytest.mark.parametrize("profile", ALL)
def test_the_new_index_waits_for_its_tariff(profile: Profile) -> None:
    """It counts a frame before the tariff is believed; a minute is too long."""
    entities = Shown(
        profile,
        tariff_period=None,
        energy_index_1=Noise.INDEX,
        energy_import=Noise.INDEX,
    )

    def at(now: float, tariff: Tariff, index: int) -> str:
        return entities.at(
            now,
            contract=Contract.OFF_PEAK,
            tariff_period=tariff,
            energy_index_1=index,
            energy_import=index,
        )

    at(0, Tariff.PEAK, 1)
    assert at(60, Tariff.PEAK, 2) == "energy_import"
    assert at(62, Tariff.OFF_PEAK, 2) == "tariff_period energy_index_1"
    at(64, Tariff.PEAK, 2)
    assert at(130, Tariff.PEAK, 3) == "energy_import"
    assert at(190, Tariff.PEAK, 4) == "energy_index_1 energy_import"


@pytest.mark.parametrize("profile", ALL)
def test_the_rest_shows_at_once(profile: Profile) -> None:
    """Texts, switches and limits."""
    entities = Shown(profile, x=None)
    assert [entities.at(n, x=n % 2) for n in range(1, 5)] == ["x"] * 4


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize(
    ("contract", "before", "after", "register"),
    [
        (Contract.OFF_PEAK, Tariff.PEAK, Tariff.OFF_PEAK, "energy_index_1"),
        (Contract.OFF_PEAK, Tariff.OFF_PEAK, Tariff.PEAK, "energy_index_2"),
        (Contract.OTHER, "index_1", "index_2", "energy_index_2"),
        (Contract.OTHER, "index_2", "something", ""),
    ],
)
def test_the_order_at_a_tariff_change(
    profile: Profile, contract: Contract, before: Value, after: Value, register: str
) -> None:
    """The old index's last value, the tariff, the new index."""
    entities = Shown(
        profile,
        tariff_period=None,
        energy_index_1=Noise.INDEX,
        energy_index_2=Noise.INDEX,
    )
    indexes: dict[str, Value | None] = {"energy_index_1": 1, "energy_index_2": 1}
    entities.at(0, contract=contract, tariff_period=before, **indexes)
    late = dict.fromkeys(indexes, 2)
    written = entities.at(1, contract=contract, tariff_period=after, **late)
    old = [key for key in indexes if key != register]
    new = [register] if register else []
    assert written.split() == [*old, "tariff_period", *new]


def test_an_unknown_tariff_is_no_change() -> None:
    """Nor is the same one after it."""
    publisher = Publisher(Profile.BALANCED)
    for tariff in (Tariff.PEAK, None, Tariff.PEAK):
        publisher.begin(reading(tariff_period=tariff), 0)
        assert len(publisher.stages) == 1


def test_a_new_profile_begins_by_showing_everything() -> None:
    """What the profile before left behind counts no more."""
    entities = Shown(Profile.BALANCED, apparent_power=Noise.POWER)
    entities.at(0, apparent_power=1000)
    entities.publisher.profile = Profile.EVERY_FRAME
    assert entities.at(1, apparent_power=1001)
    entities.publisher.profile = Profile.ECONOMICAL
    assert entities.publisher.profile is Profile.ECONOMICAL
    assert entities.at(2, apparent_power=1002)
    assert not entities.at(3, apparent_power=1003)


@contextmanager
def writes(hass: HomeAssistant) -> Iterator[list[tuple[str, str]]]:
    """Give what is written meanwhile, in order, unchanged states too."""
    seen: list[tuple[str, str]] = []

    @callback
    def take(event: Event[Any]) -> None:
        seen.append((event.data["entity_id"], event.data["new_state"].state))

    @callback
    def anything(_: Any) -> bool:
        return True

    forget = [
        hass.bus.async_listen(kind, take, event_filter=anything)
        for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED)
    ]
    yield seen
    for stop in forget:
        stop()


async def choose(hass: HomeAssistant, entry_id: str, profile: Profile) -> None:
    """Choose a profile as the user does."""
    flow = await hass.config_entries.options.async_init(entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "publishing"}
    )
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"publishing": profile}
    )
    await hass.async_block_till_done()


def power(hass: HomeAssistant) -> int:
    """Return the power shown."""
    state = hass.states.get("sensor.linky_apparent_power")
    assert state is not None
    return int(state.state)


async def test_the_profile_is_changed_live(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """From the next frame on, at the same open port."""
    meter = await start_meter(load=(2000.0,))
    entry = entry_for(meter.meter.address, meter.path, publishing="balanced")
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    source = coordinator.source

    async def shows(watts: float, *, expected: bool) -> None:
        frames = coordinator.frames
        meter.meter.set_load(watts)
        if expected:
            await until(lambda: abs(power(hass) - watts) < 3)
        else:
            before = power(hass)
            await until(lambda: coordinator.frames > frames + 3)
            assert power(hass) == before

    # The first active power is a supposed one: what is shown begins with a known one
    await until(lambda: coordinator.data["power_factor"] is not None, seconds=30)
    await shows(3000, expected=True)
    await shows(2000, expected=True)
    await shows(2100, expected=False)
    await choose(hass, entry.entry_id, Profile.EVERY_FRAME)
    await shows(2100, expected=True)
    await shows(2110, expected=True)
    await choose(hass, entry.entry_id, Profile.ECONOMICAL)
    # Its first frame shows everything
    await until(lambda: coordinator.publisher._since)
    await shows(2300, expected=False)
    await shows(3300, expected=True)
    assert coordinator.source is source
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize("profile", [Profile.EVERY_FRAME, Profile.BALANCED])
async def test_a_tariff_change_arrives_in_order(
    hass: HomeAssistant, start_meter: StartMeter, profile: Profile
) -> None:
    """Old index, tariff and off-peak, new index: a kWh is paid at its price."""
    start = datetime(2026, 1, 13, 22, 29, 45, tzinfo=PARIS)
    meter = await start_meter(load=(5000.0,), start=start)
    entry = entry_for(meter.meter.address, meter.path, publishing=profile)
    assert await set_up(hass, entry)
    tariff = "sensor.linky_tariff_period"
    old, new = (f"sensor.linky_energy_index_{n}" for n in (2, 1))
    with writes(hass) as seen:
        await until(
            lambda: (
                (tariff, "off_peak") in seen and new in [entity for entity, _ in seen]
            ),
            seconds=30,
        )
    order = [entity for entity, _ in seen]
    change = seen.index((tariff, "off_peak"))
    off_peak = seen.index(("binary_sensor.linky_off_peak", "on"))
    final = len(order) - 1 - order[::-1].index(old)
    assert final < min(change, off_peak)
    assert max(change, off_peak) < order.index(new)
    counted = meter.meter.truth.supplier[1]
    assert float(dict(seen)[old]) * 1000 == pytest.approx(counted, abs=1)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("preset", ["historic_tempo", "standard_tempo_three_phase"])
async def test_nothing_new_is_not_written(
    hass: HomeAssistant, replay: Replay, preset: str
) -> None:
    """The same frame again and again costs no state, not even an unchanged one."""
    port = replay(frame_of(preset))
    entry = entry_for(address_of(preset), port.path, baudrate=9600)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    # Labels, phases and the averages of a replay settle first
    await until(lambda: coordinator.frames > 12)
    registry = er.async_get(hass)
    ours = {
        entity.entity_id: entity.unique_id.partition("_")[2]
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
    }
    with writes(hass) as seen:
        frames = coordinator.frames
        await until(lambda: coordinator.frames > frames + 20)
    assert {ours[entity] for entity, _ in seen if entity in ours} == set()
    await hass.config_entries.async_unload(entry.entry_id)


async def test_measurements_show_before_their_frame_ends(
    hass: HomeAssistant, replay: Replay
) -> None:
    """Three-phase standard: what follows them takes 0.6 s more on the wire."""
    preset = "standard_tempo_three_phase"
    port = replay(with_parity(frame_of(preset, load=(500.0, 600.0, 700.0))))
    # What was measured counts as of now for three frame periods
    port._pause = 0.4
    entry = entry_for(address_of(preset), port.path)
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 4)
    assert power(hass) == pytest.approx(1800, abs=5)
    port.frame, whole = b"", with_parity(frame_of(preset, load=(1500.0, 600.0, 700.0)))
    frames = coordinator.frames
    end = whole.index(with_parity(b"\r"), whole.index(with_parity(b"SINSTS3"))) + 1
    os.write(port._master, whole[:end])
    await until(lambda: power(hass) == pytest.approx(2800, abs=5))
    assert coordinator.frames == frames
    assert coordinator.data.early
    os.write(port._master, whole[end:])
    await until(lambda: coordinator.frames == frames + 1)
    assert not coordinator.data.early
    assert power(hass) == pytest.approx(2800, abs=5)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_would_show_nothing_waits_for_the_end(
    hass: HomeAssistant, replay: Replay
) -> None:
    """A small change makes no reading of its own: the frame's end brings it."""
    preset = "standard_tempo_three_phase"
    port = replay(with_parity(frame_of(preset, load=(500.0, 600.0, 700.0))))
    port._pause = 0.4
    entry = entry_for(address_of(preset), port.path, publishing="balanced")
    assert await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.frames > 4)
    port.frame = b""
    readings: list[bool] = []
    forget = coordinator.async_add_listener(
        lambda: readings.append(coordinator.data.early)
    )

    async def say(*load: float) -> list[bool]:
        """Say a frame in two pieces; return which of its readings were early."""
        whole = with_parity(frame_of(preset, load=load))
        end = whole.index(with_parity(b"\r"), whole.index(with_parity(b"SINSTS3"))) + 1
        readings.clear()
        frames = coordinator.frames
        os.write(port._master, whole[:end])
        await asyncio.sleep(0.1)
        os.write(port._master, whole[end:])
        await until(lambda: coordinator.frames > frames)
        return readings

    assert await say(500.0, 600.0, 700.0) == [True, False]
    assert await say(540.0, 600.0, 700.0) == [True, False]
    assert coordinator.data["apparent_power"] == pytest.approx(1840, abs=3)
    assert await say(800.0, 600.0, 700.0) == [True, False]
    assert power(hass) == pytest.approx(2100, abs=5)
    # With every frame chosen each is shown as soon as it can be
    hass.config_entries.async_update_entry(entry, options={"publishing": "every_frame"})
    await hass.async_block_till_done()
    assert await say(800.0, 600.0, 700.0) == [True, False]
    forget()
    await hass.config_entries.async_unload(entry.entry_id)
