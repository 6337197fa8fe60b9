"""The BPF programs by which cgroup v2 decides on devices: ``bpf(2)``, linux/bpf.h.

No file shows them. The kernel tells who asks which programs decide for a cgroup, its ancestors'
among them, and shows their instructions; nothing is loaded, attached or run.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct

from isoscope.snapshot.places import device_programs_source
from isoscope.snapshot.reading import Gap, Reading
from probes.host.access import HostAccess, NoAnswerError

_CALL_NUMBERS = {
    "x86_64": 321,
    "aarch64": 280,
    "riscv64": 280,
    "loongarch64": 280,
    "s390x": 351,
    "ppc64le": 361,
}
_PROG_GET_FD_BY_ID = 13
_OBJ_GET_INFO_BY_FD = 15
_PROG_QUERY = 16
_CGROUP_DEVICE = 6
"""``BPF_CGROUP_DEVICE`` of ``enum bpf_attach_type``."""
_QUERY_EFFECTIVE = 1
_MOST_PROGRAMS = 64
"""Programs of one cgroup that are asked for: ``BPF_CGROUP_MAX_PROGS``."""
_MOST_BYTES = 64 * 1024
"""Bytes of one program that are kept; those of container runtimes have some hundreds."""
_INFO_SIZE = 256


def device_programs(host: HostAccess, directory: str) -> Reading:
    """The programs that decide on devices for the cgroup of this directory: a JSON object whose
    ``programs`` are their instructions in hexadecimal, as the kernel's verifier left them."""

    def question() -> bytes:
        cgroup = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            programs = [_instructions(number).hex() for number in _effective(cgroup)]
        finally:
            os.close(cgroup)
        return json.dumps({"programs": programs}).encode()

    return host.ask(device_programs_source(directory), question)


def _effective(cgroup: int) -> list[int]:
    """Ids of the programs that decide for a cgroup."""
    ids = (ctypes.c_uint32 * _MOST_PROGRAMS)()
    query = ctypes.create_string_buffer(
        struct.pack(
            "=IIIIQII",
            cgroup,
            _CGROUP_DEVICE,
            _QUERY_EFFECTIVE,
            0,
            ctypes.addressof(ids),
            _MOST_PROGRAMS,
            0,
        ),
        64,
    )
    _bpf(_PROG_QUERY, query)
    (count,) = struct.unpack_from("=I", query, 24)
    return list(ids[:count])


def _instructions(number: int) -> bytes:
    """The instructions of a program by its id."""
    program = _bpf(_PROG_GET_FD_BY_ID, ctypes.create_string_buffer(struct.pack("=I", number), 64))
    try:
        length = _info(program, 0, 0)
        if length > _MOST_BYTES:
            raise NoAnswerError(Gap.TOO_LARGE, f"a device program of {length} bytes")
        room = ctypes.create_string_buffer(length or 1)
        length = min(length, _info(program, length, ctypes.addressof(room)))
        return room.raw[:length]
    finally:
        os.close(program)


def _info(program: int, length: int, room: int) -> int:
    """``struct bpf_prog_info`` of a program: the length of its instructions, which the kernel puts
    into ``room``."""
    info = ctypes.create_string_buffer(_INFO_SIZE)
    struct.pack_into("=I", info, 20, length)
    struct.pack_into("=Q", info, 32, room)
    attributes = struct.pack("=IIQ", program, _INFO_SIZE, ctypes.addressof(info))
    _bpf(_OBJ_GET_INFO_BY_FD, ctypes.create_string_buffer(attributes, 64))
    (found,) = struct.unpack_from("=I", info, 20)
    return int(found)


def _bpf(command: int, attributes: ctypes.Array[ctypes.c_char]) -> int:
    number = _CALL_NUMBERS.get(os.uname().machine)
    if number is None:
        raise NoAnswerError(Gap.UNSUPPORTED, f"bpf(2) is not asked on {os.uname().machine}")
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    result = call(
        ctypes.c_long(number),
        ctypes.c_long(command),
        ctypes.byref(attributes),
        ctypes.c_long(len(attributes)),
    )
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return int(result)
