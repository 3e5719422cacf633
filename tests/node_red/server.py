"""A real Node-RED, on a free port, with nothing of a user's own."""

from __future__ import annotations

from http import HTTPStatus
import json
from pathlib import Path
from typing import Any, override

import aiohttp

from scripts.instance.folder import free_port
from tests.programs import Server, program

_SETTINGS = {
    "uiHost": "127.0.0.1",
    "disableEditor": True,
    "credentialSecret": False,
    # It asks nobody for anything
    "telemetry": {"enabled": False},
    "externalModules": {
        "palette": {"allowInstall": False},
        "modules": {"allowInstall": False},
    },
}


class NodeRed(Server):
    """The program; ``log`` is what it writes to its console."""

    def __init__(self, folder: Path) -> None:
        """Prepare its folder."""
        self.log, port = folder / "console.log", free_port()
        settings = folder / "settings.js"
        command = ("--userDir", str(folder), "--settings", str(settings))
        super().__init__(program("node-red"), *command, home=folder, port=port)
        self.output = self.log
        told = json.dumps(_SETTINGS | {"uiPort": port})
        settings.write_text(f"module.exports = {told};\n")

    @override
    async def answers(self) -> bool:
        """Return whether its nodes are loaded and its flows run."""
        return await super().answers() and "Started flows" in self.log.read_text()

    async def import_flow(self, nodes: list[dict[str, Any]]) -> None:
        """Import a flow and deploy it, as the editor does."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{self.port}/flows", json=nodes) as answer,
        ):
            assert answer.status == HTTPStatus.NO_CONTENT, await answer.text()
