"""What BPF device programs allow, in the words of cgroup v1."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.device_program import parse_device_programs

BEGIN = [
    (0x61, 0x12, 0, 0),  # r2 = access and kind
    (0x54, 0x02, 0, 0xFFFF),  # r2 = kind
    (0x61, 0x13, 0, 0),
    (0x74, 0x03, 0, 16),  # r3 = access
    (0x61, 0x14, 4, 0),  # r4 = major
    (0x61, 0x15, 8, 0),  # r5 = minor
]
ALLOW = [(0xB4, 0x00, 0, 1), (0x95, 0x00, 0, 0)]
REFUSE = [(0xB4, 0x00, 0, 0), (0x95, 0x00, 0, 0)]
BLOCK, CHARACTER = 1, 2
MKNOD, READ, WRITE = 1, 2, 4
Instruction = tuple[int, int, int, int]


def rule(
    answer: list[Instruction],
    *,
    kind: int | None = None,
    access: int | None = None,
    major: int | None = None,
    minor: int | None = None,
) -> list[Instruction]:
    """What container runtimes make of one rule: comparisons that skip to the next one."""
    checks: list[Instruction] = []
    if kind is not None:
        checks.append((0x55, 0x02, 0, kind))
    if access is not None:
        checks += [(0xBC, 0x31, 0, 0), (0x54, 0x01, 0, access), (0x5D, 0x31, 0, 0)]
    if major is not None:
        checks.append((0x55, 0x04, 0, major))
    if minor is not None:
        checks.append((0x55, 0x05, 0, minor))
    length = len(checks) + len(answer)
    jumps = (0x55, 0x5D)
    return [
        (code, registers, length - place - 1 if code in jumps else 0, constant)
        for place, (code, registers, _, constant) in enumerate(checks)
    ] + answer


def programs(*each: list[Instruction]) -> str:
    packed = [b"".join(struct.pack("<BBhi", *line) for line in program) for program in each]
    return json.dumps({"programs": [program.hex() for program in packed]})


def allowed(*each: list[Instruction]) -> list[str]:
    return [f"{r.kind} {r.numbers} {r.access}" for r in parse_device_programs(programs(*each))]


def test_without_a_program_everything_is_allowed() -> None:
    assert allowed() == ["a *:* rwm"]


def test_a_program_that_allows_all_and_one_that_allows_nothing() -> None:
    assert allowed(ALLOW) == ["a *:* rwm"]
    assert allowed(REFUSE) == []


def test_a_list_of_what_is_allowed() -> None:
    program = [
        *BEGIN,
        *rule(ALLOW, kind=CHARACTER, access=MKNOD),
        *rule(ALLOW, kind=CHARACTER, major=1, minor=3),
        *rule(ALLOW, kind=CHARACTER, major=136),
        *rule(ALLOW, kind=BLOCK, access=READ | MKNOD, major=254, minor=0),
        *REFUSE,
    ]
    assert allowed(program) == ["b 254:0 rm", "c *:* m", "c 136:* rwm", "c 1:3 rwm"]


def test_what_is_refused_before_it_is_allowed_is_refused() -> None:
    program = [*BEGIN, *rule(REFUSE, kind=BLOCK, major=8), *rule(ALLOW, kind=BLOCK), *REFUSE]
    found = allowed(program)
    assert "b *:* rwm" in found
    assert not [each for each in found if each.startswith("b 8:")]


def test_all_programs_must_allow() -> None:
    disks = [*BEGIN, *rule(ALLOW, kind=BLOCK), *REFUSE]
    reading = [*BEGIN, *rule(ALLOW, access=READ), *REFUSE]
    assert allowed(disks, reading) == ["b *:* r"]


@pytest.mark.parametrize(
    ("says", "program"),
    [
        ("not followed", [(0x85, 0, 0, 1), *ALLOW]),  # calls a helper, as libvirt's does
        ("computes", [*BEGIN, (0x54, 0x04, 0, 0xFF), *ALLOW]),  # masks the major number
        ("reads memory", [(0xB7, 0x01, 0, 0), (0x61, 0x12, 0, 0), *ALLOW]),
        ("holds nothing", [(0x95, 0, 0, 0)]),
        ("does not end", [(0x05, 0, -1, 0)]),
        ("not asked with", [(0x61, 0x12, 12, 0), *ALLOW]),
    ],
)
def test_a_program_that_does_more_than_compare_is_not_understood(
    says: str, program: list[Instruction]
) -> None:
    with pytest.raises(ValueError, match=says):
        parse_device_programs(programs(program))


def test_one_with_too_many_comparisons_is_given_up() -> None:
    many = [line for major in range(400) for line in rule(ALLOW, kind=CHARACTER, major=major)]
    with pytest.raises(ValueError, match="too much"):
        parse_device_programs(programs([*BEGIN, *many, *REFUSE]))


@given(st.text() | st.binary(max_size=200).map(lambda raw: json.dumps({"programs": [raw.hex()]})))
def test_whatever_it_is_given_only_value_errors(text: str) -> None:
    try:
        parse_device_programs(text)
    except ValueError:
        return


CODES = [0x61, 0x69, 0xB4, 0xBC, 0x54, 0x74, 0x5C, 0x55, 0x15, 0x5D, 0x45, 0x05, 0x95, 0x85]
LINES = st.tuples(
    st.sampled_from(CODES), st.integers(0, 255), st.integers(-8, 8), st.integers(-2, 300)
)


@given(st.lists(LINES, max_size=30))
def test_any_program_ends(lines: list[Instruction]) -> None:
    try:
        found = parse_device_programs(programs([*BEGIN, *lines, *REFUSE]))
    except ValueError:
        return
    assert all(each.access for each in found)
