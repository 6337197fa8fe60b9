"""What the VMM of a virtual machine may do on the host."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    negated,
    test,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.measures.cgroup_files import DEVICES
from isoscope.assessment.measures.privileges import counts_on_host
from isoscope.assessment.sandboxed import monitor_words
from isoscope.inventory.makeup import MachineMakeup, MachineParts
from isoscope.inventory.observation import Observation
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import NamespaceKind

_BLOCK = ("/dev/vhost-", "/dev/vfio/")


def of_machine(judge: Callable[[Subject], Judgement]) -> Callable[[Subject], Judgement]:
    """The judgement for virtual machines alone."""

    def judged(subject: Subject) -> Judgement:
        if subject.workload.sandboxed_by is Sandbox.KATA:
            return undecided(UNDESCRIBED, subject.kind)
        if not subject.workload.own_kernel:
            return subject.without_monitor
        return judge(subject)

    return judged


def of_monitor(judge: Callable[[Subject], Judgement]) -> Callable[[Subject], Judgement]:
    """The judgement for whatever stands in place of a kernel: a VMM, or gVisor's sentry."""
    return lambda subject: (
        judge(subject) if subject.workload.behind_own_kernel else subject.without_monitor
    )


def of_parts(
    condition: Callable[[MachineParts], bool], yes: Callable[[MachineParts], str], no: str
) -> Callable[[Subject], Judgement]:
    """Whether a condition holds of a machine's declared parts."""

    def judge(subject: Subject) -> Judgement:
        makeup = makeup_of(subject)
        if makeup is None:
            return undecided(UNDESCRIBED, subject.kind)
        return test(makeup.parts, condition, yes=yes, no=no)

    return of_machine(judge)


def makeup_of(subject: Subject) -> MachineMakeup | None:
    """How it is put together; None where nobody said."""
    machine = subject.workload.machine
    return None if machine is None else machine.makeup


def _capabilities(subject: Subject) -> Judgement:
    held = test(
        subject.process.capabilities,
        lambda sets: bool(sets.effective & caps.HOST_OWNING),
        yes=lambda sets: (
            f"{monitor_words(subject)} holds {caps.words(sets.effective & caps.HOST_OWNING)}"
        ),
        no=f"{monitor_words(subject)} holds no capability that owns the host",
    )
    # A sandbox makes a user namespace of its own for its sentry, in which it holds some.
    return all_of(held, counts_on_host(subject), says=held.says)


def _no_new_privileges(subject: Subject) -> Judgement:
    return test(
        subject.process.no_new_privileges,
        bool,
        yes=f"{monitor_words(subject)} can gain nothing by executing a file",
        no=f"a set-user-ID program would give {monitor_words(subject)} more",
    )


def _own_view(subject: Subject) -> Judgement:
    return negated(
        test(
            subject.process.in_host_namespace[NamespaceKind.MOUNT],
            bool,
            yes="its VMM sees the host's own mounts and device nodes",
            no="its VMM has a mount namespace of its own",
        )
    )


def _device_list(subject: Subject) -> Judgement:
    return negated(
        test(
            subject.process.device_rules,
            lambda rules: any("*" in rule.numbers and rule.access != "m" for rule in rules),
            yes="the device controller lets its VMM use whole kinds of devices",
            no="the device controller lets its VMM use named devices only",
        )
    )


def _kernel_parts(subject: Subject) -> Judgement:
    devices = _open_devices(subject)
    if devices is None:
        return undecided(UNDESCRIBED, subject.kind)
    return test(
        devices,
        lambda paths: any(path.startswith("/dev/vhost-") for path in paths),
        yes=lambda paths: "its VMM has " + ", ".join(p for p in paths if "/vhost-" in p) + " open",
        no="its VMM has no back end of the kernel open",
    )


def _open_devices(subject: Subject) -> Observation[tuple[str, ...]] | None:
    makeup = makeup_of(subject)
    return None if makeup is None else makeup.open_devices


