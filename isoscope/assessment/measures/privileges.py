"""What a container's processes may do: user namespace, capabilities, seccomp, no-new-privileges."""

from __future__ import annotations

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    negated,
    not_applicable,
    settled,
    test,
)
from isoscope.inventory.workload import NamespaceKind, SeccompMode

_VM = "its processes are behind a kernel of their own"


def _reachable(subject: Subject, bits: int, *, yes: str) -> Judgement:
    """Whether any of these capabilities can be had, and counts on the host."""
    process = subject.process
    nnp = process.no_new_privileges.value
    held = test(
        process.capabilities,
        lambda sets: bool(caps.reachable(sets, nnp) & bits),
        yes=lambda sets: f"{yes}: {caps.words(caps.reachable(sets, nnp) & bits)}",
        no="none of these capabilities can be had",
    )
    return all_of(held, _counts_on_host(subject), says=held.says)


def _counts_on_host(subject: Subject) -> Judgement:
    return test(
        subject.process.capabilities_hold_on_host,
        bool,
        yes="its capabilities count on the host",
        no="its capabilities count only in its own user namespace",
    )


def _privileged(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    process = subject.process
    observed = all_of(
        test(
            process.capabilities,
            lambda sets: (
                sets.bounding & caps.HOST_OWNING == caps.HOST_OWNING & caps.everything(sets)
            ),
            yes="it may have every capability that owns a host",
            no="it cannot have every capability",
        ),
        _counts_on_host(subject),
        test(
            process.seccomp,
            lambda mode: mode is SeccompMode.DISABLED,
            yes="no seccomp filter",
            no="a seccomp filter stands",
        ),
        says="all capabilities on the host and no seccomp filter",
    )
    container = subject.workload.container
    if container is None:
        return observed
    declared = all_of(
        test(
            container.privileged,
            bool,
            yes="its engine says that it is privileged",
            no="its engine says that it is not privileged",
        ),
        _counts_on_host(subject),
        says="its engine says that it is privileged",
    )
    return any_of(observed, declared, otherwise=observed.says) if declared.holds else observed


def _host_owning(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    alone = _reachable(subject, caps.HOST_OWNING, yes="it can have")
    with_processes = all_of(
        _reachable(subject, caps.WITH_HOST_PROCESSES, yes="beside the host's processes"),
        test(
            subject.process.in_host_namespace[NamespaceKind.PID],
            bool,
            yes="in the host's PID namespace",
            no="not in the host's PID namespace",
        ),
        says="it can trace the host's processes: SYS_PTRACE in the host's PID namespace",
    )
    return any_of(alone, with_processes, otherwise="no capability that owns the host")


def _beyond_default(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    beyond = ~caps.default_of(subject.workload.engine) & ~caps.HOST_OWNING
    return _reachable(subject, beyond, yes="beyond the engine's default")


def _reduced(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    default = caps.default_of(subject.workload.engine)
    nnp = subject.process.no_new_privileges.value
    return test(
        subject.process.capabilities,
        lambda sets: (
            not caps.reachable(sets, nnp) & ~default and caps.reachable(sets, nnp) != default
        ),
        yes=lambda sets: f"holds {caps.words(caps.reachable(sets, nnp)) or 'no capabilities'}",
        no=lambda sets: f"can have {caps.words(caps.reachable(sets, nnp))}",
    )


def _user_namespace(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("a guest's root is not the host's")
    return negated(
        test(
            subject.process.in_host_namespace[NamespaceKind.USER],
            bool,
            yes="it is in the host's user namespace: root inside is root outside",
            no="it has a user namespace of its own",
        )
    )


def _seccomp_filter(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    return test(
        subject.process.seccomp,
        lambda mode: mode is not SeccompMode.DISABLED,
        yes=lambda mode: f"seccomp mode is {mode}",
        no="no seccomp filter: all system calls reach the kernel",
    )


def _no_new_privileges(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    return test(
        subject.process.no_new_privileges,
        bool,
        yes="no-new-privileges is set on all its processes",
        no="set-user-ID files give privileges",
    )


def _lsm_unconfined(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("its VMM's label is judged instead")
    lsms = test(
        subject.inventory.host.lsms,
        lambda active: bool({"apparmor", "selinux"} & set(active)),
        yes="the host has AppArmor or SELinux",
        no="the host has neither AppArmor nor SELinux, so none was taken away",
    )
    unconfined = test(
        subject.process.label,
        lambda label: not label.enforced,
        yes=lambda label: f"not confined by it: {label.label or 'no label'}",
        no=lambda label: f"confined as {label.label}",
    )
    if unconfined.holds is False:
        return unconfined
    return all_of(lsms, unconfined, says=unconfined.says)


def _mac_label(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("its VMM's label is judged instead")
    return test(
        subject.process.label,
        lambda label: label.enforced,
        yes=lambda label: f"{label.module} enforces {label.label}",
        no=lambda label: f"no MAC label is enforced on it: {label.label or 'none'}",
    )


def _seccomp_unconfined(subject: Subject) -> Judgement:
    judgement = _seccomp_filter(subject)
    return judgement if not judgement.applicable else negated(judgement)


def _read_only_root(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("a guest mounts its own root")
    mounts = subject.process.mounts
    root = [m for m in mounts.value or () if m.mount_point == "/"]
    if mounts.value is not None and not root:
        return settled(False, "its root is not among its mounts", mounts)
    return test(
        mounts,
        lambda _: not root[-1].writable,
        yes="its root file system is mounted read-only",
        no="its root file system is writable",
    )


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
        what="A capability with which a process can take the host, held or attainable in the host's "
        "user namespace.",
        why="SYS_ADMIN, SYS_MODULE, SYS_RAWIO, DAC_READ_SEARCH, SYS_BOOT, BPF and MAC_ADMIN, and "
        "SYS_PTRACE beside the host's processes, each reach past every namespace.",
        by_hand="capsh --decode=$(awk '/CapBnd/{print $2}' /proc/PID/status); readlink "
        "/proc/PID/ns/user",
        remedy="Drop the capability (--cap-drop), or give the container a user namespace of its own "
        "(userns-remap, --userns=auto), in which it does not count on the host.",
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
    exposure(
        "seccomp-unconfined",
        "No seccomp filter",
        what="No process filter stands between the container and the kernel's system calls.",
        why="The engine's default filter keeps some fifty rarely used calls away, among them those "
        "of many kernel escapes.",
        by_hand="grep Seccomp /proc/PID/status",
        remedy="Take --security-opt seccomp=unconfined away.",
        references=("seccomp(2)", "proc(5)"),
        judge=_seccomp_unconfined,
    ),
    exposure(
        "lsm-unconfined",
        "Mandatory access control taken away",
        what="The host enforces AppArmor or SELinux, but not on this container.",
        why="A label stops a process that broke out of its namespaces from touching the host's "
        "files.",
        by_hand="cat /proc/PID/attr/current",
        remedy="Take --security-opt apparmor=unconfined or label=disable away.",
        references=("apparmor(7)", "selinux(8)", "proc(5)"),
        judge=_lsm_unconfined,
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
        "seccomp-filter",
        "A seccomp filter",
        what="The kernel checks each system call of the container against a filter.",
        why="System calls that are not let through cannot be attacked.",
        by_hand="grep Seccomp /proc/PID/status",
        remedy="Use the engine's default profile, or a narrower one.",
        references=("seccomp(2)",),
        judge=_seccomp_filter,
    ),
    measure(
        "mac-label-enforced",
        "An enforced MAC label",
        what="AppArmor or SELinux confines the container's processes.",
        why="It holds even where namespaces and capabilities were overcome.",
        by_hand="cat /proc/PID/attr/current",
        remedy="Boot the host with AppArmor or SELinux enforcing and use the engine's profile.",
        references=("apparmor(7)", "selinux(8)"),
        judge=_mac_label,
    ),
    measure(
        "no-new-privileges",
        "No new privileges",
        what="Executing a file gives no process of the container more than it has.",
        why="Without it, any set-user-ID file leads back to the whole bounding set.",
        by_hand="grep NoNewPrivs /proc/PID/status",
        remedy="Run it with --security-opt no-new-privileges.",
        references=("PR_SET_NO_NEW_PRIVS(2const)", "prctl(2)"),
        judge=_no_new_privileges,
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
        "root-filesystem-read-only",
        "Read-only root file system",
        what="The container's root file system is mounted read-only.",
        why="What got in cannot stay by changing the container's own programs.",
        by_hand="awk '$5 == \"/\"' /proc/PID/mountinfo",
        remedy="Run it with --read-only and give it tmpfs or volumes where it must write.",
        references=("proc(5)", "docker-run(1): --read-only"),
        judge=_read_only_root,
    ),
)
