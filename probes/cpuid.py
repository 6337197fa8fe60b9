"""The CPUID instruction, from an unprivileged process: Intel SDM volume 2A, AMD APM volume 3.

Python cannot execute an instruction, so a function of 27 bytes is placed in memory that is made
executable after it was written. Policies that forbid such memory (SELinux ``execmem``) leave a
``denied`` reading.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import platform
import sys
import threading
from collections.abc import Callable
from functools import cache

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host.access import HostAccess, NoAnswerError

HYPERVISOR_LEAF = 0x4000_0000
"""First leaf of the range that processors leave to hypervisors."""

_HIGHEST_BASIC = 0x0
_HIGHEST_EXTENDED = 0x8000_0000
_HYPERVISOR_PRESENT = 1 << 31  # leaf 1, ECX
_VENDORS_OF_LEAF = {
    0x12: (b"GenuineIntel",),
    0x21: (b"GenuineIntel",),
    0x8000_001F: (b"AuthenticAMD", b"HygonGenuine"),
}
"""Leaves that mean something with these vendors only."""

# void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t registers[4]), System V AMD64 ABI
_FUNCTION = bytes.fromhex(
    "53"  # push rbx
    "4989d0"  # mov r8, rdx
    "89f8"  # mov eax, edi
    "89f1"  # mov ecx, esi
    "0fa2"  # cpuid
    "418900"  # mov [r8], eax
    "41895804"  # mov [r8+4], ebx
    "41894808"  # mov [r8+8], ecx
    "4189500c"  # mov [r8+12], edx
    "5b"  # pop rbx
    "c3"  # ret
)

Registers = tuple[int, int, int, int]
"""EAX, EBX, ECX and EDX, 32 bits each."""

_lock = threading.Lock()


def cpuid_source(leaf: int, subleaf: int = 0) -> Source:
    """The source of one leaf's reading."""
    return Source(Channel.KERNEL, "cpuid", f"leaf {leaf:#010x} subleaf {subleaf}")


def cpuid(host: HostAccess, leaf: int, subleaf: int = 0) -> Reading:
    """The registers of one leaf: a JSON object of ``eax``, ``ebx``, ``ecx`` and ``edx``.

    A leaf beyond the highest one is ``unsupported``: the processor would answer with the data of
    another leaf. So is any leaf on a processor that is not x86.
    """

    def question() -> bytes:
        registers = _checked(leaf, subleaf)
        return json.dumps(dict(zip(("eax", "ebx", "ecx", "edx"), registers, strict=True))).encode()

    return host.ask(cpuid_source(leaf, subleaf), question)


def _checked(leaf: int, subleaf: int) -> Registers:
    """The registers of a leaf that exists.

    Raises:
        NoAnswerError: there is no such leaf, or no such instruction.
        OSError: the system refuses executable memory.
    """
    if platform.machine() not in ("x86_64", "AMD64") or sys.maxsize < 2**32:
        raise NoAnswerError(Gap.UNSUPPORTED, "CPUID is an instruction of 64-bit x86 processors")
    if leaf >= _HIGHEST_EXTENDED:
        highest = _execute(_HIGHEST_EXTENDED, 0)[0]
        # Processors without extended leaves answer with another leaf's data.
        if highest < _HIGHEST_EXTENDED:
            highest = _HIGHEST_EXTENDED - 1
    elif leaf >= HYPERVISOR_LEAF:
        if not _execute(1, 0)[2] & _HYPERVISOR_PRESENT:
            raise NoAnswerError(Gap.UNSUPPORTED, "leaf 1 announces no hypervisor")
        highest = max(_execute(HYPERVISOR_LEAF, 0)[0], HYPERVISOR_LEAF)
    else:
        highest = _execute(_HIGHEST_BASIC, 0)[0]
    if leaf > highest:
        raise NoAnswerError(Gap.UNSUPPORTED, f"the highest leaf of its range is {highest:#010x}")
    vendors = _VENDORS_OF_LEAF.get(leaf)
    if vendors and (vendor := _vendor()) not in vendors:
        raise NoAnswerError(Gap.UNSUPPORTED, f"a leaf of other vendors than {vendor!r}")
    return _execute(leaf, subleaf)


def _vendor() -> bytes:
    """The twelve letters of leaf 0."""
    _, ebx, ecx, edx = _execute(_HIGHEST_BASIC, 0)
    return b"".join(register.to_bytes(4, "little") for register in (ebx, edx, ecx))


def _execute(leaf: int, subleaf: int) -> Registers:
    registers = (ctypes.c_uint32 * 4)()
    with _lock:
        function, _ = _executable()
    function(leaf, subleaf, registers)
    return registers[0], registers[1], registers[2], registers[3]


@cache
def _executable() -> tuple[Callable[..., None], mmap.mmap]:
    """The function, and the memory that it stands in.

    Raises:
        OSError: the system refuses executable memory: ``mprotect(2)``.
    """
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    memory.write(_FUNCTION)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(address, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_EXEC) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"executable memory: {os.strerror(error)}")
    prototype = ctypes.CFUNCTYPE(
        None, ctypes.c_uint32, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)
    )
    return prototype(address), memory
