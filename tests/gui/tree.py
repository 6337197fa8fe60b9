"""A captured tree of a host on which containers run, small enough to be written by hand."""

from __future__ import annotations

from pathlib import Path

DEFAULT = 0xA80425FB
"""CapEff of a default Docker container: ``capabilities(7)``."""

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


def write_tree(root: Path, *, containers: int = 2, hostname: str = "h1") -> Path:
    """Writes a host with so many Docker containers, none of them described by an engine."""
    _write(root, "proc/sys/kernel/hostname", hostname + "\n")
    _write(root, "etc/hostname", hostname + "\n")
    _write(root, "proc/sys/kernel/osrelease", "6.1.0-28-amd64\n")
    _write(root, "proc/sys/kernel/cap_last_cap", "40\n")
    _write(root, "etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    _write(
        root,
        "proc/net/unix",
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        "0000000000000000: 00000002 00000000 00010000 0001 01 20001 /run/docker.sock\n",
    )
    _process(root, 1, "systemd", "0::/init.scope", 0, (1 << 41) - 1)
    for number in range(containers):
        cgroup = f"0::/docker/{number:064x}"
        _process(root, 100 + number, "sleep", cgroup, 1 + number, DEFAULT)
    return root


def _process(root: Path, pid: int, name: str, cgroup: str, number: int, effective: int) -> None:
    status = (
        f"Name:\t{name}\nState:\tS (sleeping)\nTgid:\t{pid}\nPid:\t{pid}\nPPid:\t1\n"
        "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nNSpid:\t"
        f"{pid}\nCapInh:\t0000000000000000\nCapPrm:\t{effective:016x}\nCapEff:\t{effective:016x}\n"
        f"CapBnd:\t{effective:016x}\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\n"
        f"Seccomp:\t{2 if number else 0}\nSeccomp_filters:\t{1 if number else 0}\n"
    )
    _write(root, f"proc/{pid}/status", status)
    _write(root, f"proc/{pid}/comm", f"{name}\n")
    _write(root, f"proc/{pid}/cgroup", f"{cgroup}\n")
    _write(root, f"proc/{pid}/uid_map", "         0          0 4294967295\n")
    _write(root, f"proc/{pid}/gid_map", "         0          0 4294967295\n")
    _write(root, f"proc/{pid}/mountinfo", f"{number} 1 0:{number} / / rw - overlay overlay rw\n")
    for place, namespace in enumerate(_NAMESPACES):
        link = root / f"proc/{pid}/ns/{namespace}"
        link.parent.mkdir(parents=True, exist_ok=True)
        shared = namespace in ("user", "time", "cgroup")
        link.symlink_to(f"{namespace}:[{4026531830 + place + (0 if shared else 100 * number)}]")


def _write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
