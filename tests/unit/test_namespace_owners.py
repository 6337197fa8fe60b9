"""Who owns the namespaces of a process, asked of the kernel that the tests run on."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.process_namespaces import INITIAL_USER, parse_owners
from isoscope.inventory.workload import NamespaceKind
from isoscope.snapshot.places import namespace_owners_source
from probes.collect import collect
from probes.host.local import LocalHost
from probes.kernel import KernelProbe
from probes.namespace_owners import namespace_owners
from tests.fakes.host import FakeHost, Link, a_container, a_host
from tests.fakes.workloads import UNREAD, a_machine, assessed, finding
from tests.fakes.workloads import a_container as a_workload

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
OWN = 4026540000
HOLDS = dict.fromkeys(NamespaceKind, 4026540001) | {NamespaceKind.USER: OWN}
NET, MOUNT = NamespaceKind.NETWORK, NamespaceKind.MOUNT


def user_namespace(pid: int) -> int:
    return Path(f"/proc/{pid}/ns/user").stat().st_ino


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_the_kernel_tells_owners_of_namespaces_made_in_a_user_namespace() -> None:
    command = ["unshare", "--user", "--net", "--map-root-user", "cat"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"x\n")
        child.stdin.flush()
        if not child.stdout.readline():
            pytest.skip("user namespaces cannot be made here")
        reading = namespace_owners(LocalHost(), child.pid)
        its = user_namespace(child.pid)
        child.stdin.close()
    mine = user_namespace(os.getpid())
    if reading.gap is not None:
        pytest.skip(f"the kernel does not tell here: {reading.detail}")
    owners = parse_owners(reading.text())
    assert owners[NET] == its
    assert owners[MOUNT] == mine


def test_it_is_asked_only_of_who_is_in_a_user_namespace_of_its_own() -> None:
    plain, apart = a_container(4711), a_container(4712)
    apart["/proc/4712/ns/user"] = Link(f"user:[{OWN}]")
    host = FakeHost(a_host(), plain, apart)
    seen = collect(host, [KernelProbe()])
    assert namespace_owners_source(4712) in seen.readings
    assert namespace_owners_source(4711) not in seen.readings


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, ABSENT),
        ({"namespace_owners": {NET: OWN, MOUNT: INITIAL_USER}}, PRESENT),
        ({"namespace_owners": {NET: OWN, MOUNT: 4026549999}}, UNKNOWN),
        ({"namespace_owners": UNREAD}, UNKNOWN),
        ({"capabilities_hold_on_host": UNREAD}, UNKNOWN),
    ],
)
def test_capabilities_end_where_the_user_namespace_owns_nothing(
    facts: dict[str, Any], state: FindingState
) -> None:
    own: dict[str, Any] = {"capabilities_hold_on_host": False, "namespaces": HOLDS}
    own = own if facts else {}
    container = a_workload("c", **(own | facts))
    found = finding(assessed(container), container, "capabilities-end-inside")
    assert found.state is state, found.says


def test_nobody_asked_of_older_snapshots_and_a_guest_has_its_own() -> None:
    older = a_workload("c", capabilities_hold_on_host=False)
    assert finding(assessed(older), older, "capabilities-end-inside").state is UNKNOWN
    guest = a_machine("g")
    found = finding(assessed(guest), guest, "capabilities-end-inside")
    assert found.state is FindingState.NOT_APPLICABLE


@given(st.text() | st.dictionaries(st.text(), st.integers() | st.text()).map(json.dumps))
def test_what_is_no_answer_is_refused(text: str) -> None:
    with suppress(ValueError):
        parse_owners(text)
