"""What a bad line does to the bytes."""

from dataclasses import dataclass
from random import Random

Timed = list[tuple[float, int]]
"""When each byte has arrived, and the byte."""

_DIGITS = b"0123456789"


@dataclass(slots=True, kw_only=True)
class Faults:
    """How often each fault happens; all can be changed while the line runs."""

    bit_flips: float = 0.0
    """Bytes with one wrong bit, as a share of all."""
    lost: float = 0.0
    """Bytes that never arrive."""
    digits: float = 0.0
    """Digits that became others, with good parity."""
    splices: float = 0.0
    """Runs of bytes that are lost, so that two groups grow together: per byte."""
    bursts: float = 0.0
    """Runs of noise in place of what was sent: per byte."""
    swallowed_lf: float = 0.0
    """Groups whose line feed turned into another control character."""

    @property
    def any(self) -> bool:
        """Whether there is something to do."""
        return any(
            (
                self.bit_flips,
                self.lost,
                self.digits,
                self.splices,
                self.bursts,
                self.swallowed_lf,
            )
        )

    def apply(self, rng: Random, sent: Timed, parity: bytes) -> Timed:
        """Return what arrives; `parity` turns a seven-bit code into what is seen."""
        result: Timed = []
        position = 0
        while position < len(sent):
            time, byte = sent[position]
            position += 1
            if self._happens(rng, self.splices):
                position += rng.randint(3, 40)
            elif self._happens(rng, self.bursts):
                end = min(position + rng.randint(4, 30), len(sent))
                result += [(when, rng.randrange(256)) for when, _ in sent[position:end]]
                position = end
            elif not self._happens(rng, self.lost):
                result.append((time, self._damage(rng, byte, parity)))
        return result

    def _damage(self, rng: Random, byte: int, parity: bytes) -> int:
        code = byte & 0x7F
        if code == 0x0A and self._happens(rng, self.swallowed_lf):
            return parity[rng.choice(b"\x0b\x0e\x0f")]
        if code in _DIGITS and self._happens(rng, self.digits):
            return parity[rng.choice(_DIGITS)]
        if self._happens(rng, self.bit_flips):
            # On a seven-bit line there is no eighth bit to hit.
            return byte ^ 1 << rng.randrange(8 if parity[1] & 0x80 else 7)
        return byte

    @staticmethod
    def _happens(rng: Random, share: float) -> bool:
        return bool(share) and rng.random() < share
