"""A real MQTT broker, Debian's mosquitto, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
import subprocess

import aiomqtt

from tests.programs import Server, program

_SECONDS = 30.0


class Mosquitto(Server):
    """The broker."""

    def __init__(
        self,
        folder: Path,
        *,
        login: tuple[str, str] | None = None,
        certificate: tuple[Path, Path] | None = None,
        persistent: bool = False,
        settings: str = "",
    ) -> None:
        """Prepare its folder; a certificate comes with its key."""
        self.file = folder / "mosquitto.conf"
        super().__init__(program("mosquitto"), "-c", str(self.file), home=folder)
        lines = [f"listener {self.port} 127.0.0.1", "user root", settings]
        if login is None:
            lines.append("allow_anonymous true")
        else:
            users = folder / "users"
            users.write_text(f"{login[0]}:{login[1]}\n")
            users.chmod(0o600)
            self._encrypt(users)
            lines += ["allow_anonymous false", f"password_file {users}"]
        if certificate is not None:
            lines += [f"certfile {certificate[0]}", f"keyfile {certificate[1]}"]
        if persistent:
            lines += ["persistence true", f"persistence_location {folder}/"]
        self.file.write_text("\n".join(lines) + "\n")

    def _encrypt(self, users: Path) -> None:
        """Have the passwords of a file encrypted, as the broker wants them."""
        subprocess.run([program("mosquitto_passwd"), "-U", str(users)], check=True)


class Ear:
    """Hears a broker: the last payload of each topic, and all in their order."""

    def __init__(self) -> None:
        """Start without a message."""
        self.last: dict[str, str] = {}
        self.all: list[tuple[str, str]] = []
        self.retained: set[str] = set()

    def ending(self, name: str) -> list[str]:
        """Return all payloads of topics that end so."""
        return [text for topic, text in self.all if topic.endswith(name)]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(_SECONDS):
            while not condition():
                await asyncio.sleep(0.02)


@asynccontextmanager
async def listening(
    port: int, topics: str = "#", login: tuple[str, str] | None = None
) -> AsyncIterator[Ear]:
    """Hear what is told to a broker."""
    ear = Ear()
    user, password = login or (None, None)

    async def hear(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic, text = str(message.topic), bytes(message.payload).decode()
            ear.last[topic] = text
            ear.all.append((topic, text))
            if message.retain:
                ear.retained.add(topic)

    client = aiomqtt.Client("127.0.0.1", port, username=user, password=password)
    async with client:
        await client.subscribe(topics, qos=1)
        task = asyncio.create_task(hear(client))
        try:
            yield ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
