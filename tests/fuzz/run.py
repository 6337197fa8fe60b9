"""Feeds readers of foreign bytes with inputs that are nearly right, for as long as one likes.

    python tests/fuzz/run.py [--count 1000000] [--jobs 2] [--only NAME] [--seed N] [--seconds N]

Each target of each ``targets_*.py`` beside this file runs in a process of its own, which may take
256 MiB above what it has at its start, and one second of processor time per input. Only
`EvidenceError` may come out of it; whatever else does, whatever takes longer, and whatever warns,
is a crash, whose input is kept under the path that is printed. The exit status is 1 then.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import importlib
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing.connection import Connection, wait
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from types import FrameType

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from isoscope.attestation.fields import EvidenceError  # noqa: E402  started as a script
from tests.fuzz.mutation import Inputs  # noqa: E402

Number = Synchronized  # of the input at work, where parent and child see it
Target = tuple[Callable[[bytes], object], Sequence[bytes]]

SECONDS_PER_INPUT = 1.0
BYTES_ABOVE_START = 256 << 20
MOST_KEPT = 5  # inputs per target; a defect seldom comes alone


class TooSlowError(BaseException):
    """An input took more processor time than it may; no target is to catch it."""


@dataclass
class Result:
    """What became of one target.

    Attributes:
        crashes: how many inputs were answered with anything but `EvidenceError` or a value.
        accepted: how many were answered with a value.
        slowest: seconds of the input that took most and was no crash, and its number.
        peak: bytes of memory above those at the start.
        kept: where the inputs of crashes lie, each with the last lines of its trace.
    """

    name: str
    inputs: int = 0
    crashes: int = 0
    accepted: int = 0
    slowest: tuple[float, int] = (0.0, 0)
    peak: int = 0
    seconds: float = 0.0
    kept: list[str] = field(default_factory=list)

    def line(self) -> str:
        """One line of the table."""
        return (
            f"{self.name:32} {self.inputs:>9} {self.crashes:>7} {self.accepted:>9} "
            f"{self.slowest[0] * 1000:>9.1f} {self.peak / (1 << 20):>8.1f} {self.seconds:>8.1f}"
        )


HEAD = f"{'target':32} {'inputs':>9} {'crashes':>7} {'accepted':>9} {'slowest':>9} "
HEAD += f"{'memory':>8} {'seconds':>8}\n{'':32} {'':>9} {'':>7} {'':>9} {'ms':>9} {'MiB':>8}"


def targets(only: str = "") -> Mapping[str, Target]:
    """All targets by module and name; those alone whose name has ``only`` in it."""
    found: dict[str, Target] = {}
    for path in sorted(HERE.glob("targets_*.py")):
        module = importlib.import_module(f"tests.fuzz.{path.stem}")
        area = path.stem.removeprefix("targets_")
        for name, target in module.TARGETS.items():
            found[f"{area}/{name}"] = target
    return {name: target for name, target in found.items() if only in name}


def feed(target: Callable[[bytes], object], data: bytes) -> bool:
    """Whether the target took one input; False where it refused it as it should.

    Raises:
        Exception: it did anything else.
        TooSlowError: it took too long.
    """
    try:
        target(data)
    except EvidenceError:
        return False
    return True


@contextmanager
def limited(seconds: float = SECONDS_PER_INPUT) -> Iterator[None]:
    """Raises `TooSlowError` inside where the processor works longer than that."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError(f"more than {SECONDS_PER_INPUT} s")


def fuzz(
    name: str,
    target: Target,
    numbers: Sequence[int],
    seed: int,
    *,
    seconds: float = float("inf"),
    keep: Path | None = None,
    at: Number[int] | None = None,
) -> Result:
    """Feeds one target with the inputs of these numbers.

    Args:
        seconds: after which it ends early.
        keep: the directory for the inputs of crashes.
        at: where to note the number of the input at work, for whoever finds this process dead.
    """
    call, seeds = target
    inputs = Inputs(seeds, name, seed)
    result = Result(name)
    start = time.monotonic()
    ceiling = _peak() + BYTES_ABOVE_START
    signal.signal(signal.SIGPROF, _too_slow)
    for number in numbers:
        if at is not None:
            at.value = number
        data = inputs.at(number)
        before = time.perf_counter()
        try:
            with limited():
                result.accepted += feed(call, data)
            if (peak := _peak()) > ceiling:  # the kernel's limit counts reserved room, this used
                ceiling = peak
                raise MemoryError(f"{BYTES_ABOVE_START} bytes above the start were not enough")  # noqa: TRY301
        except (Exception, TooSlowError) as problem:  # noqa: BLE001  that is what is looked for
            result.crashes += 1
            if keep is not None and len(result.kept) < MOST_KEPT:
                result.kept.append(_keep(keep, name, data, problem))
        else:
            result.slowest = max(result.slowest, (time.perf_counter() - before, number))
        result.inputs += 1
        if time.monotonic() - start > seconds:
            break
    result.seconds = time.monotonic() - start
    result.slowest = _again(call, inputs, result.slowest)
    return result


