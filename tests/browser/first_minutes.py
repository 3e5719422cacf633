"""The first minutes with the integration, as a visitor of the pages goes through them.

Every click is counted, and what is seen on the way can be kept as a picture.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Any, Literal, override

from playwright.async_api import Locator, expect

from scripts.instance.energy import objections
from scripts.instance.folder import INTEGRATION
from scripts.instance.modem import CONFIGURATION, plug_in
from tests.simulator import MeterConfig, PtyMeter

from .house import House, Tab, fill, until

WORD = "linky"
"""All that is typed."""
NAME = "Compteur Linky TIC"
DASHBOARD = "/linky-meter"
PORT = "TIC"
"""What Home Assistant calls it."""
LISTEN_MS = 60_000.0

type Way = Literal["search", "serial"]
type Look = Callable[[str, Tab], Awaitable[None]]


class ModemHouse(House):
    """A house whose Home Assistant lists the port of a meter that is not set up yet."""

    def __init__(self, folder: Path, *, language: str = "en") -> None:
        """Put the meter beside the configuration."""
        super().__init__(folder / "config", language=language)
        self.path = folder / "meter"
        self.more = f"{self.more}{CONFIGURATION}"

    @override
    async def _start(self) -> None:
        config = MeterConfig(
            phases=3,
            contract="tempo",
            kva=18,
            lively=True,
            start=datetime.now(UTC),
            seed=22,
        )
        meter = PtyMeter(config, link=self.path)
        await self._stack.enter_async_context(meter)
        plug_in(self.folder, self.path)
        await super()._start()

    async def forget(self) -> None:
        """Remove the meter and all that was made for it."""
        client = self.client
        for entry in await client.call("config_entries/get", domain="linky_meter"):
            path = f"/api/config/config_entries/entry/{entry['entry_id']}"
            await client.request("DELETE", path)
        await client.call("energy/save_prefs", energy_sources=[])
        for dashboard in await client.call("lovelace/dashboards/list"):
            await client.call(
                "lovelace/dashboards/delete", dashboard_id=dashboard["id"]
            )


@dataclass
class Visitor:
    """Somebody who sets a meter up."""

    house: ModemHouse
    tab: Tab
    language: str
    look: Look
    """Called with a name whenever there is something to see."""
    clicks: list[str] = field(default_factory=list)
    """What was clicked, in order."""

    async def set_up(self, way: Way) -> None:
        """Go from the integrations to the last page, with everything as it is proposed."""
        page = self.tab.page
        await self.tab.open("/config/dashboard")
        # From here on it counts
        await page.locator("[href='/config/integrations']").first.click()
        await self._click("add an integration", page.locator("ha-button[slot=fab]"))
        found = await self.search(WORD)
        await self.look("found", self.tab)
        await self._click("the integration", found)
        dialog = page.locator("dialog-data-entry-flow")
        option = self._words["step"]["user"]["menu_options"][way]
        choice = dialog.locator("ha-list-item", has_text=option)
        await choice.wait_for()
        await self.look("ways", self.tab)
        await self._click(option, choice)
        button = dialog.locator("ha-button[slot=primaryAction]")
        if way == "serial":
            ports = dialog.locator("ha-selector-serial_port")
            if await self._is_chosen():
                await ports.get_by_text(PORT).wait_for()
            else:
                await self._click("list", ports)
                port = page.locator("ha-combo-box-item", has_text=str(self.house.path))
                await self._click("port", port)
            await self.look("ports", self.tab)
            await self._click("listen", button)
        await dialog.locator("ha-selector-boolean").first.wait_for(timeout=LISTEN_MS)
        await self.look("summary", self.tab)
        await self._click("add", button)
        await dialog.locator("ha-area-picker").first.wait_for()
        await self.look("added", self.tab)

    async def _is_chosen(self) -> bool:
        """Return whether the port is chosen already: this machine may have others."""
        client = self.house.client
        flow = await client.start_flow("linky_meter")
        flow = await client.answer_flow(flow, {"next_step_id": "serial"})
        path = f"/api/config/config_entries/flow/{flow['flow_id']}"
        await client.request("DELETE", path)
        return bool(flow["data_schema"][0].get("default") == str(self.house.path))

    async def search(self, word: str) -> Locator:
        """Type into the search for integrations; return ours, which it shows."""
        dialog = self.tab.page.locator("dialog-add-integration")
        found = dialog.locator("ha-integration-list-item", has_text=NAME)
        await fill(dialog.locator("input").first, word, found)
        return found

    async def open_dashboard(self) -> None:
        """Go from the last page to the dashboard."""
        page = self.tab.page
        said = self._words["create_entry"]["found_dashboard"]
        name = re.findall(r"\[(.+)\]", said)[0]
        dialog = page.locator("dialog-data-entry-flow")
        await self._click("dashboard", dialog.get_by_role("link", name=name))
        await page.wait_for_url(f"**{DASHBOARD}/**")
        await page.locator("hui-view").first.wait_for()
        await expect(dialog.locator("ha-dialog")).to_have_count(0)

    async def has_energy(self) -> None:
        """Wait until the Energy dashboard has what the meter counts, and no objection."""
        client = self.house.client

        async def configured() -> bool:
            prefs = await client.call("energy/get_prefs")
            return len(prefs["energy_sources"]) == len(INDEXES)

        await until(configured)
        found = await objections(client)
        assert found == [], found

    @property
    def _words(self) -> dict[str, Any]:
        path = INTEGRATION / "translations" / f"{self.language}.json"
        words: dict[str, Any] = json.loads(path.read_text("utf-8"))["config"]
        return words

    async def _click(self, what: str, where: Locator) -> None:
        await where.click()
        self.clicks.append(what)


INDEXES = range(1, 7)
"""The indexes of Tempo."""