def _block_device(subject: Subject) -> Judgement:
    machine = subject.workload.machine
    if machine is None:
        return undecided(UNDESCRIBED, subject.kind)
    said = test(
        machine.disks,
        lambda disks: any(disk.source.startswith("/dev/") for disk in disks),
        yes=lambda disks: (
            "its disks are devices of the host: "
            + ", ".join(disk.source for disk in disks if disk.source.startswith("/dev/"))
        ),
        no="none of its disks is a device of the host",
    )
    devices = _open_devices(subject)
    if devices is None:
        return said
    seen = test(
        devices,
        lambda paths: any(not path.startswith(_BLOCK) for path in paths),
        yes=lambda paths: (
            "its VMM has " + ", ".join(p for p in paths if not p.startswith(_BLOCK)) + " open"
        ),
        no="its VMM has no disk of the host open",
    )
    return any_of(said, seen, otherwise=said.says)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "vmm-owns-host",
        "The VMM holds capabilities that own the host",
        what="The process that emulates the machine's devices has a capability such as SYS_ADMIN.",
        why="A flaw in an emulated device then gives the host away, whatever user the VMM runs as.",
        by_hand="grep -E 'Cap(Prm|Eff)' /proc/PID/status",
        remedy="Start it through libvirt, which takes all capabilities away, or as a user without "
        "any.",
        references=("capabilities(7)", "libvirt: drvqemu, POSIX users/groups and capabilities"),
        judge=of_monitor(_capabilities),
    ),
    measure(
        "vmm-no-new-privileges",
        "The VMM can gain no privileges",
        what="The kernel gives the VMM nothing more when it executes a set-user-ID program.",
        why="A VMM that was taken over runs what it finds on the host: sudo, mount, qemu-bridge-"
        "helper.",
        by_hand="grep NoNewPrivs /proc/PID/status",
        remedy="Start QEMU with -sandbox on,elevateprivileges=deny, or from a unit with "
        "NoNewPrivileges=yes.",
        references=("PR_SET_NO_NEW_PRIVS in prctl(2)", "qemu(1): -sandbox"),
        judge=of_monitor(_no_new_privileges),
    ),
    measure(
        "vmm-mount-namespace",
        "The VMM has a mount namespace of its own",
        what="The VMM sees a /dev that was made for it, with this machine's devices alone.",
        why="What has no name cannot be opened by a VMM that was taken over.",
        by_hand="readlink /proc/PID/ns/mnt /proc/1/ns/mnt",
        remedy='Leave namespaces = ["mount"] in libvirt\'s qemu.conf; start Firecracker by its '
        "jailer.",
        references=("libvirt: qemu.conf, namespaces", "mount_namespaces(7)"),
        judge=of_machine(_own_view),
    ),
    measure(
        "vmm-device-list",
        "The VMM may use listed devices only",
        what="The cgroup's device controller lets the VMM open this machine's devices and no "
        "others.",
        why="Without it, file permissions alone stand between a VMM and the host's disks.",
        by_hand=DEVICES,
        remedy="Leave the devices controller among libvirt's cgroup_controllers in qemu.conf.",
        references=("libvirt: qemu.conf, cgroup_device_acl", "cgroups(7)"),
        judge=of_machine(_device_list),
    ),
    exposure(
        "in-kernel-back-end",
        "Devices served by the host's kernel",
        what="The guest's network, sockets or disks are served by vhost in the host's kernel.",
        why="It is faster, and a flaw there is one in the host's kernel and not in a confined "
        "process.",
        by_hand="ls -l /proc/PID/fd | grep vhost",
        remedy="Where the guest is hostile, use vhost=off or a vhost-user process.",
        references=("CVE-2019-14835", "kata-containers: threat model"),
        judge=of_machine(_kernel_parts),
    ),
    exposure(
        "host-block-device",
        "A block device of the host is its disk",
        what="The guest's disk is a device of the host, not an image.",
        why="The guest writes partition tables and file systems that the host may read, mount or "
        "boot from.",
        by_hand="ls -l /proc/PID/fd | grep -E '/dev/(sd|vd|nvme|dm-)'; lsblk",
        remedy="Give it an image or a volume that the host never mounts; keep udev and LVM from "
        "scanning it.",
        references=("lvm.conf(5): filter", "Documentation/process/threat-model.rst"),
        judge=of_machine(_block_device),
    ),
)
