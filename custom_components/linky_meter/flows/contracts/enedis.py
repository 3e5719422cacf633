"""Years from Enedis: a file is looked at, shown, and taken over, or taken out again.

Its hours go before the first row of the imported energy's statistics, its days into the
ledger. The number of the metering point is private: no more than its end is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
import hashlib
from pathlib import Path
from typing import Any

import probatio as vol

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import FileSelector, FileSelectorConfig

from ...billing.imported import async_book, async_take_days_out
from ...link.errors import WordedError
from ...linky_tic.costs import errors
from ...linky_tic.costs.enedis.energy import MeterEnergy
from ...linky_tic.costs.enedis.file import EnedisFile, read_file
from ...replace.past import PastError, async_copies, async_put_before, async_take_out
from ...runtime import LinkyData, loaded
from ...words import Words
from ..selectors import pick

CONF_FILE = "file"
CONF_POINT = "metering_point"

_KEY = "energy_import"
_NAME = "enedis:"
_SHOWN_DIGITS = 4
_ERRORS: dict[type[errors.FileError], str] = {
    errors.WrongFileError: "enedis_wrong_file",
    errors.NoUnitError: "enedis_no_unit",
    errors.ProductionFileError: "enedis_production",
    errors.EmptyFileError: "enedis_empty",
    errors.ImplausibleFileError: "enedis_implausible",
    errors.DamagedFileError: "enedis_damaged",
}
"""The key of each error's words."""


class EnedisError(WordedError):
    """A file is not taken; why is in the words of its key."""


def _end(prm: str) -> str:
    """Return what may be shown of a metering point's number."""
    return f"… {prm[-_SHOWN_DIGITS:]}"


@dataclass(frozen=True)
class Download:
    """A file, and a name that tells it from others."""

    name: str
    file: EnedisFile

    def points(self) -> dict[str, str]:
        """Return the metering points by what may be shown of them."""
        found = sorted(self.file.meters)
        return {f"{n}": f"{n} ({_end(prm)})" for n, prm in enumerate(found, 1)}

    def meter(self, point: str) -> MeterEnergy:
        """Return the energy of a metering point, by its number in the list."""
        return self.file.meters[sorted(self.file.meters)[int(point) - 1]]


def read_path(path: Path) -> Download:
    """Return what the file at a path holds. Blocks. Raises EnedisError."""
    try:
        with path.open("rb") as file:
            found = read_file(file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except errors.FileError as err:
        raise EnedisError(_ERRORS.get(type(err), "enedis_damaged")) from err
    except OSError as err:
        raise EnedisError("enedis_no_file") from err
    return Download(f"{_NAME}{digest[:16]}", found)


def ours(data: LinkyData, download: Download) -> Download:
    """Return a file without other metering points, where the meter tells its own.

    Raises EnedisError when it holds others only.
    """
    prm, meters = data.coordinator.meter.prm, download.file.meters
    if prm is None or "" in meters:
        return download
    if prm not in meters:
        raise EnedisError("enedis_other_meter")
    file = EnedisFile({prm: meters[prm]}, download.file.unread)
    return Download(download.name, file)


def summary(energy: MeterEnergy, unread: int) -> dict[str, Any]:
    """Return what there is to be known of a file before it is taken."""
    days = energy.found_days()
    first, last = min(days), max(days)
    whole = sum(day.complete for day in days.values())
    wh = sum(day.wh for day in days.values())
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "days": whole,
        "missing": (last - first) // timedelta(days=1) + 1 - whole,
        "doubles": energy.doubles,
        "unread": unread,
        "energy": round(wh / 1000, 3),
        "half_hours": energy.by_halves,
        "meter": _end(energy.prm) if energy.prm else "–",
    }


async def async_import(
    hass: HomeAssistant, entry: ConfigEntry[LinkyData], name: str, energy: MeterEnergy
) -> dict[str, int]:
    """Take a file over; return how many hours and days. Raises PastError."""
    hours = await hass.async_add_executor_job(energy.hours)
    counts = await async_put_before(hass, entry, name, {_KEY: hours})
    days = await async_book(hass, entry.runtime_data.costs, energy)
    return {"hours_taken": counts[_KEY], "days_taken": days}


