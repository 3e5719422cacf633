"""How good a line is."""

from custom_components.linky_meter.tic.quality import LinkQuality


def test_nothing_received() -> None:
    """No share of nothing."""
    quality = LinkQuality()
    assert quality.percent(0) is None
    quality.add(0, 0, 0)
    assert quality.percent(0) is None


def test_share_of_the_last_hour() -> None:
    """Older minutes no longer count; the total does."""
    quality = LinkQuality()
    quality.add(10, 90, 10)
    assert quality.percent(10) == 90.0
    quality.add(20, 100, 0)
    assert quality.percent(20) == 95.0
    quality.add(1810, 200, 0)
    assert quality.percent(1810) == 97.5
    assert quality.percent(3599) == 97.5
    assert quality.percent(3600) == 100.0
    assert quality.percent(9000) is None
    assert quality.damaged == 10


def test_memory_is_bounded() -> None:
    """An hour has sixty minutes, however long it runs."""
    quality = LinkQuality()
    for second in range(0, 3 * 3600, 20):
        quality.add(second, 1, 1)
    assert quality.percent(3 * 3600) == 50.0
    assert len(quality._minutes) == 60
    assert quality.damaged == 540
