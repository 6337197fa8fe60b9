"""A private containerd, whose containers ``ctr`` starts."""

from __future__ import annotations

import io
import subprocess
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.integration.harness.containers import TENANT_LABEL
from tests.integration.harness.ground import (
    ComponentUnavailableError,
    Daemon,
    Ground,
    need_program,
    need_root,
    run_command,
)
from tests.integration.harness.gvisor import gvisor_without_network
from tests.integration.harness.image import IDLE, busybox_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Given to every container in its environment; no snapshot may hold it.
SECRET = "correct-horse-battery-staple"
CONFIGURATION = """version = 2
root = "{home}/root"
state = "{home}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{home}/containerd.sock"
[ttrpc]
address = "{home}/containerd.sock.ttrpc"
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One running container of containerd."""

    namespace: str
    name: str
    pid: int

    @property
    def workload_id(self) -> str:
        """Its id in the outside contract."""
        return f"containerd:{self.namespace}/{self.name}"


@dataclass(slots=True)
class Containerd:
    """A private containerd: own root, own state, own socket. Its namespace is the run's mark, and
    so is the control group in which its containers are."""

    ground: Ground
    home: Path
    _client: list[str]
    _daemon: Daemon
    _tree: bytes
    _names: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, ground: Ground) -> Containerd:
        """Start it; ComponentUnavailableError where that cannot be."""
        need_root()
        containerd, client = need_program("containerd"), need_program("ctr")
        need_program("runc"), need_program("containerd-shim-runc-v2")
        tree = busybox_tree()
        home = ground.directory("containerd")
        config = home / "config.toml"
        config.write_text(CONFIGURATION.format(home=home))
        for path in ("/run/containerd/runc", "/run/containerd/fifo", "/run/containerd/s"):
            ground.note_if_absent("directory", path)
        ground.note("tree", f"/run/containerd/runc/{ground.mark}")
        daemon = ground.start("containerd", [containerd, "--config", str(config)])
        address = ["--address", f"{home}/containerd.sock", "--namespace", ground.mark]
        started = cls(ground, home, [client, *address], daemon, tree)
        daemon.wait_until(started.answers)
        return started

    def answers(self) -> bool:
        """Whether it answers yet."""
        asked = subprocess.run([*self._client, "version"], capture_output=True, check=False)
        return asked.returncode == 0

    def command(self, *arguments: str) -> str:
        """Run its own client against it."""
        return run_command([*self._client, *arguments])

    def run(self, name: str, *options: str, tenant: str = "") -> Task:
        """Start one container with a file tree of its own."""
        tree = self.ground.directory(f"containerd/trees/{name}")
        with tarfile.open(fileobj=io.BytesIO(self._tree)) as archive:
            archive.extractall(tree, filter="data")
        arguments = ["run", "--detach", "--rootfs", "--env", "PATH=/bin"]
        arguments += ["--env", f"DB_PASSWORD={SECRET}"]
        if tenant:
            arguments += ["--label", f"{TENANT_LABEL}={tenant}"]
        self._names.append(name)
        self.command(*arguments, *options, str(tree), name, "/bin/" + IDLE[0], *IDLE[1:])
        return Task(self.ground.mark, name, self._pid_of(name))

    def run_in_gvisor(
        self, name: str, *options: str, tenant: str = "", flags: Sequence[str] = ()
    ) -> Task:
        """The same under gVisor, told so; ComponentUnavailableError where that cannot be."""
        need_program("runsc")
        program = gvisor_without_network(self.home, *flags)
        try:
            return self.run(name, "--runc-binary", str(program), *options, tenant=tenant)
        except RuntimeError as error:
            raise ComponentUnavailableError(f"gVisor cannot run a container: {error}") from error

    def label(self, what: str, *arguments: str) -> None:
        """Note labels on a container (``containers``) or on its own namespace (``namespaces``),
        which stand nowhere but in its database."""
        self.command(what, "label", *arguments)

    def _pid_of(self, name: str) -> int:
        for line in self.command("tasks", "ls").splitlines()[1:]:
            fields = line.split()
            if fields[0] == name and fields[2] == "RUNNING":
                return int(fields[1])
        raise RuntimeError(f"{name} does not run")

    def stop(self) -> None:
        """Remove what is left, then end the daemon."""
        for name in self._names:
            for arguments in (("tasks", "rm", "--force", name), ("containers", "rm", name)):
                subprocess.run([*self._client, *arguments], capture_output=True, check=False)
        self._daemon.stop()
