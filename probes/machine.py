"""The host itself: what it is, which mechanisms its kernel runs, and what its CPU is known for."""

from __future__ import annotations

import ctypes
import json
import os
from dataclasses import replace

from isoscope.snapshot import selinux_booleans
from isoscope.snapshot.places import (
    BRIDGED_IPV6,
    IPV6_FORWARDING,
    IPV6_SETTINGS,
    KEYS,
    LEGACY_TABLES,
    NAMESPACES,
    ipv4_forwarding,
    ipv6_setting,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.bridge_ports import bridge_ports
from probes.core_scheduling import read_siblings
from probes.cpuid import HYPERVISOR_LEAF, cpuid
from probes.host.access import HostAccess
from probes.links import links
from probes.packet_filter import packet_filter
from probes.probe import Recorder, keep_all
from probes.reach import read_reach

UNAME = Source(Channel.KERNEL, "uname", "uname(2)")
"""A JSON object of the fields of ``uname(2)`` but for its node and domain names."""

LSM_MODULES = Source(Channel.KERNEL, "lsm", "lsm_list_modules(2)")
"""A JSON object whose ``ids`` are the active LSMs in their order: ``linux/lsm.h``."""

CPUINFO_KEPT = 64 * 1024
"""Bytes kept of ``/proc/cpuinfo``. Nothing beyond the first processor's block is made use of, and
that is complete in so much; a machine with hundreds of processors prints megabytes."""

_CPUINFO_READ = 32 * 1024 * 1024
_CPU = "/sys/devices/system/cpu"
_FLAWS = f"{_CPU}/vulnerabilities"
_PCI = "/sys/bus/pci/devices"
_POWER_METERS = "/sys/class/powercap"
_MEMORY_CONTROLLERS = "/sys/devices/system/edac/mc"
_KSM = "/sys/kernel/mm/ksm"

_IDENTITY = (
    "/proc/sys/kernel/hostname",
    "/etc/hostname",
    "/proc/sys/kernel/osrelease",
    "/proc/sys/kernel/version",
    "/proc/version",
    "/proc/sys/kernel/arch",
    "/proc/sys/kernel/cap_last_cap",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/threads-max",
    "/proc/sys/kernel/tainted",
    "/etc/os-release",
    "/usr/lib/os-release",
)
_RESOURCES = (
    "/proc/cmdline",
    "/proc/meminfo",
    "/proc/swaps",
    "/proc/key-users",
    KEYS,
    f"{_CPU}/online",
    f"{_CPU}/smt/active",
    f"{_CPU}/smt/control",
)
_KSM_FILES = (
    "run",
    "pages_shared",
    "pages_sharing",
    "use_zero_pages",
    "merge_across_nodes",
    "advisor_mode",
)
_LSM = (
    "/sys/kernel/security/lsm",
    "/sys/kernel/security/lockdown",
    "/proc/filesystems",
    "/sys/fs/selinux/enforce",
    "/sys/fs/selinux/mls",
    "/sys/fs/selinux/policyvers",
    "/sys/fs/selinux/deny_unknown",
    "/etc/selinux/config",
    "/sys/module/apparmor/parameters/enabled",
    "/sys/module/apparmor/parameters/mode",
    "/sys/kernel/security/apparmor/profiles",
)
_GUEST_FILES = (
    "/sys/class/dmi/id/sys_vendor",
    "/sys/class/dmi/id/product_name",
    "/sys/class/dmi/id/bios_vendor",
    "/sys/hypervisor/type",
    "/proc/xen/capabilities",
    "/proc/device-tree/hypervisor/compatible",
    "/proc/sysinfo",
    "/run/systemd/container",
    "/run/host/container-manager",
    "/proc/1/cgroup",
)
_GUEST_MARKS = ("/.dockerenv", "/run/.containerenv")
"""Files whose being there is all that is asked: the second names the container."""

_SYSCTLS = (
    "kernel/kptr_restrict",
    "kernel/dmesg_restrict",
    "kernel/perf_event_paranoid",
    "kernel/unprivileged_bpf_disabled",
    "kernel/io_uring_disabled",
    "kernel/kexec_load_disabled",
    "kernel/modules_disabled",
    "kernel/randomize_va_space",
    "kernel/sysrq",
    "kernel/yama/ptrace_scope",
    "kernel/unprivileged_userns_clone",
    "kernel/apparmor_restrict_unprivileged_userns",
    "net/core/bpf_jit_harden",
    "net/ipv4/conf/all/route_localnet",
    "net/bridge/bridge-nf-call-iptables",
    "vm/unprivileged_userfaultfd",
    "dev/tty/ldisc_autoload",
    "dev/tty/legacy_tiocsti",
    "user/max_user_namespaces",
    "fs/protected_symlinks",
    "fs/protected_hardlinks",
    "fs/suid_dumpable",
    "fs/inotify/max_user_instances",
    "kernel/keys/maxkeys",
    "kernel/keys/root_maxkeys",
)
_MODULE_PARAMETERS = (
    "module/parameters/sig_enforce",
    "kvm/parameters/nx_huge_pages",
    "kvm/parameters/ignore_msrs",
    "kvm/parameters/enable_vmware_backdoor",
    "kvm/parameters/mitigate_smt_rsb",
    "kvm_intel/parameters/vmentry_l1d_flush",
    "kvm_intel/parameters/nested",
    "kvm_amd/parameters/nested",
    "vfio_iommu_type1/parameters/allow_unsafe_interrupts",
    "vfio/parameters/enable_unsafe_noiommu_mode",
)


class HostProbe:
    """Reads what the host is."""

    name = "host"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """Small files of procfs and sysfs, and what only system calls and the CPU answer."""
        keep_all(recorder, (host.file(path) for path in _IDENTITY + _RESOURCES))
        recorder.keep(uname(host))
        recorder.keep(cpuinfo(host))
        self._flaws(host, recorder)
        read_siblings(host, recorder)
        recorder.keep(host.directory("/sys/kernel/mm"))
        keep_all(recorder, (host.file(f"{_KSM}/{name}") for name in _KSM_FILES))
        self._security_modules(host, recorder)
        self._guest_signs(host, recorder)
        self._bridges(host, recorder)
        self._side_channels(host, recorder)
        keep_all(recorder, (host.file(f"/proc/sys/{name}") for name in _SYSCTLS))
        keep_all(recorder, (host.file(f"/sys/module/{name}") for name in _MODULE_PARAMETERS))
        read_reach(host, recorder)
        self._iommu_groups(host, recorder)

    def _iommu_groups(self, host: HostAccess, recorder: Recorder) -> None:
        for name in recorder.keep(host.directory(_PCI)).names():
            group = recorder.keep(host.link(f"{_PCI}/{name}/iommu_group"))
            if group.gap is None:
                recorder.keep(host.file(f"{_PCI}/{name}/class"))

    def _flaws(self, host: HostAccess, recorder: Recorder) -> None:
        listed = recorder.keep(host.directory(_FLAWS))
        recorder.note_gap(listed, "the CPU's known flaws", "mount sysfs at /sys")
        keep_all(recorder, (host.file(f"{_FLAWS}/{name}") for name in listed.names()))

    def _security_modules(self, host: HostAccess, recorder: Recorder) -> None:
        recorder.keep(host.directory("/sys/module"))
        recorder.keep(host.directory("/sys/fs/selinux"))
        for path in _LSM:
            reading = recorder.keep(host.file(path))
            recorder.note_gap(reading, path, "run Isoscope as root")
        policy = frozenset(recorder.keep(host.directory(selinux_booleans.DIRECTORY)).names())
        for name in selinux_booleans.NAMES:
            if name in policy:
                recorder.keep(host.file(f"{selinux_booleans.DIRECTORY}/{name}"))
        recorder.keep(lsm_modules(host))

    def _bridges(self, host: HostAccess, recorder: Recorder) -> None:
        """Which network device is a port of which bridge: Documentation/ABI sysfs-class-net."""
        recorder.keep(bridge_ports(host))
        recorder.keep(links(host))
        devices = recorder.keep(host.directory("/sys/class/net"))
        masters: dict[str, None] = {}
        for name in devices.names():
            link = recorder.keep(host.link(f"/sys/class/net/{name}/master"))
            if link.content is not None:
                masters[link.text().rpartition("/")[2]] = None
        for bridge in masters:
            keep_all(recorder, (host.file(ipv6_setting(bridge, name)) for name in IPV6_SETTINGS))
            recorder.keep(host.file(ipv4_forwarding(bridge)))
        keep_all(recorder, map(host.file, (IPV6_FORWARDING, BRIDGED_IPV6, *LEGACY_TABLES)))
        rules = recorder.keep(packet_filter(host))
        if rules.gap is not Gap.UNSUPPORTED:
            recorder.note_gap(rules, "the firewall's rules", "nft list ruleset as root")

    def _side_channels(self, host: HostAccess, recorder: Recorder) -> None:
        """Power meters, and memory controllers that count errors."""
        recorder.keep(host.directory(_POWER_METERS))
        for name in recorder.keep(host.directory(_MEMORY_CONTROLLERS)).names():
            if name.startswith("mc"):
                base = f"{_MEMORY_CONTROLLERS}/{name}"
                keep_all(recorder, (host.file(f"{base}/{kind}_count") for kind in ("ce", "ue")))

    def _guest_signs(self, host: HostAccess, recorder: Recorder) -> None:
        keep_all(recorder, (host.file(path) for path in _GUEST_FILES))
        keep_all(recorder, (host.status(path) for path in _GUEST_MARKS))
        keep_all(recorder, (host.link(f"/proc/self/ns/{kind}") for kind in NAMESPACES))
        keep_all(recorder, (cpuid(host, leaf) for leaf in (0, 1, HYPERVISOR_LEAF)))


def cpuinfo(host: HostAccess) -> Reading:
    """``/proc/cpuinfo``, or its beginning where it is longer than ``CPUINFO_KEPT``."""
    reading = host.file("/proc/cpuinfo", _CPUINFO_READ)
    if reading.content is None or len(reading.content) <= CPUINFO_KEPT:
        return reading
    return replace(reading, content=reading.content[:CPUINFO_KEPT], truncated=True)


def uname(host: HostAccess) -> Reading:
    """``uname(2)``: the only way to learn the architecture of kernels before 6.1."""

    def question() -> bytes:
        found = os.uname()
        return json.dumps(
            {
                "sysname": found.sysname,
                "release": found.release,
                "version": found.version,
                "machine": found.machine,
            }
        ).encode()

    return host.ask(UNAME, question)


def lsm_modules(host: HostAccess) -> Reading:
    """The active LSMs by ``lsm_list_modules(2)``, Linux 6.8; it needs no securityfs."""

    def question() -> bytes:
        call = ctypes.CDLL(None, use_errno=True).syscall
        call.restype = ctypes.c_long
        room = ctypes.c_uint32(64 * 8)
        ids = (ctypes.c_uint64 * 64)()
        count = call(
            ctypes.c_long(_LSM_LIST_MODULES),
            ctypes.byref(ids),
            ctypes.byref(room),
            ctypes.c_long(0),
        )
        if count < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return json.dumps({"ids": list(ids[:count])}).encode()

    return host.ask(LSM_MODULES, question)


_LSM_LIST_MODULES = 461  # the same number on every architecture that was added to after 2019
