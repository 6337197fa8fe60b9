"""Where containerd and CRI-O keep the OCI bundles of what they run, and how they name cgroups.

Sources: containerd's operations guide (``root``, ``state``) and its runtime v2 (one directory for
each task); CRI-O's storage, which containers/storage lays out; the OCI runtime specification,
Control groups (``cgroupsPath``); systemd.slice(5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from posixpath import normpath

CONTAINERD_CONFIGURATION = "/etc/containerd/config.toml"
TASKS = "io.containerd.runtime.v2.task"
"""Below containerd's state directory: one directory for each namespace, and in it one for each
task."""
CONTAINERD_STATE = "/run/containerd"
_FURTHER_STATES = (
    "/run/docker/containerd/daemon",
    "/run/k3s/containerd",
    "/run/k0s/containerd",
    "/var/snap/microk8s/common/run/containerd",
)
"""State directories of the containerd that Docker, K3s and RKE2, k0s and MicroK8s bring along."""
WORK = "work"
"""The link in a task's directory to the same below containerd's root directory, where its database
is: wherever that was put, its tasks lead there."""
OF_DOCKER = "moby"
"""containerd's namespace of Docker's containers, which Docker itself describes."""

CRIO = "/run/crio"
"""Exists where CRI-O is or was started since the last boot."""
CRIO_CONTAINERS = "/var/lib/containers/storage/overlay-containers"
"""One directory for each container of CRI-O and Podman, named by its id."""
CRIO_RUNNING = "/run/containers/storage/overlay-containers"
"""The same for those that run: ``userdata/pidfile`` names the first process."""

STATE_SETTING = re.compile(r"state\s*=\s*[\"'](/[^\"'\n]{1,200})[\"'].*")
"""The only line of containerd's configuration that is kept."""

_TASK = re.compile(rf"(/.+)/{re.escape(TASKS)}/([^/\0]{{1,100}})/([^/\0]{{1,100}})")


@dataclass(frozen=True, slots=True)
class Task:
    """A task of containerd, by its directory."""

    state: str
    """containerd's state directory."""
    namespace: str
    id: str

    @property
    def path(self) -> str:
        """Its directory: the OCI bundle."""
        return f"{self.state}/{TASKS}/{self.namespace}/{self.id}"


def task_at(path: str) -> Task | None:
    """The task whose directory this is; None where it is none, or is one of Docker's."""
    found = _TASK.fullmatch(path)
    if found is None or found[2] == OF_DOCKER or normpath(path) != path:
        return None
    return Task(found[1], found[2], found[3])


def root_of_work(work: str, task: Task) -> str:
    """containerd's root directory, from where a task's ``work`` leads; empty where it leads
    elsewhere."""
    below = f"/{TASKS}/{task.namespace}/{task.id}"
    root = work.removesuffix(below)
    return root if root != work and root.startswith("/") and normpath(root) == root else ""


def containerd_states(configuration: str) -> tuple[str, ...]:
    """containerd's usual state directories, and the one that its configuration sets."""
    lines = (line.strip() for line in configuration.split("\n"))
    said = next((found[1] for line in lines if (found := STATE_SETTING.fullmatch(line))), "")
    usual = (CONTAINERD_STATE, *_FURTHER_STATES)
    return tuple(dict.fromkeys((*usual, *([normpath(said)] if said else ()))))


def configurations_of(engine: str, identifier: str) -> tuple[str, ...]:
    """Where the configuration of a container of root's ``docker`` or ``podman`` usually is."""
    if engine == "podman":
        return (f"{CRIO_CONTAINERS}/{identifier}/userdata/config.json",)
    states = (CONTAINERD_STATE, _FURTHER_STATES[0])
    return tuple(f"{Task(state, OF_DOCKER, identifier).path}/config.json" for state in states)


@lru_cache(maxsize=4096)
def cgroup_of_bundle(cgroups_path: str, identifier: str) -> str:
    """The cgroup that ``linux.cgroupsPath`` means, as ``/proc/PID/cgroup`` words it.

    Either a path, or ``slice:prefix:name`` where systemd makes it. Empty where the last part does
    not name the container: what else may be in that cgroup is not the container's.
    """
    if cgroups_path.startswith("/"):
        path = normpath(cgroups_path)
        # CRI-O's cgroupfs driver puts its mark before the id.
        return path if path.rpartition("/")[2].removeprefix("crio-") == identifier else ""
    parts = cgroups_path.split(":")
    if len(parts) != 3 or parts[2] != identifier:
        return ""
    slice_name, prefix, name = parts
    unit = f"{prefix}-{name}.scope" if prefix else f"{name}.scope"
    return f"{_slice_path(slice_name or 'system.slice')}/{unit}"


def _slice_path(name: str) -> str:
    """``a-b.slice`` lies in ``a.slice``: systemd.slice(5)."""
    if name == "-.slice":
        return ""
    parts = name.removesuffix(".slice").split("-")
    return "".join(f"/{'-'.join(parts[: count + 1])}.slice" for count in range(len(parts)))
