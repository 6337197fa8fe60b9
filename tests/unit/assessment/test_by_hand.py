"""Commands to see something by hand: filled in for a workload, and never more than words of it."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest

from isoscope.assessment.by_hand import filled_in
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Declaration
from tests.fakes.workloads import a_container

ENTERS = re.compile(r"\b(nsenter|gcore|exec|qemu-agent-command|dump|kill|strace|gdb -p)\b(?!xml)")
WORKLOAD = replace(a_container("web"), pid=4711, process=None)


def test_the_workload_and_the_other_side_are_filled_in() -> None:
    text = "cat /proc/PID/status /proc/OTHER_PID/status; docker inspect NAME OTHER_NAME"
    other = replace(a_container("db"), pid=4712, process=None)
    assert filled_in(text, WORKLOAD, other) == (
        "cat /proc/4711/status /proc/4712/status; docker inspect web db"
    )


def test_what_is_not_known_stays_as_it_stands() -> None:
    unknown = replace(WORKLOAD, pid=None, name="")
    assert filled_in("cat /proc/PID/status; x NAME OTHER_PID", unknown) == (
        "cat /proc/PID/status; x NAME OTHER_PID"
    )


@pytest.mark.parametrize("name", ["a; reboot", "$(reboot)", "`reboot`", "a'b", "<b>x</b>", "a b"])
def test_a_hostile_name_stays_one_word(name: str) -> None:
    command = filled_in("docker inspect NAME", replace(WORKLOAD, name=name))
    assert shlex.split(command) == ["docker", "inspect", name]


@pytest.mark.parametrize(
    "name", ["a\nreboot", "a\x1b[2J", "a\x00b", "--help", "\u202egnp", "a" * 201, "\u2028x"]
)
def test_a_name_that_a_terminal_would_not_take_as_it_is_is_left_out(name: str) -> None:
    assert filled_in("docker inspect NAME", replace(WORKLOAD, name=name)) == "docker inspect NAME"


@pytest.mark.parametrize("declaration", CATALOGUE.values(), ids=lambda each: each.id)
def test_no_command_enters_a_workload(declaration: Declaration) -> None:
    assert ENTERS.search(declaration.by_hand) is None
