"""By which marks a process may be in a process TEE: what the kernel's probe and those who read its
findings must agree on. None of them proves anything.

Sources: arch/x86/kernel/cpu/sgx/driver.c, drivers/virt/nitro_enclaves/ne_misc_dev.c
(``anon_inode:ne-vm``), and the programs of Gramine, Occlum, EGo and Enarx.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ENCLAVE_DEVICES = ("/dev/sgx_enclave", "/dev/sgx/enclave", "/dev/isgx")
"""Of the kernel's driver, and of two that were never in it."""
NITRO_DEVICES = ("/dev/nitro_enclaves", "anon_inode:ne-vm")
NODES = (*ENCLAVE_DEVICES, NITRO_DEVICES[0])
"""Where none of these nodes is, no process can hold one."""

TELLING = re.compile(
    r"/dev/(?:sgx_enclave|sgx/enclave|isgx|sev|nitro_enclaves)|"
    r"anon_inode:(?:ne-vm|kvm-vm|\[?kvm-gmem\]?).*"
)
"""Open files that tell of a TEE, or of what is taken for one."""

_NAMES = ("loader", "ego-host", "enarx", "occlum-run", "occlum_exec_ser")
"""Names (``comm``, 15 bytes) of the programs that start process TEEs."""
_ENARX_WORDS = re.compile(r"run|deploy|exec|--backend|(?:--backend=)?(?:sgx|sev|kvm|nil)")
_MAPPED = re.compile(
    rb"([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([-rwxsp]{4}) ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+) ([0-9]+) +"
    rb"(/dev/(?:sgx_enclave|sgx/enclave|isgx)|/[^\n]*/lib(?:sgx|occlum|oe|pal)[^/\n]*)"
)


def may_be_enclosed(name: str) -> bool:
    """Whether a process of this name may have been started as a process TEE."""
    return name in _NAMES


def telling_arguments(arguments: Sequence[str]) -> list[str] | None:
    """What may be kept of the command line of a program that starts process TEEs: which program,
    and which application; None for any other program."""
    program = arguments[0].rpartition("/")[2]
    if program == "loader" and len(arguments) > 1 and "libpal" in arguments[1]:
        return list(arguments[:4])
    if program in ("ego-host", "occlum-run"):
        return list(arguments[:2])
    if program == "enarx":
        return [arguments[0], *(a for a in arguments[1:] if _ENARX_WORDS.fullmatch(a))]
    return None


def telling_mappings(content: bytes) -> bytes:
    """The lines of ``/proc/PID/maps`` that tell of enclaves, with sizes in place of addresses:
    where a process's memory lies is nobody's business."""
    kept = []
    for line in content.split(b"\n"):
        found = _MAPPED.fullmatch(line)
        if found is not None:
            size = max(0, int(found[2], 16) - int(found[1], 16))
            rest = b" ".join((found[3], found[4], found[5], found[6], found[7]))
            kept.append(b"0-%x %s\n" % (size, rest))
    return b"".join(kept)
