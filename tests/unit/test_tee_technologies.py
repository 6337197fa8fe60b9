"""Stages of every TEE technology, from readings in the formats that the kernel documents."""

import os
from pathlib import Path

import pytest

from isoscope.inventory.host import StageName, StageState, TeeAvailability
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.tee.domain_capabilities import parse_domain_capabilities
from isoscope.inventory.observation import Party
from isoscope.inventory.technology import Technology, TeeNature
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.unit.machine_readings import (
    cpuid,
    cpuid_vendor,
    cpuinfo,
    directory,
    file,
    gap,
    kernel,
    kvm,
    not_there,
    snapshot,
    there,
)

CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[3] / "shared" / "captures"
)
ENCRYPTION = 0x8000_001F


def tee(taken: Snapshot, technology: Technology) -> TeeAvailability:
    return next(t for t in host_facts(taken).tees if t.technology is technology)


def states(found: TeeAvailability) -> dict[str, str]:
    return {stage.name.value: stage.state.value for stage in found.stages}


def uname(machine: str = "x86_64", release: str = "6.18.0") -> Reading:
    return kernel("uname", "uname(2)", {"machine": machine, "release": release})


def libvirt(xml: str | bytes) -> Reading:
    raw = xml.encode() if isinstance(xml, str) else xml
    source = Source(Channel.LIBVIRT, "qemu:///system", "virConnectGetDomainCapabilities kvm")
    return Reading(source, 1.0, "root", content=raw)


def amd_host(**changes: Reading | None) -> Snapshot:
    """An EPYC host with everything turned on, but for what is changed or, with None, left out."""
    readings: dict[str, Reading | None] = {
        "uname": uname(),
        "release": file("/proc/sys/kernel/osrelease", "6.18.0\n"),
        "cpuinfo": cpuinfo("AuthenticAMD", "sme sev sev_es sev_snp"),
        "vendor": cpuid_vendor("AuthenticAMD"),
        "extended": cpuid(0x8000_0000, eax=0x8000_0028),
        "leaf": cpuid(ENCRYPTION, eax=0b11011, ebx=51, ecx=509, edx=100),
        "sev": file("/sys/module/kvm_amd/parameters/sev", "Y\n"),
        "sev_es": file("/sys/module/kvm_amd/parameters/sev_es", "Y\n"),
        "sev_snp": file("/sys/module/kvm_amd/parameters/sev_snp", "Y\n"),
        "module": there("/sys/module/kvm_amd"),
        "kvm": kvm("KVM_CAP_VM_TYPES", 0b11101),
        "device": there("/dev/sev"),
        "capacity": file("/sys/fs/cgroup/misc.capacity", "sev 410\nsev_es 99\n"),
        "command": file("/proc/cmdline", "quiet mem_encrypt=on\n"),
    }
    readings.update(changes)
    return snapshot(*(reading for reading in readings.values() if reading is not None))


AMD_GUESTS = (Technology.AMD_SEV, Technology.AMD_SEV_ES, Technology.AMD_SEV_SNP)


@pytest.mark.parametrize("technology", AMD_GUESTS)
def test_every_stage_of_an_epyc_host_is_there(technology: Technology) -> None:
    found = tee(amd_host(), technology)
    assert set(states(found).values()) == {"present"}
    assert found.available is True
    assert "own word" in found.summary


@pytest.mark.parametrize("technology", list(Technology))
def test_every_technology_has_all_six_stages_in_order(technology: Technology) -> None:
    for taken in (snapshot(), amd_host()):
        assert tuple(s.name for s in tee(taken, technology).stages) == tuple(StageName)


@pytest.mark.parametrize("technology", list(Technology))
def test_nothing_is_known_of_a_host_that_nobody_read(technology: Technology) -> None:
    found = tee(snapshot(), technology)
    assert found.available is None
    for stage in found.stages:
        assert stage.state in (StageState.UNKNOWN, StageState.NOT_APPLICABLE)
        for observation in stage.observations:
            assert observation.unknown is not None


def test_stages_bring_their_evidence() -> None:
    for stage in tee(amd_host(), Technology.AMD_SEV_SNP).stages:
        assert [e.source for o in stage.observations for e in o.evidence]


