"""Where on a host its documents stand: what those who read and those who find readings share.

Sources: ``namespaces(7)``, ``cgroups(7)``, Documentation/admin-guide/cgroup-v1 and cgroup-v2.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from types import MappingProxyType

from isoscope.snapshot.reading import Channel, Source

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
"""Entries of ``/proc/PID/ns``."""

GROUPS_OF_ADMINISTRATORS = (
    "root",
    "sudo",
    "wheel",
    "docker",
    "podman",
    "libvirt",
    "incus-admin",
    "lxd",
    "disk",
    "kvm",
    "adm",
)
"""Groups whose members are as good as root, or near it; nothing else is kept of ``/etc/group``."""
QEMU_SETTINGS = ("migrate_tls_force", "backup_tls_x509_verify", "migrate_tls_x509_verify")
"""What is kept of libvirt's ``qemu.conf``, which also holds passwords of consoles."""
SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
"""Four bytes of attributes, then 1 or 0: UEFI specification, Globally defined variables."""
KEYS = "/proc/keys"
SESSION_KEYRING = "_ses."
"""Before the id of a container in the name of the keyring that runc makes for it."""
TABLES = {
    "tracked connections": (
        "/proc/sys/net/netfilter/nf_conntrack_count",
        "/proc/sys/net/netfilter/nf_conntrack_max",
    ),
    "open files": ("/proc/sys/fs/file-nr",),
    "pseudo-terminals": ("/proc/sys/kernel/pty/nr", "/proc/sys/kernel/pty/max"),
}
"""Tables of the kernel that all share, by what is in them: how many are used, and the most."""
IPV6_SETTINGS = ("accept_ra", "forwarding", "disable_ipv6")
"""What decides whether a device follows router advertisements: ip-sysctl.rst."""
LISTENING = ("/proc/1/net/tcp", "/proc/1/net/tcp6")
"""Sockets of the host's network namespace; kept are those that listen."""
LISTENS = "0A"
"""``TCP_LISTEN`` in those tables: include/net/tcp_states.h."""
PRESSURE = "/proc/pressure"
PRESSURE_OF = ("cpu", "memory", "io")
"""Resources of which the kernel says how long tasks wait for them: Documentation/accounting/
psi.rst."""
STACKED_BLOCKS = ("dm-", "md")
"""Beginnings of the names of block devices that lie on others: their ``slaves``."""

OWN_LABEL = "/proc/self/attr/current"
"""The label of whoever looks. Where no LSM gives labels, the kernel refuses it as it would any
process's, ``EINVAL``: then no other's is read."""

CORE_COOKIES = Source(Channel.KERNEL, "core-cookies", "prctl(PR_SCHED_CORE, GET)")
"""Cookies of core scheduling of the tasks of all workloads, in one reading."""

BRIDGE_PORTS = Source(Channel.KERNEL, "bridge-ports", "rtnetlink(RTM_GETLINK, AF_BRIDGE)")
"""All ports of the host's bridges, in one reading."""

LINKS = Source(Channel.KERNEL, "links", "rtnetlink(RTM_GETLINK, RTM_GETQDISC, RTM_GETTFILTER)")
"""All network devices of the host and what shapes their traffic, in one reading."""
NETWORK_IDS = Source(Channel.KERNEL, "network-namespace-ids", "rtnetlink(RTM_GETNSID)")
"""By what number the host's devices name the network namespaces of workloads, in one reading."""
PACKET_FILTER = Source(Channel.KERNEL, "packet-filter", "nfnetlink(NFT_MSG_GETRULE)")
"""All rules of nf_tables, in one reading."""
LEGACY_TABLES = ("/proc/net/ip_tables_names", "/proc/net/ip6_tables_names")
"""Tables of iptables' own kind, of IPv4 and of IPv6; their rules stand in no file."""
IPV6_FORWARDING = "/proc/sys/net/ipv6/conf/all/forwarding"
BRIDGED_IPV6 = "/proc/sys/net/bridge/bridge-nf-call-ip6tables"

LIMITS_BY_CONTROLLER = {
    "memory": ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
    "pids": ("pids.max",),
    "cpu": ("cpu.cfs_quota_us", "cpu.cfs_period_us"),
    "blkio": (
        "blkio.throttle.read_bps_device",
        "blkio.throttle.write_bps_device",
        "blkio.throttle.read_iops_device",
        "blkio.throttle.write_iops_device",
    ),
}
LEAF_BY_CONTROLLER = {
    "cpuset": ("cpuset.effective_cpus",),
    "devices": ("devices.list",),
    "cpu": ("cpu.stat",),
}
LIMITS_UNIFIED = ("memory.max", "memory.swap.max", "memory.min", "pids.max", "cpu.max", "io.max")
LEAF_UNIFIED = ("cpuset.cpus.effective", "cpu.stat", "memory.events")