def _again(
    call: Callable[[bytes], object], inputs: Inputs, slowest: tuple[float, int]
) -> tuple[float, int]:
    """The time of that input without what else the machine did: the shortest of four."""
    took, number = slowest
    data = inputs.at(number)
    caches = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    for _turn in range(3):
        for cache in caches:
            if cache.__module__.startswith("isoscope."):
                cache.cache_clear()
        before = time.perf_counter()
        with contextlib.suppress(Exception):
            feed(call, data)
        took = min(took, time.perf_counter() - before)
    return took, number


def _keep(directory: Path, name: str, data: bytes, problem: BaseException) -> str:
    path = _write(directory, name, data)
    last = traceback.extract_tb(problem.__traceback__)[-1]
    said = f"{type(problem).__name__}: {problem}"[:200]
    return f"{path}: {said} at {last.filename}:{last.lineno}"


def _write(directory: Path, name: str, data: bytes) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name.replace('/', '-')}-{sha256(data).hexdigest()[:12]}.bin"
    path.write_bytes(data)
    return path


def _child(
    name: str,
    target: Target,
    options: argparse.Namespace,
    answer: Connection,
    at: Number[int],
) -> None:
    warnings.simplefilter("error")
    start = _peak()
    ceiling = _status("VmSize") + BYTES_ABOVE_START
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
    result = fuzz(
        name,
        target,
        range(options.count),
        options.seed,
        seconds=options.seconds,
        keep=options.failures,
        at=at,
    )
    result.peak = max(_peak() - start, 0)
    answer.send(result)


def _peak() -> int:
    """Bytes of memory that this process had at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def _status(row: str) -> int:
    """Bytes, from /proc/self/status."""
    text = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(row)) << 10


def run(chosen: Mapping[str, Target], options: argparse.Namespace) -> list[Result]:
    """Runs all targets, as many at a time as ``--jobs`` says; prints each when it is done."""
    forked = multiprocessing.get_context("fork")
    waiting = list(chosen.items())
    running: dict[Connection, tuple[str, multiprocessing.process.BaseProcess, Number[int]]] = {}
    results: list[Result] = []
    print(HEAD, flush=True)
    while waiting or running:
        while waiting and len(running) < options.jobs:
            name, target = waiting.pop(0)
            mine, its = forked.Pipe(duplex=False)
            at = forked.Value("q", 0)
            process = forked.Process(target=_child, args=(name, target, options, its, at))
            process.start()
            its.close()
            running[mine] = (name, process, at)
        ready = wait(list(running))
        for answer in [one for one in running if one in ready]:
            name, child, number = running.pop(answer)
            try:
                result = answer.recv()
            except EOFError:
                child.join()
                result = _died(name, chosen[name], number.value, child.exitcode, options)
            child.join()
            results.append(result)
            print(result.line(), *result.kept, sep="\n    ", flush=True)
    return results


def _died(
    name: str, target: Target, last: int, status: int | None, options: argparse.Namespace
) -> Result:
    """The result of a target whose process ended without one, at that input."""
    path = _write(options.failures, name, Inputs(target[1], name, options.seed).at(last))
    return Result(name, last + 1, 1, kept=[f"{path}: its process ended with {status}"])


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs per target")
    parser.add_argument("--jobs", type=int, default=2, help="targets at a time")
    parser.add_argument("--only", default="", help="targets whose name has this in it")
    parser.add_argument("--seed", type=int, default=0, help="another one, other inputs")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="per target, to end before the count"
    )
    parser.add_argument(
        "--failures",
        type=Path,
        default=Path(tempfile.gettempdir()) / "isoscope-fuzz",
        help="directory for inputs of crashes",
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what the command line asks for."""
    options = arguments(argv)
    chosen = targets(options.only)
    if not chosen:
        print(f"no target has {options.only!r} in its name", file=sys.stderr)
        return 2
    results = run(chosen, options)
    crashes = sum(result.crashes for result in results)
    inputs = sum(result.inputs for result in results)
    print(f"{inputs} inputs of {len(results)} targets, {crashes} crashes, seed {options.seed}")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