def test_firmware_that_left_it_off_is_named_with_what_turns_it_on() -> None:
    found = tee(amd_host(cpuinfo=cpuinfo("AuthenticAMD", "sme sev sev_es")), Technology.AMD_SEV_SNP)
    assert states(found)["firmware"] == "absent"
    assert found.available is False
    assert found.summary.startswith("The firmware does not provide it")
    assert "RMP table" in found.summary


def test_an_old_kernel_shows_no_flag_for_snp_and_proves_nothing_by_that() -> None:
    taken = amd_host(
        cpuinfo=cpuinfo("AuthenticAMD", "sev sev_es"),
        uname=uname(release="6.1.0"),
        release=file("/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n"),
        sev_snp=gap("/sys/module/kvm_amd/parameters/sev_snp", Gap.ABSENT),
    )
    found = tee(taken, Technology.AMD_SEV_SNP)
    assert states(found)["firmware"] == "unknown"
    assert states(found)["kernel"] == "absent"
    assert "6.11" in found.summary


def test_a_parameter_that_kvm_took_back_is_the_missing_stage() -> None:
    found = tee(
        amd_host(sev_snp=file("/sys/module/kvm_amd/parameters/sev_snp", "N\n")),
        Technology.AMD_SEV_SNP,
    )
    assert states(found)["kernel"] == "absent"
    assert "sev_snp is N" in found.summary


def test_kvms_answer_outranks_its_parameter() -> None:
    """Linux 6.12 writes Y before the secure processor was asked."""
    found = tee(amd_host(kvm=kvm("KVM_CAP_VM_TYPES", 0b1)), Technology.AMD_SEV)
    assert states(found)["kernel"] == "present"
    assert states(found)["hypervisor"] == "absent"
    assert found.available is False


def test_a_kernel_that_does_not_tell_types_leaves_it_to_libvirt() -> None:
    old = kvm("KVM_CAP_VM_TYPES", 0)
    assert states(tee(amd_host(kvm=old), Technology.AMD_SEV))["hypervisor"] == "unknown"
    xml = (
        "<domainCapabilities><features><sev supported='yes'><maxGuests>59</maxGuests>"
        "<maxESGuests>0</maxESGuests></sev></features></domainCapabilities>"
    )
    taken = amd_host(kvm=old, libvirt=libvirt(xml))
    assert states(tee(taken, Technology.AMD_SEV))["hypervisor"] == "present"
    assert states(tee(taken, Technology.AMD_SEV_ES))["hypervisor"] == "unknown"


def test_an_answer_that_kvm_cannot_give_counts_as_none() -> None:
    found = tee(amd_host(kvm=kvm("KVM_CAP_VM_TYPES", -1)), Technology.AMD_SEV_SNP)
    assert states(found)["hypervisor"] == "unknown"


def test_kvm_that_may_not_be_asked_is_unknown() -> None:
    source = Source(Channel.KERNEL, "/dev/kvm", "KVM_CHECK_EXTENSION KVM_CAP_VM_TYPES")
    denied = Reading(source, 1.0, "uid 1000", gap=Gap.DENIED)
    found = tee(amd_host(kvm=denied), Technology.AMD_SEV_SNP)
    assert found.available is None
    assert "Run Isoscope as root" in found.summary


def test_a_missing_device_counts_only_where_devices_were_listed() -> None:
    absent = not_there("/dev/sev")
    assert states(tee(amd_host(device=absent), Technology.AMD_SEV))["device"] == "unknown"
    taken = amd_host(device=absent, devices=directory("/dev", "kvm"))
    assert states(tee(taken, Technology.AMD_SEV))["device"] == "absent"


def test_capacity_is_the_misc_controllers_wherever_cgroup_v2_is_mounted() -> None:
    taken = amd_host(
        capacity=gap("/sys/fs/cgroup/misc.capacity", Gap.ABSENT),
        elsewhere=file("/sys/fs/cgroup/unified/misc.capacity", "sev 410\n"),
    )
    assert states(tee(taken, Technology.AMD_SEV))["capacity"] == "present"
    assert states(tee(taken, Technology.AMD_SEV_SNP))["capacity"] == "absent"


