"""By which marks a process is known to belong to a workload: what the kernel's probe and those who
read its findings must agree on.

A workload can create cgroups below its own and name them as it likes, and it can name its processes
as it likes. So the outermost container in a path decides, and no name makes a container's process
something else.

Sources: Docker's, Podman's and the CRI runtimes' naming of cgroups under the systemd and cgroupfs
drivers; libvirt.org/cgroups.html; of system containers see ``system_containers``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from isoscope.snapshot.places import cgroup_paths
from isoscope.snapshot.system_containers import system_container_at

_CONTAINER = re.compile(r"(?:^|.*[-:])([0-9a-f]{64})(?:\.scope)?")
_ENGINE_MARKS = (
    ("libpod", "podman"),
    ("cri-containerd", "containerd"),
    ("crio", "crio"),
    ("docker", "docker"),
    ("kubepods", "containerd"),
)
SYSTEM_CONTAINERS = ("lxc", "nspawn")
"""Engines whose containers are named and have no id."""
_BESIDE_CONTAINERS = ("libpod-conmon-", "crio-conmon-")
"""Cgroups of the processes that engines keep beside a container."""
_PODS = "libpod_parent"
"""Podman's cgroupfs driver puts containers here, and below a pod's id those of the pod."""
_CRUN = "container"
_OF_THREADS = re.compile(r"emulator|vcpu\d+|iothread\d+")
"""Where libvirt puts threads of a VMM: what is set there does not bind its other threads."""

_VMM_NAMES = (
    ("qemu-system", "qemu"),
    ("qemu-kvm", "qemu"),
    ("xen-qemu-system", "qemu"),
    ("cloud-hyperviso", "cloud-hypervisor"),
    ("firecracker", "firecracker"),
    ("crosvm", "crosvm"),
    ("lkvm", "kvmtool"),
    ("kvmtool", "kvmtool"),
)
"""Beginnings of process names (``comm``, 15 bytes) of virtual machine monitors."""


@dataclass(frozen=True, slots=True)
class ContainerCgroup:
    """A container, by the name of its cgroup."""

    engine: str
    """``docker``, ``podman`` …; empty where the name does not tell."""
    container_id: str
    """64 hexadecimal digits; of a system container its engine and name, ``lxc:web``."""
    path: str
    """Of the container's own cgroup, whatever it made below."""


def container_of(text: str) -> ContainerCgroup | None:
    """The container that ``/proc/PID/cgroup`` puts a process in; None where it is in none.

    Where hierarchies of cgroup v1 name different ones, an engine's own naming counts before a bare
    id.
    """
    best: ContainerCgroup | None = None
    for path in dict.fromkeys(cgroup_paths(text).values()):
        found = container_in_path(path)
        if found is not None and (best is None or (not best.engine and found.engine)):
            best = found
    return best


@lru_cache(maxsize=4096)  # the hierarchies of cgroup v1 repeat one path
def container_in_path(path: str) -> ContainerCgroup | None:
    """The outermost container in a cgroup's path."""
    names = [name for name in path.split("/") if name]
    for place, name in enumerate(names):
        system = system_container_at(names, place)
        if system is not None:
            own = "/" + "/".join(names[: system.depth])
            return ContainerCgroup(system.engine, f"{system.engine}:{system.name}", own)
        found = _CONTAINER.fullmatch(name)
        if found is None:
            continue
        if name.startswith(_BESIDE_CONTAINERS):
            return None
        if place and names[place - 1] == _PODS and name == found[1]:
            continue
        own = "/" + "/".join(names[: place + 1])
        engine = next((engine for mark, engine in _ENGINE_MARKS if mark in own), "")
        return ContainerCgroup(engine, found[1], own)
    return None


def cgroup_of_workload(path: str) -> str:
    """The cgroup that holds all of a workload, from the path of the cgroup that a process of it is
    in: limits further down bind but a part of it, and are the workload's own to lift."""
    container = container_in_path(path)
    if container is not None:
        # crun puts a container of Podman's one level further down, and the limits there.
        within = f"{container.path}/{_CRUN}"
        inside = container.engine == "podman" and f"{path}/".startswith(f"{within}/")
        return within if inside else container.path
    above, _, name = path.rpartition("/")
    return above if above and _OF_THREADS.fullmatch(name) else path


def monitor_of(name: str) -> str:
    """Which virtual machine monitor a process of this name is; empty where it is none."""
    if name == "kvm":
        return "qemu"
    return next((vmm for start, vmm in _VMM_NAMES if name.startswith(start)), "")


_SHIM = "containerd-shim"
_HOLD_CONTAINERS = (_SHIM, "conmon")


def is_shim(name: str) -> bool:
    """Whether a process of this name is a shim of containerd, of whichever runtime."""
    return name == _SHIM


def holds_containers(name: str) -> bool:
    """Whether a process of this name (``comm``, 15 bytes) stands between an engine and a container
    that it started: containerd's shims, and conmon of Podman and CRI-O. Anybody may call a process
    so: it says where to look closer, and decides alone of nothing."""
    return name.startswith(_HOLD_CONTAINERS)


def may_be_gvisors(name: str) -> bool:
    """Whether a process of this name may be gVisor's sentry or gofer: they start themselves again
    through ``/proc/self/exe``."""
    return name == "exe" or name.startswith("runsc")


_INIT, _KTHREADD = 1, 2
_USER_SLICE = re.compile(r"/user\.slice/user-([0-9]{1,10})\.slice(?:/.*)?")
_HOST_SERVICE = re.compile(
    r"/init\.scope|/system\.slice/.*|/user\.slice/user-[0-9]+\.slice/user@[0-9]+\.service/init\.scope"
)


def is_the_hosts_own(pid: int, parent: int) -> bool:
    """Whether a process is the host's init, whose namespaces are the host's, or a thread of the
    kernel: kthreadd, or a child of it."""
    return pid == _INIT or _KTHREADD in (pid, parent)


def of_host_service(text: str) -> bool:
    """Whether ``/proc/PID/cgroup`` puts a process into a system service of systemd, or into a
    manager of systemd itself: ``systemd.special(7)``."""
    paths = cgroup_paths(text)
    path = paths.get("") if paths.get("", "/") != "/" else paths.get("name=systemd")
    return path is not None and _HOST_SERVICE.fullmatch(path) is not None


def user_of_cgroup(path: str) -> str:
    """The id of the user in whose slice a cgroup is, ``systemd.special(7)``; empty where none."""
    match = _USER_SLICE.fullmatch(path)
    return match[1] if match else ""
