"""What stands between a container's processes and the kernel: seccomp, MAC labels and the like."""

from __future__ import annotations

import re

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    negated,
    not_applicable,
    test,
    undecided,
)
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import SeccompMode

_VM = "its processes are behind a kernel of their own"
_ITS_MONITOR = "its VMM's label is judged instead"
_SECCOMP_OFF = re.compile(r"seccomp[=:]unconfined")


def _seccomp_filter(subject: Subject) -> Judgement:
    """Whether a filter stands that the workload did not put there itself."""
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    filtered = test(
        subject.process.seccomp,
        lambda mode: mode is not SeccompMode.DISABLED,
        yes=lambda mode: f"seccomp mode is {mode}",
        no="no seccomp filter: all system calls reach the kernel",
    )
    if not filtered.holds:
        return filtered
    return all_of(filtered, _set_from_outside(subject), says=filtered.says)


def _set_from_outside(subject: Subject) -> Judgement:
    """A process can set a filter itself, one that lets everything through too, but only after it
    gave up new privileges for good: ``seccomp(2)``. Where it did so, its engine must say who set
    the filter."""
    set_before = negated(
        test(
            subject.process.no_new_privileges,
            bool,
            yes="it may have set its filter itself",
            no="it did not set its filter itself, which takes no-new-privileges",
        )
    )
    container = subject.workload.container
    if container is None:
        doubt = Unknown(
            Doubt.NOT_SAID,
            "it has a seccomp filter, but may have set it itself; no engine says so or otherwise",
            "give Isoscope access to the engine that runs it",
        )
        return any_of(
            set_before, undecided(doubt, subject.process.seccomp), otherwise=set_before.says
        )
    given = test(
        container.security_options,
        lambda options: not any(map(_SECCOMP_OFF.fullmatch, options)),
        yes="its engine gave it a seccomp filter",
        no="its engine gave it no seccomp filter, so that it set the one that it has itself",
    )
    unprivileged = negated(
        test(
            container.privileged,
            bool,
            yes="its engine gave it no seccomp filter: it is privileged",
            no="it is not privileged",
        )
    )
    by_engine = all_of(given, unprivileged, says=given.says)
    return any_of(set_before, by_engine, otherwise=by_engine.says)


def _seccomp_unconfined(subject: Subject) -> Judgement:
    return negated(_seccomp_filter(subject))


def _allow_list(subject: Subject) -> Judgement:
    """A filter that lets through what it does not name grows with every new kernel."""
    stands = _seccomp_filter(subject)
    if not stands.holds:
        return stands
    container = subject.workload.container
    details = container.details if container is not None else None
    given = details.given_filter if details is not None else None
    if details is None or given is None or given.value is None:
        doubt = Unknown(
            Doubt.NOT_SAID,
            "which system calls its filter lets through, its engine did not say",
            "give Isoscope access to its engine, or look at the filter that its manager sets",
        )
        return undecided(given.unknown if given and given.unknown else doubt, *_known(given))
    kept = given.value
    if kept.allows_the_rest is not None:
        listed = test(
            given,
            lambda found: not found.allows_the_rest,
            yes=f"its filter lets through the {kept.allowed} system calls that it names",
            no="its filter lets through every system call that it does not name",
        )
        return all_of(stands, listed, says=listed.says)
    if kept.name or details.built_in_filter is None:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"what the filter in {kept.name[:60] or 'its engine'} lets through, was not read",
            "look for defaultAction in the profile",
        )
        return undecided(doubt, given)
    built_in = details.built_in_filter
    if built_in.value is False:
        doubt = Unknown(
            Doubt.NOT_SAID,
            "its engine gives a filter from a file of the host, which was not read",
            "look for seccomp-profile in daemon.json, and for defaultAction in that profile",
        )
        return undecided(doubt, given, built_in)
    default = test(
        built_in,
        bool,
        yes="its engine's built-in filter, which names what it lets through",
        no="its engine's filter is not the built-in one",
    )
    return all_of(stands, default, says=default.says)


def _known(observation: Observation[object] | None) -> tuple[Observation[object], ...]:
    return () if observation is None else (observation,)


def _no_new_privileges(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    return test(
        subject.process.no_new_privileges,
        bool,
        yes="no-new-privileges is set on all its processes",
        no="set-user-ID files give privileges",
    )


def _lsm_unconfined(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_ITS_MONITOR, subject.kind)
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
    return all_of(lsms, unconfined, says=unconfined.says)


def _mac_label(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_ITS_MONITOR, subject.kind)
    return test(
        subject.process.label,
        lambda label: label.enforced,
        yes=lambda label: f"{label.module} enforces {label.label}",
        no=lambda label: f"no MAC label is enforced on it: {label.label or 'none'}",
    )


def _read_only_root(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("a guest mounts its own root", subject.kind)
    mounts = subject.process.mounts
    root = [mount for mount in mounts.value or () if mount.mount_point == "/"]
    if mounts.known and not root:
        return failing("its root is not among its mounts", mounts)
    return test(
        mounts,
        lambda _: not any(mount.writable for mount in root),
        yes="its root file system is mounted read-only",
        no="its root file system is writable",
    )


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "seccomp-unconfined",
        "No seccomp filter",
        what="No filter stands between the container and the kernel's system calls but what it put "
        "there itself.",
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
        "seccomp-allow-list",
        "A seccomp filter that names what it allows",
        what="The container's filter refuses every system call that it does not name.",
        why="A filter that only names what it refuses lets through whatever a newer kernel adds.",
        by_hand="docker inspect --format '{{.HostConfig.SecurityOpt}}' NAME; docker info --format "
        "'{{.SecurityOptions}}'",
        remedy="Use the engine's default profile, or one whose defaultAction is SCMP_ACT_ERRNO.",
        references=(
            "Docker: Seccomp security profiles for Docker",
            "OCI runtime specification: config-linux, Seccomp",
            "seccomp(2)",
        ),
        judge=_allow_list,
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
