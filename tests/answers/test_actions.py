"""What can be switched on now, and what days cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from freezegun import freeze_time
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.linky_meter.answers.cost import cost_of
from custom_components.linky_meter.answers.room import can_start
from custom_components.linky_meter.linky_tic.costs.calendar.calendars import OFF_PEAK
from custom_components.linky_meter.linky_tic.costs.calendar.days import (
    DAY,
    PARIS,
    day_of,
)
from custom_components.linky_meter.linky_tic.tic.reading import EMPTY
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
from tests.automation.helpers import plugged
from tests.billing.test_costs import book, options_of, period
from tests.conftest import StartMeter, until
from tests.plan.test_plan import ask


async def test_can_start(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """It fits, it is too much for the subscription, it is too much for the breaker."""
    meter, entry = await plugged(
        hass,
        start_meter,
        "standard_hc",
        load=(1000.0,),
        options=options_of(period()),
    )
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    answer = await ask(hass, entry, "can_start", power=2500)
    assert answer["fits"] is True
    assert answer["trips"] is False
    assert answer["seconds_to_trip"] is None
    assert answer["left"] == answer["available_power"] - 2500
    # Of 6 kVA, 1 is drawn; the available current is rounded
    assert answer["available_power"] == pytest.approx(5000, abs=260)
    assert answer["phases"] == [1]
    assert answer["price"] in {0.1589, 0.2142}
    over = await ask(hass, entry, "can_start", power=6000)
    assert (over["fits"], over["trips"]) == (False, False)
    far = await ask(hass, entry, "can_start", power=12000)
    assert (far["fits"], far["trips"]) == (False, True)
    assert 0 < far["seconds_to_trip"] < 300
    # The breaker takes as long as was told
    meter.meter.set_load(13000.0)
    coordinator = entry.runtime_data.coordinator
    await until(lambda: coordinator.data["time_to_trip"])
    assert coordinator.data["time_to_trip"] <= far["seconds_to_trip"] + 5
    await hass.config_entries.async_unload(entry.entry_id)


async def test_can_start_on_a_phase(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """The one with the least left, one that is given, or all three."""
    _, entry = await plugged(
        hass,
        start_meter,
        "standard_tempo_three_phase",
        load=(4000.0, 500.0, 500.0),
    )
    worst = await ask(hass, entry, "can_start", power=3000)
    assert (worst["phases"], worst["fits"]) == ([1], False)
    assert worst["price"] is None
    second = await ask(hass, entry, "can_start", power=3000, phase=2)
    assert (second["phases"], second["fits"]) == ([2], True)
    even = await ask(hass, entry, "can_start", power=9000, phase="all")
    assert (even["phases"], even["fits"]) == ([1, 2, 3], False)
    assert even["available_power"] == pytest.approx(6000, abs=1000)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_historic_mode_tells_no_trip(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """What is left is known, the breaker is not."""
    meter, entry = await plugged(hass, start_meter, "historic_base", load=(1000.0,))
    answer = await ask(hass, entry, "can_start", power=2500)
    assert answer["fits"] is True
    assert (answer["trips"], answer["seconds_to_trip"]) == (None, None)
    for phase in ("2", "3"):
        with pytest.raises(ServiceValidationError) as err:
            await ask(hass, entry, "can_start", power=2500, phase=phase)
        assert err.value.translation_key == "no_such_phase"
    coordinator = entry.runtime_data.coordinator
    known, coordinator.data = coordinator.data, EMPTY
    with pytest.raises(ServiceValidationError) as err:
        can_start(entry.runtime_data, 2500)
    assert err.value.translation_key == "room_unknown"
    coordinator.data = known
    meter.silence()
    await until(lambda: not coordinator.last_update_success, 90)
    with pytest.raises(ServiceValidationError) as err:
        await ask(hass, entry, "can_start", power=2500)
    assert err.value.translation_key == "room_unknown"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_no_more_than_is_subscribed(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """A meter that tells amperes only has 30 of them, and a contract of 6 kVA."""
    _, entry = await plugged(
        hass, start_meter, "historic_base", pre_linky=True, load=(0.0,)
    )
    answer = await ask(hass, entry, "can_start", power=6100)
    assert (answer["fits"], answer["available_power"]) == (False, 6000)
    assert (await ask(hass, entry, "can_start", power=5900))["fits"] is True
    assert entry.runtime_data.coordinator.data["available_power"] == 6000
    await hass.config_entries.async_unload(entry.entry_id)


async def booked(hass: HomeAssistant, start_meter: StartMeter) -> MockConfigEntry:
    """Return the entry of a meter whose last two days are known."""
    _, entry = await plugged(
        hass, start_meter, "standard_hc", options=options_of(period())
    )
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    book(entry, 1, {1: 10_000, 2: 5000})
    book(entry, 2, {1: 1000, 2: 1000})
    return entry


async def test_cost(hass: HomeAssistant, start_meter: StartMeter) -> None:
    """Of yesterday, of a day, of several."""
    entry = await booked(hass, start_meter)
    yesterday = day_of(dt_util.utcnow()) - DAY
    answer = await ask(hass, entry, "get_cost")
    assert answer["first_day"] == answer["last_day"] == yesterday.isoformat()
    energy = 10 * 0.1589 + 5 * 0.2142
    assert answer["energy_cost"] == pytest.approx(energy, abs=0.01)
    # Fifteen euros a month
    assert answer["subscription"] == pytest.approx(15 / 30.4, abs=0.05)
    assert answer["cost"] == pytest.approx(energy + answer["subscription"], abs=0.011)
    assert answer["cost_low"] == answer["cost_high"] == answer["cost"]
    assert answer["energy"] == 15
    assert answer["unpriced_energy"] == 0
    assert answer["complete"] is True
    before = (yesterday - DAY).isoformat()
    both = await ask(
        hass, entry, "get_cost", first_day=before, last_day=yesterday.isoformat()
    )
    assert both["energy"] == 17
    alone = await ask(hass, entry, "get_cost", first_day=before)
    assert alone["energy"] == 2
    today = day_of(dt_util.utcnow()).isoformat()
    more = await ask(hass, entry, "get_cost", first_day=before, last_day=today)
    assert more["complete"] is False
    assert more["energy"] >= 17
    lacking = (yesterday - 2 * DAY).isoformat()
    gap = await ask(hass, entry, "get_cost", first_day=lacking, last_day=before)
    assert (gap["energy"], gap["complete"]) == (2, False)
    await hass.config_entries.async_unload(entry.entry_id)


async def test_cost_that_is_not_known(
    hass: HomeAssistant, start_meter: StartMeter
) -> None:
    """Each refusal says what to do."""
    entry = await booked(hass, start_meter)
    today = day_of(dt_util.utcnow())
    for days, error in (
        ({"first_day": today, "last_day": today - DAY}, "bad_days"),
        ({"first_day": today + DAY}, "bad_days"),
        ({"first_day": today - 400 * DAY, "last_day": today}, "bad_days"),
        ({"first_day": today - 9 * DAY}, "no_costs_then"),
    ):
        asked = {key: day.isoformat() for key, day in days.items()}
        with pytest.raises(ServiceValidationError) as err:
            await ask(hass, entry, "get_cost", **asked)
        assert err.value.translation_key == error
    hass.config_entries.async_update_entry(
        entry,
        options={key: value for key, value in entry.options.items() if key != "prices"},
    )
    await hass.async_block_till_done()
    with pytest.raises(ServiceValidationError) as err:
        await ask(hass, entry, "get_cost")
    assert err.value.translation_key == "no_prices"
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    "now",
    [
        "2026-01-31T23:30",
        "2026-02-01T00:30",
        "2026-03-29T00:30",
        "2026-03-30T00:30",
        "2026-10-25T23:30",
        "2026-10-26T00:30",
    ],
)
async def test_yesterday_at_any_time(
    hass: HomeAssistant, start_meter: StartMeter, now: str
) -> None:
    """The French day before, also on days of 23 and 25 hours."""
    _, entry = await plugged(
        hass, start_meter, "standard_hc", options=options_of(period())
    )
    keeper: Any = entry.runtime_data.costs
    await until(lambda: keeper.kept.ledger.calendar)
    at = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    keeper.kept.ledger.epochs.clear()
    keeper.kept.ledger.days.clear()
    assert keeper.kept.ledger.backfill(at.date() - timedelta(days=1), OFF_PEAK, {1: 10})
    keeper.book.forget()
    # No frame comes while it is another time
    await entry.runtime_data.coordinator.async_close()
    with freeze_time(at):
        answer = cost_of(keeper)
    assert answer["first_day"] == (at.date() - timedelta(days=1)).isoformat()
    assert answer["energy"] == 0.01
    await hass.config_entries.async_unload(entry.entry_id)
