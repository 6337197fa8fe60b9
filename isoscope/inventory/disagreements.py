"""Where a manager says one thing and the kernel shows another. The kernel's counts."""

from __future__ import annotations

from isoscope.inventory.declared_objects import objects_that_differ
from isoscope.inventory.declared_privileges import privileges_that_differ
from isoscope.inventory.differing import differs
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.workload import (
    DeclaredContainer,
    Limit,
    NamespaceKind,
    ProcessFacts,
    SeccompMode,
    Workload,
)

_OWN = ("private", "keep-id", "auto", "nomap")
"""Modes that ask for a namespace of its own; Podman's of user namespaces among them."""
_TOLERANCE = 0.01
"""Share by which two limits may differ: engines round bytes to pages and CPUs to periods."""


def disagreements(workload: Workload) -> tuple[Disagreement, ...]:
    """Everything in which a container's engine and the kernel differ; nothing that is unknown to
    either is a disagreement."""
    process, container = workload.process, workload.container
    if process is None or container is None:
        return ()
    found = [
        *_namespaces(process, container),
        *_limits(process, container),
        _seccomp(process, container),
        _no_new_privileges(process, container),
        *privileges_that_differ(process, container),
        *objects_that_differ(workload, process, container),
        differs(
            "read_only_root",
            container.read_only_root,
            process.mounts,
            lambda holds: "read-only" if holds else "writable",
            lambda mounts: next(
                (
                    "writable" if mount.writable else "read-only"
                    for mount in reversed(mounts)
                    if mount.mount_point == "/"
                ),
                "not shown",
            ),
        ),
    ]
    return tuple(item for item in found if item is not None)


def _seccomp(process: ProcessFacts, container: DeclaredContainer) -> Disagreement | None:
    """A privileged container has no filter unless it asks for one."""
    privileged = container.privileged.value
    if privileged is None:
        return None

    def said(options: tuple[str, ...]) -> str:
        asked = [o[len("seccomp") + 1 :] for o in options if o.startswith(("seccomp=", "seccomp:"))]
        unconfined = asked[-1] == "unconfined" if asked else privileged
        return "unconfined" if unconfined else "a filter"

    return differs(
        "seccomp",
        container.security_options,
        process.seccomp,
        said,
        lambda mode: "unconfined" if mode is SeccompMode.DISABLED else "a filter",
    )


def _no_new_privileges(process: ProcessFacts, container: DeclaredContainer) -> Disagreement | None:
    """That a process gave up new privileges by itself contradicts nobody."""
    if process.no_new_privileges.value:
        return None
    return differs(
        "no_new_privileges",
        container.security_options,
        process.no_new_privileges,
        lambda options: "set" if _asks_for_no_new_privileges(options) else "not set",
        lambda _: "not set",
    )


def _asks_for_no_new_privileges(options: tuple[str, ...]) -> bool:
    return any(
        option in ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true")
        for option in options
    )


def _namespaces(process: ProcessFacts, container: DeclaredContainer) -> list[Disagreement | None]:
    declared = {
        NamespaceKind.PID: container.pid_mode,
        NamespaceKind.NETWORK: container.network_mode,
        NamespaceKind.IPC: container.ipc_mode,
    }
    found = [
        differs(
            f"{kind}_namespace",
            said,
            process.in_host_namespace[kind],
            lambda mode: "the host's" if mode == "host" else "its own",
            lambda inside: "the host's" if inside else "its own",
        )
        for kind, said in declared.items()
        # Whose namespace it joined decides what it is in.
        if not (said.value or "").startswith(("container:", "ns:"))
    ]
    if container.details is None:
        return found
    details = container.details
    # An empty mode of these is the engine's own choice, which it does not say.
    asked = {
        NamespaceKind.USER: details.user_namespace_mode,
        NamespaceKind.UTS: details.uts_mode,
        NamespaceKind.CGROUP: details.cgroup_namespace_mode,
    }
    return found + [
        differs(
            f"{kind}_namespace",
            said,
            process.in_host_namespace[kind],
            lambda mode: "the host's" if mode == "host" else "its own",
            lambda inside: "the host's" if inside else "its own",
        )
        for kind, said in asked.items()
        if said.value == "host" or (said.value or "").partition(":")[0] in _OWN
    ]


def _limits(process: ProcessFacts, container: DeclaredContainer) -> list[Disagreement | None]:
    pairs = {
        "memory": (container.memory, process.memory),
        "processes": (container.processes, process.processes),
        "cpu": (container.cpu, process.cpu),
    }
    found: list[Disagreement | None] = []
    for key, (said, seen) in pairs.items():
        if said.value is None or seen.value is None or not _limits_differ(said.value, seen.value):
            continue
        found.append(Disagreement(key, _limit(said.value), _limit(seen.value), said, seen))
    return found


def _limits_differ(said: Limit, seen: Limit) -> bool:
    """A tighter limit on an ancestor is no disagreement: the engine sets only the container's."""
    if said.amount is None:
        return False
    return seen.amount is None or seen.amount > said.amount * (1 + _TOLERANCE)


def _limit(limit: Limit) -> str:
    return "no limit" if limit.amount is None else f"{limit.amount:g}"