def test_cpuid_tells_the_capacity_where_no_controller_does() -> None:
    taken = amd_host(capacity=gap("/sys/fs/cgroup/misc.capacity", Gap.ABSENT))
    capacity = tee(taken, Technology.AMD_SEV).stages[-1]
    assert capacity.says.startswith("410 guests by CPUID")
    assert tee(taken, Technology.AMD_SEV_ES).stages[-1].says.startswith("99 guests by CPUID")


def test_leaves_beyond_the_highest_are_another_leafs_data() -> None:
    """As seen on an Intel CPU, and on AMD CPUs older than Zen."""
    taken = amd_host(
        extended=cpuid(0x8000_0000, eax=0x8000_0008), cpuinfo=cpuinfo("AuthenticAMD", "smep")
    )
    assert states(tee(taken, Technology.AMD_SEV))["cpu"] == "absent"
    assert states(tee(taken, Technology.AMD_SME))["cpu"] == "absent"


def test_flags_are_whole_words() -> None:
    taken = amd_host(leaf=None, extended=None, cpuinfo=cpuinfo("AuthenticAMD", "smep sev_es_x"))
    assert states(tee(taken, Technology.AMD_SME))["cpu"] == "unknown"
    assert states(tee(taken, Technology.AMD_SEV_ES))["firmware"] == "unknown"


def test_one_makers_technologies_do_not_apply_to_anothers_cpu() -> None:
    found = tee(amd_host(), Technology.INTEL_TDX)
    assert states(found) == {
        name: "absent" if name == "cpu" else "not-applicable" for name in StageName
    }
    assert found.available is False
    assert states(tee(intel_host(), Technology.AMD_SEV_SNP))["cpu"] == "absent"


def test_memory_encryption_of_the_whole_host_needs_cpu_firmware_and_kernel() -> None:
    found = tee(amd_host(), Technology.AMD_SME)
    assert found.available is True
    assert states(found)["hypervisor"] == "not-applicable"
    off = tee(amd_host(command=file("/proc/cmdline", "mem_encrypt=off\n")), Technology.AMD_SME)
    assert states(off)["kernel"] == "absent"
    unasked = tee(amd_host(command=file("/proc/cmdline", "quiet\n")), Technology.AMD_SME)
    assert unasked.available is None


TSME_STATUS = "/sys/bus/pci/devices/{}/tsme_status"


def test_transparent_encryption_needs_nothing_of_the_kernel() -> None:
    status = file(TSME_STATUS.format("0000:04:00.1"), "1\n")
    found = tee(amd_host(tsme=status, command=None), Technology.AMD_TSME)
    assert states(found)["kernel"] == "not-applicable"
    assert found.available is True


def test_one_socket_without_transparent_encryption_is_enough_to_have_none() -> None:
    on = file(TSME_STATUS.format("0000:04:00.1"), "1\n")
    off = file(TSME_STATUS.format("0000:84:00.1"), "0\n")
    found = tee(amd_host(on=on, off=off), Technology.AMD_TSME)
    assert found.available is False
    assert "turn on tsme" in found.summary.casefold()
    denied = gap(TSME_STATUS.format("0000:84:00.1"), Gap.DENIED)
    assert tee(amd_host(on=on, denied=denied), Technology.AMD_TSME).available is None


@pytest.mark.parametrize("technology", [Technology.AMD_SME, Technology.AMD_TSME])
def test_memory_encryption_is_said_to_be_no_tee_of_workloads(technology: Technology) -> None:
    status = file(TSME_STATUS.format("0000:04:00.1"), "1\n")
    found = tee(amd_host(tsme=status), technology)
    assert found.available is True
    assert technology.nature is TeeNature.MEMORY_ENCRYPTION
    assert found.summary.endswith("no workload is in a TEE for it.")


