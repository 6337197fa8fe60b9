"""Devices, kernel settings and mounts through which a container reaches the host's kernel."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import HostPath
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    negated,
    not_applicable,
    quoting,
    settled,
    test,
    undecided,
)
from isoscope.inventory.workload import DeviceRule, Mount

_VM = "a guest has devices and settings of its own kernel"
_MASKED = frozenset(
    {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/acpi"}
)


def _devices(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable("a guest's devices are its VMM's")
    rules = test(
        subject.process.device_rules,
        lambda found: any(_owns_host(rule) for rule in found),
        yes=lambda found: (
            "it may use "
            + ", ".join(
                f"{rule.kind} {rule.numbers} {rule.access}" for rule in found if _owns_host(rule)
            )
        ),
        no="it may use no disk, memory or port device",
    )
    if subject.process.capabilities_hold_on_host.value is False and rules.holds is None:
        # Device nodes cannot be made in a user namespace: mknod(2) wants CAP_MKNOD in the host's.
        return settled(
            False,
            "in its own user namespace it can make no device node",
            subject.process.capabilities_hold_on_host,
        )
    if rules.holds is None and not subject.process.device_rules.known:
        return _devices_by_mounts(subject, rules)
    return rules


def _devices_by_mounts(subject: Subject, rules: Judgement) -> Judgement:
    """Where cgroup v2 keeps the rules in a BPF program: what its engine says that it gave."""
    container = subject.workload.container
    if container is None:
        return rules
    return test(
        container.privileged,
        bool,
        yes="its engine says that it is privileged, which gives all devices",
        no="its engine says that it gave no devices beyond its default",
    )


def _owns_host(rule: DeviceRule) -> bool:
    if "r" not in rule.access and "w" not in rule.access:
        return False
    if rule.kind in ("a", "b"):
        return True
    return rule.numbers in ("*:*", "1:*", "1:1", "1:2", "1:4", "10:144")


def _masked(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    masked = test(
        subject.process.mounts,
        lambda mounts: any(
            mount.mount_point.startswith("/proc/") and mount.mount_point != "/proc/sys"
            for mount in mounts
            if mount.mount_point in _MASKED
        ),
        yes="kernel files that reveal or change the host are masked",
        no="none of the kernel files that engines mask is masked: " + ", ".join(sorted(_MASKED)),
    )
    counts = test(
        subject.process.capabilities_hold_on_host,
        bool,
        yes="root inside is root for them",
        no="root inside is not root for them",
    )
    return all_of(negated(masked), counts, says=masked.says)


def _settings_writable(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    writable = test(
        subject.process.mounts,
        lambda mounts: bool(_writable_settings(mounts)),
        yes=lambda mounts: "it can write " + ", ".join(_writable_settings(mounts)),
        no="/proc/sys, /sys and cgroups are read-only in it",
    )
    counts = test(
        subject.process.capabilities_hold_on_host,
        bool,
        yes="root inside is root for them",
        no="root inside is not root for them",
    )
    return all_of(writable, counts, says=writable.says)


def _writable_settings(mounts: tuple[Mount, ...]) -> list[str]:
    """The last mount at a place is the one that is seen: ``mount(2)``."""
    seen = {mount.mount_point: mount for mount in mounts}
    found = []
    process = seen.get("/proc")
    settings = seen.get("/proc/sys", process)
    if process is not None and settings is not None and settings.writable:
        found.append("/proc/sys")
    system = seen.get("/sys")
    if system is not None and system.file_system == "sysfs" and system.writable:
        found.append("/sys")
    found += [
        mount.mount_point
        for mount in seen.values()
        if mount.file_system in ("cgroup", "cgroup2") and mount.writable
    ]
    return found


def _propagates(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    if mounts.value is None or host.value is None:
        return undecided((host if mounts.known else mounts).doubt, mounts, host)
    groups = {
        word for mount in host.value for word in mount.propagation if word.startswith("shared:")
    }
    found = [mount for mount in mounts.value if groups.intersection(mount.propagation)]
    if not found:
        return settled(False, "nothing that it mounts appears on the host", mounts, host)
    where = ", ".join(mount.mount_point for mount in found[:3])
    words = "\n".join(HostPath("", mount).line for mount in found[:5])
    return settled(True, f"what it mounts at {where} appears on the host", quoting(mounts, words))


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "raw-device-access",
        "Raw devices of the host",
        what="The workload may use disks, memory or I/O ports of the host directly.",
        why="A disk read below its file system knows no permissions.",
        by_hand="cat /sys/fs/cgroup/devices/CGROUP/devices.list (v1); bpftool cgroup show (v2)",
        remedy="Take --device and --device-cgroup-rule away, and --privileged.",
        references=("mknod(2)", "Documentation/admin-guide/cgroup-v1/devices.rst"),
        judge=_devices,
    ),
    exposure(
        "masked-paths-open",
        "Masked kernel files are open",
        what="Files of /proc that engines hide from containers are visible.",
        why="/proc/kcore is the memory of the machine; others reveal where the kernel lies.",
        by_hand="grep ' /proc/' /proc/PID/mountinfo",
        remedy="Take --security-opt systempaths=unconfined (Docker) or unmask=ALL (Podman) away.",
        references=("proc(5)", "docker-run(1): --security-opt"),
        judge=_masked,
    ),
    exposure(
        "kernel-settings-writable",
        "Kernel settings are writable",
        what="/proc/sys, /sys or cgroups are writable in the container.",
        why="kernel.core_pattern, uevent_helper and release_agent each run a program of choice as "
        "root on the host.",
        by_hand="grep -E ' /(proc/sys|sys) ' /proc/PID/mountinfo",
        remedy="Take --privileged and systempaths=unconfined away.",
        references=("core(5)", "cgroups(7): release_agent", "CVE-2022-0492"),
        judge=_settings_writable,
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
)
