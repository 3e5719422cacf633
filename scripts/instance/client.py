"""What a browser does: log in, call commands, follow states, fill in forms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from time import monotonic, time
from typing import Any, Self

import aiohttp

type Json = dict[str, Any]
type Listener = Callable[[Json, float], None]


class ClientError(Exception):
    """Home Assistant refused something, or did not answer."""


class Client:
    """A connection to one instance; an asynchronous context manager."""

    def __init__(self, port: int) -> None:
        """Prepare to talk to the instance of a port."""
        self.url = f"http://127.0.0.1:{port}"
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[int, Listener] = {}
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open a session; nothing is asked yet."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close everything."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
            await self._socket.close()
        await self._session.close()

    async def connect(self, seconds: float, alive: Callable[[], bool]) -> None:
        """Log in as soon as Home Assistant answers, and wait until it runs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while alive():
                    with suppress(aiohttp.ClientError, ClientError):
                        await self._open(await self._log_in())
                        break
                    await asyncio.sleep(0.2)
                while alive():
                    if (await self.call("get_config"))["state"] == "RUNNING":
                        return
                    await asyncio.sleep(0.2)
        raise ClientError("Home Assistant does not start")

    async def call(self, command: str, **data: Any) -> Any:
        """Call a WebSocket command and return its result."""
        number, answer = self._expect()
        await self._socket.send_json({"id": number, "type": command, **data})
        async with asyncio.timeout(30):
            return await answer

    async def subscribe(self, listener: Listener, command: str, **data: Any) -> None:
        """Subscribe; the listener gets each event and the time of its arrival."""
        number, answer = self._expect()
        self._listeners[number] = listener
        await self._socket.send_json({"id": number, "type": command, **data})
        async with asyncio.timeout(30):
            await answer

    async def states(self) -> dict[str, Json]:
        """Return all states by entity."""
        return {state["entity_id"]: state for state in await self.call("get_states")}

    async def request(self, method: str, path: str, data: Json | None = None) -> Any:
        """Call the REST API."""
        async with self._session.request(
            method, self.url + path, json=data, headers=self._headers
        ) as answer:
            if answer.status >= 400:
                text = await answer.text()
                raise ClientError(f"{method} {path}: {answer.status} {text}")
            return await answer.json()

    async def start_flow(self, handler: str | list[str], of: str = "") -> Json:
        """Open the set-up of an integration; ``of`` an entry its options, subentries."""
        flow: Json = await self.request("POST", _flow(of), {"handler": handler})
        return flow

    async def answer_flow(
        self, flow: Json, data: Json, seconds: float = 45, *, of: str = ""
    ) -> Json:
        """Send a form, and wait as long as the flow only shows progress."""
        path = f"{_flow(of)}/{flow['flow_id']}"
        answer: Json = await self.request("POST", path, data)
        async with asyncio.timeout(seconds):
            while answer["type"] == "progress":
                await asyncio.sleep(0.25)
                answer = await self.request("GET", path)
        return answer

    async def _log_in(self) -> str:
        """Return an access token: trusted networks ask for no password."""
        client = f"{self.url}/"
        start = {
            "client_id": client,
            "handler": ["trusted_networks", None],
            "redirect_uri": client,
        }
        async with self._session.post(
            f"{self.url}/auth/login_flow", json=start
        ) as answer:
            step: Json = await answer.json()
        if step.get("type") != "create_entry":
            raise ClientError(f"No login: {step}")
        code = {
            "grant_type": "authorization_code",
            "code": step["result"],
            "client_id": client,
        }
        async with self._session.post(f"{self.url}/auth/token", data=code) as answer:
            self.tokens: Json = await answer.json()
        token: str = self.tokens["access_token"]
        self.tokens |= {"clientId": client, "expires": 1000 * (time() + 1800)}
        self._headers = {"Authorization": f"Bearer {token}"}
        return token

    async def _open(self, token: str) -> None:
        """Open the WebSocket."""
        self._socket = await self._session.ws_connect(
            f"{self.url}/api/websocket", max_msg_size=0
        )
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise ClientError("The token is refused")
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Hand out what comes."""
        async for message in self._socket:
            arrived = monotonic()
            content = message.json()
            number = content["id"]
            if content["type"] == "event":
                if listener := self._listeners.get(number):
                    listener(content["event"], arrived)
                continue
            answer = self._answers.pop(number, None)
            if answer is None or answer.done():
                continue
            if content.get("success", True):
                answer.set_result(content.get("result"))
            else:
                answer.set_exception(ClientError(str(content.get("error"))))

    def _expect(self) -> tuple[int, asyncio.Future[Any]]:
        """Return the number of the next message, and its answer to come."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        return number, answer


def _flow(of: str) -> str:
    """Return where the flows of a kind are."""
    return f"/api/config/config_entries/{f'{of}/' if of else ''}flow"