_ELSEWHERE_ON_VERSION_1 = {
    "memory.max": "memory",
    "memory.min": "memory",
    "pids.max": "pids",
    "cpu.max": "cpu",
    "cpu.stat": "cpu",
    "io.max": "blkio",
    "cpuset.cpus.effective": "cpuset",
}
"""Files of the unified hierarchy that count only where their controller is not one of version 1: a
controller is in one hierarchy at a time, ``cgroups(7)``."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def namespace_owners_source(pid: int) -> Source:
    """The source of the user namespaces that own a process's namespaces."""
    return Source(Channel.KERNEL, f"/proc/{pid}/ns", "ioctl(NS_GET_USERNS)")


def device_programs_source(directory: str) -> Source:
    """The source of the BPF programs that decide on devices for the cgroup of this directory."""
    return Source(Channel.KERNEL, directory, "bpf(BPF_PROG_QUERY, BPF_CGROUP_DEVICE)")


def cgroup_files(controller: str, *, leaf: bool, beside: Container[str] = ()) -> tuple[str, ...]:
    """Names of the files that limit a cgroup; ``""`` is the unified hierarchy.

    ``leaf`` adds those that only count in the cgroup that holds all processes of a workload;
    ``beside`` are all controllers that the workload has a cgroup of.
    """
    if controller == "":
        names = LIMITS_UNIFIED + (LEAF_UNIFIED if leaf else ())
        return tuple(name for name in names if _ELSEWHERE_ON_VERSION_1.get(name) not in beside)
    limits = LIMITS_BY_CONTROLLER.get(controller, ())
    return limits + (LEAF_BY_CONTROLLER.get(controller, ()) if leaf else ())


@lru_cache(maxsize=4096)  # all processes of a cgroup have the same text
def cgroup_paths(text: str) -> Mapping[str, str]:
    """Path of each controller in ``/proc/PID/cgroup``; ``""`` is the unified hierarchy.

    Lines of another shape are passed over, and paths that lead out of the reader's own cgroup
    namespace: ``/../…``, ``cgroup_namespaces(7)``.
    """
    paths: dict[str, str] = {}
    for line in text.split("\n"):
        parts = line.split(":", 2)
        if len(parts) == 3 and parts[2].startswith("/") and ".." not in parts[2].split("/"):
            for controller in parts[1].split(","):
                paths.setdefault(controller, parts[2])
    return MappingProxyType(paths)


def ancestors(path: str) -> list[str]:
    """Every proper ancestor of a cgroup path, nearest first, the root ``/`` left out: it sets no
    limits."""
    names = [name for name in path.split("/") if name]
    return ["/" + "/".join(names[:count]) for count in range(len(names) - 1, 0, -1)]


def cgroup_mounts(mountinfo: str) -> dict[str, str]:
    """Where each controller is mounted, from ``/proc/PID/mountinfo``; ``""`` is the unified one.

    Only mounts of the whole hierarchy count: the root field must be ``/``.
    """
    mounts: dict[str, str] = {}
    for line in mountinfo.split("\n"):
        fields, dash, rest = line.partition(" - ")
        left, right = fields.split(" "), rest.split(" ")
        if not dash or len(left) < 6 or len(right) < 3 or left[3] != "/":
            continue
        if right[0] == "cgroup2":
            mounts.setdefault("", unescaped(left[4]))
        elif right[0] == "cgroup":
            for option in right[2].split(","):
                mounts.setdefault(option, unescaped(left[4]))
    return mounts


def unescaped(text: str) -> str:
    """A path of ``/proc/PID/mountinfo`` with its octal escapes undone."""
    if "\\" not in text:
        return text
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def ipv6_setting(device: str, name: str) -> str:
    """The file of one IPv6 setting of a network device."""
    return f"/proc/sys/net/ipv6/conf/{device}/{name}"


def ipv4_forwarding(device: str) -> str:
    """The file that says whether the host forwards what comes in by a network device."""
    return f"/proc/sys/net/ipv4/conf/{device}/forwarding"
