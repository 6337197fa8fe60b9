"""A small host made of paths, and the files that its kernel would show.

A `Tree` maps paths to what is there: text or bytes of a file, a `Link`, or a `Gap` for what cannot
be read. Trees are joined with ``|``, the later one wins; directories follow from the paths::

    host = FakeHost(a_host(cgroups=2), a_container(4711, seccomp=0), gaps={"/proc/1": Gap.DENIED})
    inventory = build_inventory(snapshot_of(host))

The shapes of the files are those of Linux 6.1 (cgroup v2) and 6.18 (cgroup v1) with Docker 20.10.
"""

import json
import re
import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from isoscope.snapshot.bundle_places import CONTAINERD_STATE, CRIO, TASKS
from isoscope.snapshot.document import Collector, Snapshot
from isoscope.snapshot.lxc import LXC_CONTAINERS
from isoscope.snapshot.manager_places import (
    OPEN,
    USER_DIRECTORIES,
    engine_places,
    libvirt_places,
)
from isoscope.snapshot.places import NAMESPACES, SECURE_BOOT
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.system_containers import MACHINES
from probes.collect import collect
from probes.host.access import DOCUMENT_LIMIT, HostAccess
from probes.kernel import KernelProbe
from probes.machine import LSM_MODULES, UNAME, HostProbe
from probes.probe import Probe


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


Entry = str | bytes | Link | Gap
Tree = dict[str, Entry]


class FakeHost:
    """A host that answers from a tree, and remembers what it was asked.

    Args:
        trees: what is there.
        gaps: what cannot be read, whatever the trees say: a path, and everything below it.
        answers: of daemons, devices and system calls, by source; what is not here is
            ``unsupported``. Questions themselves are never run.
        uid: effective user id of whoever looks.
    """

    live = True

    def __init__(
        self,
        *trees: Tree,
        gaps: Mapping[str, Gap] | None = None,
        answers: Mapping[Source, object] | None = None,
        uid: int | None = 0,
    ) -> None:
        self.tree: Tree = {}
        for tree in trees:
            self.tree |= tree
        self._gaps = dict(gaps or {})
        self._answers = dict(answers or {})
        self._uid = uid
        self._lock = threading.Lock()
        self.asked: list[Source] = []
        self._directories: dict[str, set[str]] = {}
        for path in self.tree:
            parts = path.split("/")[1:]
            for depth, name in enumerate(parts):
                self._directories.setdefault("/" + "/".join(parts[:depth]), set()).add(name)

    def collector(self) -> Collector:
        """Root with every capability, or the user without any."""
        capabilities = (1 << 41) - 1 if self._uid == 0 else 0
        looked_at = "this machine" if self._uid is not None else "captured tree"
        return Collector("0", self._uid, None if self._uid is None else capabilities, looked_at)

    def file(self, path: str, limit: int = DOCUMENT_LIMIT) -> Reading:
        """A file of the tree."""
        source = Source(Channel.FILE, path)
        found = self._find(source)
        if isinstance(found, str | bytes) and not isinstance(found, Gap):
            content = found.encode("utf-8", "surrogateescape") if isinstance(found, str) else found
            too_large = len(content) > limit
            return self._gap(source, Gap.TOO_LARGE) if too_large else self._content(source, content)
        return self._gap(source, found if isinstance(found, Gap) else Gap.UNSUPPORTED)

    def directory(self, path: str) -> Reading:
        """A directory, as the paths of the tree make it."""
        source = Source(Channel.DIRECTORY, path)
        found = self._find(source)
        if found is Gap.ABSENT and path in self._directories and not self._gap_of(path):
            names = sorted(self._directories[path])
            return self._content(source, "\0".join(names).encode("utf-8", "surrogateescape"))
        return self._gap(source, found if isinstance(found, Gap) else Gap.ABSENT)

    def link(self, path: str) -> Reading:
        """A link of the tree."""
        source = Source(Channel.LINK, path)
        found = self._find(source)
        if isinstance(found, Link):
            return self._content(source, found.target.encode("utf-8", "surrogateescape"))
        return self._gap(source, found if isinstance(found, Gap) else Gap.UNSUPPORTED)

    def status(self, path: str) -> Reading:
        """That there is something: a regular file of root's."""
        source = Source(Channel.STATUS, path)
        found = self._find(source)
        if isinstance(found, Gap) and path not in self._directories:
            return self._gap(source, found)
        inode = zlib.crc32(path.encode("utf-8", "surrogateescape"))
        numbers = {"mode": 0o100644, "uid": 0, "gid": 0, "dev": 1, "ino": inode, "rdev": 0}
        return self._content(source, json.dumps(numbers).encode())

    def ask(self, source: Source, question: Callable[[], bytes]) -> Reading:
        """The answer that was given to the host beforehand."""
        del question
        with self._lock:
            self.asked.append(source)
        answer = self._answers.get(source, Gap.UNSUPPORTED)
        if isinstance(answer, Gap):
            return self._gap(source, answer)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return self._content(source, content)

    def _find(self, source: Source) -> Entry:
        with self._lock:
            self.asked.append(source)
        return self._gap_of(source.target) or self.tree.get(source.target, Gap.ABSENT)

    def _gap_of(self, path: str) -> Gap | None:
        while path:
            if path in self._gaps:
                return self._gaps[path]
            path = path.rpartition("/")[0]
        return None

    def _content(self, source: Source, content: bytes) -> Reading:
        return Reading(source, 1.0, self._privilege, content=content)

    def _gap(self, source: Source, gap: Gap) -> Reading:
        return Reading(source, 1.0, self._privilege, gap=gap, detail="as the system words it")

    @property
    def _privilege(self) -> str:
        return {0: "root", None: "captured"}.get(self._uid, f"uid {self._uid}")


