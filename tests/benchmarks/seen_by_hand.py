"""What the kernel shows of a container, read here anew: the judge where two tools differ.

Nothing of Isoscope is used. Each function answers one question about one process, as somebody with
a shell on the host would: ``/proc/PID``, the cgroup files, the identity of files by device and
inode. True: what a benchmark warns of is there.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.thirty_containers import cgroups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import Container, DockerEngine

#: What Docker gives without being asked, ``capabilities(7)`` as a mask.
DEFAULT_CAPABILITIES = 0xA80425FB
#: CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_PTRACE and CAP_SYS_ADMIN.
OWNING_CAPABILITIES = 1 << 16 | 1 << 17 | 1 << 19 | 1 << 21
#: What devices.list of cgroup v1 holds where nothing is kept from a cgroup.
EVERY_DEVICE = frozenset({"a *:* rwm"})
#: The directories that the benchmark's text lists.
SENSITIVE = ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr")
UNLIMITED_MEMORY = 1 << 62


@dataclass(frozen=True)
class Seen:
    """One container's first process."""

    pid: int
    sources: tuple[str, ...]
    """The paths of the host that its engine says it mounts."""

    def _read(self, name: str) -> str:
        return Path(f"/proc/{self.pid}", name).read_text()

    @cached_property
    def _status(self) -> dict[str, str]:
        lines = self._read("status").splitlines()
        return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}

    @cached_property
    def _mounts(self) -> list[list[str]]:
        return [line.split() for line in self._read("mountinfo").splitlines()]

    def in_host_namespace(self, kind: str) -> bool:
        """Whether it is in the namespace that this process, on the host, is in."""
        own = Path(f"/proc/{self.pid}/ns/{kind}").readlink()
        return own == Path(f"/proc/self/ns/{kind}").readlink()

    def without_mac_label(self) -> bool:
        """No security module confines it."""
        try:
            label = self._read("attr/current").strip("\0\n")
        except OSError:  # EINVAL: no module that labels processes
            return True
        return label in ("", "unconfined") or "unconfined_t" in label

    @cached_property
    def _capabilities(self) -> int:
        return int(self._status["CapBnd"], 16) | int(self._status["CapPrm"], 16)

    def further_capabilities(self) -> bool:
        """It has, or may get by running a file, what Docker does not give by itself."""
        return bool(self._capabilities & ~DEFAULT_CAPABILITIES)

    def privileged(self) -> bool:
        """No filter of system calls, every device, and the capabilities that own a machine."""
        owns = self._capabilities & OWNING_CAPABILITIES == OWNING_CAPABILITIES
        return owns and self.unfiltered() and self.devices() in (None, EVERY_DEVICE)

    def unfiltered(self) -> bool:
        """No filter of system calls."""
        return self._status["Seccomp"] == "0"

    def may_gain_privileges(self) -> bool:
        """Programs that it runs may have more than it has."""
        return self._status["NoNewPrivs"] == "0"

    def root_writable(self) -> bool:
        """Its root file system is not read-only."""
        return any(m[4] == "/" and "rw" in m[5].split(",") for m in self._mounts)

    def propagates(self) -> bool:
        """One of its mounts is a peer of one of the host's."""
        of_host = {tag for line in _own_mountinfo() for tag in _peers(line)}
        return any(tag in of_host for mount in self._mounts for tag in _peers(mount))

    def _shows(self, path: str) -> bool:
        """Whether one of its mounts is this very file or directory of the host."""
        wanted = Path(path).stat()
        for mount in self._mounts:
            try:
                here = Path(f"/proc/{self.pid}/root{mount[4]}").stat()
            except OSError:
                continue
            if (here.st_dev, here.st_ino) == (wanted.st_dev, wanted.st_ino):
                return True
        return False

    def sensitive_directory(self) -> bool:
        """It is shown one of the listed directories, or what is below one."""
        real = [os.path.realpath(source) for source in self.sources]
        return any(self._shows(each) for each in real if _sensitive(each))

    def socket_within_reach(self, socket: str) -> bool:
        """It is shown the socket, or a directory that it lies below."""
        path = Path(os.path.realpath(socket))
        return any(self._shows(str(each)) for each in (path, *path.parents))

    def _of_cgroups(self, name: str) -> Iterator[tuple[Path, str]]:
        """A file of its cgroups and of all above, where there is one."""
        for cgroup in cgroups(self.pid):
            for directory in (cgroup, *cgroup.parents):
                if (directory / name).is_file():
                    yield directory, (directory / name).read_text().strip()

    def memory_unlimited(self) -> bool:
        """No cgroup from its own upwards limits memory."""
        values = [
            v for n in ("memory.limit_in_bytes", "memory.max") for _, v in self._of_cgroups(n)
        ]
        return all(value == "max" or int(value) >= UNLIMITED_MEMORY for value in values)

    def processes_unlimited(self) -> bool:
        """No cgroup from its own upwards limits processes."""
        return all(value == "max" for _, value in self._of_cgroups("pids.max"))

    def cpu_unlimited(self) -> bool:
        """It may run on every CPU, and no cgroup from its own upwards has a quota."""
        quotas = [value for _, value in self._of_cgroups("cpu.cfs_quota_us")]
        quotas += [value.split()[0] for _, value in self._of_cgroups("cpu.max")]
        everywhere = len(os.sched_getaffinity(self.pid)) == os.cpu_count()
        return everywhere and all(value in ("-1", "max") for value in quotas)

    def devices(self) -> frozenset[str] | None:
        """What its cgroup lets it open (cgroup v1); None in v2, which has no file for it."""
        lists = [value for _, value in self._of_cgroups("devices.list")]
        return frozenset(lists[0].splitlines()) if lists else None


def look(engine: DockerEngine, container: Container) -> Seen:
    """The container's process, and what its engine says is mounted into it."""
    mounts = json.loads(engine.command("inspect", "--format={{json .Mounts}}", container.full_id))
    return Seen(container.pid, tuple(each["Source"] for each in mounts if each["Type"] == "bind"))


def _own_mountinfo() -> list[list[str]]:
    return [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def _peers(mount: list[str]) -> list[str]:
    """The peer groups of a line of mountinfo: what it sends and receives mounts with."""
    return [field for field in mount[6 : mount.index("-")] if field.startswith("shared:")]


def _sensitive(path: str) -> bool:
    return any(
        path == each or (each != "/" and path.startswith(os.path.realpath(each) + "/"))
        for each in SENSITIVE
    )
