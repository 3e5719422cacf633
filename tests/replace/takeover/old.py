"""A stand-in for another integration: its registry entries, states and statistics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy import insert

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.db_schema import Statistics, StatisticsShortTerm
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.components.recorder.util import session_scope
from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import HANDLERS, ConfigEntry, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity

HOUR = timedelta(hours=1)
ROW = timedelta(minutes=5)

MADE_UP: set[str] = set()
"""The integrations that a test made up."""

ENERGY = {"unit": "Wh", "device_class": "energy", "state_class": "total_increasing"}
POWER = {
    "unit": "VA",
    "device_class": "apparent_power",
    "state_class": "measurement",
}


class Old:
    """Another integration; what its entities show is up to the test."""

    def __init__(
        self,
        hass: HomeAssistant,
        domain: str = "linkytic",
        identifier: str | None = None,
        **config: Any,
    ) -> None:
        """Prepare; nothing is set up yet."""
        self.hass = hass
        self.domain = domain
        self.unloads = True
        self.entry = MockConfigEntry(domain=domain, title="Linky", **config)
        self._identifier = identifier or self.entry.entry_id
        self._entities: dict[str, Entity] = {}
        self._wanted: dict[str, tuple[str, str, Mapping[str, Any], Any]] = {}

        async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            await hass.config_entries.async_forward_entry_setups(
                entry, ["binary_sensor", "sensor"]
            )
            return True

        async def unload(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            return self.unloads and await hass.config_entries.async_unload_platforms(
                entry, ["binary_sensor", "sensor"]
            )

        module = MockModule(domain, async_setup_entry=set_up, async_unload_entry=unload)
        mock_integration(hass, module)
        mock_platform(hass, f"{domain}.config_flow", None)
        MADE_UP.add(domain)
        HANDLERS[domain] = type("Flow", (ConfigFlow,), {"VERSION": 1})
        for kind in ("binary_sensor", "sensor"):
            mock_platform(
                hass,
                f"{domain}.{kind}",
                MockPlatform(async_setup_entry=partial(self._add, kind)),
            )

    def has(
        self, label: str, object_id: str, value: Any, kind: str = "sensor", **is_: Any
    ) -> str:
        """Let it have an entity; return its entity id."""
        unique_id = label
        if self.domain == "linkytic":
            unique_id = f"linkytic_{self.entry.entry_id}_{label}"
        self._wanted[unique_id] = (kind, object_id, is_, value)
        return f"{kind}.{object_id}"

    async def start(self) -> None:
        """Set it up."""
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    def show(self, entity_id: str, value: Any) -> None:
        """Let an entity show something else."""
        entity = self._entities[entity_id]
        if isinstance(entity, SensorEntity):
            entity._attr_native_value = value
        entity.async_write_ha_state()

    async def _add(
        self, kind: str, hass: HomeAssistant, entry: ConfigEntry, add: Any
    ) -> None:
        made = []
        for unique_id, (domain, object_id, is_, value) in self._wanted.items():
            if domain != kind:
                continue
            entity: Entity
            if kind == "sensor":
                entity = SensorEntity()
                entity._attr_native_value = value
                entity._attr_native_unit_of_measurement = is_.get("unit")
                entity._attr_state_class = is_.get("state_class")
                entity._attr_suggested_unit_of_measurement = is_.get("suggested")
            else:
                entity = BinarySensorEntity()
                entity._attr_is_on = value
            entity._attr_device_class = is_.get("device_class")
            entity._attr_unique_id = unique_id
            entity._attr_should_poll = False
            entity._attr_name = object_id
            entity._attr_device_info = dr.DeviceInfo(
                identifiers={(self.domain, self._identifier)}, name="Old meter"
            )
            entity.entity_id = f"{kind}.{object_id}"
            self._entities[entity.entity_id] = entity
            made.append(entity)
        add(made)


def metadata(entity_id: str, unit: str = "Wh", source: str = "recorder") -> Any:
    """Return what the recorder knows of an energy."""
    return {
        "has_mean": False,
        "has_sum": True,
        "mean_type": StatisticMeanType.NONE,
        "name": None,
        "source": source,
        "statistic_id": entity_id,
        "unit_class": "energy",
        "unit_of_measurement": unit,
    }


async def past(
    hass: HomeAssistant,
    instance: Recorder,
    entity_id: str,
    end: datetime,
    last: float,
    *,
    unit: str = "Wh",
    hours: int = 20 * 24,
    step: float = 500.0,
    purged: bool = False,
) -> None:
    """Let an energy have been counted up to a time: 500 of its unit an hour."""

    def row(back: int) -> Any:
        return {"state": last - step * (back - 1), "sum": step * (hours - back + 1)}

    newest: Any = [{"start": end - HOUR, **row(1)}]
    instance.async_import_statistics(metadata(entity_id, unit), newest, Statistics)
    await async_wait_recording_done(hass)

    def write() -> None:
        with session_scope(session=instance.get_session()) as session:
            found = instance.statistics_meta_manager.get(session, entity_id)
            assert found is not None
            rows = [
                {
                    "metadata_id": found[0],
                    "created_ts": end.timestamp(),
                    "start_ts": (end - HOUR * back).timestamp(),
                    **row(back),
                }
                for back in range(hours, 1, -1)
            ]
            session.execute(insert(Statistics), rows)

    # One by one years would take minutes
    await instance.async_add_executor_job(write)
    if not purged:
        short: list[Any] = [{"start": end - ROW, "state": last, "sum": step * hours}]
        instance.async_import_statistics(
            metadata(entity_id, unit), short, StatisticsShortTerm
        )
    await async_wait_recording_done(hass)


async def rows_of(
    hass: HomeAssistant, instance: Recorder, entity_id: str, period: Any = "hour"
) -> list[tuple[float, float, float]]:
    """Return all rows: start, state and sum in Wh."""
    await async_wait_recording_done(hass)
    found = await instance.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            datetime(2020, 1, 1, tzinfo=UTC),
            None,
            {entity_id},
            period,
            {"energy": "Wh"},
            {"state", "sum"},
        )
    )
    return [
        (row["start"], round(row["state"] or 0.0, 3), round(row["sum"] or 0.0, 3))
        for row in found.get(entity_id, [])
    ]
