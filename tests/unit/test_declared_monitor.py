"""Where libvirt, or a VMM's command line, and the kernel differ on the VMM's process."""

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.bundled import built_in_profiles
from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.snapshot.manager_places import DOMAIN, LIST_DOMAINS, OPEN
from isoscope.snapshot.reading import Channel, Reading, Source
from tests.fakes.host import HOST_ANSWERS, FakeHost, Tree, a_host, a_monitor, snapshot_of

GUEST = "11111111-2222-3333-4444-555555555555"
LABEL = f"libvirt-{GUEST}"


def between(tree: Tree, *labels: str, memory: int = 524288) -> dict[str, tuple[str, str]]:
    (workload,) = seen(tree, *labels, memory=memory).workloads
    return {d.key: (d.declared, d.observed) for d in workload.disagreements}


def seen(tree: Tree, *labels: str, memory: int = 524288) -> Inventory:
    document = (
        f"<domain type='kvm' id='1'><name>vm</name><uuid>{GUEST}</uuid>"
        f"<memory unit='KiB'>{memory}</memory>{''.join(labels)}<devices/></domain>"
    )
    said = {
        OPEN: '{"read_only": false}',
        LIST_DOMAINS: f'[{{"uuid": "{GUEST}", "name": "vm", "id": 1, "state": 1}}]',
        f"{DOMAIN} {GUEST}": document,
    }
    readings = [
        Reading(Source(Channel.LIBVIRT, "qemu:///system", request), 1.0, "root", content=t.encode())
        for request, t in said.items()
    ]
    host = FakeHost(a_host(), tree, answers=HOST_ANSWERS)
    return build_inventory(snapshot_of(host, *readings))


def label(model: str, text: str) -> str:
    return f"<seclabel type='dynamic' model='{model}'><label>{text}</label></seclabel>"


def test_a_vmm_that_is_what_libvirt_says() -> None:
    monitor = a_monitor(90, uuid=GUEST, label=f"{LABEL} (enforce)")
    assert between(monitor, label("apparmor", LABEL), label("dac", "+64055:+64055")) == {}


def test_a_vmm_without_its_label() -> None:
    monitor = a_monitor(90, uuid=GUEST, label="unconfined")
    assert between(monitor, label("apparmor", LABEL)) == {"label": (LABEL, "unconfined")}


def test_no_label_asked_for_and_none_there() -> None:
    monitor = a_monitor(90, uuid=GUEST, label="unconfined")
    assert between(monitor, "<seclabel type='none' model='apparmor'/>") == {}


def test_a_vmm_of_another_user() -> None:
    monitor = a_monitor(90, uuid=GUEST, uids=(0, 0, 0, 0))
    assert between(monitor, label("dac", "+64055:+64055")) == {"user": ("uid 64055", "uid 0")}


def test_a_sandbox_that_was_asked_for_and_is_not_there() -> None:
    monitor = a_monitor(90, uuid=GUEST, arguments=("-sandbox", "on,spawn=deny"), seccomp=0)
    assert between(monitor) == {"seccomp": ("a filter", "unconfined")}


@pytest.mark.parametrize(("kib", "differs"), [(524288, False), (262144, True), (1 << 20, False)])
def test_a_guest_that_was_given_more_memory_than_described(kib: int, differs: bool) -> None:
    assert ("memory" in between(a_monitor(90, uuid=GUEST), memory=kib)) is differs


def test_a_vmm_that_no_manager_knows_is_held_to_its_own_command_line() -> None:
    monitor = a_monitor(92, guest="bare", arguments=("-sandbox", "on"), seccomp=0)
    host = FakeHost(a_host(), monitor, answers=HOST_ANSWERS)
    (workload,) = build_inventory(snapshot_of(host)).workloads
    assert [d.key for d in workload.disagreements] == ["seccomp"]


ASKED = "<launchSecurity type='sev-snp'><policy>0x30000</policy></launchSecurity>"
STARTED = (
    "-machine",
    "q35,confidential-guest-support=lsec0",
    "-object",
    "sev-snp-guest,id=lsec0,policy=0x30000",
)


def test_a_guest_that_was_started_without_the_tee_that_libvirt_says() -> None:
    assert between(a_monitor(90, uuid=GUEST), ASKED)["launch_security"] == ("sev-snp", "none")
    started = a_monitor(90, uuid=GUEST, arguments=STARTED, descriptors=["/dev/sev"])
    assert between(started, ASKED) == {}


@pytest.mark.parametrize(("arguments", "high"), [((), 0), (STARTED, 2)])
def test_what_libvirt_says_of_a_tee_is_false_where_its_vmm_was_started_without(
    arguments: tuple[str, ...], high: int
) -> None:
    found = seen(a_monitor(90, uuid=GUEST, arguments=arguments), ASKED)
    done = assess(found, profile=built_in_profiles()[0], viewpoint=OPERATOR)
    aspect = Aspect(Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY)
    verdict = done.workloads[f"libvirt:{GUEST}"].verdicts[aspect]
    assert (verdict.low, verdict.high) == (0, high)
