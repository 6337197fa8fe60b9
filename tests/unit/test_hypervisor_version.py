"""Which version of a VMM runs a guest, and whether a published way out of it is known."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.build import build_inventory
from isoscope.inventory.declared import Program
from isoscope.inventory.hypervisor_version import parse_hypervisor
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation
from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, OPEN
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.fakes.host import HOST_ANSWERS, FakeHost, Link, Tree, a_host, a_monitor, snapshot_of
from tests.fakes.workloads import UNREAD, a_container, a_machine, assessed, finding, undescribed

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
UUID = "11111111-2222-3333-4444-555555555555"
URI = "qemu:///system"
IDENTITY = "vmm-with-known-escape"


@pytest.mark.parametrize(
    ("document", "program"),
    [
        ({"type": "QEMU", "version": 7002022}, Program("QEMU", "7.2.22")),
        ({"type": "QEMU", "version": 10000000}, Program("QEMU", "10.0.0")),
        (
            {"text": "Using API: QEMU 9.0.0\nRunning hypervisor: QEMU 7.2.22\n"},
            Program("QEMU", "7.2.22"),
        ),
    ],
)
def test_it_is_told_in_either_way(document: object, program: Program) -> None:
    assert parse_hypervisor(json.dumps(document)) == program


@pytest.mark.parametrize(
    "document", [{}, {"version": 0, "type": "QEMU"}, {"text": "error: no"}, {"version": 7}, []]
)
def test_what_names_no_version_is_refused(document: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each in its own words
        parse_hypervisor(json.dumps(document))


@given(
    st.text()
    | st.dictionaries(st.sampled_from(("type", "version", "text")), st.integers() | st.text()).map(
        json.dumps
    )
)
def test_it_may_be_anything(text: str) -> None:
    with suppress(ValueError):
        parse_hypervisor(text)


def inventory(monitor: Tree, version: object, gaps: dict[str, Gap] | None = None) -> Inventory:
    host = FakeHost(a_host(), monitor, gaps=gaps, answers=HOST_ANSWERS)
    said = {
        OPEN: {"read_only": False},
        LIST_DOMAINS: [{"uuid": UUID, "name": "vm", "id": 1, "state": 1}],
        "virConnectGetVersion": version,
    }
    readings = [
        Reading(Source(Channel.LIBVIRT, URI, request), 1.0, "root", json.dumps(answer).encode())
        for request, answer in said.items()
        if answer is not None
    ]
    xml = f"<domain type='kvm' id='1'><name>vm</name><uuid>{UUID}</uuid><devices/></domain>"
    domain = Reading(Source(Channel.LIBVIRT, URI, f"{DOMAIN} {UUID}"), 1.0, "root", xml.encode())
    return build_inventory(snapshot_of(host, domain, *readings))


def program(found: Inventory) -> Observation[Program]:
    (workload,) = found.workloads
    assert workload.machine is not None
    assert workload.machine.makeup is not None
    assert workload.machine.makeup.program is not None
    return workload.machine.makeup.program


MONITOR = a_monitor(90, uuid=UUID)
VERSION = {"type": "QEMU", "version": 7002022}


def test_a_guest_runs_under_what_libvirt_says() -> None:
    assert program(inventory(MONITOR, VERSION)).value == Program("QEMU", "7.2.22")


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("/usr/bin/qemu-system-x86_64 (deleted)", "started before"),
        ("/opt/qemu/bin/qemu-system-x86_64", "of which nobody says the version"),
    ],
)
def test_unless_it_runs_another_program(link: str, words: str) -> None:
    replaced: Tree = {"/proc/90/exe": Link(link)}
    found = program(inventory(MONITOR | replaced, VERSION))
    assert not found.known
    assert words in found.doubt.explanation


def test_what_was_not_read_is_not_known() -> None:
    assert not program(inventory(MONITOR, None)).known
    assert not program(inventory(MONITOR, VERSION, {"/proc/90/exe": Gap.DENIED})).known


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("10.0.0", ABSENT),
        ("7.2.22", ABSENT),
        ("7.2.10", UNKNOWN),
        ("8.2.2", UNKNOWN),
        ("8.2.3", ABSENT),
        ("5.1.0", UNKNOWN),
        ("today", UNKNOWN),
    ],
)
def test_a_number_with_an_advisory_leaves_open_what_its_distribution_did(
    version: str, state: FindingState
) -> None:
    machine = a_machine("m", says={"program": Program("QEMU", version)})
    assert finding(assessed(machine), machine, IDENTITY).state is state


def test_who_does_not_say_leaves_it_open() -> None:
    machine = a_machine("m", says={"program": UNREAD})
    assert finding(assessed(machine), machine, IDENTITY).state is UNKNOWN
    machine = a_machine("m", says={"program": Program("Xen", "4.17.0")})
    assert finding(assessed(machine), machine, IDENTITY).state is UNKNOWN
    bare = undescribed(a_machine("m"))
    assert finding(assessed(bare), bare, IDENTITY).state is UNKNOWN
    container = a_container("c")
    assert finding(assessed(container), container, IDENTITY).state is FindingState.NOT_APPLICABLE
