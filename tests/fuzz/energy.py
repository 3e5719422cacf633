"""Imported energy must not fall, except where three readings in a row insist."""

from __future__ import annotations

from collections import deque

from custom_components.linky_meter.linky_tic.tic.reading import MeterReading

_INSISTING = 3
_SUPPLIER = (
    ("HCHC", "HCHP"),
    ("EJPHN", "EJPHPM"),
    ("BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR"),
    tuple(f"EASF{n:02}" for n in range(1, 11)),
)
_REGISTERS = {"BASE": "BASE", "EAST": "EAST"} | {
    label: f"index_{n}" for labels in _SUPPLIER for n, label in enumerate(labels, 1)
}


class EnergyWatch:
    """Looks at the readings of one meter, one after the other."""

    def __init__(self) -> None:
        """Start before the first reading."""
        self._address: str | None = None
        self._shown: int | None = None
        self._last: dict[str, deque[int]] = {}
        self._highest: dict[str, int] = {}

    def see(self, reading: MeterReading) -> None:
        """Expect that the energy did not fall, or that a register has for long."""
        address = reading.frame.address or self._address
        if address != self._address:
            self._address, self._shown = address, None
            self._last, self._highest = {}, {}
        for label, group in reading.frame.by_label.items():
            if label in _REGISTERS:
                self._receive(_REGISTERS[label], int(group.value))
        shown = reading["energy_import"]
        if not isinstance(shown, int):
            assert shown is None
            return
        assert self._shown is None or shown >= self._shown or self._insisted()
        self._shown = shown

    def _receive(self, register: str, value: int) -> None:
        """Remember the last values of a register, and the highest before them."""
        last = self._last.setdefault(register, deque(maxlen=_INSISTING))
        if len(last) == _INSISTING:
            self._highest[register] = max(self._highest.get(register, 0), last[0])
        last.append(value)

    def _insisted(self) -> bool:
        """Return whether the last values of a register were all lower than before."""
        return any(
            max(last) < self._highest.get(register, 0)
            for register, last in self._last.items()
        )
