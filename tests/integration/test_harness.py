"""What the other integration tests take for granted about the engines under them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from tests.integration.harness import keeper
from tests.integration.harness.containers import UNPRIVILEGED_ID
from tests.integration.harness.scanning import REPOSITORY, unprivileged_python

if TYPE_CHECKING:
    from tests.integration.harness.containers import DockerEngine, PodmanService
    from tests.integration.harness.ground import Ground
    from tests.integration.harness.machines import BareMachine, LibvirtDaemon


def links_of(mark: str) -> list[str]:
    """The network links made for a run."""
    return [link.name for link in Path("/sys/class/net").iterdir() if mark in link.name]


def test_a_docker_container_runs_with_the_engine_s_defaults(docker_engine: DockerEngine) -> None:
    container = docker_engine.run("harness-default", tenant="acme")
    status = Path(f"/proc/{container.pid}/status").read_text()
    assert "Seccomp:\t2" in status
    assert "CapEff:\t00000000a80425fb" in status
    docker_engine.remove([container])


def test_a_docker_network_is_a_real_bridge_and_goes_with_the_run(
    docker_engine: DockerEngine,
) -> None:
    docker_engine.create_network("harness-net")
    container = docker_engine.run("harness-net", "--network=harness-net", tenant="acme")
    link = links_of(docker_engine.ground.mark)[0]
    assert Path("/sys/class/net", link, "bridge").is_dir()
    assert len(list(Path("/sys/class/net", link, "brif").iterdir())) == 1
    docker_engine.remove([container])


def test_a_podman_container_runs_with_a_user_namespace(podman_service: PodmanService) -> None:
    mapped = ("--uidmap=0:200000:65536", "--gidmap=0:200000:65536")
    container = podman_service.run("harness-mapped", *mapped, tenant="acme")
    assert Path(f"/proc/{container.pid}/uid_map").read_text().split() == ["0", "200000", "65536"]
    podman_service.remove([container])


def test_a_libvirt_guest_runs_without_root(libvirt_daemon: LibvirtDaemon) -> None:
    guest = libvirt_daemon.run("harness", tenant="acme")
    uids = next(
        line.split()[1:]
        for line in Path(f"/proc/{guest.pid}/status").read_text().splitlines()
        if line.startswith("Uid:")
    )
    assert "0" not in uids
    assert "acme" in libvirt_daemon.command("dumpxml", guest.uuid)
    libvirt_daemon.remove([guest])


def test_libvirt_keeps_out_of_the_machine_s_own_directories(libvirt_daemon: LibvirtDaemon) -> None:
    usual, private = Path("/run/libvirt/libvirt-sock"), libvirt_daemon.home / "run/libvirt-sock"
    assert private.exists()
    assert not usual.exists() or not usual.samefile(private)
    assert list(keeper.mounts_under(libvirt_daemon.home)) == []


def test_the_bare_machine_runs_as_root(bare_machine: BareMachine) -> None:
    assert Path(f"/proc/{bare_machine.pid}").stat().st_uid == 0
    assert b"qemu-system" in Path(f"/proc/{bare_machine.pid}/cmdline").read_bytes()


def test_the_hanging_socket_accepts_and_stays_silent(hanging_socket: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(hanging_socket))
        client.settimeout(0.2)
        client.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_the_dead_socket_refuses(dead_socket: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client, pytest.raises(ConnectionRefusedError):
        client.connect(str(dead_socket))


def test_the_unprivileged_user_can_import_the_program_and_its_libraries(
    unprivileged_user: None,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    python, extra = unprivileged_python()
    done = subprocess.run(
        [python, "-c", "import os, docker, libvirt, isoscope; print(os.getuid())"],
        env={**os.environ, **extra},
        cwd=REPOSITORY,
        user=UNPRIVILEGED_ID,
        group=UNPRIVILEGED_ID,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(UNPRIVILEGED_ID), done.stderr


#: dockerd, containerd, shim, container; podman, conmon, container; libvirtd, virtlogd, guest; QEMU.
MARKED_PROCESSES = 11
SECONDS_TO_CLEAN = 60

INTERRUPTED_RUN = """
import sys, time
sys.path.insert(0, {repository!r})
from tests.integration.harness.containers import UNPRIVILEGED_ID, DockerEngine, PodmanService
from tests.integration.harness.ground import Ground
from tests.integration.harness.machines import LibvirtDaemon, start_bare_machine

ground = Ground.prepare()
docker = DockerEngine.start(ground)
docker.create_network("left")
docker.run("left", "--network=left", tenant="acme")
PodmanService.start(ground).run("left", tenant="acme")
LibvirtDaemon.start(ground).run("left", tenant="acme")
start_bare_machine(ground)
print(ground.root, flush=True)
time.sleep(600)
"""


@pytest.mark.usefixtures("docker_engine", "podman_service", "libvirt_daemon", "bare_machine")
def test_a_run_that_is_killed_outright_leaves_nothing_behind() -> None:
    script = INTERRUPTED_RUN.format(repository=str(REPOSITORY))
    with subprocess.Popen([sys.executable, "-c", script], stdout=PIPE, text=True) as run:
        assert run.stdout is not None
        root = Path(run.stdout.readline().strip())
        mark = keeper.mark_of(root)
        assert len(keeper.processes_of(mark)) >= MARKED_PROCESSES
        assert keeper.marked_cgroups(mark)
        assert list(keeper.mounts_under(root))
        bridges = links_of(mark)
        ports = keeper.ports_of(bridges)
        assert bridges
        assert ports
        run.kill()
    deadline = time.monotonic() + SECONDS_TO_CLEAN
    while (root.exists() or keeper.processes_of(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert not root.exists()
    assert keeper.processes_of(mark) == []
    assert keeper.marked_cgroups(mark) == []
    assert list(keeper.mounts_under(root)) == []
    assert [each for each in [*bridges, *ports] if Path("/sys/class/net", each).exists()] == []


@pytest.fixture(autouse=True)
def _needs_ground(ground: Ground) -> None:
    """Every test of this module is about a run that has a private directory."""
