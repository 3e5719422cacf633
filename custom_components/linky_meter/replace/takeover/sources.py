"""Finds what another integration made of this meter, and which of its entities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .tables import (
    ADDRESS_LABELS,
    BY_VALUE,
    FAMILIES,
    LINKYTIC,
    Family,
    Stays,
    Target,
    target_of,
)

_OF_LINKYTIC = 6
_ENERGY = "energy"


@dataclass(frozen=True)
class Candidate:
    """An entity of another integration."""

    entity_id: str
    domain: str
    platform: str
    unique_id: str
    label: str
    target: Target
    entry: er.RegistryEntry | None
    """None where its integration was deleted; its settings are kept for a while."""

    @classmethod
    def of(cls, entity: er.RegistryEntry, label: str, target: Target) -> Candidate:
        """Return an entity that is there."""
        return cls(
            entity.entity_id,
            entity.domain,
            entity.platform,
            entity.unique_id,
            label,
            target,
            entity,
        )


@dataclass
class Source:
    """What one integration made of one meter, as far as can be told."""

    family: Family | None
    """None for what is known by its values only."""
    id: str
    name: str
    candidates: list[Candidate] = field(default_factory=list)
    ours: bool | None = None
    """Whether it is of this meter; None: only its values may tell."""

    @property
    def exclusive(self) -> bool:
        """Whether its config entry is about the meter only."""
        return self.family is not None and self.family.exclusive


def find(hass: HomeAssistant, address: str) -> list[Source]:
    """Return what may read the meter of an address, but for what cannot."""
    sources: dict[str, Source] = {}
    registry = er.async_get(hass)
    for entity in registry.entities.values():
        for family, label, group, says in _matches(entity.platform, entity.unique_id):
            source = _source(hass, sources, family, entity, group)
            target = _refined(target_of(family, label), family, hass, entity)
            source.candidates.append(Candidate.of(entity, label, target))
            if says is not None:
                source.ours = says == address
            else:
                _note_meter(hass, source, entity, label, address)
    for (domain, platform, unique_id), gone in registry.deleted_entities.items():
        if gone.config_entry_id is not None:
            continue
        for family, label, group, says in _matches(platform, unique_id):
            if not family.exclusive:
                continue
            name = f"{family.platform}:{group}:deleted"
            source = sources.setdefault(name, Source(family, name, family.name))
            if says:
                source.ours = says == address
            source.candidates.append(
                Candidate(
                    gone.entity_id,
                    domain,
                    platform,
                    unique_id,
                    label,
                    target_of(family, label),
                    None,
                )
            )
    found = [source for source in sources.values() if source.ours is not False]
    return [*found, *_by_value(registry, sources)]


def _matches(
    platform: str, unique_id: str
) -> Iterator[tuple[Family, str, str, str | None]]:
    """Yield the family, label, group and address that a unique id tells."""
    for family in FAMILIES:
        if family.platform == platform and (
            match := family.pattern.fullmatch(str(unique_id))
        ):
            named = match.groupdict()
            says = named.get("address")
            yield family, named["label"], named.get("group") or says or "", says


def _source(
    hass: HomeAssistant,
    sources: dict[str, Source],
    family: Family,
    entity: er.RegistryEntry,
    group: str,
) -> Source:
    name = f"{family.platform}:{entity.config_entry_id}"
    if not family.exclusive:
        name += f":{group}"
    if name not in sources:
        other = hass.config_entries.async_get_entry(entity.config_entry_id or "")
        title = other.title if other and family.exclusive else ""
        # Linky TIC titles them by the port, Teleinfo by the meter's address
        plain = (
            title and "/" not in title and max(map(len, _numbers(title)), default=0) < 6
        )
        shown = f"{family.name} ({title})" if plain else family.name
        sources[name] = Source(family, name, shown)
    return sources[name]


def _numbers(text: str) -> list[str]:
    return "".join(one if one.isdigit() else " " for one in text).split()


def _note_meter(
    hass: HomeAssistant,
    source: Source,
    entity: er.RegistryEntry,
    label: str,
    address: str,
) -> None:
    """Note whether an entity tells that its source is of a meter, or of another."""
    if label.upper() in ADDRESS_LABELS or label in ADDRESS_LABELS:
        state = hass.states.get(entity.entity_id)
        if state is not None and state.state.isdigit():
            source.ours = state.state.zfill(12) == address
            return
    if source.family is LINKYTIC and source.ours is None and entity.device_id:
        device = dr.async_get(hass).async_get(entity.device_id)
        for _, name in device.identifiers if device else ():
            if len(name) == _OF_LINKYTIC and name.isdigit():
                source.ours = name == address[-_OF_LINKYTIC:]


def _refined(
    target: Target, family: Family, hass: HomeAssistant, entity: er.RegistryEntry
) -> Target:
    """Return a target by what the entity says: its words or its unit may be ours."""
    if family.platform == "teleinfo" and target is Stays.WORDS:
        state = hass.states.get(entity.entity_id)
        if (
            entity.unique_id.endswith("_PTEC")
            and state is not None
            and state.state in {"all_hours", "off_peak", "peak"}
        ):
            return ("tariff_period",)
    return target


def _by_value(
    registry: er.EntityRegistry, sources: dict[str, Source]
) -> Iterator[Source]:
    """Yield, by config entry, energies that nothing but their value may tell."""
    taken = {one.entity_id for source in sources.values() for one in source.candidates}
    found: dict[str, Source] = {}
    for entity in registry.entities.values():
        kind = entity.device_class or entity.original_device_class
        if (
            entity.platform not in BY_VALUE
            or entity.domain != "sensor"
            or kind != _ENERGY
            or entity.entity_id in taken
        ):
            continue
        name = f"{entity.platform}:{entity.device_id or entity.config_entry_id}:value"
        source = found.setdefault(name, Source(None, name, entity.platform))
        source.candidates.append(Candidate.of(entity, "", Stays.NO_COUNTERPART))
    yield from found.values()
