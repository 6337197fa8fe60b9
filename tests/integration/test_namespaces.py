"""What no engine runs: unshare, bwrap, systemd-nspawn without systemd, LXC."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.harness.ground import (
    ComponentUnavailableError,
    Ground,
    need_program,
    need_root,
    run_command,
)
from tests.integration.harness.image import busybox_tree
from tests.integration.harness.scanning import HW, I, Rated, Scan, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS_TO_START = 10.0
LXC_CONFIGURATION = """lxc.uts.name = {name}
lxc.rootfs.path = dir:{tree}
lxc.net.0.type = empty
lxc.apparmor.profile = unconfined
lxc.include = /usr/share/lxc/config/common.conf
"""


def idle(ground: Ground, what: str) -> list[str]:
    """A shell that waits, whose command line carries the run's mark."""
    return ["/bin/sh", "-c", "sleep 1000000; :", f"{ground.mark}-{what}"]


def pid_of(ground: Ground, what: str, program: str = "sh") -> int:
    """The process on the host that carries the mark, once it runs."""
    wanted = f"{ground.mark}-{what}".encode()
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = command.read_bytes().split(b"\0")
            except OSError:
                continue
            if Path(words[0].decode("utf-8", "replace")).name == program and wanted in words:
                return int(command.parent.name)
        time.sleep(0.05)
    raise ComponentUnavailableError(f"{what} did not start")


def a_tree(ground: Ground, name: str) -> Path:
    """A file tree that an operating system could have."""
    tree = ground.directory(f"trees/{name}")
    with tarfile.open(fileobj=io.BytesIO(busybox_tree())) as archive:
        archive.extractall(tree, filter="data")
    for directory in ("usr", "run", "var", "root"):
        (tree / directory).mkdir(exist_ok=True)
    (tree / "etc/os-release").write_text("ID=test\n")
    return tree


def started(ground: Ground, what: str, command: list[str]) -> Iterator[int]:
    """A command that is left running, by the process that it starts."""
    try:
        need_root()
        need_program(command[0])
        daemon = ground.start(what, [*command, *idle(ground, what)])
        try:
            pid = pid_of(ground, what)
        except ComponentUnavailableError as error:
            daemon.stop()
            raise ComponentUnavailableError(f"{error}: {daemon.last_words()}") from error
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    try:
        yield pid
    finally:
        daemon.stop()


@pytest.fixture(scope="module")
def unshared(ground: Ground) -> Iterator[int]:
    """In namespaces of its own, and root in its own user namespace only."""
    options = ["--user", "--map-root-user", "--net", "--pid", "--mount-proc", "--fork"]
    yield from started(ground, "unshared", ["unshare", *options, "--kill-child"])


@pytest.fixture(scope="module")
def bubble(ground: Ground) -> Iterator[int]:
    """What a desktop's sandbox makes of a program."""
    options = ["--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    yield from started(ground, "bubble", ["bwrap", *options, "--die-with-parent"])


@pytest.fixture(scope="module")
def nspawn(ground: Ground) -> Iterator[int]:
    """A container of systemd-nspawn, where no systemd-machined is told of it."""
    options = ["--quiet", "--keep-unit", "--register=no", "--as-pid2", f"--machine={ground.mark}"]
    tree = a_tree(ground, "nspawn")
    yield from started(ground, "nspawn", ["systemd-nspawn", *options, f"--directory={tree}"])


@pytest.fixture(scope="module")
def lxc(ground: Ground) -> Iterator[str]:
    """The name of a container of LXC, in a directory that nobody tells Isoscope of."""
    try:
        need_root()
        execute = need_program("lxc-execute")
        name = f"{ground.mark}-lxc"
        home = ground.directory("lxc")
        home.joinpath(name).mkdir()
        text = LXC_CONFIGURATION.format(name=name, tree=a_tree(ground, "lxc"))
        home.joinpath(name, "config").write_text(text)
        place = [f"--lxcpath={home}", f"--name={name}"]
        try:
            run_command([execute, *place, "--daemon", "--", *idle(ground, "lxc")])
        except RuntimeError as error:
            raise ComponentUnavailableError(f"LXC cannot run a container: {error}") from error
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    try:
        yield name
    finally:
        subprocess.run(["lxc-stop", *place, "--kill"], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def seen(unshared: int, bubble: int, nspawn: int, lxc: str) -> Scan:
    """One scan of them all."""
    del unshared, bubble, nspawn, lxc
    return scan()


def holding(seen: Scan, pid: int) -> Rated:
    """The workload that a process is in, or that began with the one above it."""
    parent = next(
        int(line.split()[1])
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("PPid:")
    )
    [found] = [each for each in seen.workloads().values() if each.raw["pid"] in (pid, parent)]
    return found


def test_what_unshare_started_is_seen(seen: Scan, unshared: int) -> None:
    workload = holding(seen, unshared)
    assert workload.raw["kind"] == "process-group"
    # unshare(1) itself stays in the host's PID namespace, and in the new ones of other kinds.
    assert seen.state(workload.name, "host-pid-namespace") == "present"
    assert seen.state(workload.name, "host-network-namespace") == "absent"
    assert seen.state(workload.name, "seccomp-unconfined") == "present"


def test_what_bwrap_started_sees_the_host_s_files(seen: Scan, bubble: int) -> None:
    workload = holding(seen, bubble)
    assert workload.raw["kind"] == "process-group"
    assert seen.state(workload.name, "no-new-privileges") == "present"
    assert seen.state(workload.name, "sensitive-host-path-mounted") == "present"


def test_a_container_of_nspawn_is_seen_without_its_manager(seen: Scan, nspawn: int) -> None:
    workload = holding(seen, nspawn)
    assert seen.state(workload.name, "host-mount-namespace") == "absent"
    assert seen.state(workload.name, "host-pid-namespace") == "absent"


def test_a_container_of_lxc_is_found_wherever_it_is_kept(seen: Scan, lxc: str) -> None:
    """Its monitor names the directory, and what has a configuration there is a container."""
    workload = seen.workload(f"lxc:{lxc}")
    assert workload.raw["seen_by"] == ["lxc", "kernel"]
    assert "unknown" not in seen.tenant(workload.raw["tenant"]).raw["claimed_by"]


def test_a_container_of_lxc_is_seen_by_its_cgroup(seen: Scan, lxc: str) -> None:
    workload = seen.workload(f"lxc:{lxc}")
    assert (workload.raw["kind"], workload.raw["engine"]) == ("system-container", "lxc")
    assert workload.verdict(HW, I).high <= 1