async def async_names(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    """Return the names of the files that were taken over."""
    copies = await async_copies(hass, entry)
    return [copy.name for copy in copies if copy.name.startswith(_NAME)]


async def async_undo(
    hass: HomeAssistant, entry: ConfigEntry[LinkyData]
) -> dict[str, int]:
    """Take all files out again; return how many hours and days. Raises PastError."""
    hours = 0
    for name in await async_names(hass, entry):
        hours += await async_take_out(hass, entry, name)
    days = await async_take_days_out(entry.runtime_data.costs)
    return {"hours_taken": hours, "days_taken": days}


class EnedisFlow(OptionsFlow):
    """The part of the options about files of Enedis."""

    _download: Download
    """Set before the step that needs it."""

    async def async_step_enedis(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a file, or what to do where there was one."""
        if loaded(self.config_entry) is None:
            return self.async_abort(reason="not_loaded")
        if not await async_names(self.hass, self.config_entry):
            return await self.async_step_enedis_file()
        return self.async_show_menu(
            step_id="enedis", menu_options=["enedis_file", "enedis_undo"]
        )

    async def async_step_enedis_file(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a file, and read it."""
        found: dict[str, str] = {}
        data = loaded(self.config_entry)
        if user_input is not None and data is not None:
            try:
                download = await self.hass.async_add_executor_job(
                    _read_upload, self.hass, user_input[CONF_FILE]
                )
                self._download = ours(data, download)
            except EnedisError as err:
                found[CONF_FILE] = err.key
            else:
                return await self.async_step_enedis_preview()
        selector = FileSelector(FileSelectorConfig(accept=".csv,.txt,.xlsx"))
        return self.async_show_form(
            step_id="enedis_file",
            data_schema=vol.Schema({vol.Required(CONF_FILE): selector}),
            errors=found,
        )

    async def async_step_enedis_preview(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what is in it; the user's word takes it over."""
        hass, download, data = self.hass, self._download, loaded(self.config_entry)
        if data is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            energy = download.meter(user_input.get(CONF_POINT, "1"))
            try:
                taken = await async_import(
                    hass, self.config_entry, download.name, energy
                )
            except PastError as err:
                return self.async_abort(reason=err.key)
            return self.async_abort(
                reason="enedis_imported", description_placeholders=_texts(taken)
            )
        fields: dict[vol.Marker, Any] = {}
        points = download.points()
        if len(points) > 1:
            fields[vol.Required(CONF_POINT)] = pick(points)
        told = await hass.async_add_executor_job(
            summary, download.meter("1"), download.file.unread
        )
        words = await Words.async_of(hass)
        shown = told | {
            # No language writes the point of a decimal number as another does
            "energy": round(told["energy"]),
            **{n: words.date(date.fromisoformat(told[n])) for n in ("first", "last")},
        }
        return self.async_show_form(
            step_id="enedis_preview",
            data_schema=vol.Schema(fields),
            description_placeholders=_texts(shown),
            last_step=True,
        )

    async def async_step_enedis_undo(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask once more, then take all out again."""
        if user_input is None:
            return self.async_show_form(step_id="enedis_undo", last_step=True)
        if loaded(self.config_entry) is None:
            return self.async_abort(reason="not_loaded")
        try:
            taken = await async_undo(self.hass, self.config_entry)
        except PastError as err:
            return self.async_abort(reason=err.key)
        return self.async_abort(
            reason="enedis_undone", description_placeholders=_texts(taken)
        )


def _read_upload(hass: HomeAssistant, file_id: str) -> Download:
    """Return what an uploaded file holds; it is removed. Raises EnedisError."""
    try:
        with process_uploaded_file(hass, file_id) as path:
            return read_path(path)
    except ValueError as err:
        raise EnedisError("enedis_no_file") from err


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items()}
