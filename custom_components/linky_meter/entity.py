"""What all entities of a meter share; what a supplier index is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import LinkyCoordinator
from .linky_tic.publish.profiles import Noise
from .linky_tic.publish.publisher import Change
from .linky_tic.publish.shown import OfUse, contract_in
from .linky_tic.tic.fields import Value
from .linky_tic.tic.tariffs import Contract, Tariff, label_of_index

TARIFF_STATES = f"component.{DOMAIN}.entity.sensor.tariff_period.state"


@dataclass(frozen=True, kw_only=True)
class LinkyEntityDescription(EntityDescription):
    """What the catalogue says of an entity; the key is the reading's."""

    phase: int | None = None
    """The phase it belongs to; on a single-phase meter its name does without."""
    value_fn: Callable[[LinkyCoordinator], Value | None] | None = None
    """Where the value is not the reading's own."""
    shown_by: tuple[str, ...] = ()
    """The reading's keys any of which it needs, where that is not its own."""
    always: bool = False
    """Whether it exists and is available without the meter."""
    noise: Noise | None = None
    """Why it changes with every frame, if it does."""
    enabled_fn: OfUse | None = None
    """Whether it is of use at this meter, where that depends on it; None: not known yet.

    It is created disabled where it is of none, and enabled when it becomes of use.
    """

    def of_use(self, coordinator: LinkyCoordinator) -> bool | None:
        """Return whether it is of use, as far as ``enabled_fn`` knows."""
        if self.enabled_fn is None:
            return None
        return self.enabled_fn(coordinator.data, coordinator.meter.memory)


@callback
def registered(
    hass: HomeAssistant, entry: ConfigEntry[Any], platform: str, key: str
) -> er.RegistryEntry | None:
    """Return an entity of a meter as it is registered, whatever it is called."""
    registry, unique_id = er.async_get(hass), f"{entry.unique_id}_{key}"
    return registry.async_get(
        registry.async_get_entity_id(platform, DOMAIN, unique_id) or ""
    )