def intel_host(**changes: Reading | None) -> Snapshot:
    """A Xeon host with everything turned on, but for what is changed or, with None, left out."""
    readings: dict[str, Reading | None] = {
        "uname": uname(),
        "release": file("/proc/sys/kernel/osrelease", "6.18.0\n"),
        "cpuinfo": cpuinfo("GenuineIntel", "tme sgx sgx_lc tdx_host_platform"),
        "vendor": cpuid_vendor("GenuineIntel"),
        "features": cpuid(7, ebx=1 << 2, ecx=1 << 13),
        "tdx": file("/sys/module/kvm_intel/parameters/tdx", "Y\n"),
        "module": there("/sys/module/kvm_intel"),
        "kvm": kvm("KVM_CAP_VM_TYPES", 0b100001),
        "enclaves": there("/dev/sgx_enclave"),
        "memory": file("/sys/devices/system/node/node0/x86/sgx_total_bytes", "4261412864\n"),
        "capacity": file("/sys/fs/cgroup/misc.capacity", "tdx 31\n"),
    }
    readings.update(changes)
    return snapshot(*(reading for reading in readings.values() if reading is not None))


@pytest.mark.parametrize(
    "technology", [Technology.INTEL_TME, Technology.INTEL_SGX, Technology.INTEL_TDX]
)
def test_every_stage_of_a_xeon_host_is_there(technology: Technology) -> None:
    found = tee(intel_host(), technology)
    assert set(states(found).values()) <= {"present", "not-applicable"}
    assert found.available is True


def test_firmware_that_left_sgx_off() -> None:
    found = tee(
        intel_host(cpuinfo=cpuinfo("GenuineIntel", "tme"), enclaves=None, memory=None),
        Technology.INTEL_SGX,
    )
    assert states(found)["cpu"] == "present"
    assert states(found)["firmware"] == "absent"
    assert "firmware setup" in found.summary


def test_enclave_memory_is_summed_over_the_memory_nodes() -> None:
    second = file("/sys/devices/system/node/node1/x86/sgx_total_bytes", "136\n")
    says = tee(intel_host(second=second), Technology.INTEL_SGX).stages[-1].says
    assert says == "4261413000 bytes of enclave memory"


def test_enclave_memory_of_every_socket_counts() -> None:
    first = cpuid(0x12, 2, eax=0x1, ecx=0x6000_0001, edx=0x1)
    second = cpuid(0x12, 3, eax=0x1, ecx=0x1000_0001)
    found = tee(intel_host(memory=None, first=first, second=second), Technology.INTEL_SGX)
    assert found.stages[-1].says.startswith(f"{0x1_7000_0000} bytes")


def test_sgx_without_launch_control_is_named() -> None:
    found = tee(
        intel_host(
            cpuinfo=cpuinfo("GenuineIntel", "tme sgx"),
            enclaves=not_there("/dev/sgx_enclave"),
            list=directory("/dev", "null"),
            memory=None,
        ),
        Technology.INTEL_SGX,
    )
    assert states(found)["kernel"] == "absent"
    assert "launch control" in found.summary


def test_enclave_memory_by_cpuid_where_sysfs_has_none() -> None:
    section = cpuid(0x12, 2, eax=0x1, ebx=0, ecx=0x6000_0001, edx=0x1)
    found = tee(intel_host(memory=None, section=section), Technology.INTEL_SGX)
    assert found.stages[-1].says == f"{0x1_6000_0000} bytes of enclave memory, by CPUID 0x12"


def test_no_enclave_memory_is_a_missing_stage() -> None:
    empty = file("/sys/devices/system/node/node0/x86/sgx_total_bytes", "0\n")
    assert states(tee(intel_host(memory=empty), Technology.INTEL_SGX))["capacity"] == "absent"


def test_tdx_that_nobody_asked_kvm_for() -> None:
    found = tee(
        intel_host(
            tdx=file("/sys/module/kvm_intel/parameters/tdx", "N\n"),
            kvm=kvm("KVM_CAP_VM_TYPES", 1),
            capacity=file("/sys/fs/cgroup/misc.capacity", ""),
        ),
        Technology.INTEL_TDX,
    )
    assert states(found) == {
        "cpu": "present",
        "firmware": "present",
        "kernel": "absent",
        "hypervisor": "absent",
        "device": "not-applicable",
        "capacity": "absent",
    }
    assert "tdx=1" in found.summary


