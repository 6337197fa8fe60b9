"""What of the host a guest meets: emulated devices, shares, passed-through devices, and KVM."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    test,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.measures.monitors import makeup_of, of_machine, of_parts
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.virtualisation import Virtualisation

_NOT_LOOKED = Unknown(Doubt.NOT_SAID, "nobody looked at KVM's and VFIO's settings", "scan again")


def _of_host(
    subject: Subject, judge: Callable[[Virtualisation, tuple[str, ...]], Judgement]
) -> Judgement:
    """What is passed through, judged by the host's IOMMU."""
    machine = subject.workload.machine
    if machine is None:
        return undecided(UNDESCRIBED, subject.kind)
    given = machine.passed_through
    if given.value is None:
        return undecided(given.doubt, given)
    functions = tuple(each[4:] for each in given.value if each.startswith("pci "))
    if not functions:
        return failing("no PCI device is passed through to it", given)
    host = subject.inventory.host.virtualisation
    if host is None:
        return undecided(_NOT_LOOKED, given)
    judged = judge(host, functions)
    return all_of(holding(judged.says, given), judged, says=judged.says)


def _unbounded(subject: Subject) -> Judgement:
    def judge(host: Virtualisation, functions: tuple[str, ...]) -> Judgement:
        unsafe = test(
            host.unsafe_passthrough,
            bool,
            yes=lambda switches: f"VFIO is told to do without: {', '.join(switches)}",
            no="VFIO insists on an IOMMU",
        )
        alone = test(
            host.pci_groups,
            lambda groups: any(each not in groups for each in functions),
            yes=lambda groups: (
                "no IOMMU keeps "
                + ", ".join(each for each in functions if each not in groups)
                + " from the host's memory"
            ),
            no=f"the IOMMU keeps {', '.join(functions[:3])} in bounds",
        )
        return any_of(unsafe, alone, otherwise=alone.says)

    return _of_host(subject, judge)


def _group_split(subject: Subject) -> Judgement:
    def judge(host: Virtualisation, functions: tuple[str, ...]) -> Judgement:
        return test(
            host.pci_groups,
            lambda groups: any(o not in functions for f in functions for o in groups.get(f, ())),
            yes=lambda groups: (
                "in the same IOMMU group: "
                + ", ".join(o for f in functions for o in groups.get(f, ()) if o not in functions)
            ),
            no="no other device is in its devices' IOMMU groups",
        )

    return _of_host(subject, judge)


def _switches(subject: Subject) -> Judgement:
    host = subject.inventory.host.virtualisation
    if host is None:
        return undecided(_NOT_LOOKED, subject.kind)
    return test(
        host.risky_switches,
        bool,
        yes=lambda switches: f"KVM runs with {', '.join(switches)}",
        no="KVM runs with none of the switches that weaken it",
    )


