"""What stands between a container's processes and the host: MAC labels, no new privileges and the
like; seccomp filters have a module of their own."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    failing,
    not_applicable,
    test,
)

_VM = "its processes are behind a kernel of their own"
_ITS_MONITOR = "its VMM's label is judged instead"


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
