"""What is listed beside the contract's technologies: Hygon's, and isolation by hypervisors.

No such hardware was seen: the readings are made from what the kernel and the makers document.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.host import TeeAvailability
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.misc_controller import misc_controller
from isoscope.inventory.technology import Technology, TeeNature
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading
from tests.unit.machine_readings import (
    cpuid,
    cpuid_vendor,
    cpuinfo,
    file,
    gap,
    kernel,
    kvm,
    snapshot,
    there,
)

ENCRYPTION = 0x8000_001F


def tee(taken: Snapshot, technology: Technology) -> TeeAvailability:
    return next(t for t in host_facts(taken).tees if t.technology is technology)


def states(found: TeeAvailability) -> dict[str, str]:
    return {stage.name.value: stage.state.value for stage in found.stages}


def uname(machine: str = "x86_64") -> Reading:
    return kernel("uname", "uname(2)", {"machine": machine, "release": "6.18.0"})


def hygon_host(flags: str = "sme sev") -> Snapshot:
    return snapshot(
        uname(),
        cpuinfo("HygonGenuine", flags),
        cpuid_vendor("HygonGenuine"),
        cpuid(0x8000_0000, eax=0x8000_001F),
        cpuid(ENCRYPTION, eax=0b1011, ecx=15, edx=5),
        file("/sys/module/kvm_amd/parameters/sev", "1\n"),
        kvm("KVM_CAP_VM_TYPES", 0b101),
        there("/dev/sev"),
        file("/sys/fs/cgroup/misc.capacity", "sev 11\n"),
    )


def test_hygons_encrypted_guests_are_hygons_and_not_amds() -> None:
    assert tee(hygon_host(), Technology.HYGON_CSV).available is True
    assert states(tee(hygon_host(), Technology.AMD_SEV))["cpu"] == "absent"


def test_what_a_missing_flag_means_is_only_known_of_amds_processors() -> None:
    assert states(tee(hygon_host(""), Technology.HYGON_CSV))["firmware"] == "unknown"


HYPER_V = {"ebx": 0x7263694D, "ecx": 0x666F736F, "edx": 0x76482074}
"""``Microsoft Hv`` in three registers."""


def hyper_v_guest(*, privileges: int, isolation: int | None, config: int = 0) -> Snapshot:
    readings = [
        uname(),
        cpuinfo("AuthenticAMD", "hypervisor"),
        cpuid(0x4000_0000, eax=0x4000_000C, **HYPER_V),
        cpuid(0x4000_0003, ebx=privileges),
    ]
    if isolation is not None:
        readings.append(cpuid(0x4000_000C, eax=config, ebx=isolation))
    return snapshot(*readings)


@pytest.mark.parametrize(
    ("number", "words"), [(1, "no hardware TEE"), (2, "SEV-SNP"), (3, "TDX"), (9, "which no spec")]
)
def test_hyper_v_says_what_isolates_this_machine(number: int, words: str) -> None:
    found = tee(
        hyper_v_guest(privileges=1 << 22, isolation=0x20 | number), Technology.HYPER_V_ISOLATION
    )
    hypervisor = next(s for s in found.stages if s.name == "hypervisor")
    assert found.available is True
    assert words in hypervisor.says
    assert "not a hardware TEE of workloads" in found.summary
    assert found.technology.nature is TeeNature.HYPERVISOR_ISOLATION


def test_a_paravisor_is_named() -> None:
    taken = hyper_v_guest(privileges=1 << 22, isolation=2, config=1)
    found = tee(taken, Technology.HYPER_V_ISOLATION)
    assert any("with a paravisor" in stage.says for stage in found.stages)


@pytest.mark.parametrize(
    ("privileges", "isolation", "available"),
    [
        (0, 2, False),
        (1 << 22 | 1 << 12, 2, False),  # the partition that manages the others
        (1 << 22, 0, False),
        (1 << 22, None, None),
    ],
)
def test_hyper_v_without_isolation(
    privileges: int, isolation: int | None, available: bool | None
) -> None:
    taken = hyper_v_guest(privileges=privileges, isolation=isolation)
    assert tee(taken, Technology.HYPER_V_ISOLATION).available is available


def test_another_hypervisor_has_no_isolation_of_hyper_v() -> None:
    below = cpuid(0x4000_0000, eax=0x4000_0001, ebx=0x4B4D564B, ecx=0x564B4D56, edx=0x4D)
    taken = snapshot(uname(), cpuinfo("GenuineIntel", "hypervisor"), below)
    assert tee(taken, Technology.HYPER_V_ISOLATION).available is False


def arm_host(command: Reading) -> Snapshot:
    return snapshot(uname("aarch64"), command, there("/dev/kvm"))


def test_protected_kvm_is_asked_for_on_the_command_line_and_only_the_log_tells_more() -> None:
    found = tee(
        arm_host(file("/proc/cmdline", "kvm-arm.mode=protected\n")), Technology.PROTECTED_KVM
    )
    assert states(found)["kernel"] == "present"
    assert found.available is None
    unasked = tee(arm_host(file("/proc/cmdline", "quiet\n")), Technology.PROTECTED_KVM)
    assert unasked.available is False
    assert "kvm-arm.mode=protected" in unasked.summary
    unread = tee(arm_host(gap("/proc/cmdline", Gap.DENIED)), Technology.PROTECTED_KVM)
    assert unread.available is None
    assert tee(hygon_host(), Technology.PROTECTED_KVM).available is False


def test_the_misc_controller_of_another_cgroup_than_the_root_counts_nothing() -> None:
    """Within a cgroup namespace ``/sys/fs/cgroup`` is another cgroup, without ``misc.capacity``."""
    taken = snapshot(
        gap("/sys/fs/cgroup/misc.capacity", Gap.ABSENT),
        file("/sys/fs/cgroup/misc.current", "sev 0\n"),
    )
    assert misc_controller(taken).used("sev") is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_of_the_misc_controller_is_a_number_or_none(capacity: str, current: str) -> None:
    controller = misc_controller(
        snapshot(
            file("/sys/fs/cgroup/misc.capacity", capacity),
            file("/sys/fs/cgroup/misc.current", current),
        )
    )
    for number in (controller.amount("sev_es"), controller.used("sev_es")):
        assert number is None or number >= 0
