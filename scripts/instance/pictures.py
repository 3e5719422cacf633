"""The pictures of the documents, taken from the demo in a real browser.

    pictures.py [NAME ...]

In English and French, as a user of either would see them.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import io
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from typing import override

from PIL import Image
from playwright.async_api import async_playwright

from tests.browser.first_minutes import ModemHouse, Visitor
from tests.browser.house import FLAGS, NEWEST, START_SECONDS, House, Tab
from tests.programs import program

from .client import Client
from .demo import READY
from .folder import ROOT

FOLDER = ROOT / "docs" / "pictures"
LANGUAGES = ("en", "fr")
MOST_BYTES = 200_000
SIZE = (1280, 900)
_DRAWN_SECONDS = 6.0
_PREFIX = "linky-pictures-"
_COLOURS = 256
# In the list of the Energy dashboard, after today, yesterday, this week, month, quarter
# and year, and the last 7 days
_LAST_30_DAYS = 7

# The port of the picture is one that a reader may have
_MODEM = "/dev/ttyUSB0"
_RENAME = """([from, to]) => {
  const walk = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE)
        node.data = node.data.replaceAll(from, to);
      if (node.shadowRoot) walk(node.shadowRoot);
      walk(node);
    }
  };
  walk(document);
}"""

type Picture = Callable[[Tab], Awaitable[None]]


class DemoHouse(House):
    """The demo in place of a house without a past."""

    # What Home Assistant says, which has the tariffs' colours
    theme = ""

    @override
    async def _start(self) -> None:
        enter = self._stack.enter_async_context
        playwright = await enter(async_playwright())
        self.browser = await playwright.chromium.launch(
            executable_path=program("chromium"), args=list(FLAGS)
        )
        self._stack.push_async_callback(self.browser.close)
        demo = await asyncio.create_subprocess_exec(
            *(NEWEST.with_name("python"), "-m", "scripts.instance.demo", "--producer"),
            *("--port", str(self.port), "--language", self.language),
            *("--state", self.folder),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        self._stack.push_async_callback(_stop, demo)
        assert demo.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            while READY not in (line := (await demo.stdout.readline()).decode()):
                if not line:
                    raise RuntimeError("the demo does not start")
        self.client = await enter(Client(self.port))
        await self.client.connect(START_SECONDS, lambda: demo.returncode is None)


async def _stop(demo: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        demo.terminate()
    # What it still says has to go somewhere
    await demo.communicate()


async def _dashboard(tab: Tab) -> None:
    await tab.open("/linky-meter")
    await tab.page.locator("hui-view").first.wait_for()


async def _energy(tab: Tab) -> None:
    await tab.open("/energy/electricity")
    await tab.page.locator("hui-energy-usage-graph-card canvas").first.wait_for()
    # Today alone is a few bars
    await tab.page.locator("hui-energy-period-selector .date-picker-icon").click()
    await tab.page.locator("ha-list-item").nth(_LAST_30_DAYS).click()


async def _triggers(tab: Tab) -> None:
    await tab.open("/config/automation/edit/new")
    await tab.page.locator("ha-automation-trigger ha-button").first.click()
    dialog = tab.page.locator("add-automation-element-dialog")
    # Not by target but by type; in either language the integration's name ends so
    await dialog.locator("ha-button-toggle-group ha-button").nth(1).click()
    await dialog.get_by_text("TIC)").first.click()


PICTURES: dict[str, Picture] = {
    "dashboard": _dashboard,
    "energy": _energy,
    "triggers": _triggers,
}
SET_UP = "setup"


def small(picture: bytes) -> bytes:
    """Return a picture with as many colours as a page has."""
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(_COLOURS)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


async def show(tab: Tab, name: str) -> None:
    """Open the page of a picture, and wait until its charts have grown into place."""
    await PICTURES[name](tab)
    await asyncio.sleep(_DRAWN_SECONDS)


async def _take(house: House, name: str) -> bytes:
    """Return a picture of a page of the demo."""
    async with house.tab(SIZE, language=house.language) as tab:
        await show(tab, name)
        return await tab.page.screenshot()


async def _set_up(house: ModemHouse) -> bytes:
    """Return a picture of the set-up's last page."""
    found = list[bytes]()

    async def look(name: str, tab: Tab) -> None:
        if name == "summary":
            await asyncio.sleep(_DRAWN_SECONDS)
            await tab.page.evaluate(_RENAME, [str(house.path), _MODEM])
            dialog = tab.page.locator("dialog-data-entry-flow dialog")
            found.append(await dialog.screenshot())

    async with house.tab(SIZE, language=house.language) as tab:
        await Visitor(house, tab, house.language, look).set_up("serial")
    return found[0]


def _keep(picture: bytes, name: str, language: str) -> None:
    few = small(picture)
    if len(few) > MOST_BYTES:
        raise RuntimeError(f"{name} in {language} has {len(few)} bytes")
    (FOLDER / f"{name}-{language}.png").write_bytes(few)
    print(f"pictures: {name}-{language}.png, {len(few) // 1000} kB", flush=True)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/pictures")
    parser.add_argument("names", nargs="*", help=f"{', '.join((*PICTURES, SET_UP))}")
    names = parser.parse_args().names or [*PICTURES, SET_UP]
    if unknown := set(names) - {*PICTURES, SET_UP}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        of_demo = [name for name in names if name != SET_UP]
        if of_demo:
            with (
                TemporaryDirectory(prefix=_PREFIX) as folder,
                DemoHouse(Path(folder), language=language) as house,
            ):
                for name in of_demo:
                    _keep(house.do(_take(house, name)), name, language)
        if SET_UP in names:
            with (
                TemporaryDirectory(prefix=_PREFIX) as folder,
                ModemHouse(Path(folder), language=language) as visited,
            ):
                _keep(visited.do(_set_up(visited)), SET_UP, language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
