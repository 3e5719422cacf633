"""What Home Assistant has recorded, written straight into its database.

Its own way to import takes hours only, and a year of them takes a minute. The database is
SQLite's, which lets two programs write in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
import sqlite3
from time import time

from scripts.instance.energy import Row

DATABASE = "home-assistant_v2.db"
_LOCKED_SECONDS = 30
# What is there of a statistic, and how a row is written
_HOURS = (
    "SELECT start_ts FROM statistics WHERE metadata_id = ?",
    (
        "INSERT INTO statistics (metadata_id, created_ts, start_ts, mean, min, max, state,"
        " sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ),
)
_RECENT = (
    "SELECT start_ts FROM statistics_short_term WHERE metadata_id = ?",
    (
        "INSERT INTO statistics_short_term (metadata_id, created_ts, start_ts, mean, min,"
        " max, state, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ),
)

type Moments = Iterable[tuple[datetime, str]]


class History:
    """The database of an instance that runs."""

    def __init__(self, folder: Path) -> None:
        """Take the instance's folder."""
        self._path = folder / DATABASE

    def write(
        self,
        hours: Mapping[str, Iterable[Row]],
        recent: Mapping[str, Iterable[Row]],
        states: Mapping[str, Moments],
    ) -> None:
        """Write statistics by the hour and by five minutes, and states.

        What is to be written of must be known to the recorder. What is there already
        stays.
        """
        database = sqlite3.connect(self._path, timeout=_LOCKED_SECONDS)
        try:
            for statements, rows in ((_HOURS, hours), (_RECENT, recent)):
                for statistic, values in rows.items():
                    with database:
                        _write_statistic(database, *statements, statistic, values)
            for entity, moments in states.items():
                with database:
                    _write_states(database, entity, moments)
        finally:
            database.close()


def _write_statistic(
    database: sqlite3.Connection,
    known: str,
    write: str,
    statistic: str,
    rows: Iterable[Row],
) -> None:
    found = database.execute(
        "SELECT id FROM statistics_meta WHERE statistic_id = ?", (statistic,)
    ).fetchone()
    assert found is not None, f"{statistic} is no statistic"
    there = {start for (start,) in database.execute(known, found)}
    now = time()
    database.executemany(
        write,
        [
            (
                *(found[0], now, row.start.timestamp()),
                *map(row.values.get, ("mean", "min", "max", "state", "sum")),
            )
            for row in rows
            if row.start.timestamp() not in there
        ],
    )


def _write_states(database: sqlite3.Connection, entity: str, moments: Moments) -> None:
    """Write states before the first one that was recorded, with its attributes.

    One that tells nothing yet gets the last of them: the recorder's next row names it.
    """
    rows = database.execute(
        "SELECT states.metadata_id, attributes_id, last_updated_ts,"
        " state IN ('unavailable', 'unknown') FROM states"
        " JOIN states_meta ON states_meta.metadata_id = states.metadata_id"
        " WHERE states_meta.entity_id = ? ORDER BY last_updated_ts",
        (entity,),
    ).fetchall()
    if not rows:
        return
    telling = [row for row in rows if not row[-1]]
    known, attributes, first, empty = (telling or rows[-1:])[0]
    before = [one for one in moments if one[0].timestamp() < first]
    if empty and before:
        database.execute(
            "UPDATE states SET state = ? WHERE metadata_id = ? AND last_updated_ts = ?",
            (before[-1][1], known, first),
        )
    database.execute(
        "DELETE FROM states WHERE metadata_id = ? AND last_updated_ts < ?",
        (known, first),
    )
    database.executemany(
        "INSERT INTO states (metadata_id, attributes_id, state, last_updated_ts,"
        " origin_idx) VALUES (?, ?, ?, ?, 0)",
        [(known, attributes, state, at.timestamp()) for at, state in before],
    )