@callback
def enabled_entities(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> Iterator[tuple[str, er.RegistryEntry]]:
    """Yield the enabled entities of a meter with their keys."""
    prefix = f"{entry.unique_id}_"
    for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if one.disabled_by is None and one.unique_id.startswith(prefix):
            yield one.unique_id.removeprefix(prefix), one


@callback
def stay(_: Entity, old_entity_id: str) -> None:
    """Do nothing when an entity is renamed, as nothing depends on its id.

    Home Assistant 2026.11 calls it as ``async_entity_id_changed``. A class that has an
    ``async_added_to_hass`` needs that name of its own: without, its entities are removed
    and added again, as 2026.10 does.
    """


class LinkyEntity(CoordinatorEntity[LinkyCoordinator]):
    """An entity of a meter; writes its state only when that changed."""

    _attr_has_entity_name = True
    async_entity_id_changed = stay
    entity_description: LinkyEntityDescription

    def __init__(
        self, coordinator: LinkyCoordinator, description: LinkyEntityDescription
    ) -> None:
        """Take the description."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.config_entry.unique_id}_{description.key}"
        self._attr_device_info = coordinator.device_info
        if description.phase is not None:
            key = description.translation_key
            if coordinator.meter.memory.phases != 1:
                key = f"{key}_phase"
                self._attr_translation_placeholders = {"phase": str(description.phase)}
            self._attr_translation_key = key
        if description.of_use(coordinator) is False:
            self._attr_entity_registry_enabled_default = False
        self._shown: tuple[bool, Value | None] = (False, None)
        self._since = 0.0

    @property
    @override
    def suggested_object_id(self) -> str | None:
        """Return the key: entity ids depend on no language and on nothing learned."""
        return self.entity_description.key

    @property
    @override
    def available(self) -> bool:
        """Return whether the meter is read."""
        description = self.entity_description
        return self.coordinator.is_available(description.key) or description.always

    @override
    async def async_added_to_hass(self) -> None:
        """Take the present value; the first write follows by itself."""
        await super().async_added_to_hass()
        self._shown = self._present()
        self._take(self._shown[1])

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it changed, and if it is time to."""
        present, shown = self._present(), self._shown
        if present == shown:
            return
        publisher, description = self.coordinator.publisher, self.entity_description
        if present[0] is shown[0] and not publisher.due(
            description.key,
            description.noise,
            Change(shown[1], present[1], self._since),
        ):
            return
        # A write that fails is tried again with each reading
        self._shown = (not present[0], None)
        self._take(present[1])
        self.async_write_ha_state()
        self._shown, self._since = present, publisher.now

    def _present(self) -> tuple[bool, Value | None]:
        """Return availability and value as they are now."""
        description, coordinator = self.entity_description, self.coordinator
        if (value_fn := description.value_fn) is not None:
            return self.available, value_fn(coordinator)
        return self.available, coordinator.data.values.get(description.key)

    def _take(self, value: Value | None) -> None:
        """Take a new value."""
        raise NotImplementedError


@callback
def async_enable(hass: HomeAssistant, entity_id: str) -> None:
    """Enable an entity, without its entry being reloaded half a minute later.

    That would be in the midst of an overload. Home Assistant asks whose entity it is when
    it is told that one was enabled: at that moment nobody's.
    """
    registry = er.async_get(hass)
    if (found := registry.async_get(entity_id)) is not None:
        update = partial(registry.async_update_entity, entity_id)
        update(config_entry_id=None, config_subentry_id=None, disabled_by=None)
        update(
            config_entry_id=found.config_entry_id,
            config_subentry_id=found.config_subentry_id,
        )


@callback
def _async_enable(
    coordinator: LinkyCoordinator, domain: str, description: LinkyEntityDescription
) -> bool:
    """Enable an entity that was of no use when created, and is now.

    Never against the user, who may have disabled it, or all that is new.
    """
    entry = coordinator.config_entry
    if entry.pref_disable_new_entities or description.of_use(coordinator) is not True:
        return False
    found = registered(coordinator.hass, entry, domain, description.key)
    if found is None or found.disabled_by is not er.RegistryEntryDisabler.INTEGRATION:
        return False
    async_enable(coordinator.hass, found.entity_id)
    return True


@callback
def async_add_as_seen[DescriptionT: LinkyEntityDescription](
    coordinator: LinkyCoordinator,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: tuple[DescriptionT, ...],
    make: Callable[[LinkyCoordinator, DescriptionT], Entity],
    wanted: Callable[[LinkyCoordinator, DescriptionT], bool] = lambda *_: True,
) -> None:
    """Add the entities whose key the meter ever showed, now and later.

    Called while a platform is set up.
    """
    missing = {description.key: description for description in descriptions}
    looked: tuple[object, ...] | None = None
    domain = async_get_current_platform().domain

    @callback
    def add() -> None:
        nonlocal looked
        now = (
            *coordinator.meter.generation,
            *(coordinator.data[key] for key in _USED_BY),
            coordinator.data["time_to_trip"] is None,
        )
        if now == looked:
            return
        looked = now
        keys = coordinator.meter.memory.keys
        new = [
            description
            for key, description in missing.items()
            if (
                description.always
                or any(shown in keys for shown in description.shown_by or (key,))
            )
            and wanted(coordinator, description)
        ]
        for description in new:
            del missing[description.key]
        for description in descriptions:
            # Home Assistant added none while it was disabled
            if (
                description.key not in missing
                and wanted(coordinator, description)
                and _async_enable(coordinator, domain, description)
                and description not in new
            ):
                new.append(description)
        if new:
            async_add_entities(make(coordinator, description) for description in new)

    add()
    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(add))


_USED_BY = ("contract", "exporting", "producer")
"""The keys of the reading, besides the time to trip, that ``enabled_fn`` looks at."""


def contract_of(coordinator: LinkyCoordinator) -> Contract | None:
    """Return the kind of contract, None while it is unknown."""
    return contract_in(coordinator.data)


def index_name(
    coordinator: LinkyCoordinator, index: int, translations: Mapping[str, str]
) -> str:
    """Return the name of an index, in lower case where it is a translated one."""
    memory = coordinator.meter.memory
    calendar = str(coordinator.data["calendar_name"] or "")
    labels = memory.labels.get(calendar, {})
    named = label_of_index(contract_of(coordinator), index, labels)
    if not isinstance(named, Tariff):
        return named
    return translations.get(f"{TARIFF_STATES}.{named}", str(named)).lower()


class NamedByIndex(Entity):
    """An entity that is named by its tariff; its entity id stays whatever that is."""

    coordinator: LinkyCoordinator
    _named: str | None = None

    @property
    def index(self) -> int:
        """The supplier index."""
        raise NotImplementedError

    @property
    @override
    def name(self) -> str | None:
        """Return the name as the tariff was at the last look."""
        return self._named or self._name_now()

    @callback
    def follow_name(self) -> None:
        """Look whether the tariff is called otherwise now."""
        name, registry = self._name_now(), er.async_get(self.hass)
        # On its way out it is in no registry any more
        if name != self._named and self.entity_id in registry.entities:
            self._named = name
            registry.async_update_entity(self.entity_id, original_name=name)

    def _name_now(self) -> str:
        translations = self.platform_data.platform_translations
        key = f"component.{DOMAIN}.entity.sensor.{self.translation_key}.name"
        name = index_name(self.coordinator, self.index, translations)
        return translations.get(key, "{tariff}").format(tariff=name)
