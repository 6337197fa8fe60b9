"""What stands between a virtual machine and its host: its kernel and its VMM's confinement."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    failing,
    holding,
    test,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.sandboxed import monitor_words
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import SeccompMode


def _own_kernel(subject: Subject) -> Judgement:
    if subject.workload.sandboxed_by is Sandbox.GVISOR:
        return holding("gVisor's sentry answers its system calls", subject.kind)
    if subject.workload.sandboxed_by is Sandbox.KATA:
        return holding("it runs in a virtual machine of Kata Containers", subject.kind)
    if subject.workload.own_kernel:
        return holding(f"a virtual machine of {subject.workload.engine}", subject.kind)
    return failing("it runs on the host's kernel", subject.kind)


def _root_monitor(subject: Subject) -> Judgement:
    if not subject.workload.behind_own_kernel:
        return subject.without_monitor
    return test(
        subject.process.host_user_ids,
        lambda ids: 0 in ids,
        yes=f"{monitor_words(subject)} runs as root on the host",
        no=lambda ids: f"{monitor_words(subject)} runs as uid {', '.join(map(str, sorted(ids)))}",
    )


def _monitor_label(subject: Subject) -> Judgement:
    if not subject.workload.behind_own_kernel:
        return subject.without_monitor
    return test(
        subject.process.label,
        lambda label: label.enforced,
        yes=lambda label: f"{label.module} enforces {label.label} on {monitor_words(subject)}",
        no=lambda label: (
            f"no MAC label is enforced on {monitor_words(subject)}: {label.label or 'none'}"
        ),
    )


def _monitor_seccomp(subject: Subject) -> Judgement:
    if not subject.workload.behind_own_kernel:
        return subject.without_monitor
    return test(
        subject.process.seccomp,
        lambda mode: mode is not SeccompMode.DISABLED,
        yes=f"{monitor_words(subject)} runs under a seccomp filter",
        no=f"{monitor_words(subject)} may make every system call",
    )


def _passed_through(subject: Subject) -> Judgement:
    if not subject.workload.behind_own_kernel:
        return subject.without_monitor
    machine, container = subject.workload.machine, subject.workload.container
    if machine is None and container is not None:
        return test(
            container.devices,
            bool,
            yes=lambda devices: f"host devices are given to it: {', '.join(devices[:5])}",
            no="no host device is given to it",
        )
    if machine is None:
        return undecided(UNDESCRIBED, subject.kind)
    return test(
        machine.passed_through,
        bool,
        yes=lambda devices: f"host devices are given to it: {', '.join(devices[:5])}",
        no="no host device is given to it",
    )


DECLARATIONS: tuple[Declaration, ...] = (
    measure(
        "own-kernel",
        "A kernel of its own",
        what="The workload runs in a virtual machine or under gVisor, on a kernel that is not the "
        "host's.",
        why="The host's kernel has some four hundred system calls; a VMM has a few devices.",
        by_hand="ps -o pid,user,args -C qemu-system-x86_64",
        remedy="Run it in a VM, a micro-VM or a Kata sandbox, or under gVisor.",
        references=("Documentation/virt/kvm/api.rst", "Documentation/process/threat-model.rst"),
        judge=_own_kernel,
    ),
    exposure(
        "vmm-runs-as-root",
        "The VMM runs as root",
        what="The process that emulates the machine's devices is root on the host.",
        why="A flaw in an emulated device then gives the host away at once.",
        by_hand="grep Uid /proc/PID/status",
        remedy="Start it through libvirt, or with -run-with user=; give it access to /dev/kvm by "
        "group.",
        references=("qemu(1)", "libvirt: drvqemu, Security"),
        judge=_root_monitor,
    ),
    measure(
        "vmm-mac-label",
        "The VMM has a MAC label of its own",
        what="AppArmor or SELinux confines the VMM to this machine's files (sVirt).",
        why="A VMM that was taken over can then touch nothing of the host or of other VMs.",
        by_hand="cat /proc/PID/attr/current; virsh dumpxml NAME | grep seclabel",
        remedy="Boot the host with AppArmor or SELinux and leave libvirt's security driver on.",
        references=("libvirt: drvqemu, sVirt", "selinux(8)"),
        judge=_monitor_label,
    ),
    measure(
        "vmm-seccomp-sandbox",
        "The VMM runs under seccomp",
        what="The kernel refuses the VMM system calls that a VMM does not need.",
        why="It bounds what a VMM that was taken over can ask of the host's kernel.",
        by_hand="grep Seccomp /proc/PID/status",
        remedy="Start QEMU with -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
        "resourcecontrol=deny; libvirt does so by default.",
        references=("qemu(1): -sandbox", "seccomp(2)"),
        judge=_monitor_seccomp,
    ),
    exposure(
        "host-device-passed-through",
        "A device of the host is passed through",
        what="The guest drives a device of the host by itself.",
        why="A device writes memory by DMA; only the IOMMU, and the device's own firmware, keep it "
        "in bounds.",
        by_hand="virsh dumpxml NAME | grep -A5 hostdev; ls /sys/kernel/iommu_groups",
        remedy="Use a paravirtual device, or one that has an IOMMU group of its own.",
        references=("Documentation/driver-api/vfio.rst",),
        judge=_passed_through,
    ),
)
