"""How good a line is."""

from custom_components.linky_meter.linky_tic.tic.sources.quality import (
    LineWatch,
    LinkQuality,
)


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
    assert len(quality._minutes._rows) == 60
    assert quality.damaged == 540


def changes(watch: LineWatch, start: int, stop: int, damaged: int) -> list[int]:
    """Feed a frame a second with so many of 100 groups damaged; return the changes."""
    return [
        second
        for second in range(start, stop)
        if watch.add(second, 100 - damaged, damaged)
    ]


def test_a_line_becomes_bad_and_good_once_each() -> None:
    """A minute is enough to be bad, three are needed to be good."""
    watch = LineWatch()
    assert changes(watch, 0, 600, 0) == []
    (bad,) = changes(watch, 600, 1200, 15)
    assert 630 <= bad <= 660
    # The edge is no news
    assert changes(watch, 1200, 3000, 5) == []
    (good,) = changes(watch, 3000, 3600, 0)
    assert 3000 < good <= 3190
    assert changes(watch, 3600, 5000, 9) == []


def test_a_moment_is_no_judgement() -> None:
    """A bad start is judged after a minute, and a short burst not at all."""
    watch = LineWatch()
    assert changes(watch, 0, 55, 80) == []
    watch.restart()
    assert changes(watch, 55, 600, 0) == []
    assert changes(watch, 600, 603, 100) == []
    assert changes(watch, 603, 900, 0) == []


def test_no_group_is_no_judgement() -> None:
    """Frames without a group change nothing."""
    watch = LineWatch()
    assert changes(watch, 0, 600, 0) == []
    assert not any(watch.add(second, 0, 0) for second in range(600, 1200))
    assert len(changes(watch, 1200, 1400, 50)) == 1
    assert watch.bad
    assert not any(watch.add(second, 0, 0) for second in range(1400, 2000))
    assert watch.bad


def test_a_line_that_was_lost_begins_anew() -> None:
    """What was received before a loss says nothing of now."""
    watch = LineWatch()
    assert len(changes(watch, 0, 200, 50)) == 1
    watch.restart()
    assert not watch.bad
    assert len(changes(watch, 200, 400, 50)) == 1
