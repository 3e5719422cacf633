"""Energy from files of Enedis, beside a ledger or alone."""

from __future__ import annotations

from datetime import timedelta
from typing import BinaryIO

from ...costs import errors
from ...costs.calendar.calendars import BASE
from ...costs.calendar.days import DAY, midnight
from ...costs.enedis.booking import began_on, book_days
from ...costs.enedis.energy import MeterEnergy
from ...costs.enedis.file import read_file
from .book import Book

_REASONS: dict[type[errors.FileError], str] = {
    errors.ProductionFileError: "cost_enedis_production",
    errors.EmptyFileError: "cost_enedis_empty",
    errors.NoUnitError: "cost_enedis_unit",
    errors.ImplausibleFileError: "cost_enedis_unit",
}


class EnedisError(Exception):
    """A file of Enedis is not of use; why is in the words of its key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_enedis(file: BinaryIO) -> MeterEnergy | None:
    """Return what a file of Enedis holds; None: it is none. Raises EnedisError."""
    file.seek(0)
    try:
        meters = list(read_file(file).meters.values())
    except (errors.WrongFileError, errors.DamagedFileError):
        file.seek(0)
        return None
    except errors.FileError as err:
        raise EnedisError(_REASONS[type(err)]) from err
    if len(meters) > 1:
        raise EnedisError("cost_enedis_several")
    return meters[0]


def book_enedis(book: Book, energy: MeterEnergy) -> None:
    """Book the days of files from before the ledger began, or all without one.

    Without one the contract is that of the first price of one's own, else base.
    """
    ledger, periods = book.ledger, book.pricing.periods.periods
    if (end := began_on(ledger)) is not None:
        calendar = ledger.epochs[0][1]
    else:
        end = max(energy.found_days()) + DAY
        calendar = periods[0].calendar if periods else BASE
    book_days(
        ledger,
        book.registers,
        energy,
        end=end,
        calendar=calendar,
        colours=book.colours,
        own=book.learned,
    )
    if ledger.last is None and ledger.days:
        ledger.last = midnight(max(ledger.days) + DAY) - timedelta(seconds=1)
