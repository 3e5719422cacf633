"""The meters of a TIC2WebSocket server, and its modems."""

from __future__ import annotations

from dataclasses import dataclass
import json

from ...tic.sources.server import connected, modems
from ...tic.sources.server_url import ServerUrl
from ...tic.sources.tic2websocket.messages import Identifier, ModemInfo
from ..input.ports import described
from ..messages import Language, say
from ..output.share import hide_number
from ..output.table import columns


@dataclass(frozen=True, slots=True)
class Served:
    """What a server has on one of its ports: a meter, a modem, mostly both."""

    server: ServerUrl
    tic: Identifier | None
    modem: ModemInfo

    @property
    def url(self) -> str | None:
        """What to read it by, the most lasting name first; None without a meter."""
        if self.tic is None:
            return None
        if self.tic.port_id:
            name = Identifier(port_id=self.tic.port_id)
        else:
            # A meter's number stays out: this is shown where numbers are not
            name = Identifier(port_name=self.tic.port_name)
        return str(ServerUrl(self.server.host, self.server.port, name))


async def lines(
    server: str, lang: Language, *, as_json: bool, masked: bool
) -> list[str]:
    """Return one line for each meter of a server, then for each modem without one.

    ``server`` is ``host``, ``host:port`` or a URL. Raises SourceError.
    """
    served = await _ask(
        ServerUrl.parse(server if "://" in server else f"ws://{server}")
    )
    if as_json:
        return [_json(row, masked=masked) for row in served]
    return columns([_words(row, lang, masked=masked) for row in served])


async def _ask(server: ServerUrl) -> list[Served]:
    async with connected(server) as client:
        tics = await client.available_tics()
    rest = list(await modems(str(server)))
    served: list[Served] = []
    for tic in tics:
        own = next((modem for modem in rest if _place(modem).matches(tic)), None)
        if own is not None:
            rest.remove(own)
        served.append(Served(server, tic, own or ModemInfo(tic.port_name, tic.port_id)))
    return served + [Served(server, None, modem) for modem in rest]


def _place(modem: ModemInfo) -> Identifier:
    return Identifier(port_name=modem.port_name, port_id=modem.port_id)


def _number(served: Served, *, masked: bool) -> str | None:
    """Return the meter's number, None while the server does not know it."""
    number = served.tic.serial_number if served.tic else None
    return hide_number(number) if number and masked else number


def _words(served: Served, lang: Language, *, masked: bool) -> tuple[str, ...]:
    modem = served.modem
    meter = _number(served, masked=masked) or say(
        "number_unknown" if served.tic else "no_meter", lang
    )
    told = (modem.modem_type, *described(modem).values())
    rest = [text for text in told if text]
    row = (served.url or "-", modem.port_name or "-", meter, "  ".join(rest))
    # A server's words are not to command the terminal
    return tuple("".join(c if c.isprintable() else "?" for c in cell) for cell in row)


def _json(served: Served, *, masked: bool) -> str:
    modem = served.modem
    return json.dumps(
        {
            "device": served.url,
            **described(modem),
            "meter": _number(served, masked=masked),
            "port_name": modem.port_name,
            "port_id": modem.port_id,
            "modem_type": modem.modem_type,
        }
    )
