"""Write the corpus from the simulator: ``python -m tests.fuzz.grow``.

The meters are invented and so are their addresses: no capture of a real one is here.
What ``scripts/fuzz --keep`` kept stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.simulator import PRESETS, Faults, Line, SimulatedMeter
from tests.tic2websocket_server.formats import Format, ServedTic, parse_groups

from .corpus import CORPUS, KEPT, NAMES, inputs
from .streams import head

type Inputs = Iterator[tuple[str, bytes]]

_DAMAGE: dict[str, Faults] = {
    "flips": Faults(bit_flips=0.004),
    "lost": Faults(lost=0.004),
    "digits": Faults(digits=0.02),
    "splices": Faults(splices=0.003),
    "bursts": Faults(bursts=0.003),
    "swallowed": Faults(swallowed_lf=0.2),
}
_HISTORIC, _STANDARD = "historic_tempo", "standard_hc"


def meter_of(preset: str) -> SimulatedMeter:
    """Return a meter that has run for a moment."""
    meter = SimulatedMeter(PRESETS[preset])
    meter.advance(60)
    return meter


def stream(meter: SimulatedMeter, frames: int, faults: Faults | None = None) -> bytes:
    """Return some successive frames as 7-bit characters, faults in all but the first."""
    line = Line(meter, view="7bit")
    sent = line.send().data
    line.faults = faults or line.faults
    return sent + b"".join(line.send().data for _ in range(frames - 1))


def codec() -> Inputs:
    """Frames of all meters, whole and damaged, with and without parity."""
    for number, preset in enumerate(PRESETS):
        # Two clean frames tell the parity, the third is judged by it
        frames = 3 if "historic" in preset else 1
        data = stream(meter_of(preset), frames)
        yield preset, head(parity=number % 2 == 0, cut=number % 4) + data
    for number, (name, faults) in enumerate(_DAMAGE.items()):
        data = stream(meter_of(_HISTORIC), 4, faults)
        yield f"{_HISTORIC}-{name}", head(parity=True, cut=number % 4) + data
    for name in ("flips", "splices"):
        data = stream(meter_of(_STANDARD), 2, _DAMAGE[name])
        yield f"{_STANDARD}-{name}", head(cut=2) + data
    whole = meter_of(_HISTORIC).frame()
    yield "middle", head() + whole[70:] + whole[:70]
    yield "eot", head() + whole[:90] + b"\x04" + whole
    yield "no-boundaries", head(cut=0) + whole[1:-1] * 2
    yield "crlf", head() + whole.replace(b"\r", b"\r\n")
    noise = Random(1).randbytes(300)
    yield "noise", head(cut=0) + noise + whole


_EVENTS: dict[str, tuple[str, Callable[[SimulatedMeter], object]]] = {
    "other-mode": (_STANDARD, lambda meter: meter.switch_mode("historic")),
    "other-contract": (_STANDARD, lambda meter: meter.switch_contract("base")),
    "other-meter": (
        "historic_hc",
        lambda meter: meter.swap("042164999999", (2000, 3000)),
    ),
    "breaker": (_STANDARD, lambda meter: meter.open_breaker("overpower")),
    "clock": (_STANDARD, lambda meter: meter.degrade_clock(3600)),
    "overload": (
        "historic_three_phase",
        lambda meter: meter.set_load([9000.0, 2000.0, 100.0]),
    ),
    "overload-one-phase": ("historic_base", lambda meter: meter.set_load(9000.0)),
    "red-tomorrow": (_HISTORIC, lambda meter: meter.set_tempo("white", "red")),
    "message": (
        _STANDARD,
        lambda meter: meter.trigger_message("COUPURE DEMAIN", "VOIR SITE"),
    ),
}


def meter() -> Inputs:
    """Frames that reach the meter, for it to make sense of, and what may happen."""
    for number, preset in enumerate(PRESETS):
        told = head(repaired=True, repeats=2, pace=number, restarts=number % 2 == 0)
        yield preset, told + stream(meter_of(preset), 2)
    for name, (preset, event) in _EVENTS.items():
        subject = meter_of(preset)
        before = subject.frame()
        event(subject)
        after = stream(subject, 3 if "historic" in preset else 1)
        yield name, head(repaired=True, repeats=3) + before + after
    for name in ("digits", "splices"):
        data = stream(meter_of("historic_hc"), 6, _DAMAGE[name])
        yield f"historic_hc-{name}", head(repaired=True) + data


def values() -> Inputs:
    """Yield the data of all groups, a meter a file, and texts that are nearly right."""
    for preset in PRESETS:
        lines = {
            f"{group.horodate}\t{group.value}" if group.horodate else group.value
            for group in parse_groups(meter_of(preset).frame())
        }
        yield preset, "\n".join(sorted(lines)).encode()
    summer = ["H261025023000", "E261025023000", " 261025023000", "e260229000000"]
    yield "horodates", "\n".join(summer).encode()
    profiles = ["00004001 06004002 22004001", "00004001 01684002 05284001", "NONUTILE"]
    yield "profiles", "\n".join(profiles).encode()
    yield "bytes", bytes(range(256))


def client() -> Inputs:
    """Answers of a server of each release to one who asks for everything."""
    for version in (1, 2):
        form = Format(version)
        for preset in PRESETS:
            tic = ServedTic(meter_of(preset), serial="042164123456")
            event = form.frame_event(tic, tic.meter.frame())
            yield (
                f"{preset}-{version}",
                "\n".join([*_replies(form, tic), event]).encode(),
            )
        tic = ServedTic(meter_of(_HISTORIC), port_id=None)
        whole = tic.meter.frame()
        damaged = whole.replace(b"PTEC H", b"PTEC I")
        groups = parse_groups(whole)
        said = [
            *_replies(form, tic),
            form.reply("ReadTIC", data=form.body(tic, groups)),
            form.frame_event(tic, damaged),
            form.event(
                "OnError", {"identifier": tic.identifier(version), **_UNPLUGGED}
            ),
            form.reply("ReadTIC", -12, "Stream not found! (5)"),
            form.reply("ErrorResponse", -5, "Failed to decode"),
            form.reply("UnsubscribeTIC"),
        ]
        yield f"errors-{version}", "\n".join(said).encode()
    yield "nonsense", b'\n{\n[]\n7\n"x"\nnull\n{"type": "EVENT"}\n\xff\n' + b"[" * 500


_UNPLUGGED = {"errorCode": 6, "errorMessage": "Modem unplugged"}


def _replies(form: Format, tic: ServedTic) -> list[str]:
    """Return the answers to the first requests."""
    return [
        form.reply("GetAvailableTICs", data=[tic.identifier(form.version)]),
        form.reply("SubscribeTIC"),
        form.reply("GetModemsInfo", data=[tic.modem(form.version)]),
    ]


_GROWERS: dict[str, Callable[[], Inputs]] = {
    "codec": codec,
    "meter": meter,
    "values": values,
    "client": client,
}


def grown(name: str) -> dict[str, bytes]:
    """Return the inputs of a target by their names."""
    return {f"{title}.bin": data for title, data in _GROWERS[name]()}


def main() -> None:
    """Replace what was generated."""
    for name in NAMES:
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        for path in inputs(name):
            if not path.name.startswith(KEPT):
                path.unlink()
        new = grown(name)
        for title, data in new.items():
            (CORPUS / name / title).write_bytes(data)
        print(f"{name}: {len(new)} inputs, {sum(map(len, new.values()))} bytes")


if __name__ == "__main__":
    main()
