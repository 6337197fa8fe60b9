"""A private dockerd and a private Podman service, each with its own everything."""

from __future__ import annotations

import json
import os
import subprocess
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.integration.harness.ground import (
    ComponentUnavailableError,
    Daemon,
    Ground,
    need_program,
    need_root,
    run_command,
)
from tests.integration.harness.gvisor import gvisor_without_network
from tests.integration.harness.image import IDLE, IMAGE, busybox_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The label by which a workload names its tenant (design, section 5).
TENANT_LABEL = "isoscope.tenant"
ATTEMPTS_TO_REMOVE = 10
#: Nobody: the user and group of the unprivileged scan.
UNPRIVILEGED_ID = 65534


@dataclass(frozen=True, slots=True)
class Container:
    """One running container as its engine names it."""

    engine: str
    full_id: str
    name: str
    tenant: str
    pid: int

    @property
    def workload_id(self) -> str:
        """Its id in the outside contract."""
        return f"{self.engine}:{self.full_id}"


class ContainerEngine(Protocol):
    """What the tests ask of an engine."""

    url: str

    def run(self, name: str, *options: str, tenant: str) -> Container: ...
    def remove(self, containers: Sequence[Container]) -> None: ...


@dataclass(slots=True)
class DockerEngine:
    """A private dockerd: own data, own containerd, own socket, no bridge and no iptables."""

    ground: Ground
    socket: Path
    #: A second socket, that the unprivileged user of the tests may use.
    shared_socket: Path
    _client: list[str]
    _env: dict[str, str]
    _daemon: Daemon
    _networks: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, ground: Ground) -> DockerEngine:
        """Start it and import the image; ComponentUnavailableError where that cannot be."""
        need_root()
        dockerd, client = need_program("dockerd"), need_program("docker")
        need_program("containerd"), need_program("runc")
        tree = busybox_tree()
        home = ground.directory("docker")
        sockets = ground.directory("docker/sockets")
        socket, shared = sockets / "docker.sock", ground.directory("docker/shared") / "docker.sock"
        runtimes = {"runsc": {"path": str(gvisor_without_network(home))}}
        home.joinpath("daemon.json").write_text(json.dumps({"runtimes": runtimes}))
        ground.note_if_absent("file", "/etc/docker/key.json")
        daemon = ground.start(
            "dockerd",
            [
                dockerd,
                f"--config-file={home}/daemon.json",
                f"--data-root={home}/data",
                f"--exec-root={home}/exec",
                f"--pidfile={home}/docker.pid",
                f"--cgroup-parent=/{ground.token}",
                "--bridge=none",
                "--iptables=false",
                "--ip6tables=false",
                "--ip-forward=false",  # a test does not switch the machine into a router
                "--group=root",
                "--shutdown-timeout=1",
                f"--host=unix://{socket}",
                f"--host=unix://{shared}",
            ],
        )
        env = {k: v for k, v in os.environ.items() if not k.startswith("DOCKER_")}
        env["DOCKER_CONFIG"] = str(ground.directory("docker/config"))
        engine = cls(ground, socket, shared, [client, f"--host=unix://{socket}"], env, daemon)
        daemon.wait_until(engine.answers)
        os.chown(shared, 0, UNPRIVILEGED_ID)
        shared.chmod(0o660)
        engine.command("import", "-", IMAGE, stdin=tree)
        return engine

    @property
    def url(self) -> str:
        """Where Isoscope is told to look."""
        return f"unix://{self.socket}"

    def answers(self) -> bool:
        """Whether it answers yet."""
        asked = subprocess.run(
            [*self._client, "version"], capture_output=True, env=self._env, check=False
        )
        return asked.returncode == 0

    def command(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run its own client against it."""
        return run_command([*self._client, *arguments], env=self._env, stdin=stdin)

    def create_network(self, name: str, *options: str) -> str:
        """Make a bridge network whose link carries a name that can be removed again."""
        link = f"{self.ground.mark}{len(self._networks)}"
        self.ground.note("link", link)
        named = ("-o", f"com.docker.network.bridge.name={link}")
        self.command("network", "create", *named, *options, name)
        self._networks.append(name)
        return name

    def link_of(self, network: str) -> str:
        """The name of a network's bridge."""
        return f"{self.ground.mark}{self._networks.index(network)}"

    def run(self, name: str, *options: str, tenant: str) -> Container:
        """Start one container; with no network unless the options name one."""
        arguments = ["run", "--detach", "--name", name]
        if not any(option.startswith("--network") for option in options):
            arguments.append("--network=none")
        if tenant:
            arguments.append(f"--label={TENANT_LABEL}={tenant}")
        full_id = self.command(*arguments, *options, IMAGE, *IDLE)
        pid = int(self.command("inspect", "--format={{.State.Pid}}", full_id))
        return Container("docker", full_id, name, tenant, pid)

    def remove(self, containers: Sequence[Container]) -> None:
        """End and remove containers, with their anonymous volumes."""
        if containers:
            self.command("rm", "--force", "--volumes", *[each.full_id for each in containers])

    def stop(self) -> None:
        """Remove what is left, then end the daemon (which ends its containerd)."""
        left = self.command("ps", "--all", "--quiet").split()
        if left:
            self.command("rm", "--force", "--volumes", *left)
        for network in self._networks:
            self.command("network", "rm", network)
        self._daemon.stop()


def default_capabilities() -> str:
    """The distribution's default, as a line of containers.conf(5).

    A configuration file of one's own replaces the distribution's, and Podman's compiled-in
    default is another one: Docker's.
    """
    try:
        shipped = tomllib.loads(Path("/usr/share/containers/containers.conf").read_text())
        capabilities = shipped["containers"]["default_capabilities"]
    except (OSError, KeyError):
        return ""
    return f"default_capabilities = {json.dumps(capabilities)}"


@dataclass(slots=True)
class PodmanService:
    """A private Podman: own storage, own state, own locks, its API on its own socket."""

    ground: Ground
    socket: Path
    _client: list[str]
    _env: dict[str, str]
    _daemon: Daemon

    @classmethod
    def start(cls, ground: Ground) -> PodmanService:
        """Start it and import the image; ComponentUnavailableError where that cannot be."""
        need_root()
        podman = need_program("podman")
        need_program("runc"), need_program("conmon")
        tree = busybox_tree()
        home = ground.directory("podman")
        config = home / "containers.conf"
        config.write_text(
            f"[containers]\n{default_capabilities()}\n"
            # Locks in files: the default is one shared memory object for the whole machine.
            '[engine]\nlock_type = "file"\ncgroup_manager = "cgroupfs"\nruntime = "runc"\n'
            f'[network]\nnetwork_config_dir = "{ground.directory("podman/networks")}"\n'
        )
        env = {k: v for k, v in os.environ.items() if not k.startswith("CONTAINER_")}
        env["CONTAINERS_CONF"] = str(config)
        for path in ("/run/containers/networks", "/run/containers"):
            ground.note_if_absent("directory", path)
        ground.note_cgroup_if_absent("libpod_parent")
        client = [
            podman,
            f"--root={ground.directory('podman/storage')}",
            f"--runroot={ground.directory('podman/run')}",
            f"--tmpdir={ground.directory('podman/state')}",
            "--cgroup-manager=cgroupfs",
            "--runtime=runc",
        ]
        socket = ground.directory("podman/sockets") / "podman.sock"
        daemon = ground.start(
            "podman", [*client, "system", "service", "--time=0", f"unix://{socket}"], env=env
        )
        service = cls(ground, socket, client, env, daemon)
        daemon.wait_until(socket.exists)
        archive = home / "image.tar"
        archive.write_bytes(tree)
        try:
            service.command("import", "--quiet", str(archive), IMAGE)
        except RuntimeError as error:
            raise ComponentUnavailableError(f"podman cannot import an image: {error}") from error
        return service

    @property
    def url(self) -> str:
        """Where Isoscope is told to look."""
        return f"unix://{self.socket}"

    def command(self, *arguments: str) -> str:
        """Run its own client against the same storage."""
        return run_command([*self._client, *arguments], env=self._env)

    def run(self, name: str, *options: str, tenant: str) -> Container:
        """Start one container, with limits that root without CAP_SYS_RESOURCE may set."""
        arguments = ["run", "--detach", "--name", name, f"--cgroup-parent=/{self.ground.token}"]
        arguments += ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--network=none"]
        if tenant:
            arguments.append(f"--label={TENANT_LABEL}={tenant}")
        full_id = self.command(*arguments, *options, IMAGE, *IDLE)
        described = json.loads(self.command("inspect", full_id))
        return Container("podman", full_id, name, tenant, int(described[0]["State"]["Pid"]))

    def remove(self, containers: Sequence[Container]) -> None:
        """End and remove containers."""
        if containers:
            self._remove(*[each.full_id for each in containers])

    def _remove(self, *what: str) -> None:
        # Podman's monitor cleans up after a container that ends, and may still be at it.
        arguments = ["rm", "--force", "--ignore", "--volumes", "--time=0", *what]
        for _ in range(ATTEMPTS_TO_REMOVE):
            try:
                self.command(*arguments)
            except RuntimeError:
                time.sleep(0.2)
            else:
                return
        self.command(*arguments)

    def stop(self) -> None:
        """Remove what is left, then end the service."""
        self._remove("--all")
        self._daemon.stop()