def test_a_cpu_without_tme_cannot_have_tdx() -> None:
    found = tee(
        intel_host(features=cpuid(7, ebx=4), cpuinfo=cpuinfo("GenuineIntel")), Technology.INTEL_TDX
    )
    assert states(found)["cpu"] == "absent"


def test_no_flag_for_tdx_means_firmware_on_a_new_kernel_and_nothing_on_an_old_one() -> None:
    plain = cpuinfo("GenuineIntel", "tme")
    assert states(tee(intel_host(cpuinfo=plain), Technology.INTEL_TDX))["firmware"] == "absent"
    old = file("/proc/sys/kernel/osrelease", "6.1.0\n")
    found = tee(intel_host(cpuinfo=plain, release=old), Technology.INTEL_TDX)
    assert states(found)["firmware"] == "unknown"


def s390_host(**changes: Reading | None) -> Snapshot:
    readings: dict[str, Reading | None] = {
        "uname": uname("s390x"),
        "cpuinfo": file(
            "/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 0 1 158 161\n\ncache0 : x\n"
        ),
        "host": file("/sys/firmware/uv/prot_virt_host", "1\n"),
        "guests": file("/sys/firmware/uv/query/max_guests", "65534\n"),
        "kvm": kvm("KVM_CAP_S390_PROTECTED", 1),
    }
    readings.update(changes)
    return snapshot(*(reading for reading in readings.values() if reading is not None))


def test_secure_execution() -> None:
    found = tee(s390_host(), Technology.IBM_SE)
    assert found.available is True
    off = tee(s390_host(host=file("/sys/firmware/uv/prot_virt_host", "0\n")), Technology.IBM_SE)
    assert off.available is False
    assert "prot_virt=1" in off.summary
    other = s390_host(cpuinfo=file("/proc/cpuinfo", "vendor_id : IBM/S390\nfacilities : 1581\n\n"))
    assert states(tee(other, Technology.IBM_SE))["cpu"] == "absent"


def test_protected_execution_of_power() -> None:
    power = uname("ppc64le")
    on = snapshot(power, directory("/sys/firmware/ultravisor"), kvm("KVM_CAP_PPC_SECURE_GUEST", 1))
    assert tee(on, Technology.IBM_PEF).available is True
    off = snapshot(power, directory("/sys/firmware", "devicetree"))
    assert tee(off, Technology.IBM_PEF).available is False
    assert tee(snapshot(power), Technology.IBM_PEF).available is None


def test_arm_shows_no_stage_of_cca() -> None:
    found = tee(snapshot(uname("aarch64")), Technology.ARM_CCA)
    assert found.available is None
    assert states(tee(amd_host(), Technology.ARM_CCA))["cpu"] == "absent"


def test_nitro_enclaves() -> None:
    readings = [
        file("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n"),
        there("/sys/module/nitro_enclaves"),
        there("/dev/nitro_enclaves"),
    ]
    cpus = "/sys/module/nitro_enclaves/parameters/ne_cpus"
    on = tee(snapshot(*readings, file(cpus, "2,3\n")), Technology.AWS_NITRO_ENCLAVES)
    assert on.available is True
    none_apart = tee(snapshot(*readings, file(cpus, "\n")), Technology.AWS_NITRO_ENCLAVES)
    assert states(none_apart)["capacity"] == "absent"
    assert "nitro-enclaves-allocator" in none_apart.summary


def nvml(request: str, answer: bytes) -> Reading:
    return Reading(Source(Channel.LIBRARY, "nvml", request), 1.0, "root", content=answer)


GPU = file("/proc/bus/pci/devices", "0100\t10de2330\t0\t0\nffff\t80861234\t0\t0\n")
DRIVER = file("/proc/driver/nvidia/version", "NVRM version: 570\n")


