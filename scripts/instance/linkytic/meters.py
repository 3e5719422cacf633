"""The meters that linkytic reads, and the house that they are in."""

from __future__ import annotations

from dataclasses import dataclass, field
import json
from pathlib import Path
import shutil
from typing import Any, cast, override

from scripts.instance.client import Json
from tests.browser.house import START_SECONDS, House, until
from tests.simulator import MeterConfig, PtyMeter, SimulatedMeter
from tests.simulator.link.line import Line

LINKYTIC = "linkytic"
# A pseudo-terminal has eight bits and no parity, and the C library calls it an error
_EIGHT_BITS = """
import termios

set_as_told = termios.tcsetattr


def tcsetattr(fd, when, attributes):
    told = list(attributes)
    told[2] = told[2] & ~(termios.PARENB | termios.CSIZE) | termios.CS8
    set_as_told(fd, when, told)


termios.tcsetattr = tcsetattr
"""


@dataclass
class Case:
    """A meter, and how both come to it."""

    name: str
    config: MeterConfig
    same_port: bool
    """Whether ours takes linkytic's only port, or has one of its own."""
    port: str = ""
    entry: Json = field(default_factory=dict)
    """linkytic's."""
    ours: Json = field(default_factory=dict)
    meter: SimulatedMeter | None = None
    before: dict[str, Json] = field(default_factory=dict)
    """Its entities as the registry had them."""
    units: dict[str, str | None] = field(default_factory=dict)
    energies: dict[str, float] = field(default_factory=dict)
    """The sum less the index, Wh, of those that have statistics of energy."""
    means: list[str] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)

    @property
    def standard(self) -> bool:
        """Whether the meter is in standard mode."""
        return self.config.mode == "standard"


def cases(release: str) -> list[Case]:
    """Return the meters that a release of linkytic can read."""

    def case(number: int, name: str, *, same_port: bool, **is_: Any) -> Case:
        kind = "76" if is_.get("phases") == 3 else "64"
        address = f"0421{kind}10000{number}"
        load = (1500.0,) * is_.get("phases", 1)
        config = MeterConfig(address=address, load=load, seed=number, **is_)
        return Case(name, config, same_port)

    found = [
        case(1, "historic", same_port=False, mode="historic", contract="hc", kva=9),
        case(
            2,
            "historic, three phases",
            same_port=True,
            mode="historic",
            contract="tempo",
            kva=18,
            phases=3,
        ),
    ]
    # The second series knows no other mode
    if not release.startswith("2."):
        found += [
            case(3, "standard", same_port=True, contract="hc", kva=9),
            case(
                4,
                "standard, three phases",
                same_port=False,
                contract="tempo",
                kva=18,
                phases=3,
            ),
        ]
    return found


class _Beside:
    """A meter whose time somebody else lets pass."""

    def __init__(self, meter: SimulatedMeter) -> None:
        self._meter = meter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._meter, name)

    def advance(self, _: float) -> None:
        """Do nothing."""


class LinkyticHouse(House):
    """A house whose meters linkytic reads."""

    def __init__(self, folder: Path, code: Path, *, language: str = "en") -> None:
        """Take the folder of its own code."""
        super().__init__(folder, language=language)
        self._code = code
        manifest = json.loads((code / "manifest.json").read_text())
        self.release = str(manifest["version"])

    @override
    def _prepare(self) -> None:
        super()._prepare()
        self.modules = self.folder / "modules"
        self.modules.mkdir()
        (self.modules / "sitecustomize.py").write_text(_EIGHT_BITS)
        shutil.copytree(
            self._code,
            self.folder / "custom_components" / LINKYTIC,
            ignore=shutil.ignore_patterns("__pycache__"),
        )

    async def plug(self, case: Case) -> None:
        """Plug the meter in: one port, or two that say the same."""
        meter = case.meter = SimulatedMeter(case.config)
        enter = self._stack.enter_async_context
        # A port that was opened for seven bits shows no parity
        first = await enter(PtyMeter(meter, view="7bit"))
        case.port = first.path
        case.entry = {"serial_device": first.path}
        if not case.same_port:
            line = Line(cast(SimulatedMeter, _Beside(meter)), view="7bit")
            case.port = (await enter(PtyMeter(line=line))).path

    async def restart(self, *, killed: bool = False) -> None:
        """Stop Home Assistant, in order or not, and start it again."""
        await (self.process.kill() if killed else self.process.stop())
        await self.process.__aenter__()
        await self.client.__aexit__()
        await self.client.__aenter__()
        await self.client.connect(START_SECONDS, lambda: self.process.exit_code is None)

    async def written(self, entity_id: str, platform: str) -> None:
        """Wait until the registry's file says whose an entity is."""
        path = self.folder / ".storage" / "core.entity_registry"

        async def is_written() -> bool:
            if not path.exists():
                return False
            entities = json.loads(path.read_text())["data"]["entities"]
            return any(
                one["entity_id"] == entity_id and one["platform"] == platform
                for one in entities
            )

        await until(is_written)