def snapshot_of(
    host: HostAccess,
    *readings: Reading,
    probes: Iterable[Probe] | None = None,
    managers_absent: bool = True,
) -> Snapshot:
    """What the kernel's and the host's probes read of a host, and further readings.

    Args:
        host: the host to look at.
        readings: of managers (`tests.fakes.docker`); they stand before the usual places' absence.
        probes: instead of these two.
        managers_absent: whether at every usual place of a manager the host says that nothing is
            there; otherwise nobody looked, which leaves holes.
    """
    collected = collect(host, list(probes) if probes is not None else [KernelProbe(), HostProbe()])
    further = [*(nobody_at_the_usual_places() if managers_absent else []), *readings]
    return Snapshot.of(
        [*collected.readings.values(), *further],
        collector=collected.collector,
        started_at=collected.started_at,
        finished_at=collected.finished_at,
        probes=collected.probes,
    )


def nobody_at_the_usual_places() -> list[Reading]:
    """What the managers' probes keep of a host that has no manager."""
    sources = [Source(Channel.DIRECTORY, USER_DIRECTORIES)]
    for engine in ("docker", "podman", "incus"):
        sources += [Source(Channel.ENGINE, p.url, p.greeting) for p in engine_places(engine, ())]
    sources += [Source(Channel.LIBVIRT, place.uri, OPEN) for place in libvirt_places(())]
    tasks = f"{CONTAINERD_STATE}/{TASKS}"
    sources += [Source(Channel.DIRECTORY, path) for path in (MACHINES, LXC_CONTAINERS, tasks)]
    sources.append(Source(Channel.STATUS, CRIO))
    return [Reading(s, 1.0, "root", gap=Gap.ABSENT, detail="No such file") for s in sources]


