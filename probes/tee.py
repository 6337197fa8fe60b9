"""What a host has of each TEE technology: CPU, firmware, kernel, hypervisor, device, capacity.

Sources: Documentation/arch/x86/{amd-memory-encryption,sgx,tdx}.rst,
Documentation/ABI/testing/sysfs-driver-ccp, Documentation/virt/kvm, Documentation/admin-guide
(cgroup-v2, the misc controller), Documentation/virt/ne_overview.rst.

MSRs are not read: that would need a module that may not be loaded.
"""

from __future__ import annotations

from isoscope.snapshot.places import cgroup_mounts
from probes.cpuid import cpuid
from probes.host.access import HostAccess
from probes.kvm import PPC_SECURE_GUEST, S390_PROTECTED, VM_TYPES, kvm_capability
from probes.machine import cpuinfo, uname
from probes.nvml import nvml_readings
from probes.probe import Recorder, keep_all

CPUID_LEAVES = (
    (0x0, 0),
    (0x7, 0),
    (0x12, 0),
    (0x12, 2),
    (0x12, 3),
    (0x8000_0000, 0),
    (0x8000_001F, 0),
    (0x4000_0000, 0),
    (0x4000_0003, 0),
    (0x4000_000C, 0),
)
"""Leaves and subleaves: vendor, features, SGX and two sections of its memory, AMD's encryption;
Hyper-V's name, privileges and isolation."""

_MODULES = ("kvm", "kvm_amd", "kvm_intel", "ccp", "nitro_enclaves")
_PARAMETERS = (
    "kvm_amd/parameters/sev",
    "kvm_amd/parameters/sev_es",
    "kvm_amd/parameters/sev_snp",
    "kvm_intel/parameters/sgx",
    "kvm_intel/parameters/tdx",
    "nitro_enclaves/parameters/ne_cpus",
)
_DEVICES = (
    "kvm",
    "sev",
    "sgx_enclave",
    "sgx_provision",
    "sgx_vepc",
    "nitro_enclaves",
    "uv",
    "sev-guest",
    "tdx_guest",
)
_FIRMWARE_DIRECTORIES = ("/sys/firmware", "/sys/firmware/uv", "/sys/firmware/ultravisor")
_FIRMWARE_FILES = (
    "/sys/firmware/uv/prot_virt_host",
    "/sys/firmware/uv/prot_virt_guest",
    "/sys/firmware/uv/query/max_guests",
    "/sys/devices/system/cpu/svm",
)
_CCP_DRIVER = "/sys/bus/pci/drivers/ccp"
_CCP_FILES = ("tsme_status", "fused_part", "debug_lock_on", "boot_integrity")
_NODES = "/sys/devices/system/node"
_CGROUP_ROOTS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
_CGROUP_FILES = ("misc.capacity", "misc.current")


class TeeProbe:
    """Reads what each stage of each technology leaves to see, without opening a TEE's device."""

    name = "tee"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """CPU first, NVIDIA's library last: it is the only one that may hang."""
        recorder.keep(uname(host))
        recorder.keep(cpuinfo(host))
        recorder.keep(host.file("/proc/cmdline"))
        keep_all(recorder, (cpuid(host, leaf, subleaf) for leaf, subleaf in CPUID_LEAVES))
        keep_all(recorder, (host.status(f"/sys/module/{name}") for name in _MODULES))
        keep_all(recorder, (host.file(f"/sys/module/{name}") for name in _PARAMETERS))
        recorder.keep(host.directory("/dev"))
        keep_all(recorder, (host.status(f"/dev/{name}") for name in _DEVICES))
        keep_all(recorder, (host.directory(path) for path in _FIRMWARE_DIRECTORIES))
        keep_all(recorder, (host.file(path) for path in _FIRMWARE_FILES))
        vm_types = recorder.keep(kvm_capability(host, VM_TYPES))
        if host.live:
            settled_by = "run Isoscope as root or in the group kvm"
            recorder.note_gap(vm_types, "what KVM can do", settled_by)
        recorder.keep(kvm_capability(host, S390_PROTECTED))
        recorder.keep(kvm_capability(host, PPC_SECURE_GUEST))
        self._capacity(host, recorder)
        self._enclave_memory(host, recorder)
        self._secure_processor(host, recorder)
        recorder.keep(host.file("/proc/bus/pci/devices"))
        recorder.keep(host.file("/sys/class/dmi/id/sys_vendor"))
        keep_all(recorder, nvml_readings(host))

    def _capacity(self, host: HostAccess, recorder: Recorder) -> None:
        """The misc controller of the root of cgroup v2, wherever that is mounted."""
        mounts = cgroup_mounts(host.file("/proc/self/mountinfo").text())
        roots = dict.fromkeys((*([mounts[""]] if "" in mounts else []), *_CGROUP_ROOTS))
        for root in roots:
            keep_all(recorder, (host.file(f"{root}/{name}") for name in _CGROUP_FILES))

    def _enclave_memory(self, host: HostAccess, recorder: Recorder) -> None:
        nodes = recorder.keep(host.directory(_NODES))
        for name in nodes.names():
            if name.startswith("node") and name[4:].isdecimal():
                recorder.keep(host.file(f"{_NODES}/{name}/x86/sgx_total_bytes"))

    def _secure_processor(self, host: HostAccess, recorder: Recorder) -> None:
        """AMD's secure processor, whose driver tells of transparent memory encryption."""
        devices = recorder.keep(host.directory(_CCP_DRIVER))
        for name in devices.names():
            if ":" in name:
                directory = f"/sys/bus/pci/devices/{name}"
                keep_all(recorder, (host.file(f"{directory}/{file}") for file in _CCP_FILES))
