"""From *Add integration* to the dashboard: how many clicks, and what is seen.

The pictures go into the folder that LINKY_PICTURES names, for whoever wants to look.
"""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path

from playwright.async_api import expect
import pytest
import pytest_socket

from .first_minutes import Look, ModemHouse, Visitor, Way
from .house import NARROW, WIDE, Tab, in_house

MOST_CLICKS = 8
WORDS = ("linky", "téléinfo", "teleinfo", "TIC", "compteur")
# Pictures of other integrations, which come from the internet
_HARMLESS = ("/api/brands/", "Failed to load resource")


@pytest.fixture(scope="module", params=["en", "fr"])
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModemHouse]:
    """Return a house in one of the languages, with a modem that is plugged in."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("first")
    with ModemHouse(folder, language=request.param) as house:
        yield house
        pytest_socket.enable_socket()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return the folder of pictures."""
    folder = Path(os.environ.get("LINKY_PICTURES", tmp_path))
    folder.mkdir(exist_ok=True)
    return folder


def into(folder: Path, prefix: str) -> Look:
    """Return what keeps pictures in a folder."""

    async def keep(name: str, tab: Tab) -> None:
        # Given a path, it would leave a thread
        picture = await tab.page.screenshot()
        (folder / f"{prefix}-{name}.png").write_bytes(picture)

    return keep


@pytest.mark.parametrize(
    ("size", "way"),
    [(WIDE, "search"), (NARROW, "serial")],
    ids=["wide", "narrow"],
)
@in_house
async def test_few_clicks_to_the_dashboard(
    house: ModemHouse, pictures: Path, size: tuple[int, int], way: Way
) -> None:
    """Eight at most, with everything on and nothing typed but the search word."""
    look = into(pictures, f"{house.language}-{size[0]}-{way}")
    async with house.tab(size, language=house.language) as tab:
        visitor = Visitor(house, tab, house.language, look)
        await visitor.set_up(way)
        await visitor.open_dashboard()
        await look("dashboard", tab)
        assert len(visitor.clicks) <= MOST_CLICKS, visitor.clicks
        await visitor.has_energy()
        await tab.open("/energy")
        await tab.page.locator("hui-view").first.wait_for()
        await look("energy", tab)
        errors = [
            error
            for error in tab.errors
            if not any(word in error for word in _HARMLESS)
        ]
        assert (errors, tab.foreign) == ([], [])
    await house.forget()


@in_house
async def test_the_words_that_people_look_for(
    house: ModemHouse, pictures: Path
) -> None:
    """Each finds it in the dialog."""
    look = into(pictures, f"{house.language}-words")
    async with house.tab(language=house.language) as tab:
        visitor = Visitor(house, tab, house.language, look)
        await tab.open("/config/integrations/dashboard")
        await tab.page.locator("ha-button[slot=fab]").click()
        for word in WORDS:
            found = await visitor.search(word)
            await look(word, tab)
            # TIC is in many a name
            await found.scroll_into_view_if_needed()
            await expect(found).to_be_in_viewport(timeout=30_000)
