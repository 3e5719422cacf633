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
import tempfile
from typing import override

from PIL import Image
from playwright.async_api import async_playwright

from tests.browser.house import FLAGS, HASS, START_SECONDS, House, Tab
from tests.programs import program

from .client import Client
from .demo import READY
from .folder import ROOT

FOLDER = ROOT / "docs" / "pictures"
LANGUAGES = ("en", "fr")
MOST_BYTES = 200_000
SIZE = (1280, 900)
_DRAWN_SECONDS = 6.0
_COLOURS = 256
# In the list of the Energy dashboard, after today, yesterday, this week, month, quarter
# and year, and the last 7 days
_LAST_30_DAYS = 7

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
            *(HASS.with_name("python"), "-m", "scripts.instance.demo", "--producer"),
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


PICTURES: dict[str, Picture] = {"dashboard": _dashboard, "energy": _energy}


def _small(picture: bytes) -> bytes:
    """Return a picture with as many colours as a page has."""
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(_COLOURS)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


async def _take(house: House, name: str, language: str) -> None:
    async with house.tab(SIZE, language=language) as tab:
        await PICTURES[name](tab)
        # Charts grow into place
        await asyncio.sleep(_DRAWN_SECONDS)
        picture = _small(await tab.page.screenshot())
    if len(picture) > MOST_BYTES:
        raise RuntimeError(f"{name} in {language} has {len(picture)} bytes")
    (FOLDER / f"{name}-{language}.png").write_bytes(picture)
    print(f"pictures: {name}-{language}.png, {len(picture) // 1000} kB", flush=True)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/pictures")
    parser.add_argument("names", nargs="*", choices=[*PICTURES, []])
    names = parser.parse_args().names or list(PICTURES)
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        with (
            tempfile.TemporaryDirectory(prefix="linky-pictures-") as folder,
            DemoHouse(Path(folder), language=language) as house,
        ):
            for name in names:
                house.do(_take(house, name, language))
    return 0


if __name__ == "__main__":
    sys.exit(main())
