"""Damages streams, lets the code under test and the checksum alone read them, counts."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
import os
from random import Random

from custom_components.linky_meter.linky_tic.tic.decode.codec import Decoder
from custom_components.linky_meter.linky_tic.tic.labels import LABELS
from custom_components.linky_meter.linky_tic.tic.meter.meter import Meter
from custom_components.linky_meter.linky_tic.tic.reading import MeterReading
from tests.simulator.frames.wire import STX, with_parity

from .baseline import ChecksumAlone
from .damage import KINDS, damage
from .judge import Judge, Line, Tally
from .repeating import REPEATING, Disturber
from .streams import NAMES, Sent, stream

_CR = 0x0D
# When the measurements have come, as a share of the frame
_EARLY = 0.6


@dataclass(slots=True)
class Result:
    """What came of one kind of damage."""

    reading: Tally = field(default_factory=Tally)
    """What the readings showed."""
    alone: Tally = field(default_factory=Tally)
    """What the checksum alone let through."""

    def add(self, other: Result) -> None:
        """Count another part too."""
        self.reading.add(other.reading)
        self.alone.add(other.alone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to damage, and how."""

    groups: int = 20_000
    """Damaged groups of each kind, over all streams."""
    share: float = 0.1
    """Of all groups."""
    parity: bool = False
    """Whether the reader sees the parity bit."""
    seed: int = 1
    burst: int = 60
    """Frames in each burst of a stream."""

    @property
    def quota(self) -> int:
        """Damaged groups of each kind in one stream."""
        return self.groups // len(NAMES)


def run(kind: str, name: str, plan: Plan, *, beside: bool = True) -> Result:
    """Damage one stream, as often as it takes.

    Without ``beside``, no reader that trusts the checksum alone reads the same.
    """
    result = Result()
    rng = Random(f"{kind}:{name}:{plan}")
    while result.reading.damaged < plan.quota:
        _once(rng, kind, name, plan, result, beside=beside)
    return result


def _once(
    rng: Random, kind: str, name: str, plan: Plan, result: Result, *, beside: bool
) -> None:
    """Let a new reader read the stream from its beginning."""
    made = stream(name, plan.burst)
    line, decoder, meter = Line(made), Decoder(), Meter(made.address)
    alone = ChecksumAlone()
    alone.said.values["tic_mode"] = name.partition(",")[0]
    judges = Judge(line, result.reading), Judge(line, result.alone)
    bits, last = 8 if plan.parity else 7, 0.0
    reading: MeterReading | None = None
    disturber = (
        Disturber(rng, kind, name, made.sent, bits) if kind in REPEATING else None
    )
    disturbed = False
    for sent in made.sent:
        if disturber is not None:
            arrived, places = disturber.damage(sent)
        else:
            groups = _encoded(sent.groups, bits)
            share = 0.0 if sent.lead else plan.share
            arrived, places = damage(rng, KINDS[kind], groups, bits=bits, share=share)
        start, end = (_encoded((byte,), bits)[0] for byte in (STX, sent.end))
        hit = _hit(sent, arrived, places)
        line.pass_frame(sent, hit, recovered=disturbed and not hit)
        disturbed = disturber is not None and bool(hit)
        measured = _measured(sent.labels)
        first = b"".join((start, *arrived[:measured]))
        rest = b"".join((*arrived[measured:], end))
        for data, since, until in ((first, 0.0, _EARLY), (rest, _EARLY, 1.0)):
            frames = decoder.feed(data)
            for number, frame in enumerate(frames, 1):
                share = since + (until - since) * number / len(frames)
                at = last + (sent.at - last) * share
                reading = meter.process(frame, at=at, received=sent.received) or reading
            if data is rest or not (pending := decoder.pending):
                continue
            at = last + (sent.at - last) * until
            early = meter.preview(pending, at=at, received=sent.received)
            if early is not None:
                judges[0].judge(early.values, whole=False)
        last = sent.at
        if reading is not None:
            judges[0].judge(reading.values)
        if beside:
            alone.take(first + rest)
            judges[1].judge(alone.said.values)
        for tally in (result.reading, result.alone):
            tally.damaged += len(places)
            tally.frames += 1
        if result.reading.damaged >= plan.quota:
            return


@cache
def _measured(labels: tuple[str, ...]) -> int:
    """Return how many groups there are up to the last measurement."""
    return max(
        (n for n, label in enumerate(labels, 1) if LABELS[label].measurement), default=0
    )


@lru_cache(maxsize=20_000)
def _encoded(groups: tuple[bytes, ...], bits: int) -> tuple[bytes, ...]:
    """Return groups as the reader would see them undamaged."""
    if bits == 7:
        return groups
    return tuple(with_parity(group) for group in groups)


def _hit(sent: Sent, arrived: list[bytes], places: list[int]) -> frozenset[str]:
    """Return the labels that did not arrive: a lost end takes the next group along."""
    if not places:
        return frozenset()
    hit = {sent.labels[place] for place in places if place < len(sent.labels)}
    for place in places:
        end = (arrived[place][-1:] or b"\0") if place < len(arrived) else b"\r"
        if end[0] & 0x7F != _CR and place + 1 < len(sent.labels):
            hit.add(sent.labels[place + 1])
    return frozenset(hit)


type Job = tuple[str, str, Plan]


def _job(job: Job) -> Result:
    return run(*job)


def run_all(plans: list[Plan], kinds: list[str]) -> dict[Plan, dict[str, Result]]:
    """Run all kinds with all plans on all processors; results by plan and kind."""
    results = {plan: {kind: Result() for kind in kinds} for plan in plans}
    # Stream by stream, so that a process makes each only once
    jobs = [(kind, name, plan) for name, plan, kind in product(NAMES, plans, kinds)]
    for (kind, _, plan), result in zip(jobs, in_parallel(_job, jobs), strict=True):
        results[plan][kind].add(result)
    return results


def in_parallel[T, R](function: Callable[[T], R], jobs: Iterable[T]) -> Iterator[R]:
    """Yield the results of jobs in their order, from all processors."""
    with ProcessPoolExecutor(os.process_cpu_count() or 1) as pool:
        yield from pool.map(function, jobs)
