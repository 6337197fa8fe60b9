"""What the host's software and people can do to a workload that no TEE keeps from them.

None of these decides a rung: without a TEE the host reads everything, and these say through which
doors it is read or kept today.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    failing,
    holding,
    not_applicable,
    test,
    undecided,
)
from isoscope.inventory.declared import DeclaredDetails
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import IdMapping, NamespaceKind

T = TypeVar("T")

_USER = NamespaceKind.USER
UNSEEN = Unknown(
    Doubt.NOT_SAID, "nobody looked at what is done to its processes", "scan again, as root"
)
_UNDESCRIBED = Unknown(
    Doubt.NOT_SAID, "its engine did not describe it", "give Isoscope access to its engine"
)
_CLAIMED_ONLY = Unknown(
    Doubt.NOT_SAID,
    "its manager claims a TEE, which only evidence signed by the hardware could show",
    "fetch evidence from inside the workload and verify it",
)


def of_host(identity: str) -> Callable[[Subject], Judgement]:
    """Judges as the host is judged, with the same object for every workload."""
    return lambda subject: subject.surroundings.of_host[identity]


def of_declared(
    subject: Subject,
    take: Callable[[DeclaredDetails], Observation[T]],
    judge: Callable[[Observation[T]], Judgement],
) -> Judgement:
    """What an engine says of a container; a VM has no image by name and no environment."""
    if subject.workload.own_kernel:
        return not_applicable("no container engine made it", subject.kind)
    container = subject.workload.container
    if container is None or container.details is None:
        return undecided(_UNDESCRIBED, subject.kind)
    return judge(take(container.details))


def _host_can_enter(subject: Subject) -> Judgement:
    machine = subject.workload.machine
    if not subject.workload.own_kernel:
        return holding(
            "root of the host enters it with nsenter or reads /proc/PID/mem", subject.kind
        )
    claim = machine.launch_security if machine is not None else None
    if claim is None or claim.value is None or claim.value.kind == "none":
        return holding("root of the host reads its memory in its VMM's", subject.kind)
    return undecided(_CLAIMED_ONLY, claim)


def _same_user(subject: Subject) -> Judgement:
    """Whoever owns a user namespace has every capability in it, whatever Yama says; in the host's
    own one, processes of one user may trace each other unless Yama keeps them from it."""
    process, reach = subject.process, subject.surroundings.reach
    in_host = process.in_host_namespace.get(_USER)
    if in_host is None or in_host.value is None:
        return undecided(UNSEEN if in_host is None else in_host.doubt)
    if not in_host.value:
        cgroup = subject.workload.attributes.cgroup
        return test(
            process.user_id_map,
            lambda found: _owner(found, cgroup) != 0,
            yes=lambda found: (
                f"its user namespace belongs to user {_owner(found, cgroup)}: each process of that "
                "user can enter it"
            ),
            no="its user namespace was made by root",
        )
    ids = process.host_user_ids
    if ids.value is None:
        return undecided(ids.doubt, ids)
    if ids.value == {0}:
        return failing("its processes run as root: only root may trace them", ids)
    if reach.users.value is None:
        return undecided(reach.users.doubt, reach.users)
    shared = sorted((ids.value & reach.users.value) - {0})
    if not shared:
        return failing("no process outside of it runs as one of its users", ids, reach.users)
    says = f"processes of the host run as its user {', '.join(map(str, shared[:4]))}"
    return all_of(
        holding(f"{says} and may trace it", ids, reach.users),
        test(
            reach.ptrace_scope,
            lambda scope: scope == 0,
            yes="Yama does not keep them from tracing it",
            no="Yama keeps processes of one user from tracing each other",
        ),
        says=f"{says} and may trace it",
    )


def _owner(mappings: tuple[IdMapping, ...], cgroup: str) -> int:
    """The user who made a user namespace, as far as its map tells: who may map ids of others
    through newuidmap(1), and beside them, alone, the own one. 0 where that is nobody but root."""
    for one in mappings:
        own = one.inside == 0 or f"/user-{one.outside}.slice/" in cgroup
        if one.length == 1 and own:
            return one.outside
    return 0


def _traced(subject: Subject) -> Judgement:
    side = subject.process.host_side
    if side is None:
        return undecided(UNSEEN)
    return test(
        side.traced_by,
        bool,
        yes=lambda tracers: f"traced now by {', '.join(name[:40] for name in tracers[:4])}",
        no="nobody traces one of its threads now",
    )


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "host-can-enter",
        "The host can enter it",
        what="Root of the host can join its namespaces, read and write its memory, and change its "
        "files.",
        why="No container and no plain VM keeps anything from root of its host; only a TEE whose "
        "evidence was verified does.",
        by_hand="ls -l /proc/PID/root/ /proc/PID/mem",
        remedy="Run it as a confidential VM and verify its evidence, or accept that the host reads "
        "it.",
        references=("nsenter(1)", "ptrace(2)", "design: workload from host, rung 0"),
        judge=_host_can_enter,
    ),
    exposure(
        "root-equivalent-users",
        "People who are as good as root here",
        what="Members of groups such as docker, libvirt, lxd, disk, sudo and wheel, or "
        "everybody where an engine's socket takes orders from all.",
        why="Each of them can do what root can: start a privileged container, read a disk, enter a "
        "workload.",
        by_hand="getent group docker podman libvirt incus-admin lxd disk sudo wheel; ls -l "
        "/run/docker.sock",
        remedy="Take people out of these groups, give them rootless engines, and keep the sockets "
        "at mode 0660.",
        references=("group(5)", "Docker: Docker daemon attack surface", "polkit(8)"),
        judge=of_host("root-equivalent-users"),
    ),
    exposure(
        "same-user-may-trace",
        "Processes of the same user can read it",
        what="Its user has other processes on the host, or owns its user namespace, as with a "
        "rootless engine.",
        why="A browser or a shell of that user can then read its memory without being root.",
        by_hand="grep Uid /proc/PID/status; cat /proc/PID/uid_map; sysctl kernel.yama.ptrace_scope",
        remedy="Run each workload under user ids that nothing else on the host uses, and set "
        "kernel.yama.ptrace_scope to 1 or more.",
        references=("ptrace(2)", "user_namespaces(7)", "Documentation/admin-guide/LSM/Yama.rst"),
        judge=_same_user,
    ),
    exposure(
        "traced-now",
        "Traced from the host now",
        what="A process that is not one of its own traces one of its threads at this moment.",
        why="A tracer reads and changes memory and registers of what it traces.",
        by_hand="grep -H TracerPid /proc/PID/task/*/status",
        remedy="Find out who runs the tracer, and end it.",
        references=("ptrace(2)", "proc(5): TracerPid"),
        judge=_traced,
    ),
)
