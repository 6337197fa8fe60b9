"""What a container's processes may do: capabilities, and the user namespace they count in."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    negated,
    not_applicable,
    test,
)
from isoscope.assessment.root_for_kernel import capabilities_count, maps_root
from isoscope.inventory.workload import Capabilities, IdMapping, NamespaceKind, SeccompMode

_VM = "its processes are behind a kernel of their own"


def counts_on_host(subject: Subject) -> Judgement:
    """See ``capabilities_count``."""
    return capabilities_count(subject.process)


def root_outside(subject: Subject) -> Judgement:
    """See ``maps_root``."""
    return maps_root(subject.process)


def can_have(subject: Subject, bits: int, *, yes: str, no: str) -> Judgement:
    """Whether any of these capabilities is held, or can be had: executing a set-user-ID file gives
    up to the bounding set, unless no-new-privileges forbids it."""
    process = subject.process

    def among(take: Callable[[Capabilities], int]) -> Judgement:
        return test(
            process.capabilities,
            lambda sets: bool(take(sets) & bits),
            yes=lambda sets: f"{yes}: {caps.words(take(sets) & bits)}",
            no=no,
        )

    gained = among(lambda sets: sets.bounding)
    may_gain = negated(
        test(
            process.no_new_privileges,
            bool,
            yes=no,
            no="and executing a file may give what it does not hold",
        )
    )
    held = among(lambda sets: sets.effective)
    return any_of(held, all_of(gained, may_gain, says=gained.says), otherwise=no)


def _privileged(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    process = subject.process
    observed = all_of(
        test(
            process.capabilities,
            lambda sets: sets.bounding & caps.PRIVILEGED == caps.PRIVILEGED,
            yes="it may have every capability that owns a host",
            no="it cannot have every capability",
        ),
        counts_on_host(subject),
        test(
            process.seccomp,
            lambda mode: mode is SeccompMode.DISABLED,
            yes="no seccomp filter",
            no="a seccomp filter stands",
        ),
        says="all capabilities on the host and no seccomp filter",
    )
    container = subject.workload.container
    if container is None or not container.privileged.value:
        return observed
    declared = test(
        container.privileged,
        bool,
        yes="its engine says that it is privileged",
        no="its engine says that it is not privileged",
    )
    return any_of(
        observed,
        all_of(declared, counts_on_host(subject), says=declared.says),
        otherwise=observed.says,
    )


def _host_owning(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    none = "it can have no capability that owns the host"
    alone = can_have(subject, caps.HOST_OWNING, yes="it can have", no=none)
    tracing = "it can trace the host's processes: SYS_PTRACE in the host's PID namespace"
    with_processes = all_of(
        can_have(subject, caps.WITH_HOST_PROCESSES, yes="it can have", no=none),
        test(
            subject.process.in_host_namespace[NamespaceKind.PID],
            bool,
            yes="in the host's PID namespace",
            no="not in the host's PID namespace",
        ),
        says=tracing,
    )
    either = any_of(alone, with_processes, otherwise=none)
    return all_of(either, counts_on_host(subject), says=either.says)


def _beyond_default(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    beyond = ~caps.default_of(subject.workload.engine) & ~caps.HOST_OWNING
    more = can_have(
        subject,
        beyond,
        yes="beyond the engine's default it can have",
        no="it can have no capability beyond the engine's default",
    )
    return all_of(more, counts_on_host(subject), says=more.says)


def _reduced(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    default = caps.default_of(subject.workload.engine)

    def fewer(take: Callable[[Capabilities], int]) -> Judgement:
        return test(
            subject.process.capabilities,
            lambda sets: not take(sets) & ~default and take(sets) != default,
            yes=lambda sets: f"it can have {caps.words(take(sets)) or 'no capabilities'}",
            no=lambda sets: f"it can have {caps.words(take(sets))}",
        )

    for_good = fewer(lambda sets: sets.effective | sets.bounding)
    held = fewer(lambda sets: sets.effective)
    nothing_gained = test(
        subject.process.no_new_privileges,
        bool,
        yes="executing a file gives it no more",
        no=for_good.says,
    )
    return any_of(for_good, all_of(held, nothing_gained, says=held.says), otherwise=for_good.says)


def _user_namespace(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable("a guest's root is not the host's", subject.kind)
    own = negated(
        test(
            subject.process.in_host_namespace[NamespaceKind.USER],
            bool,
            yes="it is in the host's user namespace: root inside is root outside",
            no="it has a user namespace of its own",
        )
    )
    if own.holds is False:
        return own
    return all_of(own, negated(root_outside(subject)), says=own.says)


def _without_root(subject: Subject) -> Judgement:
    """User ids are those of the host; which of them is root inside, the map says."""
    if subject.workload.behind_own_kernel:
        return not_applicable("a guest's users are its own kernel's", subject.kind)
    process = subject.process
    users = process.host_user_ids
    if users.value is not None and 0 in users.value:
        return failing("processes of it run as the host's root", users)
    as_root = test(
        process.user_id_map,
        lambda extents: _root_of(extents) in (users.value or ()),
        yes=lambda extents: f"processes of it run as its root, user {_root_of(extents)} outside",
        no="none of its processes runs as root, inside or outside",
    )
    not_host_root = test(users, bool, yes=as_root.says, no="no process of it has a user id")
    return all_of(not_host_root, negated(as_root), says=as_root.says)


def _root_of(extents: tuple[IdMapping, ...]) -> int | None:
    return next((item.outside for item in extents if item.inside == 0 and item.length), None)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "privileged",
        "Privileged container",
        what="The container has every capability on the host and no seccomp filter, as "
        "--privileged gives it.",
        why="Whoever runs code in it can mount the host's disks, load kernel modules and enter any "
        "process: it is root on the host with a different view.",
        by_hand="grep -E 'Cap(Eff|Bnd)|Seccomp:' /proc/PID/status",
        remedy="Run it without --privileged; give single devices (--device) and capabilities "
        "(--cap-add) that it really needs.",
        references=("capabilities(7)", "seccomp(2)", "docker-run(1): --privileged"),
        judge=_privileged,
    ),
    exposure(
        "host-owning-capability",
        "A capability that owns the host",
        what="A capability with which a process can take the host, held or attainable in the "
        "host's user namespace.",
        why="SYS_ADMIN, SYS_MODULE, SYS_RAWIO, DAC_READ_SEARCH, SYS_BOOT, BPF and MAC_ADMIN, and "
        "SYS_PTRACE beside the host's processes, each reach past every namespace.",
        by_hand="capsh --decode=$(awk '/CapBnd/{print $2}' /proc/PID/status); readlink "
        "/proc/PID/ns/user",
        remedy="Drop the capability (--cap-drop), or give the container a user namespace of its "
        "own (userns-remap, --userns=auto), in which it does not count on the host.",
        references=("capabilities(7)", "user_namespaces(7)", "CVE-2022-0492"),
        judge=_host_owning,
    ),
    exposure(
        "capabilities-beyond-default",
        "Capabilities beyond the engine's default",
        what="Capabilities that the engine gives nobody who does not ask, in the host's user "
        "namespace.",
        why="Each opens more of the kernel: NET_ADMIN its network code, PERFMON its counters.",
        by_hand="capsh --decode=$(awk '/CapBnd/{print $2}' /proc/PID/status)",
        remedy="Take the --cap-add away, or give the container a user namespace of its own.",
        references=("capabilities(7)", "docker-run(1): --cap-add"),
        judge=_beyond_default,
    ),
    measure(
        "user-namespace",
        "A user namespace of its own",
        what="Root inside the container is an ordinary user outside.",
        why="What breaks out arrives without privileges, and its capabilities count for nothing on "
        "the host.",
        by_hand="cat /proc/PID/uid_map; readlink /proc/PID/ns/user /proc/1/ns/user",
        remedy="Use userns-remap (Docker), --userns=auto (Podman), or a rootless engine.",
        references=("user_namespaces(7)", "subuid(5)"),
        judge=_user_namespace,
    ),
    measure(
        "capabilities-reduced",
        "Capabilities below the default",
        what="The container can have fewer capabilities than the engine gives by default.",
        why="The default holds some that most programs never use: MKNOD, NET_RAW, SETUID.",
        by_hand="capsh --decode=$(awk '/CapBnd/{print $2}' /proc/PID/status)",
        remedy="Run it with --cap-drop ALL and add back what it needs.",
        references=("capabilities(7)",),
        judge=_reduced,
    ),
    measure(
        "runs-without-root",
        "None of its processes runs as root",
        what="No process of the container has user id 0, inside it or on the host.",
        why="Root inside holds the container's capabilities from the start, and outside of it is "
        "root wherever a wall is missing.",
        by_hand="grep -H Uid /proc/PID/task/*/status; cat /proc/PID/uid_map",
        remedy="Run it with --user, or name a user in its image.",
        references=("credentials(7)", "docker-run(1): --user"),
        judge=_without_root,
    ),
)
