"""KVM's count of encrypted guests against what is claimed of those that run.

No such hardware was seen: the files are as the kernel's misc controller prints them.
"""

import json

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.bundled import built_in_profiles
from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.reports.html_report import html_report
from isoscope.reports.json_report import json_report
from isoscope.reports.markdown_report import markdown_report
from isoscope.reports.model import build_report
from isoscope.reports.text_report import text_report
from isoscope.snapshot.reading import Gap
from probes.kernel import KernelProbe
from probes.machine import HostProbe
from probes.tee import TeeProbe
from tests.fakes.host import HOST_ANSWERS, FakeHost, Tree, a_host, a_monitor, snapshot_of

SNP = (
    "-machine",
    "q35,confidential-guest-support=lsec0",
    "-object",
    "sev-snp-guest,id=lsec0,policy=0x30000",
)
WH_C = Aspect(Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY)


HELD = ("/dev/null", "/dev/kvm", "/dev/sev")


def counting(sev_es: int, *, root: bool = True) -> Tree:
    tree: Tree = {"/sys/fs/cgroup/misc.current": f"sev 0\nsev_es {sev_es}\n"}
    return tree | ({"/sys/fs/cgroup/misc.capacity": "sev 410\nsev_es 99\n"} if root else {})


def inventory(*trees: Tree) -> Inventory:
    host = FakeHost(a_host(), *trees, answers=HOST_ANSWERS)
    return build_inventory(snapshot_of(host, probes=[KernelProbe(), HostProbe(), TeeProbe()]))


def whose(found: Inventory) -> list[tuple[str, str]]:
    of_workloads = [(w.id, d.observed) for w in found.workloads for d in w.disagreements]
    return of_workloads + [("host", d.observed) for d in found.disagreements]


def rungs(found: Inventory, workload: str) -> tuple[int, int]:
    done = assess(found, profile=built_in_profiles()[0], viewpoint=OPERATOR)
    verdict = done.workloads[workload].verdicts[WH_C]
    return verdict.low, verdict.high


def test_as_many_as_are_claimed_is_no_disagreement_and_still_a_claim() -> None:
    found = inventory(counting(1), a_monitor(500, arguments=SNP, descriptors=HELD))
    assert whose(found) == []
    assert rungs(found, "qemu:500") == (0, 2)


def test_a_claim_that_kvm_does_not_count_is_shown_and_is_false() -> None:
    found = inventory(counting(0), a_monitor(500, arguments=SNP, descriptors=HELD))
    assert whose(found) == [("qemu:500", "no SEV-ES or SEV-SNP guest, by KVM's own count")]
    assert rungs(found, "qemu:500") == (0, 0)


def test_where_some_are_counted_nobody_can_say_which_claim_is_false() -> None:
    found = inventory(
        counting(1),
        a_monitor(500, arguments=SNP, descriptors=HELD),
        a_monitor(501, arguments=SNP, guest="b", descriptors=HELD),
    )
    assert [subject for subject, _ in whose(found)] == ["qemu:500", "qemu:501"]
    assert all("1 of them are none" in observed for _, observed in whose(found))
    assert rungs(found, "qemu:500") == (0, 2)


def test_guests_that_are_counted_and_claimed_by_nobody_are_the_hosts() -> None:
    found = inventory(
        counting(3), a_monitor(500, arguments=SNP, descriptors=HELD), a_monitor(501, guest="plain")
    )
    assert whose(found) == [("host", "3 of them, by KVM's own count: 2 that nobody describes")]
    assert rungs(found, "qemu:501") == (0, 0)


def test_a_machine_of_which_nothing_is_known_may_be_the_one_that_is_counted() -> None:
    silent = a_monitor(501, guest="b", arguments=["-readconfig", "/etc/vm.cfg"])
    assert whose(inventory(counting(1), silent)) == []
    assert [s for s, _ in whose(inventory(counting(2), silent))] == ["host"]


def test_a_count_that_was_not_read_contradicts_nobody() -> None:
    for tree in ({}, counting(0, root=False)):
        found = inventory(tree, a_monitor(500, arguments=SNP, descriptors=HELD))
        assert whose(found) == []
        assert rungs(found, "qemu:500") == (0, 2)


@pytest.mark.parametrize("count", [0, 3])
def test_every_report_shows_it_in_its_one_list(count: int) -> None:
    found = inventory(counting(count), a_monitor(500, arguments=SNP, descriptors=HELD))
    done = assess(found, profile=built_in_profiles()[0], viewpoint=OPERATOR)
    report = build_report(done)
    (entry,) = json.loads(json_report(report))["disagreements"]
    assert entry["workload"] == ("host" if count else "qemu:500")
    for written in (text_report(report), markdown_report(report), html_report(report)):
        assert "by KVM" in " ".join(written.split())


def test_a_vmm_that_does_not_hold_the_secure_processors_device_is_shown() -> None:
    found = inventory(counting(1), a_monitor(500, arguments=SNP))
    assert whose(found) == [("qemu:500", "its VMM does not hold /dev/sev open")]
    assert rungs(found, "qemu:500") == (0, 2)


def test_open_files_that_were_denied_contradict_nobody() -> None:
    tree = a_monitor(500, arguments=SNP) | {"/proc/500/fd": Gap.DENIED}
    assert whose(inventory(counting(1), tree)) == []


@pytest.mark.parametrize("asked", [True, False])
def test_guest_memfd_alone_is_named_and_is_no_tee(asked: bool) -> None:
    """As on Linux 6.18, where any VM may have one; whether libvirt could be asked or not."""
    tree = a_monitor(500, descriptors=["/dev/kvm", "anon_inode:[kvm-gmem]"])
    host = FakeHost(a_host(), tree, answers=HOST_ANSWERS)
    found = build_inventory(snapshot_of(host, managers_absent=asked))
    (workload,) = found.workloads
    assert workload.machine is not None
    said = workload.machine.launch_security.value
    assert said is not None
    assert said.kind == "none"
    assert "guest_memfd" in said.look_alike
    assert rungs(found, "qemu:500") == (0, 0)
