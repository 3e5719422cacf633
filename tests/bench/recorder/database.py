"""Home Assistant's own recorder on a file, and what is in that file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
import sqlite3

from homeassistant.components.recorder import DOMAIN, Recorder, get_instance
from homeassistant.components.recorder.tasks import CommitTask
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component

COMMIT_SECONDS = 5
"""Home Assistant's default."""
_ROWS = """
  SELECT meta.entity_id, count(*)
  FROM states JOIN states_meta AS meta USING (metadata_id) GROUP BY 1
"""
_STATISTICS = (
    "SELECT (SELECT count(*) FROM statistics)"
    " + (SELECT count(*) FROM statistics_short_term)"
)
# Tables with their indexes
_BYTES = """
  SELECT tbl_name, sum(pgsize)
  FROM dbstat JOIN sqlite_schema USING (name) GROUP BY 1
"""


@dataclass(frozen=True)
class Content:
    """What is in the file at a moment."""

    rows: dict[str, int] = field(default_factory=dict)
    """States by entity."""
    statistics: int = 0
    bytes: int = 0
    """Of the whole file."""
    states_bytes: int = 0

    def since(self, before: Content) -> Content:
        """Return what came after an earlier moment."""
        return Content(
            {
                entity: number - before.rows.get(entity, 0)
                for entity, number in self.rows.items()
            },
            self.statistics - before.statistics,
            self.bytes - before.bytes,
            self.states_bytes - before.states_bytes,
        )


async def start(hass: HomeAssistant, path: Path) -> Recorder:
    """Start the recorder on a file."""
    async_initialize_recorder(hass)
    config = {"db_url": f"sqlite:///{path}", "commit_interval": COMMIT_SECONDS}
    assert await async_setup_component(hass, DOMAIN, {DOMAIN: config})
    recorder = get_instance(hass)
    await recorder.async_recorder_ready.wait()
    return recorder


async def content(recorder: Recorder, path: Path) -> Content:
    """Let the recorder commit all that it has, and look."""
    recorder.queue_task(CommitTask())
    await recorder.async_block_till_done()
    return look(path)


def look(path: Path) -> Content:
    """Return what is committed in a file; what waits in its journal is moved in."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes = dict(database.execute(_BYTES).fetchall())
        return Content(
            dict(database.execute(_ROWS).fetchall()),
            database.execute(_STATISTICS).fetchone()[0],
            path.stat().st_size,
            sizes.get("states", 0) + sizes.get("state_attributes", 0),
        )
