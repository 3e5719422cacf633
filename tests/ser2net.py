"""The real ser2net, which gives a serial port to the network."""

from __future__ import annotations

from pathlib import Path
from typing import override

from scripts.instance.folder import free_port
from tests.programs import Server, program

_LISTENING = "0A"


class Ser2Net(Server):
    """A server of one port."""

    def __init__(
        self, folder: Path, device: str, *, rfc2217: bool = False, speed: int = 9600
    ) -> None:
        """Prepare its configuration."""
        port = free_port()
        configuration = folder / f"ser2net-{port}.yaml"
        super().__init__(
            program("ser2net"),
            *("-d", "-n", "-u", "-c", str(configuration)),
            home=folder,
            port=port,
        )
        accepter = f"{'telnet(rfc2217),' * rfc2217}tcp,127.0.0.1,{self.port}"
        configuration.write_text(
            "connection: &meter\n"
            f"  accepter: {accepter}\n"
            f"  connector: serialdev,{device},{speed}n81,local\n"
        )

    @override
    async def answers(self) -> bool:
        """Return whether its port is open: a connection would be its first user."""
        rows = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        wanted = f":{self.port:04X}"
        return any(
            fields[1].endswith(wanted) and fields[3] == _LISTENING
            for fields in map(str.split, rows)
        )
