"""Whether the host is itself a guest or a container, sign by sign."""

import pytest

from isoscope.inventory.host import GuestSign
from isoscope.inventory.machine import host_facts
from isoscope.inventory.observation import Doubt
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading
from tests.unit.machine_readings import (
    cpuid,
    cpuid_vendor,
    cpuinfo,
    file,
    gap,
    kernel,
    link,
    snapshot,
    there,
)
from tests.unit.test_machine_identity import BARE_METAL

HYPERVISOR_BIT = 1 << 31
KVM_LETTERS = {"ebx": 0x4B4D564B, "ecx": 0x564B4D56, "edx": 0x4D}
INITIAL = {
    "cgroup": 4026531835,
    "ipc": 4026531839,
    "mnt": 4026531832,
    "net": 4026531833,
    "pid": 4026531836,
    "time": 4026531834,
    "user": 4026531837,
    "uts": 4026531838,
}


def sign(taken: Snapshot, name: str) -> GuestSign:
    return next(found for found in host_facts(taken).guest_signs if found.sign == name)


def namespaces(**other: int) -> list[Reading]:
    return [
        link(f"/proc/self/ns/{kind}", f"{kind}:[{number}]")
        for kind, number in (INITIAL | other).items()
    ]


def test_the_cpus_flag_decides_for_a_guest() -> None:
    assert host_facts(snapshot(cpuinfo(flags="hypervisor smep"))).is_guest.value is True


def test_the_hypervisors_name_decides_for_a_guest() -> None:
    taken = snapshot(
        cpuid_vendor("GenuineIntel"),
        cpuid(1, ecx=HYPERVISOR_BIT),
        cpuid(0x40000000, eax=0x40000001, **KVM_LETTERS),
    )
    assert host_facts(taken).is_guest.value is True
    assert sign(taken, "CPUID hypervisor vendor").says == "KVM (KVMKVMKVM)"


def test_the_hypervisors_leaf_means_nothing_unless_the_cpu_announces_one() -> None:
    taken = snapshot(
        cpuid_vendor("GenuineIntel"), cpuid(1), cpuid(0x40000000, eax=7, **KVM_LETTERS)
    )
    assert sign(taken, "CPUID hypervisor vendor") == GuestSign(
        "CPUID hypervisor vendor", "the CPU announces none", guest=False
    )


def test_a_flag_is_a_whole_word() -> None:
    assert sign(snapshot(cpuinfo(flags="hypervisors")), "cpuinfo flag hypervisor").guest is False


def test_a_machine_is_bare_where_the_cpu_says_so_and_every_other_sign_was_looked_for() -> None:
    assert host_facts(snapshot(*BARE_METAL)).is_guest.value is False


@pytest.mark.parametrize("left_out", range(len(BARE_METAL)))
def test_a_sign_that_nobody_looked_for_could_have_said_otherwise(left_out: int) -> None:
    kept = [reading for place, reading in enumerate(BARE_METAL) if place != left_out]
    assert host_facts(snapshot(*kept)).is_guest.value is not False


def test_firmware_tables_that_disagree_with_the_cpu_leave_it_open() -> None:
    taken = snapshot(*BARE_METAL, file("/sys/class/dmi/id/sys_vendor", "QEMU\n"))
    facts = host_facts(taken)
    assert facts.is_guest.unknown is not None
    assert facts.is_guest.unknown.reason is Doubt.CONTRADICTED


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("sys_vendor", "QEMU"),
        ("sys_vendor", "VMware, Inc."),
        ("product_name", "Virtual Machine"),
        ("product_name", "KVM Virtual Machine"),
        ("bios_vendor", "EFI Development Kit II / OVMF"),
    ],
)
def test_firmware_tables_decide_where_the_cpu_has_no_such_word(field: str, name: str) -> None:
    arm = file("/proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n\n")
    taken = snapshot(arm, file(f"/sys/class/dmi/id/{field}", name + "\n"))
    assert host_facts(taken).is_guest.value is True


@pytest.mark.parametrize("name", ["Dell Inc.", "Lab", "Amazon EC2", "Supermicro QEMU"])
def test_other_makers_decide_nothing(name: str) -> None:
    taken = snapshot(file("/sys/class/dmi/id/sys_vendor", name + "\n"))
    assert sign(taken, "DMI maker").guest is None
    assert not host_facts(taken).is_guest.known


def test_a_mainframe_names_its_hypervisor() -> None:
    text = "Manufacturer: IBM\nVM00 Name:            guest\nVM00 Control Program: KVM/Linux\n"
    assert host_facts(snapshot(file("/proc/sysinfo", text))).is_guest.value is True


def test_a_control_domain_of_xen_is_a_guest() -> None:
    taken = snapshot(
        file("/sys/hypervisor/type", "xen\n"), file("/proc/xen/capabilities", "control_d\n")
    )
    assert host_facts(taken).is_guest.value is True
    assert sign(taken, "/sys/hypervisor/type").says == "xen: its control domain"


def test_a_file_that_docker_left_does_not_make_a_container() -> None:
    taken = snapshot(there("/.dockerenv"), *namespaces())
    assert sign(taken, "systemd-detect-virt").says == (
        "would answer docker, because of /.dockerenv, though all namespaces are the initial ones"
    )
    assert "initial: cgroup, ipc" in sign(taken, "own namespaces").says
    assert not host_facts(taken).is_guest.known


def test_namespaces_that_are_not_the_initial_ones_are_named() -> None:
    taken = snapshot(*namespaces(pid=4026532001, mnt=4026532000))
    foreign = next(o for o in host_facts(taken).observations if o.key == "foreign-namespaces")
    assert foreign.value == ("pid",)
    says = sign(taken, "own namespaces").says
    assert "not initial: pid" in says
    assert "cannot be told: mnt" in says  # kernels up to 6.17 number it freely


def test_namespaces_that_may_not_be_read_are_unknown() -> None:
    taken = snapshot(gap("/proc/self/ns/pid", Gap.DENIED))
    foreign = next(o for o in host_facts(taken).observations if o.key == "foreign-namespaces")
    assert foreign.unknown is not None


@pytest.mark.parametrize(
    ("reading", "name", "says"),
    [
        (
            file("/run/systemd/container", "lxc\n"),
            "/run/systemd/container",
            "in a container of lxc",
        ),
        (
            file("/proc/1/cgroup", "0::/system.slice/docker-0f.scope\n"),
            "cgroup of process 1",
            "names docker: process 1 is a container's",
        ),
        (file("/proc/1/cgroup", "0::/init.scope\n"), "cgroup of process 1", "names no container"),
        (gap("/proc/1/cgroup", Gap.DENIED), "cgroup of process 1", "denied (as the system says)"),
    ],
)
def test_signs_of_containers_never_say_that_the_host_is_a_guest(
    reading: Reading, name: str, says: str
) -> None:
    assert sign(snapshot(reading), name) == GuestSign(name, says, None)


def test_the_architecture_decides_whether_the_flag_means_anything() -> None:
    arm = kernel("uname", "uname(2)", {"machine": "aarch64"})
    taken = snapshot(arm, file("/proc/cpuinfo", "processor : 0\nFeatures : fp\n\n"))
    assert sign(taken, "cpuinfo flag hypervisor").guest is None