@pytest.mark.parametrize(
    ("state", "firmware"),
    [
        (b'{"environment": 2, "ccFeature": 1, "devToolsMode": 0}', "present"),
        (b'{"environment": 2, "ccFeature": 1, "devToolsMode": 1}', "absent"),
        (b'{"environment": 1, "ccFeature": 1, "devToolsMode": 0}', "absent"),
        (b'{"environment": 0, "ccFeature": 0, "devToolsMode": 0}', "absent"),
        (b'{"environment": "2"}', "unknown"),
        (b"[]", "unknown"),
    ],
)
def test_a_gpus_mode(state: bytes, firmware: str) -> None:
    memory = nvml("nvmlDeviceGetConfComputeMemSizeInfo", b'[{"protectedMemSizeKib": 1}]')
    reading = nvml("nvmlSystemGetConfComputeState", state)
    found = tee(amd_host(gpu=GPU, driver=DRIVER, mode=reading, memory=memory), Technology.NVIDIA_CC)
    assert states(found)["firmware"] == firmware
    assert found.available is {"present": True, "absent": False, "unknown": None}[firmware]


def test_a_gpu_builds_on_encrypted_guests() -> None:
    taken = amd_host(gpu=GPU, kvm=kvm("KVM_CAP_VM_TYPES", 1))
    assert states(tee(taken, Technology.NVIDIA_CC))["hypervisor"] == "absent"


def test_no_gpu_at_all() -> None:
    other = file("/proc/bus/pci/devices", "0008\t1af41045\t0\t10de\n")
    found = tee(snapshot(other), Technology.NVIDIA_CC)
    assert states(found)["device"] == "absent"
    assert found.available is False


def test_a_guest_hears_it_all_from_the_hypervisor_below() -> None:
    taken = amd_host(cpuinfo=cpuinfo("AuthenticAMD", "sme sev sev_es sev_snp hypervisor"))
    found = tee(taken, Technology.AMD_SEV_SNP)
    assert "itself a guest" in found.summary
    for stage in found.stages:
        for observation in stage.observations:
            assert Party.OUTER_HYPERVISOR in observation.parties


@pytest.mark.parametrize(
    ("name", "offered", "guests"),
    [
        ("qemu_10.0.0-q35.amdsev.xml", {"sev", "sev-es", "sev-snp"}, (59, 450)),
        ("qemu_10.0.0-q35.plain.xml", set(), (None, None)),
        ("qemu_10.0.0.s390x.xml", {"s390-pv"}, (None, None)),
        ("qemu_11.0.0-q35.sgx-tdx.excerpt.xml", {"tdx"}, (None, None)),
        ("qemu_7.0.0-q35.sgx.xml", set(), (None, None)),
    ],
)
def test_real_domain_capabilities(
    name: str, offered: set[str], guests: tuple[int | None, int | None]
) -> None:
    path = CAPTURES / "attestation" / "libvirt" / "domcaps" / name
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    found = parse_domain_capabilities(libvirt(path.read_bytes()))
    assert found.launch_security == offered
    assert (found.sev_guests, found.sev_es_guests) == guests
    assert found.enclave_kilobytes == (524288 if "sgx" in name else None)


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<domain/>",
        "<domainCapabilities>",
        '<!DOCTYPE a [<!ENTITY x "y">]><domainCapabilities>&x;</domainCapabilities>',
        "<domainCapabilities>" + "<a>" * 40 + "</a>" * 40 + "</domainCapabilities>",
        "<?xml version='1.0' encoding='nothing-known'?><domainCapabilities/>",
        "<domainCapabilities>" + " " * 1024 * 1024 + "</domainCapabilities>",
    ],
)
def test_hostile_domain_capabilities_are_refused(xml: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_domain_capabilities(libvirt(xml))
    assert host_facts(snapshot(libvirt(xml))).tees


def test_guests_that_run_are_shown_with_the_capacity() -> None:
    used = file("/sys/fs/cgroup/misc.current", "sev 0\nsev_es 3\n")
    capacity = tee(amd_host(used=used), Technology.AMD_SEV_SNP).stages[-1]
    assert capacity.says == "99 guests (sev_es of misc.capacity), 3 of them run"
    assert [e.source for e in capacity.observations[0].evidence] == [
        "/sys/fs/cgroup/misc.capacity",
        "/sys/fs/cgroup/misc.current",
    ]
    assert "run" not in tee(amd_host(), Technology.AMD_SEV_SNP).stages[-1].says
