"""What the BPF programs of a cgroup let it do with devices, as rules of cgroup v1 would say it.

A device program is asked with a kind of device, its numbers and the access wanted, and answers 0
(refuse) or not: Documentation/admin-guide/cgroup-v2.rst, "Device controller"; instructions:
Documentation/bpf/standardization/instruction-set.rst. The programs of container runtimes and of
systemd compare numbers with constants and do nothing else with them. Of such a program everything
can be told by running it here for each constant and for a number that is none of them; one that
does anything else is not understood.
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from isoscope.inventory.workload import DeviceRule

_BLOCK, _CHARACTER = 1, 2
_ACCESSES = {"r": 2, "w": 4, "m": 1}
"""``BPF_DEVCG_ACC_READ``, ``_WRITE`` and ``_MKNOD``."""
_MOST_INSTRUCTIONS = 4096
_MOST_STEPS = 2_000_000
"""Instructions that are followed for all questions to one program."""
_WORD = 0xFFFFFFFF

_LOAD_WORD, _LOAD_HALF = 0x61, 0x69
_MOVE_CONSTANT = (0xB7, 0xB4)
_MOVE = (0xBF, 0xBC)
_AND_CONSTANT = (0x57, 0x54)
_SHIFT_RIGHT_CONSTANT = (0x77, 0x74)
_AND = (0x5F, 0x5C)
_EQUAL_CONSTANT = (0x15, 0x16)
_UNEQUAL_CONSTANT = (0x55, 0x56)
_EQUAL = (0x1D, 0x1E)
_UNEQUAL = (0x5D, 0x5E)
_ANY_BIT_CONSTANT = (0x45, 0x46)
_GO = 0x05
_EXIT = 0x95


class _Instruction(NamedTuple):
    code: int
    target: int
    source: int
    offset: int
    constant: int


class _Value(NamedTuple):
    """What a register holds; ``compared_only`` marks a device's numbers, with which nothing may be
    done but to compare them with constants."""

    number: int
    compared_only: bool = False
    context: bool = False


class _Device(NamedTuple):
    kind: int
    access: int
    major: int
    minor: int


def parse_device_programs(text: str) -> tuple[DeviceRule, ...]:
    """Rules that together allow what all programs of a cgroup allow; of none, everything.

    Args:
        text: a JSON object whose ``programs`` are hexadecimal instructions.

    Raises:
        ValueError: it is something else, or a program does more than compare.
    """
    try:
        document = json.loads(text)
        programs = document["programs"]
        instructions = tuple(bytes.fromhex(program) for program in programs)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("no list of device programs") from error
    return _allowed(instructions)


@lru_cache(maxsize=256)  # the containers of one engine have the same program
def _allowed(programs: tuple[bytes, ...]) -> tuple[DeviceRule, ...]:
    decoded = [_decoded(program) for program in programs]
    constants = sorted({i.constant & _WORD for program in decoded for i in program})
    other = next(number for number in range(1 << 19, 1 << 20) if number not in constants)
    compared = [number for number in constants if number < 1 << 20]
    steps = _MOST_STEPS
    granted: dict[tuple[int, int, int], str] = {}
    for kind, major, minor in product((_BLOCK, _CHARACTER), *([other, *compared],) * 2):
        letters = ""
        for letter, access in _ACCESSES.items():
            device, allowed = _Device(kind, access, major, minor), True
            for program in decoded:
                steps -= len(program)
                if steps < 0:
                    raise ValueError("a device program compares with too much to be followed")
                allowed = allowed and _runs_to_allow(program, device)
            letters += letter if allowed else ""
        granted[kind, major, minor] = letters
    return tuple(_rules(granted, compared, other))


def _rules(
    granted: dict[tuple[int, int, int], str], compared: list[int], other: int
) -> list[DeviceRule]:
    """The fewest rules for what is granted: from those for all devices to those for one."""
    everything = {granted[kind, other, other] for kind in (_BLOCK, _CHARACTER)}
    if everything == {"rwm"} and set(granted.values()) == {"rwm"}:
        return [DeviceRule("a", "*:*", "rwm")]
    found: list[DeviceRule] = []
    for kind, letter in ((_BLOCK, "b"), (_CHARACTER, "c")):
        of_all = granted[kind, other, other]
        places = [("*:*", of_all, "")]
        for number in compared:
            places.append((f"{number}:*", granted[kind, number, other], of_all))
            places.append((f"*:{number}", granted[kind, other, number], of_all))
        for major, minor in product(compared, compared):
            wider = granted[kind, major, other] + granted[kind, other, minor]
            places.append((f"{major}:{minor}", granted[kind, major, minor], wider))
        found += [
            DeviceRule(letter, place, access)
            for place, access, known in places
            if set(access) - set(known)
        ]
    return found


def _decoded(program: bytes) -> list[_Instruction]:
    if not program or len(program) % 8 or len(program) // 8 > _MOST_INSTRUCTIONS:
        raise ValueError(f"{len(program)} bytes are no device program")
    return [
        _Instruction(code, registers & 15, registers >> 4, offset, constant)
        for code, registers, offset, constant in struct.iter_unpack("<BBhi", program)
    ]


def _runs_to_allow(program: list[_Instruction], device: _Device) -> bool:
    """What a program answers for a device."""
    registers: dict[int, _Value] = {1: _Value(0, context=True)}
    place = 0
    for _ in range(_MOST_INSTRUCTIONS):
        if not 0 <= place < len(program):
            break
        instruction = program[place]
        if instruction.code == _EXIT:
            return _held(registers, 0).number != 0
        place += 1
        jump = _jumps(instruction, registers)
        if jump is None:
            registers[instruction.target] = _computed(instruction, registers, device)
        elif jump:
            place += instruction.offset
    raise ValueError("a device program does not end")


def _jumps(instruction: _Instruction, registers: dict[int, _Value]) -> bool | None:
    """Whether an instruction jumps; None where it is none that may."""
    code = instruction.code
    if code == _GO:
        return True
    if code in (*_EQUAL_CONSTANT, *_UNEQUAL_CONSTANT, *_ANY_BIT_CONSTANT):
        value, constant = _held(registers, instruction.target), instruction.constant & _WORD
        if code in _ANY_BIT_CONSTANT:
            return _free(value) & constant != 0
        return (value.number == constant) is (code in _EQUAL_CONSTANT)
    if code in (*_EQUAL, *_UNEQUAL):
        one, two = (_held(registers, each) for each in (instruction.target, instruction.source))
        return (_free(one) == _free(two)) is (code in _EQUAL)
    return None


def _computed(instruction: _Instruction, registers: dict[int, _Value], device: _Device) -> _Value:
    """What an instruction puts into its target register."""
    code, constant = instruction.code, instruction.constant & _WORD
    if code in _MOVE_CONSTANT:
        return _Value(constant)
    if code in _MOVE:
        return _held(registers, instruction.source)
    if code in (_LOAD_WORD, _LOAD_HALF):
        return _loaded(instruction, registers, device)
    if code not in (*_AND_CONSTANT, *_AND, *_SHIFT_RIGHT_CONSTANT) or (
        code in _SHIFT_RIGHT_CONSTANT and constant >= 32
    ):
        raise ValueError(f"a device program has an instruction {code:#04x}, which is not followed")
    value = _free(_held(registers, instruction.target))
    if code in _SHIFT_RIGHT_CONSTANT:
        return _Value(value >> constant)
    if code in _AND:
        constant = _free(_held(registers, instruction.source))
    return _Value(value & constant)


def _loaded(instruction: _Instruction, registers: dict[int, _Value], device: _Device) -> _Value:
    """A field of ``struct bpf_cgroup_dev_ctx``: access and kind in one word, major, minor."""
    if not _held(registers, instruction.source).context:
        raise ValueError("a device program reads memory")
    if instruction.code == _LOAD_WORD:
        if instruction.offset == 0:
            return _Value(device.access << 16 | device.kind)
        if instruction.offset in (4, 8):
            number = device.major if instruction.offset == 4 else device.minor
            return _Value(number, compared_only=True)
    elif instruction.offset in (0, 2):
        return _Value(device.kind if instruction.offset == 0 else device.access)
    raise ValueError("a device program reads what it is not asked with")


def _held(registers: dict[int, _Value], number: int) -> _Value:
    if number not in registers:
        raise ValueError("a device program uses a register that holds nothing")
    return registers[number]


def _free(value: _Value) -> int:
    """A number with which a program may compute."""
    if value.compared_only or value.context:
        raise ValueError("a device program computes with the numbers of devices")
    return value.number
