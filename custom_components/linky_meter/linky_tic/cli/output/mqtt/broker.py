"""The way to a broker: opened again whenever it is lost; the last values wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
import logging
import ssl
from typing import Any

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from ....tic.sources.guard import Guard
from ...log import Log
from ...mqtt_settings import MqttSettings

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
CLOSE_SECONDS = 4.0

ONLINE, OFFLINE = "online", "offline"

_MOST_WAITING = 100
"""Messages that nobody keeps, while the broker is slow; away, none waits."""
_LOGIN = frozenset({134, 135})
"""Reasons to refuse a login: bad user name or password, not authorised."""

# Its words may name hosts and topics
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.disabled = True


class _NoCertificateError(Exception):
    """The file that should hold a certificate cannot be used."""


_EXPECTED = (aiomqtt.MqttError, OSError, _NoCertificateError)


class Broker:
    """Tells topics their last value, for ever; made in a running event loop.

    What is kept at the broker waits here as its last value only: nothing grows while
    the broker is away, and all of it is told again when it is back.
    """

    def __init__(
        self,
        settings: MqttSettings,
        status: str,
        log: Log,
        kept: str,
        gone: Callable[[str], Iterable[str]],
    ) -> None:
        """Begin; ``status`` is the topic that says whether anybody tells the others.

        Of what an earlier start left under the topics ``kept``, which may have
        wildcards, ``gone`` returns the topics that are to be cleared.
        """
        self._settings, self._status, self._log = settings, status, log
        self._left, self._gone, self._looked = kept, gone, False
        self._kept: dict[str, str] = {}
        self._changed: dict[str, None] = {}
        self._passing: deque[tuple[str, str]] = deque(maxlen=_MOST_WAITING)
        self._news = asyncio.Event()
        self._away: str | None = None
        self._guard = Guard(logging.getLogger(__name__), "Telling a broker")
        self.connected = self._closing = False
        self._task = asyncio.create_task(self._run(), name="mqtt")

    def keep(self, topic: str, payload: str) -> None:
        """Tell a topic's value, which the broker keeps for who comes later."""
        if self._kept.get(topic) != payload:
            self._kept[topic] = payload
            self._changed[topic] = None
            self._news.set()

    def tell(self, topic: str, payload: str) -> None:
        """Tell those who listen now; without a broker nobody does."""
        if self.connected:
            self._passing.append((topic, payload))
            self._news.set()

    async def close(self) -> None:
        """Tell what is left, and that nothing more comes."""
        self._closing = True
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        """Connect for ever, waiting longer and longer while that fails."""
        wait = FIRST_WAIT
        while not self._closing:
            try:
                async with self._client() as client:
                    wait = FIRST_WAIT
                    await self._serve(client)
            except Exception as err:  # noqa: BLE001 it goes on whatever happens
                if not isinstance(err, _EXPECTED):
                    self._guard.tell(err)
                self._lose(_reason(err, tls=self._settings.tls))
            finally:
                self.connected = False
                self._passing.clear()
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _client(self) -> aiomqtt.Client:
        settings = self._settings
        context = None
        if settings.tls:
            try:
                context = ssl.create_default_context(cafile=settings.ca)
            except OSError as err:
                raise _NoCertificateError from err
        return aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.username,
            password=settings.password,
            tls_context=context,
            will=aiomqtt.Will(self._status, OFFLINE, qos=1, retain=True),
            logger=_SILENT,
        )

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Tell all there is, then what changes. Raises MqttError when it is lost."""
        self._changed = dict.fromkeys(self._kept)
        self.connected = True
        tasks = [
            asyncio.create_task(self._tell_all(client)),
            asyncio.create_task(self._listen(client)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            if self._closing:
                await self._say_goodbye(client)
        for what in ended:
            if isinstance(what, Exception):
                raise what

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        """Tell what is left, and that nothing more comes, if the broker takes it now."""
        with suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._flush(client)
                await client.publish(self._status, OFFLINE, qos=1, retain=True)

    async def _tell_all(self, client: aiomqtt.Client) -> None:
        await self._flush(client)
        await client.publish(self._status, ONLINE, qos=1, retain=True)
        self._find()
        while True:
            await self._news.wait()
            self._news.clear()
            await self._flush(client)

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Clear what an earlier start left, and wait for the end of the connection."""
        looked, self._looked = self._looked, True
        if not looked:
            # Only once: some brokers hang up on whoever may not subscribe
            await client.subscribe(self._left, qos=1)
        async for message in client.messages:
            if message.retain:
                for topic in self._gone(str(message.topic)):
                    await client.publish(topic, qos=1, retain=True)

    async def _flush(self, client: aiomqtt.Client) -> None:
        """Tell what changed; what could not be told changed still."""
        while self._changed or self._passing:
            if self._changed:
                topic = next(iter(self._changed))
                payload = self._kept[topic]
                await client.publish(topic, payload, qos=1, retain=True)
                # It may have changed meanwhile
                if self._kept[topic] == payload:
                    self._changed.pop(topic, None)
            if self._passing:
                topic, payload = self._passing.popleft()
                await client.publish(topic, payload, qos=0)

    def _lose(self, reason: str) -> None:
        """Say once why nothing is told, and again when the reason is another."""
        if reason != self._away:
            self._log.warning(reason)
        self._away = reason

    def _find(self) -> None:
        """Say once that values are told again."""
        if self._away is not None:
            self._log.info("mqtt_back")
        self._away = None


def _reason(err: Exception, *, tls: bool) -> str:
    """Return the key of what is said of a connection that failed."""
    if isinstance(err, _NoCertificateError):
        return "mqtt_ca"
    code: Any = getattr(err, "rc", None)
    if isinstance(code, ReasonCode):
        if code.value in _LOGIN:
            return "mqtt_login"
        if isinstance(err, aiomqtt.exceptions.MqttConnectError):
            return "mqtt_refused"
    seen: BaseException | None = err
    while seen is not None:
        # A broker without TLS hangs up on who begins with it
        if isinstance(seen, ssl.SSLError) or (
            tls and isinstance(seen, ConnectionResetError)
        ):
            return "mqtt_tls"
        seen = seen.__cause__ or seen.__context__
    return "mqtt_unreachable"
