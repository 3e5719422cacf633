"""A house with Home Assistant, simulated meters and a browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
import json
import os
from pathlib import Path
import threading
from typing import Any, Literal, Self

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    async_playwright,
    expect,
)

from scripts.instance.client import Client, Json
from scripts.instance.folder import ROOT, free_port, prepare
from scripts.instance.process import HassProcess
from tests.programs import program
from tests.simulator import MeterConfig, PtyMeter

DOMAIN = "linky_meter"
NEWEST = ROOT / ".venv-smoke" / "bin" / "hass"
"""Of the newest release: scripts/setup smoke."""
OLDEST = ROOT / ".venv" / "bin" / "hass"
"""Of the release that all other tests have, the oldest that is supported."""
WIDE, NARROW = (1280, 1010), (390, 844)
START_SECONDS = 240.0

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
# What the page does before it is asked: count what moves, what paints, what breaks
_WATCH = """
window.moved = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (!entry.hadRecentInput)
      window.moved.push({
        value: entry.value,
        at: Math.round(entry.startTime),
        what: entry.sources.map(({ node }) => {
          const box = node?.nodeType === Node.TEXT_NODE ? node.parentNode : node;
          const host = box?.closest?.("#ha-launch-screen, ha-init-page")
            ? "launch" : box?.getRootNode?.().host?.localName || "";
          return `${host} ${box?.localName} ${box?.textContent?.trim().slice(0, 40)}`;
        }),
      });
}).observe({ type: "layout-shift", buffered: true });
"""
# Home Assistant's launch screen, whose words turn into the user's language
_LAUNCH = "launch "
# Of Home Assistant's own: without a secure connection it has no service worker
_HARMLESS = ("service-worker", "service worker", "manifest.json")


@dataclass
class Tab:
    """A page of the browser, and what went wrong in it."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    """Addresses outside of Home Assistant that were asked for."""

    def follow(self) -> None:
        """Note errors and requests from now on."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    async def open(self, path: str) -> None:
        """Go to a path of Home Assistant."""
        await self.page.goto(f"{self.url}{path}")

    async def shift(self, of: str = "") -> list[Json]:
        """Return what moved without the user's doing; ``of`` is in the names of the elements."""
        moved: list[Json] = await self.page.evaluate("window.moved")
        return [
            one
            for one in moved
            if any(of in name for name in one["what"])
            and not any(name.startswith(_LAUNCH) for name in one["what"])
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(
            word in f"{message.text} {message.location}" for word in _HARMLESS
        ):
            self.errors.append(message.text)

    def _request(self, request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(self.url):
            self.foreign.append(request.url)

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")


@dataclass
class Meter:
    """A meter of the house, as Home Assistant knows it."""

    port: PtyMeter
    entry: Json

    @property
    def id(self) -> str:
        """The id of its entry."""
        return str(self.entry["entry_id"])


class House:
    """Home Assistant as a process, its meters and a browser.

    Everything runs in a loop and a thread of its own, so that one house can serve the
    tests of a module; ``do`` lets it run a coroutine.
    """

    theme = "default"
    hass = OLDEST if os.environ.get("LINKY_BROWSER") == "oldest" else NEWEST
    modules: Path | None = None
    more = "frontend:\n"
    """What the configuration has besides."""

    def __init__(self, folder: Path, *, language: str = "en") -> None:
        """Prepare; ``language`` is Home Assistant's, pages may have another."""
        self.folder = folder
        self.language = language
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.meters: dict[str, Meter] = {}
        self.process: HassProcess
        self.client: Client
        self.browser: Browser
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = AsyncExitStack()
        # One that is there before the tests, which look for threads that they left
        self._helper = ThreadPoolExecutor(1)
        self._loop.set_default_executor(self._helper)
        self._helper.submit(int).result()

    def __enter__(self) -> Self:
        """Start Home Assistant and the browser."""
        self._thread.start()
        try:
            self.do(self._start())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self.do(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._helper.shutdown()
        self._loop.close()

    def do[T](self, work: Coroutine[Any, Any, T], seconds: float = 120) -> T:
        """Run a coroutine in the house and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def _prepare(self) -> None:
        """Write what Home Assistant starts with."""
        prepare(self.folder, port=self.port, language=self.language, more=self.more)
        if self.hass == OLDEST:
            self.modules = _lent(self.folder / "modules")

    async def _start(self) -> None:
        self._prepare()
        enter = self._stack.enter_async_context
        playwright = await enter(async_playwright())
        self.process = await enter(
            HassProcess(self.folder, self.hass, modules=self.modules)
        )
        self.browser = await playwright.chromium.launch(
            executable_path=program("chromium"), args=list(FLAGS)
        )
        self._stack.push_async_callback(self.browser.close)
        self.client = await enter(Client(self.port))
        await self.client.connect(START_SECONDS, lambda: self.process.exit_code is None)

    async def add_meter(self, name: str, config: MeterConfig, **port: Any) -> Meter:
        """Plug in a meter and set it up; nothing of the last page is switched on."""
        meter = await self._stack.enter_async_context(PtyMeter(config, **port))
        client = self.client
        flow = await client.start_flow(DOMAIN)
        if flow["type"] == "menu":
            flow = await client.answer_flow(flow, {"next_step_id": "serial"})
        flow = await client.answer_flow(flow, {"device": meter.path})
        nothing = {"prices": "later"}
        while flow["type"] == "form" and not flow.get("errors"):
            fields = [one["name"] for one in flow["data_schema"] or ()]
            answer = {name: nothing.get(name, False) for name in fields}
            flow = await client.answer_flow(flow, answer)
        assert flow["type"] == "create_entry", flow
        entry = flow["result"]

        async def loaded() -> bool:
            entries = await client.call("config_entries/get", domain=DOMAIN)
            return any(
                one["entry_id"] == entry["entry_id"] and one["state"] == "loaded"
                for one in entries
            )

        await until(loaded)
        self.meters[name] = Meter(meter, entry)
        return self.meters[name]

    @asynccontextmanager
    async def tab(
        self,
        size: tuple[int, int] = WIDE,
        *,
        language: str = "en",
        theme: Literal["light", "dark"] = "light",
        zone: str = "Europe/Paris",
    ) -> AsyncIterator[Tab]:
        """Open a page that is logged in, in a language, light or dark, and a time zone."""
        words = {
            "language": language,
            "number_format": "language",
            "time_format": "language",
            "date_format": "language",
            "first_weekday": "language",
            "time_zone": "local",
        }
        await self.client.call("frontend/set_user_data", key="language", value=words)
        kept = {
            "hassTokens": self.client.tokens | {"hassUrl": self.url},
            "selectedLanguage": language,
            "selectedTheme": {"theme": self.theme, "dark": theme == "dark"},
        }
        keep = "".join(
            f"localStorage.setItem({name!r}, {json.dumps(json.dumps(value))});"
            for name, value in kept.items()
        )
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            timezone_id=zone,
            color_scheme=theme,
            reduced_motion="reduce",
        )
        try:
            await context.add_init_script(keep + _WATCH)
            page = await context.new_page()
            page.set_default_timeout(60_000)
            tab = Tab(page, self.url)
            tab.follow()
            yield tab
        finally:
            await context.close()


def _lent(folder: Path) -> Path:
    """Return a folder with what pages need and only the newest environment has."""
    folder.mkdir()
    for pattern in ("*micro_vad*", "*speex_noise*"):
        for found in NEWEST.parents[1].glob(f"lib/*/site-packages/{pattern}"):
            (folder / found.name).symlink_to(found)
    return folder


async def until(condition: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Wait until a condition holds. Raises TimeoutError after 60 s."""
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.1)


async def fill(field: Locator, text: str, understood: Locator) -> None:
    """Write into a field until it is understood: an element is there and enabled.

    Home Assistant loads the parts of a form one by one. What is written into one that is not
    wired yet, or into the dialog before, is lost.
    """

    async def taken() -> bool:
        await field.fill(text)
        with suppress(AssertionError):
            await expect(understood.first).to_be_enabled(timeout=5_000)
            return True
        return False

    await until(taken)


def in_house[**P](
    test: Callable[P, Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """Let a test be a coroutine of the house: its fixture ``house`` runs it."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        house = kwargs["house"]
        assert isinstance(house, House)
        house.do(test(*args, **kwargs))

    # pytest must not take it for a coroutine of its own
    return run
