"""Booleans of the SELinux policy: which weaken confinement, and what nobody looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.machine.facts import host_facts
from isoscope.inventory.machine.selinux_booleans import LETS, parse_boolean, weakens
from isoscope.snapshot.selinux_booleans import DIRECTORY, NAMES
from probes.collect import collect
from probes.host.captured import CapturedTree
from probes.machine import HostProbe
from tests.unit.machine_readings import snapshot


def tree(root: Path, **booleans: str) -> CapturedTree:
    """A host whose policy has these booleans."""
    place = root / DIRECTORY.lstrip("/")
    place.mkdir(parents=True)
    for name, text in booleans.items():
        (place / name).write_text(text)
    return CapturedTree(root)


def test_those_of_the_loaded_policy_are_read_and_no_others(tmp_path: Path) -> None:
    host = tree(tmp_path, virt_use_nfs="1 1", deny_ptrace="0 1", httpd_can_connect="1 1")
    taken = collect(host, [HostProbe()])
    booleans = host_facts(taken).selinux_booleans
    assert booleans is not None
    assert {name: found.value for name, found in booleans.items()} == {
        "virt_use_nfs": True,
        "deny_ptrace": False,  # what is pending does not hold yet
    }
    assert not [source for source in map(str, taken.readings) if "httpd" in source]


def test_nobody_looked_is_not_that_there_are_none() -> None:
    assert host_facts(snapshot()).selinux_booleans is None


def test_a_boolean_that_is_not_understood_is_unknown(tmp_path: Path) -> None:
    booleans = host_facts(
        collect(tree(tmp_path, virt_use_nfs="yes"), [HostProbe()])
    ).selinux_booleans
    assert booleans is not None
    assert not booleans["virt_use_nfs"].known


def test_some_weaken_when_they_are_on_and_some_when_they_are_off() -> None:
    assert weakens("virt_sandbox_use_all_caps", on=True)
    assert not weakens("virt_sandbox_use_all_caps", on=False)
    assert weakens("deny_ptrace", on=False)
    assert not weakens("deny_ptrace", on=True)


def test_every_boolean_that_is_read_says_what_it_lets() -> None:
    assert sorted(LETS) == sorted(NAMES)


@given(st.text(max_size=20))
def test_what_is_no_boolean_is_refused_and_nothing_else_happens(text: str) -> None:
    try:
        found = parse_boolean(text)
    except ValueError:
        return
    assert text.strip("\n\0 ") in ("0 0", "0 1", "1 0", "1 1")
    assert found is text.strip("\n\0 ").startswith("1")


@pytest.mark.parametrize("text", ["", "1", "1 1 1", "on on", "2 0", "1\t1", "11"])
def test_other_formats_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two of 0 and 1"):
        parse_boolean(text)
