"""Kernel settings and mounts through which a container reaches the host's kernel."""

from __future__ import annotations

import re

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import below, words_of
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    negated,
    not_applicable,
    quoting,
    test,
    undecided,
)
from isoscope.assessment.measures.privileges import can_have, counts_on_host
from isoscope.assessment.root_for_kernel import is_root
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.workload import Mount

_VM = "a guest has files and settings of its own kernel"
_MASKED = ("kcore", "keys", "timer_list", "sched_debug", "acpi")
"""Files of /proc that every engine masks, where the kernel has them."""
_SETTINGS = frozenset(
    {
        "sysfs",
        "cgroup",
        "cgroup2",
        "debugfs",
        "tracefs",
        "securityfs",
        "configfs",
        "efivarfs",
        "selinuxfs",
        "smackfs",
        "bpf",
    }
)
"""File systems that are the kernel's settings throughout."""


def _masked(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    mounts, files = subject.process.mounts, subject.inventory.proc_files
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    covered = {mount.mount_point for mount in mounts.value if mount.file_system != "proc"}
    bare = [name for name in _MASKED if f"/proc/{name}" not in covered]
    if files.value is not None:
        bare = [name for name in bare if name in files.value]
    elif bare and len(bare) < len(_MASKED):
        return undecided(files.doubt, mounts, files)
    if not bare:
        return failing("kernel files that reveal or change the host are masked", mounts, files)
    names = ", ".join(f"/proc/{name}" for name in bare)
    is_open = holding(f"not masked: {names}", mounts, files)
    return all_of(is_open, counts_on_host(subject), says=is_open.says)


def _settings_writable(subject: Subject) -> Judgement:
    return _writable(subject, _SETTINGS)


def _settings_unguarded(subject: Subject) -> Judgement:
    """Settings with which the host can be taken at once: kernel.core_pattern and uevent_helper name
    programs that the kernel starts as root. A MAC label of any engine keeps them from being
    written. Control groups are not among them: their release_agent takes CAP_SYS_ADMIN."""
    writable = _writable(subject, _SETTINGS - {"cgroup", "cgroup2"})
    if not writable.applicable:
        return writable
    unguarded = test(
        subject.process.label,
        lambda label: not label.enforced,
        yes="no MAC label keeps it from writing them",
        no=lambda label: f"{label.label} keeps it from writing them",
    )
    return all_of(writable, unguarded, says=f"{writable.says}, and no MAC label keeps it from that")


def _writable(subject: Subject, settings: frozenset[str]) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    mounts = subject.process.mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    places = _writable_settings(mounts.value, settings)
    if not places:
        return failing("the kernel's settings are read-only in it", mounts)
    writable = holding(f"it can write {', '.join(places[:3])}", mounts)
    return all_of(writable, is_root(subject.process), says=writable.says)


def _writable_settings(mounts: tuple[Mount, ...], settings: frozenset[str]) -> list[str]:
    """Where settings can be written. Every view of /proc counts, wherever it is mounted; what
    covers its ``sys`` was mounted on it, and so stands later: ``proc(5)``, mountinfo."""
    found = []
    for place, mount in enumerate(mounts):
        if mount.file_system in settings and mount.writable:
            found.append(mount.mount_point)
        if mount.file_system == "proc":
            found += [at for at in _settings_of(mount) if _seen_at(at, mounts[place:]).writable]
    return list(dict.fromkeys(found))


def _settings_of(mount: Mount) -> list[str]:
    """Where the settings of the kernel stand, that a mount of a view of /proc shows."""
    if mount.root == "/":
        return [f"{mount.mount_point.rstrip('/')}/sys"]
    return [mount.mount_point] if below(mount.root, "/sys") else []


def _seen_at(path: str, mounts: tuple[Mount, ...]) -> Mount:
    """The last mount at a path; the first of all where there is none at it."""
    return next((mount for mount in reversed(mounts) if mount.mount_point == path), mounts[0])


def _release_agent(subject: Subject) -> Judgement:
    """``release_agent`` names a program that the kernel starts as root of the host; only the root
    of a hierarchy of cgroup v1 has it. Since Linux 5.17 writing it takes SYS_ADMIN in the host's
    user namespace, kernel/cgroup/cgroup-v1.c, and distributions brought that to older kernels."""
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    mounts = subject.process.mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    places = [
        mount.mount_point
        for mount in mounts.value
        if mount.file_system == "cgroup" and mount.root == "/" and mount.writable
    ]
    if not places:
        return failing("it writes the root of no hierarchy of cgroup v1", mounts)
    writable = holding(f"it writes release_agent at {', '.join(places[:3])}", mounts)
    able = can_have(subject, _SYS_ADMIN, yes="it can have", no="it cannot have SYS_ADMIN")
    mended = test(
        subject.inventory.host.kernel,
        lambda release: _release(release) >= _MENDED,
        yes=lambda release: f"Linux {release[:20]} asks for SYS_ADMIN there",
        no=lambda release: f"Linux {release[:20]} may let root write it",
    )
    if mended.holds is False:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"{mended.says}: whether CVE-2022-0492 was mended, its release does not say",
            "ask the kernel's distributor about CVE-2022-0492",
        )
        mended = undecided(doubt, *mended.observations)
    lets = any_of(able, negated(mended), otherwise=mended.says)
    return all_of(writable, is_root(subject.process), lets, says=writable.says)