V1_CONTROLLERS = ("cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "pids")
V1_NO_LIMIT = "9223372036854771712\n"

HOST_NAMESPACES = {
    "cgroup": 4026531835,
    "ipc": 4026531839,
    "mnt": 4026531832,
    "net": 4026531833,
    "pid": 4026531836,
    "time": 4026531834,
    "user": 4026531837,
    "uts": 4026531838,
}
WHOLE_MAP = "         0          0 4294967295\n"
DEFAULT_CAPABILITIES = 0xA80425FB
"""The fourteen of Docker and Podman 4: CHOWN, DAC_OVERRIDE, FSETID, FOWNER, MKNOD …"""
ALL_CAPABILITIES = (1 << 41) - 1


def container_id(pid: int) -> str:
    """The id of the container whose first process has this pid: 64 hexadecimal digits."""
    return f"{pid:064x}"


def mounts_of_cgroups(cgroups: int) -> list[str]:
    """Lines of mountinfo: version 1, version 2, or 0 for both at once (hybrid)."""
    unified = "/sys/fs/cgroup" if cgroups == 2 else "/sys/fs/cgroup/unified"
    lines = []
    if cgroups != 2:
        lines.append("31 23 0:28 / /sys/fs/cgroup ro,nosuid,nodev - tmpfs tmpfs rw,mode=755")
        lines += [
            f"{32 + number} 31 0:{29 + number} / /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}"
            for number, name in enumerate(V1_CONTROLLERS)
        ]
    if cgroups != 1:
        lines.append(f"45 23 0:40 / {unified} rw,nosuid,nodev - cgroup2 cgroup2 rw")
    return lines


_NOBODY_WAITS = (
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
)


def a_host(*, cgroups: int = 2, flaws: Mapping[str, str] | None = None) -> Tree:
    """A physical host with AppArmor, KSM off and no workloads; process 1 is systemd."""
    mountinfo = "\n".join(
        [
            "23 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw",
            "24 23 0:21 / /proc rw,nosuid,nodev,noexec shared:12 - proc proc rw",
            "25 23 0:22 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=400000k",
            *mounts_of_cgroups(cgroups),
            "",
        ]
    )
    vulnerabilities = "/sys/devices/system/cpu/vulnerabilities"
    tree: Tree = {
        "/proc/self/mountinfo": mountinfo,
        "/proc/net/unix": "Num       RefCount Protocol Flags    Type St Inode Path\n",
        "/proc/cpuinfo": "processor\t: 0\nvendor_id\t: AuthenticAMD\nflags\t\t: fpu vme\n\n",
        "/proc/cmdline": "quiet\n",
        "/proc/meminfo": "MemTotal:       16318456 kB\nSwapTotal:             0 kB\n",
        "/proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
        "/proc/sys/kernel/hostname": "h1\n",
        "/proc/sys/kernel/osrelease": "6.1.0-40-amd64\n",
        "/proc/sys/kernel/cap_last_cap": "40\n",
        "/proc/filesystems": "nodev\tsysfs\nnodev\tproc\n\text4\n",
        "/etc/os-release": 'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n',
        "/sys/devices/system/cpu/online": "0-3\n",
        "/sys/devices/system/cpu/smt/active": "0\n",
        "/sys/devices/system/cpu/smt/control": "notsupported\n",
        "/sys/kernel/mm/ksm/run": "0\n",
        "/sys/kernel/security/lsm": "lockdown,capability,yama,apparmor",
        "/sys/module/apparmor/parameters/enabled": "Y\n",
        "/sys/kernel/security/apparmor/profiles": "docker-default (enforce)\n",
        "/sys/class/dmi/id/sys_vendor": "Dell Inc.\n",
        "/var/run": Link("/run"),
        "/sys/module/kvm_amd/parameters/nested": "1\n",
        "/sys/module/kvm/parameters/nx_huge_pages": "N\n",
        "/sys/bus/pci/devices/0000:01:00.0/iommu_group": Link("../../../kernel/iommu_groups/7"),
        "/sys/bus/pci/devices/0000:01:00.0/class": "0x020000\n",
        "/etc/group": "root:x:0:\nsudo:x:27:alice\nusers:x:100:bob\ndocker:x:998:alice,carol\n",
        "/etc/passwd": "root:x:0:0::/root:/bin/bash\nalice:x:1000:1000:A:/home/alice:/bin/sh\n",
        "/etc/subuid": "alice:100000:65536\n",
        "/etc/containers/policy.json": '{"default":[{"type":"insecureAcceptAnything"}]}\n',
        "/etc/libvirt/qemu.conf": "migrate_tls_force = 0\n",
        "/proc/sys/fs/file-nr": "3135\t0\t2466170\n",
        "/proc/sys/kernel/pty/nr": "3\n",
        "/proc/sys/kernel/pty/max": "4096\n",
        **{f"/proc/pressure/{resource}": _NOBODY_WAITS for resource in ("cpu", "memory", "io")},
        "/proc/sys/kernel/core_pattern": "|/usr/lib/systemd/systemd-coredump %P %u\n",
        "/proc/sys/kernel/yama/ptrace_scope": "1\n",
        "/sys/power/state": "freeze mem disk\n",
        "/sys/power/resume": "254:2\n",
        "/sys/kernel/kexec_crash_loaded": "0\n",
        "/sys/firmware/efi/runtime": "",
        SECURE_BOOT: b"\x06\x00\x00\x00\x01",
        "/sys/kernel/security/lockdown": "none [integrity] confidentiality\n",
        "/sys/block/vda/size": "1",
        "/sys/block/dm-0/dev": "254:1\n",
        "/sys/block/dm-0/dm/uuid": "LVM-x\n",
        "/sys/block/dm-0/dm/name": "vg-root\n",
        "/sys/block/dm-0/slaves/dm-1": "",
        "/sys/block/dm-1/dev": "254:5\n",
        "/sys/block/dm-1/dm/uuid": "CRYPT-LUKS2-x\n",
        "/sys/block/dm-1/dm/name": "vda3_crypt\n",
        "/sys/block/dm-1/slaves/vda3": "",
    }
    tree |= {f"/proc/self/ns/{name}": Link(_ns(name, i)) for name, i in HOST_NAMESPACES.items()}
    said = flaws if flaws is not None else {"meltdown": "Not affected", "mds": "Not affected"}
    tree |= {f"{vulnerabilities}/{name}": f"{report}\n" for name, report in said.items()}
    tree |= a_process(1, name="systemd", parent=0, cgroups=cgroups, cgroup="/init.scope")
    tree |= {f"/proc/1/ns/{name}": Link(_ns(name, i)) for name, i in HOST_NAMESPACES.items()}
    return tree | {"/proc/1/mountinfo": mountinfo}


HOST_ANSWERS: dict[Source, object] = {
    UNAME: {"sysname": "Linux", "release": "6.1.0-40-amd64", "version": "#1", "machine": "x86_64"},
    LSM_MODULES: Gap.UNSUPPORTED,
}
"""What system calls answer on the host that `a_host` makes."""


def _ns(name: str, number: int) -> str:
    return f"{name}:[{number}]"


def cgroup_text(cgroup: str, cgroups: int) -> str:
    """``/proc/PID/cgroup`` of a process that is in the same cgroup everywhere."""
    lines = []
    if cgroups != 2:
        lines += [f"{n}:{name}:{cgroup}" for n, name in enumerate(V1_CONTROLLERS, start=2)]
        lines.append(f"1:name=systemd:{cgroup}")
    if cgroups != 1:
        lines.append(f"0::{cgroup}")
    return "\n".join(lines) + "\n"


def a_process(
    pid: int,
    *,
    name: str = "bash",
    parent: int = 1,
    cgroup: str = "/user.slice/user-1000.slice",
    cgroups: int = 2,
    uids: tuple[int, ...] = (0, 0, 0, 0),
    nested_pids: tuple[int, ...] | None = None,
    capabilities: int = ALL_CAPABILITIES,
    bounding: int | None = None,
    seccomp: int = 0,
    no_new_privileges: bool = False,
    allowed_cpus: str = "0-3",
) -> Tree:
    """What anybody can read of a process: its status and its cgroups."""
    bounding = capabilities if bounding is None else bounding
    status = "\n".join(
        [
            f"Name:\t{name[:15]}",
            "Umask:\t0022",
            "State:\tS (sleeping)",
            f"Tgid:\t{pid}",
            f"Pid:\t{pid}",
            f"PPid:\t{parent}",
            "TracerPid:\t0",
            "Uid:\t" + "\t".join(map(str, uids)),
            "Gid:\t" + "\t".join(map(str, uids)),
            "NSpid:\t" + "\t".join(map(str, nested_pids or (pid,))),
            "CapInh:\t0000000000000000",
            f"CapPrm:\t{capabilities:016x}",
            f"CapEff:\t{capabilities:016x}",
            f"CapBnd:\t{bounding:016x}",
            "CapAmb:\t0000000000000000",
            "Threads:\t1",
            f"NoNewPrivs:\t{int(no_new_privileges)}",
            f"Seccomp:\t{seccomp}",
            f"Cpus_allowed_list:\t{allowed_cpus}",
            "",
        ]
    )
    return {f"/proc/{pid}/status": status, f"/proc/{pid}/cgroup": cgroup_text(cgroup, cgroups)}


def mountinfo_of_container(*binds: str, root_options: str = "rw", number: int = 0) -> str:
    """Mounts of a default Docker container, and further lines of mountinfo; ``number`` tells the
    devices of its own file systems from those of other containers."""
    directory = "/var/lib/docker/overlay2/b"
    layers = f"rw,lowerdir={directory}/l,upperdir={directory}/diff,workdir={directory}/work"
    own = "\n".join(
        [
            f"555 474 0:50 / / {root_options},relatime master:209 - overlay overlay {layers}",
            "557 555 0:63 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw",
            "560 555 0:64 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
            "562 560 0:65 / /dev/pts rw,nosuid,noexec - devpts devpts rw,gid=5,ptmxmode=666",
            "563 555 0:66 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro",
            "565 560 0:55 / /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw",
            "566 560 0:67 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k",
            "437 557 0:63 /bus /proc/bus ro,nosuid,nodev,noexec,relatime - proc proc rw",
            "475 557 0:63 /fs /proc/fs ro,nosuid,nodev,noexec,relatime - proc proc rw",
            "476 557 0:63 /irq /proc/irq ro,nosuid,nodev,noexec,relatime - proc proc rw",
            "477 557 0:63 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw",
            "478 557 0:63 /sysrq-trigger /proc/sysrq-trigger ro,nosuid,nodev - proc proc rw",
            "479 557 0:77 / /proc/acpi ro,relatime - tmpfs tmpfs ro",
            "480 557 0:64 /null /proc/kcore rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
            "481 557 0:64 /null /proc/keys rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
            "482 557 0:64 /null /proc/timer_list rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755",
            "483 563 0:78 / /sys/firmware ro,relatime - tmpfs tmpfs ro",
        ]
    )
    own = re.sub(r" 0:(\d+) ", lambda match: f" 0:{100 * number + int(match[1])} ", own)
    return "\n".join([own, *binds, ""])


def a_bind(source: str, destination: str, *, writable: bool = True, device: str = "254:1") -> str:
    """A line of mountinfo: a path of the host's root file system, mounted into a container."""
    options = "rw" if writable else "ro"
    return f"590 555 {device} {source} {destination} {options},relatime - ext4 /dev/vda1 rw"


def limits_of_cgroup(
    cgroup: str,
    *,
    cgroups: int = 2,
    memory: int | None = None,
    processes: int | None = None,
    cpu: float | None = None,
    block_io: int | None = None,
    allowed_cpus: str = "0-3",
    devices: str = "c 1:3 rwm\nc 1:5 rwm\nc *:* m\nb *:* m\n",
) -> Tree:
    """The files that limit one cgroup: bytes, a number, CPUs' worth of time, bytes per second."""
    if cgroups == 2:
        base = f"/sys/fs/cgroup{cgroup}"
        return {
            f"{base}/memory.max": "max\n" if memory is None else f"{memory}\n",
            f"{base}/memory.swap.max": "max\n",
            f"{base}/memory.min": "0\n",
            f"{base}/memory.low": "0\n",
            f"{base}/pids.max": "max\n" if processes is None else f"{processes}\n",
            f"{base}/cpu.max": "max 100000\n" if cpu is None else f"{int(cpu * 100000)} 100000\n",
            f"{base}/io.max": (
                "" if block_io is None else f"254:0 rbps={block_io} wbps=max riops=max wiops=max\n"
            ),
            f"{base}/cpuset.cpus.effective": f"{allowed_cpus}\n",
            f"{base}/cpu.stat": "usage_usec 10\nnr_periods 4\nnr_throttled 3\n",
            f"{base}/memory.events": "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n",
        }
    place = "/sys/fs/cgroup/{}" + cgroup + "/{}"
    throttle = "" if block_io is None else f"254:0 {block_io}\n"
    return {
        place.format("memory", "memory.limit_in_bytes"): (
            V1_NO_LIMIT if memory is None else f"{memory}\n"
        ),
        place.format("memory", "memory.memsw.limit_in_bytes"): V1_NO_LIMIT,
        place.format("pids", "pids.max"): "max\n" if processes is None else f"{processes}\n",
        place.format("cpu", "cpu.cfs_quota_us"): (
            "-1\n" if cpu is None else f"{int(cpu * 100000)}\n"
        ),
        place.format("cpu", "cpu.cfs_period_us"): "100000\n",
        place.format("cpu", "cpu.stat"): "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n",
        place.format("blkio", "blkio.throttle.read_bps_device"): throttle,
        place.format("blkio", "blkio.throttle.write_bps_device"): "",
        place.format("blkio", "blkio.throttle.read_iops_device"): "",
        place.format("blkio", "blkio.throttle.write_iops_device"): "",
        place.format("cpuset", "cpuset.effective_cpus"): f"{allowed_cpus}\n",
        place.format("devices", "devices.list"): devices,
    }


def details(
    pid: int,
    *,
    namespaces: Mapping[str, int],
    uid_map: str = WHOLE_MAP,
    label: str | Gap = "docker-default (enforce)",
    mountinfo: str,
    open_files: str = "1048576",
    interfaces: Iterable[str] = ("lo", "eth0"),
    ksm: str | Gap = "ksm_rmap_items 0\nksm_mergeable: no\nksm_merge_any: no\n",
) -> Tree:
    """What only root reads of a workload's first process."""
    base = f"/proc/{pid}"
    tree: Tree = {f"{base}/ns/{name}": Link(_ns(name, i)) for name, i in namespaces.items()}
    heading = "Inter-|   Receive |  Transmit\n face |bytes packets|bytes packets\n"
    return tree | {
        f"{base}/uid_map": uid_map,
        f"{base}/gid_map": uid_map,
        f"{base}/mountinfo": mountinfo,
        f"{base}/limits": (
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            "Max core file size        0                    unlimited            bytes     \n"
            f"Max open files            {open_files:<20} {open_files:<20} files     \n"
            "Max locked memory         8388608              8388608              bytes     \n"
            "Max pending signals       63555                63555                signals   \n"
            "Max msgqueue size         819200               819200               bytes     \n"
            "Max nice priority         0                    0                    \n"
            "Max realtime priority     0                    0                    \n"
        ),
        f"{base}/attr/current": label if isinstance(label, Gap) else f"{label}\n",
        f"{base}/oom_score_adj": "0\n",
        f"{base}/ksm_stat": ksm,
        f"{base}/net/dev": heading + "".join(f"{name:>6}: 0 0 0 0\n" for name in interfaces),
    }


def own_namespaces(pid: int, *, of_host: Iterable[str] = ("time", "user")) -> dict[str, int]:
    """Namespaces of a container: its own, but for those of the host."""
    return {
        name: HOST_NAMESPACES[name] if name in of_host else 4026532000 + pid * 10 + number
        for number, name in enumerate(NAMESPACES)
    }


def a_container(
    pid: int,
    *,
    engine: str = "docker",
    cgroups: int = 2,
    cgroup: str | None = None,
    host_namespaces: Iterable[str] = (),
    namespaces: Mapping[str, int] | None = None,
    uids: tuple[int, ...] = (0, 0, 0, 0),
    uid_map: str = WHOLE_MAP,
    capabilities: int = DEFAULT_CAPABILITIES,
    bounding: int | None = None,
    seccomp: int = 2,
    no_new_privileges: bool = False,
    label: str | Gap = "docker-default (enforce)",
    binds: Iterable[str] = (),
    read_only_root: bool = False,
    memory: int | None = None,
    processes: int | None = None,
    cpu: float | None = None,
    block_io: int | None = None,
    allowed_cpus: str = "0-3",
    open_files: str = "1048576",
    interfaces: Iterable[str] = ("lo", "eth0"),
    devices: str = "c 1:3 rwm\nc 1:5 rwm\nc *:* m\nb *:* m\n",
    ksm: str | Gap = "ksm_rmap_items 0\nksm_mergeable: no\nksm_merge_any: no\n",
) -> Tree:
    """The one process of a container that was started with Docker's defaults, and its cgroup.

    Its id is `container_id` of its pid. ``uid_map`` other than the whole map gives it a user
    namespace of its own, ``host_namespaces`` names those that it shares with the host, and
    ``namespaces`` sets numbers, to be shared with another container.
    """
    if cgroup is None:
        cgroup = cgroup_of_container(pid, engine=engine, cgroups=cgroups)
    of_host = {"time", *host_namespaces} | ({"user"} if uid_map == WHOLE_MAP else set())
    parent_cgroup = cgroup.rpartition("/")[0]
    tree: Tree = {}
    while parent_cgroup:
        tree |= limits_of_cgroup(parent_cgroup, cgroups=cgroups)
        parent_cgroup = parent_cgroup.rpartition("/")[0]
    tree |= limits_of_cgroup(
        cgroup,
        cgroups=cgroups,
        memory=memory,
        processes=processes,
        cpu=cpu,
        block_io=block_io,
        allowed_cpus=allowed_cpus,
        devices=devices,
    )
    tree |= a_process(
        pid,
        name="sleep",
        parent=2,
        cgroup=cgroup,
        cgroups=cgroups,
        uids=uids,
        nested_pids=(pid,) if "pid" in of_host else (pid, 1),
        capabilities=capabilities,
        bounding=bounding,
        seccomp=seccomp,
        no_new_privileges=no_new_privileges,
        allowed_cpus=allowed_cpus,
    )
    return tree | details(
        pid,
        namespaces=own_namespaces(pid, of_host=of_host) | dict(namespaces or {}),
        uid_map=uid_map,
        label=label,
        mountinfo=mountinfo_of_container(
            *binds,
            root_options="ro" if read_only_root else "rw",
            number=zlib.crc32(cgroup.encode()) % 10_000,  # processes of one cgroup share them
        ),
        open_files=open_files,
        interfaces=interfaces,
        ksm=ksm,
    )


def cgroup_of_container(pid: int, *, engine: str = "docker", cgroups: int = 2) -> str:
    """Where an engine puts a container: with systemd on cgroup v2, without it on cgroup v1."""
    identifier = container_id(pid)
    if cgroups != 2:
        podman = f"/libpod_parent/libpod-{identifier}"
        return podman if engine == "podman" else f"/docker/{identifier}"
    if engine == "podman":
        return f"/machine.slice/libpod-{identifier}.scope/container"
    return f"/system.slice/docker-{identifier}.scope"


def a_monitor(
    pid: int,
    *,
    uuid: str = "",
    guest: str = "vm",
    arguments: Iterable[str] = (),
    cgroups: int = 2,
    uids: tuple[int, ...] = (64055, 64055, 64055, 64055),
    label: str | Gap = "libvirt-0123 (enforce)",
    seccomp: int = 2,
    capabilities: int = 0,
    descriptors: Iterable[str] = ("/dev/null", "/dev/kvm"),
    memory: int | None = None,
) -> Tree:
    """A QEMU process, as libvirt starts it; ``uuid`` empty for one that names none."""
    cgroup = f"/machine.slice/machine-qemu\\x2d{pid}\\x2d{guest}.scope/libvirt/emulator"
    command = ["qemu-system-x86_64", "-name", f"guest={guest},debug-threads=on"]
    command += ["-uuid", uuid] if uuid else []
    command += [*arguments, "-m", "size=524288k", "-smp", "1"]
    tree = a_process(
        pid,
        name="qemu-system-x86_64",
        cgroup=cgroup,
        cgroups=cgroups,
        uids=uids,
        seccomp=seccomp,
        capabilities=capabilities,
    )
    while cgroup:
        tree |= limits_of_cgroup(cgroup, cgroups=cgroups, memory=memory)
        cgroup = cgroup.rpartition("/")[0]
    tree |= details(
        pid,
        namespaces=own_namespaces(pid, of_host=[n for n in NAMESPACES if n != "mnt"]),
        label=label,
        mountinfo="23 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n",
    )
    tree[f"/proc/{pid}/cmdline"] = "\0".join(command) + "\0"
    tree[f"/proc/{pid}/exe"] = Link("/usr/bin/qemu-system-x86_64")
    return tree | {f"/proc/{pid}/fd/{n}": Link(target) for n, target in enumerate(descriptors)}
