"""What can be wrong with prices, stored energy and price files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import InvalidOperation


class CostsError(Exception):
    """Root of all errors of this package."""


class PriceError(CostsError, ValueError):
    """A price or a period of prices cannot be what it says."""


class NotANumberError(PriceError):
    """It is no finite number."""


class NegativePriceError(PriceError):
    """A price or subscription is below zero."""


class AbsurdPriceError(PriceError):
    """Far above any price: typed in cents, or a year's subscription for a month's."""


class UnknownIndexError(PriceError):
    """A meter has indexes 1 to 10."""


class PeriodError(PriceError):
    """A period ends before it starts, or lies outside any sensible date."""


class EmptyPeriodError(PriceError):
    """A period holds no price at all."""


class OverlapError(PriceError):
    """Two periods of one calendar hold the same day."""

    def __init__(self, day: date) -> None:
        super().__init__(f"Two periods hold {day}")
        self.day = day


class ScheduleError(CostsError, ValueError):
    """Windows of an offer cannot be read."""


class OfferError(CostsError, ValueError):
    """An offer lacks something, or holds what it cannot."""


class NaiveTimeError(CostsError, ValueError):
    """A time has no time zone."""


class CorruptStoreError(CostsError, ValueError):
    """What was kept is not what was written: keep it aside and start again."""


class FileError(CostsError, ValueError):
    """A public file does not hold what it should."""


class WrongFileError(FileError):
    """It is another file: the columns or the shape are not there."""


class DamagedFileError(FileError):
    """A line of it cannot be read."""


class ImplausibleFileError(FileError):
    """It can be read and says what cannot be."""


class EmptyFileError(FileError):
    """It can be read and holds nothing."""


class NoUnitError(FileError):
    """Nothing tells whether its numbers are W, kW, Wh or kWh."""


class ProductionFileError(FileError):
    """It holds energy that is fed in, where energy that is drawn was wanted."""


class FetchError(CostsError):
    """A public file could not be fetched."""


class UnreachableError(FetchError):
    """No connection, or it broke."""


class TimedOutError(FetchError):
    """No whole answer in time."""


class StatusError(FetchError):
    """The server refuses."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class RedirectError(FetchError):
    """It leads round in circles, too far, into a private network, or away from https."""


class TooLargeError(FetchError):
    """More bytes than such a file can have."""


class WrongTypeError(FetchError):
    """A web page or another kind of document."""


class TruncatedError(FetchError):
    """Nothing tells that the whole file arrived."""


def spared[T](build: Callable[[], T], otherwise: T) -> T:
    """Return a part of what was kept, or something else where it cannot be read.

    For what is no reason to lose the rest.
    """
    try:
        with refusing(CorruptStoreError, "part"):
            return build()
    except CostsError:
        return otherwise


@contextmanager
def refusing(error: type[CostsError], what: str) -> Iterator[None]:
    """Raise an error for whatever goes wrong while something that was kept is read."""
    try:
        yield
    except error:
        raise
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        InvalidOperation,
    ) as err:
        raise error(f"No {what}: {err!r}") from err
