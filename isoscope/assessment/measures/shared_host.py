"""What of the host, and of those who run it, tenants have together without sharing a thing."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, exposure
from isoscope.assessment.measures.neighbours import surveyed

DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "shared-manager",
        "One manager for several tenants",
        what="The engine or VM manager that runs this workload also runs another tenant's. It "
        "keeps nobody who may give it orders from any of its workloads.",
        why="Whoever manages one tenant's workloads through it can enter, stop and read the "
        "other's.",
        by_hand="docker info -f '{{.Plugins.Authorization}}'; getent group docker libvirt",
        remedy="Give each tenant an engine of its own (rootless), let nobody but root give orders, "
        "or put a plugin or polkit rules before the manager that tell tenants apart.",
        references=(
            "https://docs.docker.com/engine/security/#docker-daemon-attack-surface",
            "https://libvirt.org/aclpolkit.html",
        ),
        judge=surveyed("shared-manager"),
    ),
    exposure(
        "shared-vhost-user-back-end",
        "A device back end shared with another tenant",
        what="A process of the host that serves this guest's network, disks or directories over "
        "vhost-user also serves another tenant's guest.",
        why="Such a process maps all memory of each guest that it serves: a guest that takes it "
        "over reads and changes the others.",
        by_hand="tr '\\0' '\\n' < /proc/PID/cmdline | grep -e vhost-user -e path=; ss -xlp",
        remedy="Run a back end for each tenant, as libvirt does for virtiofs.",
        references=(
            "QEMU: docs/interop/vhost-user.rst",
            "https://libvirt.org/formatdomain.html#vhost-user-interface",
        ),
        judge=surveyed("shared-vhost-user-back-end"),
    ),
    exposure(
        "memory-overcommitted",
        "More memory promised than there is",
        what="The memory that all workloads together may take, by their limits or their size as "
        "guests, is more than the host has.",
        why="When neighbours take what they may, the kernel swaps this workload out or kills it, "
        "though each keeps to its limit.",
        by_hand="docker stats --no-stream; virsh domstats --balloon; free -b",
        remedy="Limit each workload, so that the limits come to less than the host's memory, and "
        "protect what must stay (memory.min).",
        references=("Documentation/admin-guide/cgroup-v2.rst: Memory", "proc(5): MemTotal"),
        judge=surveyed("memory-overcommitted"),
    ),
    exposure(
        "cpus-overcommitted",
        "More CPU time promised than there is",
        what="The CPU time that all workloads together may take, by their limits or their virtual "
        "CPUs, is more than the host's CPUs give.",
        why="When neighbours take what they may, this workload waits for its turn.",
        by_hand="docker stats --no-stream; virsh vcpucount NAME; nproc",
        remedy="Limit the CPUs of each workload, or give those that must not wait CPUs of their "
        "own.",
        references=("Documentation/admin-guide/cgroup-v2.rst: CPU", "sched(7)"),
        judge=surveyed("cpus-overcommitted"),
    ),
)
