"""The process that removes everything an integration run made, however that run ended.

It is started with the run's private directory as its only argument and a pipe as its
standard input. When the pipe closes (the run finished, was interrupted, or was killed
outright) it ends what is left, in an order in which each step can succeed: processes,
mounts, network links, control groups, files. It recognises what belongs to the run by the
run's mark, the random end of the private directory's name, which every engine carries in
its command line or in its control group; and by the ledger that the run kept there.

Standard library only, and no import from the rest of the tests: it must work when they
do not.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CGROUP_ROOT = Path("/sys/fs/cgroup")
#: Not a hexadecimal digit, so that a mark never occurs in a container's id.
MARK_PREFIX = "it"
LEDGER_NAME = "ledger.jsonl"
SECONDS_TO_END_PROCESSES = 15.0
SECONDS_TO_REMOVE_CGROUPS = 5.0

#: umount2(2): detach now, finish when nobody uses the mount any more.
MNT_DETACH = 2


def mark_of(root: Path) -> str:
    """What everything that belongs to the run carries in its name."""
    return root.name.rpartition("-")[2]


def read_ledger(root: Path) -> list[tuple[str, str]]:
    """Everything that the run noted for removal, as (kind, value), in the order of the notes."""
    try:
        lines = (root / LEDGER_NAME).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    notes = []
    for line in lines:
        try:
            kind, value = json.loads(line)
        except ValueError:  # the run was killed while it wrote this line
            continue
        notes.append((str(kind), str(value)))
    return notes


def processes_of(mark: str) -> list[int]:
    """The living processes that carry the mark in their command line or control group."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            if process.joinpath("stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                continue
            carried = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ")
            carried += process.joinpath("cgroup").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if mark.encode() in carried:
            found.append(int(process.name))
    return found


def end_processes(mark: str) -> list[int]:
    """End every process of the run; return those that would not end."""
    deadline = time.monotonic() + SECONDS_TO_END_PROCESSES
    remaining = processes_of(mark)
    while remaining and time.monotonic() < deadline:
        for pid in remaining:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
        remaining = processes_of(mark)
    return remaining


def mounts_under(root: Path) -> Iterator[str]:
    """Mount points at or below ``root``, the deepest and latest first (proc(5), mountinfo)."""
    points = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        point = line.split(" ")[4].encode().decode("unicode_escape")
        if point == str(root) or point.startswith(f"{root}/"):
            points.append(point)
    yield from reversed(points)


def unmount_all(root: Path) -> None:
    """Unmount everything at or below ``root``."""
    libc = ctypes.CDLL(None, use_errno=True)
    for point in mounts_under(root):
        libc.umount2(os.fsencode(point), MNT_DETACH)


def marked_cgroups(mark: str) -> list[Path]:
    """The control groups of the run, in every hierarchy and mounted either way."""
    patterns = [f"*{mark}*", f"*/*{mark}*", f"*/machine/*{mark}*"]
    return [path for pattern in patterns for path in CGROUP_ROOT.glob(pattern)]


def remove_cgroups(mark: str) -> list[Path]:
    """Remove the control groups of the run, empty by now; return those that stayed."""
    deadline = time.monotonic() + SECONDS_TO_REMOVE_CGROUPS
    remaining = marked_cgroups(mark)
    while remaining and time.monotonic() < deadline:
        for top in remaining:
            for directory, _, _ in os.walk(top, topdown=False):
                remove_directory(Path(directory))
        remaining = marked_cgroups(mark)
        time.sleep(0.05)
    return remaining


def remove_directory(path: Path) -> None:
    """Remove one directory or control group unless somebody uses it."""
    with contextlib.suppress(OSError):
        path.rmdir()


def ports_of(bridges: list[str]) -> list[str]:
    """The links that are plugged into bridges: the host's ends of the containers' own."""
    return [
        port.name for bridge in bridges for port in Path("/sys/class/net", bridge).glob("brif/*")
    ]


def remove_links(names: list[str]) -> None:
    """Remove the named network links that still exist."""
    for name in names:
        if Path("/sys/class/net", name).exists():
            subprocess.run(["ip", "link", "delete", name], check=False, capture_output=True)


def clean(root: Path) -> list[str]:
    """Remove everything the run made; return, in words, what could not be removed."""
    notes = read_ledger(root)

    def noted(kind: str) -> list[str]:
        return [value for noted_kind, value in notes if noted_kind == kind]

    mark = mark_of(root)
    links = noted("link")
    # A container's link mostly goes with its network namespace, but dockerd may be ended just when
    # it has taken the link back and not yet removed it.
    links += ports_of(links)
    problems = [f"process {pid} would not end" for pid in end_processes(mark)]
    unmount_all(root)
    remove_links(links)
    problems += [f"control group {path} is in use" for path in remove_cgroups(mark)]
    for value in noted("file"):
        Path(value).unlink(missing_ok=True)
    for name in noted("cgroup"):
        for shared in CGROUP_ROOT.glob(f"*/{name}"):
            remove_directory(shared)
    for path in noted("tree"):
        if mark in path:
            shutil.rmtree(path, ignore_errors=True)
    for path in noted("directory"):
        remove_directory(Path(path))
    problems += [f"{point} is still mounted" for point in mounts_under(root)]
    if not problems:
        shutil.rmtree(root, ignore_errors=True)
    return problems


def main() -> int:
    """Wait for the end of the run, then remove what it made."""
    root = Path(sys.argv[1])
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    problems = clean(root)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
