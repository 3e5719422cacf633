"""What an overload does to the frames of the historic mode."""

from .config import MeterConfig
from .frames import historic
from .frames.wire import EOT, Group, encode_frame
from .truth import Truth

# From the end of the last three-phase overload until short frames stop.
_TAIL = 60
_SHORT_FRAMES = 20


class OverloadWarnings:
    """Remembers from one frame to the next whether the warning is new."""

    def __init__(self) -> None:
        """Start without overload."""
        self._over = False
        self._until = 0
        self._count = 0

    def frame(self, config: MeterConfig, truth: Truth) -> bytes:
        """Return the next historic frame: long, cut or short."""
        long = historic.groups(config, truth)
        if config.concentrator or config.address_only:
            return encode_frame("historic", long)
        over, second = bool(truth.overloaded), int(truth.now.timestamp())
        began, self._over = over and not self._over, over
        # Nobody can say which group is on its way when the overload begins.
        place = second * 7 % (len(long) - 1) + 1
        if config.phases == 1:
            groups = _interrupted(long, place) if began else long
            return encode_frame("historic", groups)
        calm = second >= self._until
        if over:
            self._until = second + _TAIL
        if calm and began:
            self._count = 0
            return encode_frame("historic", long[:place], EOT)
        if calm and not over:
            return encode_frame("historic", long)
        # Twenty short frames, then a long one, until a calm minute has passed.
        self._count = (self._count + 1) % (_SHORT_FRAMES + 1)
        groups = historic.short_groups(truth) if self._count else long
        return encode_frame("historic", groups)


def _interrupted(long: list[Group], place: int) -> list[Group]:
    """Return a frame in which the first ADPS came after so many groups.

    It does not wait for its turn. If its turn is still to come, it is sent again.
    """
    turn = next(n for n, group in enumerate(long) if group.label == "ADPS")
    warning, rest = long[turn], long[:turn] + long[turn + 1 :]
    if place < turn:
        rest.insert(turn, warning)
    rest.insert(place, warning)
    return rest
