"""What language models may ask: of meters that the user exposes to the assistant."""

from __future__ import annotations

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext

from .answers.tools import QUESTIONS, QuestionTool
from .const import DOMAIN
from .coordinator import device_of
from .runtime import LinkyConfigEntry

# For administrators, of everything; Home Assistant has it from 2026.11 on
_API_HOME_ASSISTANT = "homeassistant"


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the questions about the meters that are loaded, None without any."""
    if api_id not in {LLM_API_ASSIST, _API_HOME_ASSISTANT}:
        return None
    meters: dict[str, str] = {}
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        device = device_of(hass, entry)
        if device is not None and (
            api_id == _API_HOME_ASSISTANT or _exposed(hass, llm_context, entry)
        ):
            name = device.name_by_user or device.name or entry.title
            meters[f"{name} {len(meters) + 1}" if name in meters else name] = device.id
    if not meters:
        return None
    return LLMTools(tools=[QuestionTool(one, meters) for one in QUESTIONS])


def _exposed(
    hass: HomeAssistant, llm_context: LLMContext, entry: LinkyConfigEntry
) -> bool:
    """Return whether any entity of a meter may be told to the assistant."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return bool(llm_context.assistant) and any(
        async_should_expose(hass, llm_context.assistant, entity.entity_id)
        for entity in entities
        if entity.disabled_by is None
    )
