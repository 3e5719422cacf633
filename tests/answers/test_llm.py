"""Questions asked through Home Assistant's own way, by a model that is scripted."""

from __future__ import annotations

from datetime import timedelta
import json
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.linky_meter.answers.tools import QUESTIONS
from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr, intent, llm
from homeassistant.helpers.chat_session import async_get_chat_session
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.automation.helpers import plugged
from tests.billing.test_costs import book, options_of, period
from tests.conftest import StartMeter, until
from tests.test_services import device_of

APPARENT = "sensor.linky_apparent_power"
NAMES = {f"linky_meter__{question.action}" for question in QUESTIONS}


class Model(conversation.AbstractConversationAgent):
    """Calls the tool that its question names, and says what it heard."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self.tools: dict[str, llm.Tool] = {}

    @property
    @override
    def supported_languages(self) -> list[str]:
        return ["en"]

    @override
    async def async_process(
        self, user_input: conversation.ConversationInput
    ) -> conversation.ConversationResult:
        tool, _, args = user_input.text.partition(" ")
        response = intent.IntentResponse(language="en")
        with (
            async_get_chat_session(self._hass, user_input.conversation_id) as session,
            conversation.async_get_chat_log(self._hass, session, user_input) as log,
        ):
            await log.async_provide_llm_data(
                user_input.as_llm_context("test"), llm.LLM_API_ASSIST
            )
            assert log.llm_api is not None
            self.tools = {one.name: one for one in log.llm_api.tools}
            call = llm.ToolInput(f"linky_meter__{tool}", json.loads(args or "{}"))
            asking = conversation.AssistantContent("model", tool_calls=[call])
            async for heard in log.async_add_assistant_content(asking):
                response.async_set_speech(json.dumps(heard.result.data))
            log.async_add_assistant_content_without_tools(
                conversation.AssistantContent("model", "Done")
            )
            return conversation.ConversationResult(response, session.conversation_id)


class Home:
    """A house in which one can ask."""

    def __init__(self, hass: HomeAssistant, model: Model, agent: str) -> None:
        self._hass, self.model, self._agent = hass, model, agent

    async def ask(self, tool: str, **args: Any) -> Any:
        """Return what the model heard."""
        result = await conversation.async_converse(
            self._hass,
            f"{tool} {json.dumps(args)}",
            None,
            Context(),
            language="en",
            agent_id=self._agent,
        )
        return json.loads(result.response.speech["plain"]["speech"])

    def expose(self, *entity_ids: str) -> None:
        """Let the assistant know of entities."""
        for entity_id in entity_ids:
            async_expose_entity(
                self._hass, conversation.DOMAIN, entity_id, should_expose=True
            )


@pytest.fixture(name="home")
async def _home(hass: HomeAssistant) -> Home:
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    agent = MockConfigEntry(domain="model")
    agent.add_to_hass(hass)
    model = Model(hass)
    conversation.async_set_agent(hass, agent, model)
    return Home(hass, model, agent.entry_id)


async def test_questions(
    hass: HomeAssistant, start_meter: StartMeter, home: Home
) -> None:
    """The oven, the night, yesterday and the contract: as the actions answer."""
    _, entry = await plugged(
        hass, start_meter, "standard_hc", load=(1000.0,), options=options_of(period())
    )
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    book(entry, 1, {1: 10_000, 2: 5000})
    home.expose(APPARENT)
    calls = async_capture_events(hass, EVENT_CALL_SERVICE)
    oven = await home.ask("can_start", power=2500)
    assert (oven["fits"], oven["trips"]) == (True, False)
    assert set(home.model.tools) >= NAMES
    night = await home.ask("find_cheapest_window", minutes=90, power=2000)
    start, end = (dt_util.parse_datetime(night[key]) for key in ("start", "end"))
    assert start
    assert end
    assert end - start == timedelta(minutes=90)
    assert night["price"] == 0.1589
    assert (await home.ask("get_cost"))["energy"] == 15
    costs = entry.runtime_data.costs
    await until(
        lambda: costs.view and costs.view.judgement and costs.view.judgement.days == 1
    )
    contract = await home.ask("compare_contracts")
    assert contract["summary"].startswith("Days known: 1")
    # The recorder keeps what was asked
    assert [event.data["service"] for event in calls] == [
        question.action for question in QUESTIONS
    ]
    for event in calls:
        assert json.loads(json.dumps(event.data["service_data"]))
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_is_over_is_no_answer(
    hass: HomeAssistant, start_meter: StartMeter, home: Home
) -> None:
    """A model that is asked for today begins at midnight."""
    _, entry = await plugged(
        hass, start_meter, "standard_hc", options=options_of(period())
    )
    await until(lambda: entry.runtime_data.costs.kept.ledger.calendar)
    home.expose(APPARENT)
    asked = dt_util.utcnow()
    soon = asked + timedelta(hours=3)
    for start, least in (
        (dt_util.start_of_local_day(), asked),
        (asked - timedelta(days=1), asked),
        (soon, soon),
    ):
        night = await home.ask(
            "find_cheapest_window", minutes=30, start=start.isoformat()
        )
        found = dt_util.parse_datetime(night["start"])
        assert found
        assert found >= least
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_is_refused_is_said(
    hass: HomeAssistant, start_meter: StartMeter, home: Home
) -> None:
    """In words that the model can pass on."""
    _, entry = await plugged(hass, start_meter, "standard_hc")
    home.expose(APPARENT)
    answer = await home.ask("get_cost")
    assert "No prices are chosen yet" in answer["error"]
    assert "power" in (await home.ask("can_start"))["error"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_only_of_meters_that_are_exposed(
    hass: HomeAssistant, start_meter: StartMeter, home: Home
) -> None:
    """And of which of them, where there are several."""
    _, entry = await plugged(hass, start_meter, "standard_hc", load=(1000.0,))
    _, second = await plugged(
        hass, start_meter, "standard_hc", address="041876543210", load=(5000.0,)
    )
    answer = await home.ask("can_start", power=2500)
    assert "not found" in answer["error_text"]
    assert not NAMES & set(home.model.tools)
    home.expose(APPARENT)
    assert (await home.ask("can_start", power=2500))["fits"] is True
    device = device_of(hass, second.entry_id)
    dr.async_get(hass).async_update_device(device, name_by_user="Annexe")
    home.expose(f"{APPARENT}_2")
    assert (await home.ask("can_start", power=2500, meter="Annexe"))["fits"] is False
    assert (await home.ask("can_start", power=2500, meter="Linky"))["fits"] is True
    assert "meter" in (await home.ask("can_start", power=2500))["error"]
    # Two of one name are two all the same
    dr.async_get(hass).async_update_device(device, name_by_user="Linky")
    assert (await home.ask("can_start", power=2500, meter="Linky 2"))["fits"] is False
    await hass.config_entries.async_unload(second.entry_id)
    assert (await home.ask("can_start", power=2500))["fits"] is True
    await hass.config_entries.async_unload(entry.entry_id)


async def test_other_interfaces(
    hass: HomeAssistant, start_meter: StartMeter, home: Home
) -> None:
    """An administrator's has them without exposure, one that we do not know never."""
    from custom_components.linky_meter.llm import async_get_tools

    _, entry = await plugged(hass, start_meter, "standard_hc")
    context = llm.LLMContext("test", Context(), "en", conversation.DOMAIN, None)
    assert async_get_tools(hass, context, "other") is None
    assert async_get_tools(hass, context, llm.LLM_API_ASSIST) is None
    found = async_get_tools(hass, context, "homeassistant")
    again = async_get_tools(hass, context, "homeassistant")
    assert found is not None
    assert again is not None
    assert {tool.name for tool in found.tools} == NAMES
    # Merged with another interface, each is there once
    assert found.tools == again.tools
    assert len({*found.tools, *again.tools}) == len(NAMES)
    assert found.tools[0] != object()
    await hass.config_entries.async_unload(entry.entry_id)
