"""Settings of the running kernel that open or close ways into it for whoever shares it.

Sources: Documentation/admin-guide/sysctl/{kernel,net,vm,fs,user}.rst, Documentation/admin-guide/
LSM/Yama.rst, kernel_lockdown(7), Documentation/admin-guide/module-signing.rst.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.machine.answers import HOST
from isoscope.inventory.observation import KERNEL, Observation, known, parsed
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap

_SYSCTLS = (
    "kernel/kptr_restrict",
    "kernel/dmesg_restrict",
    "kernel/perf_event_paranoid",
    "kernel/unprivileged_bpf_disabled",
    "kernel/io_uring_disabled",
    "kernel/kexec_load_disabled",
    "kernel/modules_disabled",
    "kernel/yama/ptrace_scope",
    "kernel/unprivileged_userns_clone",
    "kernel/apparmor_restrict_unprivileged_userns",
    "net/core/bpf_jit_harden",
    "net/ipv4/conf/all/route_localnet",
    "vm/unprivileged_userfaultfd",
    "dev/tty/ldisc_autoload",
    "dev/tty/legacy_tiocsti",
    "user/max_user_namespaces",
    "fs/protected_symlinks",
    "fs/protected_hardlinks",
    "fs/suid_dumpable",
)
_PATHS = {
    **{name.replace("/", "."): f"/proc/sys/{name}" for name in _SYSCTLS},
    "module.sig_enforce": "/sys/module/module/parameters/sig_enforce",
    "lockdown": "/sys/kernel/security/lockdown",
    "old_microcode": "/sys/devices/system/cpu/vulnerabilities/old_microcode",
}
_SECURITYFS = "/sys/kernel/security"
_LONGEST = 200
_FLAWS = "/sys/devices/system/cpu/vulnerabilities"
"""What is in it is read as it is listed."""


def kernel_settings(snapshot: Snapshot) -> Mapping[str, Observation[str]]:
    """What each setting is, by its name as ``sysctl(8)`` writes it; empty where this kernel does
    not have it, which only a kernel that was asked can say."""
    found: dict[str, Observation[str]] = {}
    flaws = snapshot.directory(_FLAWS)
    for name, path in _PATHS.items():
        reading = snapshot.file(path)
        listed = path.startswith(_FLAWS) and flaws.gap is None
        if listed and reading.gap is Gap.NOT_READ and name not in flaws.names():
            excerpt = "no such file in the list"
            found[name] = known(HOST, name, "", flaws, parties=KERNEL, excerpt=excerpt)
            continue
        if reading.gap is Gap.ABSENT and _can_be_absent(snapshot, path):
            found[name] = known(HOST, name, "", reading, parties=KERNEL, excerpt="no such setting")
        else:
            settled_by = "run Isoscope as root, on the host itself"
            found[name] = parsed(HOST, name, reading, _value, parties=KERNEL, settled_by=settled_by)
    return found


def _can_be_absent(snapshot: Snapshot, path: str) -> bool:
    """Whether that a file is not there says that the kernel does not have it: not of a captured
    tree, and not of securityfs where that may not be mounted."""
    if snapshot.collector.uid is None:
        return False
    mounted = snapshot.file(f"{_SECURITYFS}/lsm").gap is None
    return mounted or not path.startswith(_SECURITYFS)


def _value(text: str) -> str:
    """One line; of a choice, ``none [integrity] confidentiality``, the one in brackets.

    Raises:
        ValueError: it is empty, or longer than any setting.
    """
    line = text.strip()
    if not line or len(line) > _LONGEST or "\n" in line:
        raise ValueError(f"{line[:40]!r} is no setting")
    _, bracket, rest = line.partition("[")
    return rest.partition("]")[0] if bracket else line