def _nested(subject: Subject) -> Judgement:
    host, makeup = subject.inventory.host.virtualisation, makeup_of(subject)
    if host is None or makeup is None:
        return undecided(_NOT_LOOKED if host is None else UNDESCRIBED, subject.kind)
    offered = test(
        host.nested,
        bool,
        yes="KVM lets guests run guests",
        no="KVM lets no guest run guests",
    )
    parts = makeup.parts
    if parts.value is not None and parts.value.nested is None:
        doubt = Unknown(
            Doubt.NOT_SAID,
            "whether its CPU model has vmx or svm is not said",
            "grep -E 'vmx|svm' /proc/cpuinfo in the guest",
        )
        shown = undecided(doubt, parts)
    else:
        shown = test(
            parts,
            lambda found: bool(found.nested),
            yes="its CPU shows vmx or svm",
            no="its CPU shows neither vmx nor svm",
        )
    return all_of(offered, shown, says="it can run guests of its own: its CPU shows vmx or svm")


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "emulated-device-surface",
        "Devices that are emulated in full",
        what="The guest has devices that imitate real hardware: floppy, IDE, e1000, USB, sound, "
        "or user networking.",
        why="Well-known escapes from QEMU went through the code of one of them.",
        by_hand="tr '\\0' '\\n' < /proc/PID/cmdline | grep -A1 -e -device",
        remedy="Use virtio devices, -nodefaults, or the microvm board, and take away what the "
        "guest does not need.",
        references=("CVE-2015-3456", "CVE-2020-14364", "CVE-2015-5154", "QEMU: docs, security"),
        judge=of_parts(
            lambda parts: bool(parts.wide_devices),
            lambda parts: f"it has {', '.join(parts.wide_devices[:6])}",
            "no device of these kinds is declared",
        ),
    ),
    exposure(
        "share-passes-owners",
        "The guest decides owners of the host's files",
        what="A directory of the host is shared with the guest so that its root sets owners and "
        "modes there.",
        why="It can leave a set-user-ID program or a device node there for a user of the host.",
        by_hand="virsh dumpxml NAME | grep -A3 '<filesystem'; tr '\\0' ' ' < /proc/PID/cmdline",
        remedy="Share with security_model=mapped-xattr (libvirt: accessmode='mapped'), or by "
        "virtiofsd with a namespace sandbox, from a file system mounted nosuid,nodev.",
        references=("qemu(1): -fsdev", "https://libvirt.org/formatdomain.html#filesystems"),
        judge=of_parts(
            lambda parts: bool(parts.passing_shares),
            lambda parts: f"shared so: {', '.join(parts.passing_shares[:3])}",
            "no directory is shared so that the guest decides owners",
        ),
    ),
    exposure(
        "vsock-to-host",
        "A vsock leads to the host",
        what="The guest has a vsock device, whose other end is the host.",
        why="Services of the host that listen on vsock, some for every address, take connections "
        "from the guest past every firewall.",
        by_hand="ss -l --vsock; virsh dumpxml NAME | grep -A2 '<vsock'",
        remedy="Take the device away, or see that no service of the host listens on vsock.",
        references=("vsock(7)",),
        judge=of_parts(
            lambda parts: parts.vsock,
            lambda _: "it has a vsock device",
            "it has no vsock device",
        ),
    ),
    exposure(
        "image-format-guessed",
        "QEMU guesses the format of an image",
        what="A writable image is given without its format, which QEMU then takes from its first "
        "bytes.",
        why="A guest that writes a qcow2 header with a backing file reads that file of the host at "
        "its next start; QEMU refuses such writes only while it knows that it guessed.",
        by_hand="tr '\\0' '\\n' < /proc/PID/cmdline | grep -A1 -e -drive -e -hda",
        remedy="Say format=raw or format=qcow2 with every -drive.",
        references=("qemu(1): -drive format", "CVE-2008-2004"),
        judge=of_parts(
            lambda parts: bool(parts.probed_images),
            lambda parts: f"without a format: {', '.join(parts.probed_images[:3])}",
            "every image has its format said",
        ),
    ),
    exposure(
        "passthrough-without-iommu",
        "A device of the host reaches all memory",
        what="A PCI device is passed through that no IOMMU keeps in bounds.",
        why="The guest has the device write wherever it likes: the host is the guest's.",
        by_hand="readlink /sys/bus/pci/devices/ADDRESS/iommu_group; grep . "
        "/sys/module/vfio*/parameters/*",
        remedy="Turn the IOMMU on (firmware, intel_iommu=on) and leave off VFIO's switches for "
        "doing without it.",
        references=("Documentation/driver-api/vfio.rst", "CVE-2011-1898"),
        judge=of_machine(_unbounded),
    ),
    exposure(
        "iommu-group-split",
        "Other devices are in the IOMMU group",
        what="A device that is passed through shares its IOMMU group with devices that are not.",
        why="Devices of one group reach each other past the IOMMU.",
        by_hand="ls /sys/bus/pci/devices/ADDRESS/iommu_group/devices",
        remedy="Pass the whole group to one guest, or use a slot with access control (ACS).",
        references=("Documentation/driver-api/vfio.rst: groups",),
        judge=of_machine(_group_split),
    ),
    exposure(
        "nested-virtualisation",
        "The guest may run guests",
        what="KVM's nested virtualisation is on and the guest's CPU shows vmx or svm.",
        why="It opens KVM's most intricate code to the guest.",
        by_hand="grep -s . /sys/module/kvm_*/parameters/nested; virsh dumpxml NAME | grep -A3 "
        "'<cpu'",
        remedy="Load kvm_intel or kvm_amd with nested=0, or start the guest with -cpu …,vmx=off.",
        references=("Documentation/virt/kvm/x86/nested-vmx.rst", "CVE-2021-29657"),
        judge=of_machine(_nested),
    ),
    exposure(
        "kvm-switches-weak",
        "KVM runs with switches that weaken it",
        what="A parameter of KVM opens more to guests or leaves out a mitigation.",
        why="With enable_vmware_backdoor or ignore_msrs guests may do more; without "
        "nx_huge_pages a guest can halt the CPU, without vmentry_l1d_flush read its cache.",
        by_hand="grep . /sys/module/kvm*/parameters/*",
        remedy="Take the parameter out of /etc/modprobe.d and the kernel's command line.",
        references=(
            "Documentation/admin-guide/kernel-parameters.txt: kvm.*",
            "Documentation/admin-guide/hw-vuln/multihit.rst",
        ),
        judge=of_machine(_switches),
    ),
)