_SYS_ADMIN = caps.mask("SYS_ADMIN")
_MENDED = (5, 17)


def _release(text: str) -> tuple[int, ...]:
    found = re.match(r"(\d{1,4})\.(\d{1,4})", text)
    return (int(found[1]), int(found[2])) if found else (0,)


def _propagates(subject: Subject) -> Judgement:
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    if mounts.value is None or host.value is None:
        return undecided((host if mounts.known else mounts).doubt, mounts, host)
    groups = {
        word for mount in host.value for word in mount.propagation if word.startswith("shared:")
    }
    found = [mount for mount in mounts.value if groups.intersection(mount.propagation)]
    if not found:
        return failing("nothing that it mounts appears on the host", mounts, host)
    where = ", ".join(mount.mount_point for mount in found[:3])
    words = "\n".join(words_of(mount) for mount in found[:5])
    return holding(f"what it mounts at {where} appears on the host", quoting(mounts, words))


def _dumps_handled(subject: Subject) -> Judgement:
    """A limit on the size of core dumps does not hold for a program that takes them: core(5)."""
    if subject.workload.behind_own_kernel:
        return not_applicable("a guest's kernel handles the dumps of its programs", subject.kind)
    return subject.surroundings.of_host["core-pattern"]


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "masked-paths-open",
        "Masked kernel files are open",
        what="Files of /proc that engines hide from containers are visible.",
        why="/proc/kcore is the memory of the machine; others reveal where the kernel lies.",
        by_hand="grep ' /proc/' /proc/PID/mountinfo; ls -l /proc/kcore",
        remedy="Take --security-opt systempaths=unconfined (Docker) or unmask=ALL (Podman) away.",
        references=("proc(5)", "docker-run(1): --security-opt"),
        judge=_masked,
    ),
    exposure(
        "kernel-settings-writable",
        "Kernel settings are writable",
        what="/proc/sys, /sys or cgroups are writable in the container.",
        why="Each of kernel.core_pattern, uevent_helper and release_agent runs a program of choice "
        "as root on the host.",
        by_hand="grep -E ' /(proc/sys|sys) ' /proc/PID/mountinfo",
        remedy="Take --privileged and systempaths=unconfined away.",
        references=("core(5)", "cgroups(7): release_agent", "CVE-2022-0492"),
        judge=_settings_writable,
    ),
    exposure(
        "kernel-settings-unguarded",
        "Kernel settings are writable, and no MAC label guards them",
        what="/proc/sys or /sys are writable in the container, by the host's root, and neither "
        "AppArmor nor SELinux forbids to write them.",
        why="One line written to kernel.core_pattern has the host run a program of choice as root.",
        by_hand="grep -E ' - (proc|sysfs) ' /proc/PID/mountinfo; cat /proc/PID/attr/current",
        remedy="Mount /proc and /sys of the host read-only or not at all; take --privileged and "
        "systempaths=unconfined away.",
        references=("core(5)", "proc(5): /proc/sys"),
        judge=_settings_unguarded,
    ),
    exposure(
        "release-agent-writable",
        "The host starts a program of its choice",
        what="The container, as the host's root, writes the root of a hierarchy of cgroup v1, "
        "where release_agent is, and the kernel lets it.",
        why="The kernel starts the program that release_agent names, as root and outside of every "
        "container, when a control group becomes empty.",
        by_hand="grep -E ' - cgroup ' /proc/PID/mountinfo; grep CapBnd /proc/PID/status; uname -r",
        remedy="Mount cgroups read-only, give it a cgroup namespace, take SYS_ADMIN away, or boot "
        "with cgroup v2.",
        references=("cgroups(7): release_agent", "CVE-2022-0492"),
        judge=_release_agent,
    ),
    exposure(
        "mounts-propagate-to-host",
        "Mounts propagate to the host",
        what="A mount of the container is in the same peer group as one of the host.",
        why="What it mounts there appears on the host, over the host's own files.",
        by_hand="grep shared: /proc/PID/mountinfo /proc/1/mountinfo",
        remedy="Use private or slave propagation (rslave) for the volume.",
        references=("mount_namespaces(7): shared subtrees",),
        judge=_propagates,
    ),
    exposure(
        "core-dumps-handled-by-host",
        "A program of the host takes its core dumps",
        what="When a program of the container crashes, the host's kernel starts a program of the "
        "host, as root, and feeds it the dump.",
        why="What the container's programs hold in memory becomes the input of a privileged parser "
        "outside. Such handlers have been made to give up files and root.",
        by_hand="cat /proc/sys/kernel/core_pattern",
        remedy="Set kernel.core_pattern to a plain file name, or keep the handler current and its "
        "rights small.",
        references=("core(5): Piping core dumps to a program", "CVE-2025-4598", "CVE-2025-5054"),
        judge=_dumps_handled,
    ),
)
