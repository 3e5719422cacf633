"""A take-over from linkytic itself: there, back, there again, and for good.

Each meter that the release can read is read by it, first alone: its own set-up, its own
entities. What Home Assistant recorded of them has years before it then, and must be one
line at each step: of every row, the sum less the index is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.instance.client import Json
from scripts.instance.energy import grid, objections
from tests.browser.house import DOMAIN, until

from .meters import LINKYTIC, Case, LinkyticHouse, cases
from .rows import Statistics

_RUN_SECONDS = 3 * 3600.0
_READ_SECONDS = 100.0
"""linkytic looks at what it read twice a minute."""
_NOTHING = {"unknown", "unavailable"}
_KEPT = ("id", "entity_id", "name", "icon", "labels", "aliases", "hidden_by", "area_id")
_LABELS = {"mine"}


class Run:
    """The whole way of one release."""

    def __init__(self, house: LinkyticHouse) -> None:
        """Prepare."""
        self._house = house
        self._client = house.client
        self._statistics = Statistics(house.client)
        self.cases = cases(house.release)

    async def run(self) -> None:
        """Do all of it. Raises AssertionError where something is not right."""
        say = self._say
        for case in self.cases:
            await self._house.plug(case)
            await self._set_up_linkytic(case)
        say("reads all meters")
        await self._each(self._years)
        preferences = await self._save_preferences()
        for case in self.cases:
            await self._set_up_ours(case)
        say("ours reads them too")
        await self._each(self._take_over)
        await self._each(self._statistics.check)
        say("taken over, and every row is right")
        await self._house.restart()
        await self._each(self._is_ours)
        await self._each(self._statistics.check)
        say("restarted, and every row is right")
        await self._each(self._give_back)
        await self._each(self._is_theirs)
        await self._each(self._statistics.check)
        say("given back, and every row is right")
        await self.kill()
        say("given back and killed, and all is theirs")
        for case in self.cases:
            if case.same_port:
                await self._give_port(case.ours, of=case.entry)
        await self._each(self._take_over)
        await self._each(self._finish)
        await self._each(self._statistics.check)
        assert await self._client.call("energy/get_prefs") == preferences
        assert not await objections(self._client)
        say("taken over for good, and every row is right")
        await self._each(self._statistics.check_hour)
        say("the hour of the take-over is right too")

    async def kill(self) -> None:
        """Take over, and kill Home Assistant as soon as it was given back."""
        for case in self.cases:
            if case.same_port:
                await self._give_port(case.ours, of=case.entry)
        await self._each(self._take_over)
        for case in self.cases:
            await self._house.written(next(iter(case.energies)), DOMAIN)
        await self._each(self._give_back)
        await self._house.restart(killed=True)
        await self._each(self._is_theirs)

    def _say(self, text: str) -> None:
        print(f"linkytic {self._house.release}: {text}", flush=True)

    async def _each(self, step: Callable[[Case], Any]) -> None:
        await asyncio.gather(*(step(case) for case in self.cases))

    # ------------------------------------------------------------- set-up
    async def _set_up_linkytic(self, case: Case) -> None:
        client = self._client
        flow = await client.start_flow(LINKYTIC)
        answers = {
            "serial_device": case.entry["serial_device"],
            "tic_mode": "std" if case.standard else "hist",
            "producer_mode": False,
            "three_phase": case.config.phases == 3,
        }
        asked = {one["name"] for one in flow["data_schema"]}
        given = {name: answers[name] for name in answers if name in asked}
        for _ in range(3):
            flow = await client.answer_flow(flow, given)
            if flow["type"] == "create_entry":
                break
        assert flow["type"] == "create_entry", flow
        case.entry = flow["result"]
        # As it was made when it was the only one
        async with asyncio.timeout(_READ_SECONDS):
            while not await self._shown(case.entry["entry_id"]):
                await asyncio.sleep(1)

    async def _shown(self, entry_id: str) -> list[str]:
        """Return the energies of an entry that show a number."""
        states = await self._client.states()
        return [
            one["entity_id"]
            for one in await self._of(entry_id)
            if (state := states.get(one["entity_id"]))
            and state["attributes"].get("device_class") == "energy"
            and state["attributes"].get("state_class") == "total_increasing"
            and state["state"] not in _NOTHING
        ]

    async def _of(self, entry_id: str) -> list[Json]:
        entities: list[Json] = await self._client.call("config/entity_registry/list")
        return [one for one in entities if one["config_entry_id"] == entry_id]

    async def _years(self, case: Case) -> None:
        """Let there be years before, and see what else is recorded."""
        shown = await self._shown(case.entry["entry_id"])
        assert shown
        await self._statistics.make_years(case, shown)
        states = await self._client.states()
        case.means = [
            one["entity_id"]
            for one in await self._of(case.entry["entry_id"])
            if (state := states.get(one["entity_id"]))
            and state["attributes"].get("state_class") == "measurement"
            and state["state"] not in _NOTHING
        ]
        assert case.means

    async def _save_preferences(self) -> Json:
        sources = [
            grid(entity, price=0.2) for case in self.cases for entity in case.energies
        ]
        await self._client.call("energy/save_prefs", energy_sources=sources)
        saved: Json = await self._client.call("energy/get_prefs")
        return saved

    async def _set_up_ours(self, case: Case) -> None:
        client = self._client
        states = await client.states()
        energies = list(case.energies)
        await client.call(
            "config/entity_registry/update",
            entity_id=energies[0],
            name="Mine",
            icon="mdi:flash",
            labels=list(_LABELS),
        )
        registry = await self._of(case.entry["entry_id"])
        case.before = {
            one["entity_id"]: await self._details(one["entity_id"]) for one in registry
        }
        case.units = {
            id_: states[id_]["attributes"].get("unit_of_measurement")
            for id_ in case.before
            if id_ in states
        }
        flow = await client.start_flow(DOMAIN)
        if flow["type"] == "menu":
            flow = await client.answer_flow(flow, {"next_step_id": "serial"})
        flow = await client.answer_flow(flow, {"device": case.port})
        was_asked = flow["type"] == "menu" and flow["step_id"] == "port_taken"
        assert was_asked is case.same_port, flow
        if was_asked:
            flow = await client.answer_flow(flow, {"next_step_id": "port_disable"})
        nothing = {"prices": "later"}
        while flow["type"] == "form" and not flow.get("errors"):
            fields = [one["name"] for one in flow["data_schema"] or ()]
            answer = {name: nothing.get(name, False) for name in fields}
            flow = await client.answer_flow(flow, answer)
        assert flow["type"] == "create_entry", flow
        case.ours = flow["result"]

        async def read() -> bool:
            return bool(await self._shown(case.ours["entry_id"]))

        await until(read)

    async def _details(self, entity_id: str) -> Json:
        found: Json = await self._client.call(
            "config/entity_registry/get", entity_id=entity_id
        )
        return found

    # --------------------------------------------------------- there and back
    async def _take_over(self, case: Case) -> None:
        client = self._client
        flow = await client.start_flow(case.ours["entry_id"], of="options")
        flow = await client.answer_flow(
            flow, {"next_step_id": "takeover"}, of="options"
        )
        if flow["step_id"] == "takeover_source":
            options = flow["data_schema"][0]["selector"]["select"]["options"]
            flow = await client.answer_flow(
                flow, {"take_from": options[0]["value"]}, of="options"
            )
        assert flow["step_id"] == "takeover_preview", flow
        print(f"\n{case.name}\n{flow['description_placeholders']['table']}")
        print(flow["description_placeholders"]["reasons"], flush=True)
        answer = {one["name"]: one.get("default", False) for one in flow["data_schema"]}
        flow = await client.answer_flow(flow, answer, of="options")
        assert flow["reason"] == "taken_over", flow
        await self._is_ours(case)

    async def _is_ours(self, case: Case) -> None:
        """Every energy is ours, shown as before; what is the user's is as it was."""
        client = self._client
        registry = {
            one["entity_id"]: one for one in await self._of(case.ours["entry_id"])
        }
        moved = {id_ for id_ in case.before if id_ in registry}
        assert set(case.energies) <= moved, (case.name, set(case.energies) - moved)
        assert not case.moved or case.moved == moved
        case.moved = moved
        for entity in sorted(moved):
            now, before = await self._details(entity), case.before[entity]
            for name in _KEPT:
                assert now[name] == before[name], (entity, name)

        async def shown() -> bool:
            states = await client.states()
            return all(
                states.get(one, {"state": "unknown"})["state"] not in _NOTHING
                for one in case.energies
            )

        await until(shown)
        states = await client.states()
        for entity in moved & states.keys():
            unit = states[entity]["attributes"].get("unit_of_measurement")
            assert unit == case.units.get(entity, unit), entity

    async def _give_back(self, case: Case) -> None:
        client = self._client
        flow = await client.start_flow(case.ours["entry_id"], of="options")
        for step in ("takeover", "takeover_back"):
            flow = await client.answer_flow(flow, {"next_step_id": step}, of="options")
        flow = await client.answer_flow(flow, {}, of="options")
        # The set-up disabled it for its port, which has one reader
        expected = "given_back_disabled" if case.same_port else "given_back"
        assert flow["reason"] == expected, flow

    async def _is_theirs(self, case: Case) -> None:
        """Every entity is as it was, and linkytic reads."""
        if case.same_port:
            await self._give_port(case.entry, of=case.ours)
        client = self._client
        for entity, before in case.before.items():
            now = await self._details(entity)
            for name in (*_KEPT, "platform", "unique_id", "device_id", "options"):
                assert now[name] == before[name], (entity, name)
            assert now["disabled_by"] == before["disabled_by"], entity
        entities: list[Json] = await client.call("config/entity_registry/list")
        theirs = {one["entity_id"] for one in entities if one["platform"] == LINKYTIC}
        assert set(case.before) <= theirs
        async with asyncio.timeout(_READ_SECONDS):
            while not case.energies.keys() <= set(
                await self._shown(case.entry["entry_id"])
            ):
                await asyncio.sleep(1)

    async def _give_port(self, to: Json, *, of: Json) -> None:
        """Disable one entry and enable another, and wait until that shows energies."""
        for entry, by in ((of, "user"), (to, None)):
            await self._client.call(
                "config_entries/disable", entry_id=entry["entry_id"], disabled_by=by
            )
        async with asyncio.timeout(_READ_SECONDS):
            while not await self._shown(to["entry_id"]):
                await asyncio.sleep(1)

    async def _finish(self, case: Case) -> None:
        client = self._client
        flow = await client.start_flow(case.ours["entry_id"], of="options")
        for step in ("takeover", "takeover_finish"):
            flow = await client.answer_flow(flow, {"next_step_id": step}, of="options")
        flow = await client.answer_flow(flow, {}, of="options")
        assert flow["reason"] == "takeover_finished", flow
        entries = await client.call("config_entries/get", domain=LINKYTIC)
        assert case.entry["entry_id"] not in {one["entry_id"] for one in entries}
        await self._is_ours(case)


def run(code: Path) -> None:
    """Do it with a folder of linkytic's own code; raises AssertionError as Run does."""
    with (
        TemporaryDirectory(prefix="linky-linkytic-") as folder,
        LinkyticHouse(Path(folder), code) as house,
    ):
        house.do(Run(house).run(), _RUN_SECONDS)
