"""How wide a page is, and pictures of it for whoever wants to look."""

from __future__ import annotations

import os
from pathlib import Path

from .house import Tab


async def sideways(tab: Tab) -> int:
    """Return by how many pixels anything is wider than the screen."""
    found: int = await tab.page.locator("linky-meter-view").evaluate(
        """(view) => {
          const main = view.shadowRoot.querySelector("main");
          return Math.max(0, main.scrollWidth - view.clientWidth);
        }"""
    )
    return found


async def picture(tab: Tab, name: str) -> None:
    """Keep a picture of the whole page, where somebody wants to look at it."""
    if folder := os.environ.get("LINKY_SHOTS"):
        size = tab.page.viewport_size
        height: int = await tab.page.locator("linky-meter-view").evaluate(
            "(view) => Math.ceil(view.getBoundingClientRect().height)"
        )
        assert size is not None
        await tab.page.set_viewport_size(
            {"width": size["width"], "height": height + 56}
        )
        await tab.page.screenshot(path=Path(folder) / f"{name}.png")
