"""Thirty containers of five tenants, hardened to given away: what runtime benchmarks ask about.

Some options are there because what an engine was told and what the kernel does are different
things: a limit on the cgroup above, a limit lifted afterwards, a namespace joined by way of another
container, a socket mounted by its directory, a profile named on a host that has no such module.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import bounded_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.harness.containers import Container, DockerEngine
    from tests.integration.harness.ground import Ground

#: A port of the host that only the privileged may listen on, and the first one that everybody may.
LOW_PORT, FIRST_FREE_PORT = 981, 1024
DEFAULT_BRIDGE = "docker0"
LIMITS = ("--memory=64m", "--cpus=0.5", "--pids-limit=64")
#: What each file of a cgroup holds to limit and not to limit, in cgroup v1 and v2.
CGROUP_LIMITS = {
    "memory.memsw.limit_in_bytes": ("", "-1"),  # first: memory may not have more
    "memory.limit_in_bytes": ("67108864", "-1"),
    "memory.max": ("67108864", "max"),
    "pids.max": ("64", "max"),
    "cpu.cfs_quota_us": ("50000", "-1"),
    "cpu.max": ("50000 100000", "max 100000"),
}
PS = "#!/bin/sh\nfor each in /proc/[0-9]*; do echo $(cat $each/comm); done\n"
SSHD = "#!/bin/sh\nwhile true; do sleep 1000000; done\n"


@dataclass(frozen=True, slots=True)
class Places:
    """Files and directories of the run that containers are given."""

    engine_socket: Path
    directory: Path

    @classmethod
    def prepare(cls, engine: DockerEngine) -> Places:
        """Make them."""
        directory = engine.ground.directory("given")
        directory.joinpath("link").symlink_to("/etc")
        allow_all = {"defaultAction": "SCMP_ACT_ALLOW"}
        directory.joinpath("seccomp.json").write_text(json.dumps(allow_all))
        for name, text in (("ps", PS), ("sshd", SSHD)):
            directory.joinpath(name).write_text(text)
            directory.joinpath(name).chmod(0o755)
        directory.joinpath("old-docker.sock.d").mkdir()
        shared = directory / "shared"
        shared.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "shared", shared], check=True)
        subprocess.run(["mount", "--make-shared", shared], check=True)
        return cls(engine.socket, directory)

    def volume(self, name: str, at: str, mode: str = "ro") -> str:
        """The option that mounts one of them."""
        return f"--volume={self.directory / name}:{at}:{mode}"


def options(
    token: str, places: Places, ports: Callable[[str], tuple[str, ...]], default_bridge: str
) -> dict[str, tuple[str, ...]]:
    """What each of the thirty is started with, by name."""
    above_socket = places.engine_socket.parent.parent
    return {
        "hardened": (
            *LIMITS,
            "--read-only",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
            "--user=1000:1000",
            "--ulimit=nofile=1024:1024",
            "--restart=on-failure:5",
            "--health-cmd=true",
        ),
        "plain": (),
        "limited-above": (f"--cgroup-parent=/{token}/limited",),
        "limits-lifted": LIMITS,
        "quota-allow-all": (
            "--cpu-quota=50000",
            "--cpu-period=100000",
            f"--security-opt=seccomp={places.directory}/seccomp.json",
        ),
        "shares-own-etc": ("--cpu-shares=2", "--volume=own-etc:/etc"),
        "one-cpu-first-port": (
            "--cpuset-cpus=0",
            *ports(f"127.0.0.1:{FIRST_FREE_PORT}:80"),
        ),
        "only-on-paper": (
            "--security-opt=no-new-privileges:false",
            "--security-opt=apparmor=docker-default",
        ),
        "labels-off": ("--security-opt=apparmor=unconfined", "--security-opt=label=disable"),
        "seccomp-off": ("--security-opt=seccomp=unconfined",),
        "privileged": ("--privileged", f"--runtime={bounded_runtime.NAME}"),
        "sys-admin": ("--cap-add=SYS_ADMIN",),
        "net-admin-low-port": (
            "--cap-add=NET_ADMIN",
            "--user=1000:1000",
            *ports(f"{LOW_PORT}:80"),
        ),
        "host-network": ("--network=host",),
        "joins-host-network": ("--network=container:host-network",),
        "host-pid": ("--pid=host",),
        "host-ipc": ("--ipc=host",),
        "joins-host-pid": ("--pid=container:host-pid", "--ipc=container:host-ipc"),
        "host-uts-userns": ("--uts=host", "--userns=host", "--restart=always"),
        "root-read-only": ("--volume=/:/host:ro",),
        "etc-writable": ("--volume=/etc:/host",),
        "etc-read-only": ("--volume=/etc:/host:ro", "--volume=scratch:/data"),
        "home-of-root": ("--volume=/root:/host",),
        "etc-by-link": (
            places.volume("link", "/host", "rw"),
            *ports(f"[::1]:{LOW_PORT + 1}:80"),
        ),
        "socket": (f"--volume={places.engine_socket}:/engine/docker.sock",),
        "socket-directory": (f"--volume={above_socket}:/engine",),
        "named-like-socket": (
            places.volume("old-docker.sock.d", "/data", "rw"),
            places.volume("ps", "/bin/ps"),
            places.volume("sshd", "/bin/sshd"),
        ),
        "device": (
            "--device=/dev/fuse",
            f"--network={default_bridge}",
            places.volume("sshd", "/bin/sshd"),
        ),
        "device-rule": ("--device-cgroup-rule=b 7:* rwm",),
        "shared-mount": (places.volume("shared", "/host", "rshared"),),
    }


TENANTS = ("acme", "globex", "hooli", "initech", "umbrella")
GIVEN_NOTHING = "plain"
RUNNING_SSHD = ("named-like-socket", "device")


def start(engine: DockerEngine, *, published: bool) -> dict[str, Container]:
    """Start the thirty; what is below the run's directory goes with the run.

    Args:
        engine: a private one.
        published: whether ports of the host are taken for some of them, and the link ``docker0``,
            which only one run at a time can do.
    """
    places = Places.prepare(engine)
    bounded_runtime.add_to(engine)
    bridge = engine.create_network("published") if published else "none"
    default_bridge = (_default_bridge(engine) or bridge) if published else "none"

    def ports(what: str) -> tuple[str, ...]:
        return (f"--network={bridge}", f"--publish={what}") if published else ()

    started = {}
    every = options(engine.ground.token, places, ports, default_bridge)
    for number, (name, chosen) in enumerate(every.items()):
        started[name] = engine.run(name, *chosen, tenant=TENANTS[number % len(TENANTS)])
    for name in RUNNING_SSHD:
        engine.command("exec", "--detach", name, "/bin/sshd")
    _write_limits(started["limited-above"], above=True)
    _write_limits(started["limits-lifted"], above=False)
    return started


def end(ground: Ground) -> None:
    """Take down what the end of the containers leaves."""
    subprocess.run(["umount", ground.root / "given" / "shared"], check=False)


def _default_bridge(engine: DockerEngine) -> str:
    """A network on a link called docker0; empty where the machine has one already."""
    if Path("/sys/class/net", DEFAULT_BRIDGE).exists():
        return ""
    engine.ground.note("link", DEFAULT_BRIDGE)
    name = "default-bridge"
    link = f"com.docker.network.bridge.name={DEFAULT_BRIDGE}"
    engine.command("network", "create", "-o", link, name)
    return name


def cgroups(pid: int) -> Iterator[Path]:
    """The cgroup of a process in every hierarchy that is mounted, ``cgroups(7)``."""
    mounts = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, kind = line.split(" - ")
        if kind.startswith("cgroup"):
            options = kind.split()[2].split(",") if kind.startswith("cgroup ") else [""]
            mounts.update({option: Path(fields.split()[4]) for option in options})
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in mounts:
                yield mounts[controller] / path.lstrip("/")


def _write_limits(container: Container, *, above: bool) -> None:
    """Limit the cgroup above a container's, or lift the limits on its own."""
    for cgroup in cgroups(container.pid):
        for name, (limited, lifted) in CGROUP_LIMITS.items():
            path = (cgroup.parent if above else cgroup) / name
            if path.exists() and (limited or not above):
                path.write_text(limited if above else lifted)
