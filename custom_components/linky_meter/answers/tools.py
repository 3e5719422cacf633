"""Questions that a language model may ask: each is one of the actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, override

import probatio as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import selector
from homeassistant.helpers.llm import (
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
from homeassistant.util import dt as dt_util

from ..billing.actions import ACTION_COMPARE
from ..const import DOMAIN
from ..plan.actions import (
    ACTION_WINDOW,
    ATTR_DURATION,
    ATTR_END,
    ATTR_POWER,
    ATTR_START,
)
from .actions import ACTION_CAN_START, ACTION_COST, ATTR_FIRST_DAY, ATTR_LAST_DAY

_METER = "meter"
_MINUTES = "minutes"
_WATTS = selector.NumberSelector({"min": 1, "max": 100_000})
_DAY, _MOMENT = selector.DateSelector(), selector.DateTimeSelector()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, and the action that answers it."""

    action: str
    title: str
    description: str
    parameters: Mapping[vol.Marker, Any] = field(default_factory=dict)


QUESTIONS = (
    Question(
        action=ACTION_CAN_START,
        title="Can it be switched on",
        description=(
            "Tells whether an appliance, such as an oven, can be switched on now without "
            "exceeding the home's electric limit. 'fits' is the answer; 'available_power' "
            "and 'left' are the VA before and after; if it does not fit, 'trips' tells "
            "whether the breaker would open, after 'seconds_to_trip' (null: not known). "
            "'price' is that of now in euros per kWh. Ask for the power or estimate it: "
            "oven 2500 W, kettle 2000 W, washing machine 2200 W, car 7400 W."
        ),
        parameters={
            vol.Required(ATTR_POWER, description="The appliance's power in W"): _WATTS
        },
    ),
    Question(
        action=ACTION_WINDOW,
        title="When is electricity cheapest",
        description=(
            "Tells when a use of electricity of some length costs least, from now until "
            "the end of tomorrow unless told otherwise. 'price' is in euros per kWh, "
            "'price_at_once' that of starting now, 'cost' and 'saved' are euros; 'sure' "
            "is false while a price is only likely."
        ),
        parameters={
            vol.Optional(
                _MINUTES,
                description="How long the use lasts, in minutes (default: 60)",
                default=60,
            ): selector.NumberSelector({"min": 1, "max": 10_080}),
            vol.Optional(
                ATTR_START, description="Not before, local time (default: now)"
            ): _MOMENT,
            vol.Optional(ATTR_END, description="Over by then, local time"): _MOMENT,
            vol.Optional(ATTR_POWER, description="The power used, in W"): _WATTS,
        },
    ),
    Question(
        action=ACTION_COST,
        title="What did electricity cost",
        description=(
            "Tells what the home's electricity cost over days, and how much was used: "
            "'cost' in euros with the subscription's part, 'energy' in kWh. 'complete' is "
            "false for days that go on or of which something is missing."
        ),
        parameters={
            vol.Optional(
                ATTR_FIRST_DAY, description="The first day (default: yesterday)"
            ): _DAY,
            vol.Optional(
                ATTR_LAST_DAY, description="The last day (default: the first)"
            ): _DAY,
        },
    ),
    Question(
        action=ACTION_COMPARE,
        title="Which contract is cheapest",
        description=(
            "Tells what each electricity contract would have cost over the last twelve "
            "months at today's prices, in euros, and which subscribed power (kVA) would "
            "do. 'summary' is the answer in a sentence."
        ),
    ),
)
"""Read only: a model can change nothing."""


class QuestionTool(Tool):
    """One of the questions, about one of some meters."""

    annotations = ToolAnnotations(
        read_only=True, destructive=False, idempotent=True, open_world=False
    )
    integration = DOMAIN

    def __init__(self, question: Question, meters: Mapping[str, str]) -> None:
        """Take the question, and the devices of the meters by name."""
        self.name = f"{DOMAIN}__{question.action}"
        self.title, self.description = question.title, question.description
        self._action, self._meters = question.action, dict(meters)
        schema = dict(question.parameters)
        if len(meters) > 1:
            which = vol.Required(_METER, description="The meter that is meant")
            schema[which] = vol.In(list(meters))
        self.parameters = vol.Schema(schema)

    @override
    def __eq__(self, other: object) -> bool:
        """Return whether it is the same: two APIs may both have it."""
        if not isinstance(other, QuestionTool):
            return NotImplemented
        return (self.name, self._meters) == (other.name, other._meters)

    @override
    def __hash__(self) -> int:
        return hash(self.name)

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Let the action answer; what it refuses is said in its words."""
        try:
            asked = self.parameters(tool_input.tool_args)
            name = asked.pop(_METER, None) or next(iter(self._meters))
            if (minutes := asked.pop(_MINUTES, None)) is not None:
                asked[ATTR_DURATION] = {_MINUTES: minutes}
            start = dt_util.parse_datetime(str(asked.get(ATTR_START)))
            if start is not None and dt_util.as_utc(start) < dt_util.utcnow():
                # A model says today, and what was cheapest this morning helps nobody
                del asked[ATTR_START]
            answer = await hass.services.async_call(
                DOMAIN,
                self._action,
                {ATTR_DEVICE_ID: self._meters[name], **asked},
                context=llm_context.context,
                blocking=True,
                return_response=True,
            )
        except (vol.Invalid, HomeAssistantError) as err:
            return ToolResult(data={"error": str(err)}, error=True)
        return ToolResult(data=dict(answer or {}))
