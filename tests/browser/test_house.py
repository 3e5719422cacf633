"""The house itself stands."""

from __future__ import annotations

from tests.simulator import PRESETS

from .house import House, in_house


@in_house
async def test_a_page_is_logged_in(house: House) -> None:
    """A page of Home Assistant opens, in a language, with a meter in it."""
    meter = await house.add_meter("one", PRESETS["standard_hc"], speed=8.0)
    async with house.tab(language="fr") as tab:
        await tab.open("/config/integrations/integration/linky_meter")
        await tab.page.get_by_role("heading", name="Linky Meter").wait_for()
        assert await tab.page.evaluate("document.documentElement.lang") == "fr"
        assert (tab.errors, tab.foreign) == ([], [])
    assert meter.id
