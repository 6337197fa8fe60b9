"""Real hosts of the lab, as Isoscope looked at them, against what their author says is true.

``hosts/`` holds one directory for each host: a snapshot that ``collect`` made there, and the lab's
own table of its workloads. ISOSCOPE_LAB names a directory with further ones.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.profile import Profile
from isoscope.assessment.tenants import parse_tenant_rules
from isoscope.assessment.verdict import AssessedWorkload, Finding
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import ASPECTS, FindingState
from isoscope.inventory.build import build_inventory
from isoscope.inventory.workload import Workload
from isoscope.snapshot.codec import load
from tests.fakes.workloads import HW_I
from tests.lab.truth import (
    APART,
    ASSESSED,
    EXPOSURES,
    NO_LABEL_CONFINES,
    SHARING,
    LabWorkload,
    expected_rung,
    read_workloads,
)

HERE = Path(__file__).parent
NOTHING_REQUIRED = Profile("p", "P", "", {})


def hosts() -> Iterator[Path]:
    """The directories of the recorded hosts, and of those that ISOSCOPE_LAB names."""
    for place in (HERE / "hosts", Path(os.environ.get("ISOSCOPE_LAB", HERE / "none"))):
        if place.is_dir():
            yield from sorted(path.parent for path in place.glob("*/snapshot.json.gz"))


@dataclass(frozen=True)
class LabHost:
    """One host, judged, beside the truth about it."""

    name: str
    assessment: Assessment
    workloads: dict[str, tuple[LabWorkload, Workload]]
    """By the lab's name."""
    missing: list[str]
    """Those that were not found."""

    def findings(self, name: str) -> dict[str, Finding]:
        return {f.id: f for f in self.assessment.findings(self.workloads[name][1].id)}

    def names(self, name: str, exposure: str, other: str) -> bool:
        """Whether the exposure of one names the other."""
        finding = self.findings(name)[exposure]
        return (
            finding.state is FindingState.PRESENT and self.workloads[other][1].id in finding.others
        )


@pytest.fixture(scope="module", params=hosts(), ids=lambda path: path.name)
def host(request: pytest.FixtureRequest) -> LabHost:
    inventory = build_inventory(load((request.param / "snapshot.json.gz").read_bytes()))
    rules = parse_tenant_rules((HERE / "tenants.toml").read_text(), "tenants.toml")
    assessment = assess(inventory, profile=NOTHING_REQUIRED, viewpoint=OPERATOR, rules=rules)
    by_pid = {workload.pid: workload for workload in inventory.workloads}
    of_lab = [w for w in read_workloads(request.param / "workloads.tsv") if w.runtime in ASSESSED]
    return LabHost(
        request.param.name,
        assessment,
        {w.name: (w, by_pid[w.pid]) for w in of_lab if w.pid in by_pid},
        [w.name for w in of_lab if w.pid not in by_pid],
    )


def test_every_workload_is_found(host: LabHost) -> None:
    assert host.missing == []
    assert len(host.workloads) > 70


def test_each_has_its_owner(host: LabHost) -> None:
    wrong = {
        name: host.assessment.workloads[workload.id].tenant.tenant
        for name, (of_lab, workload) in host.workloads.items()
        if host.assessment.workloads[workload.id].tenant.tenant != of_lab.tenant
    }
    assert wrong == {}


@pytest.mark.parametrize("exposure", EXPOSURES)
def test_exposures_are_there_where_they_were_made_and_nowhere_else(
    host: LabHost, exposure: str
) -> None:
    compared, wrong = 0, {}
    for runtimes, tags in EXPOSURES[exposure].items():
        for name, (of_lab, _) in host.workloads.items():
            if of_lab.runtime not in runtimes:
                continue
            compared += 1
            found = host.findings(name)[exposure]
            if (found.state is FindingState.PRESENT) is not of_lab.has(*tags):
                wrong[name] = (sorted(of_lab.tags), found.state, found.says)
    assert compared >= 10  # as many guests as there are
    assert wrong == {}


def test_the_hosts_integrity_stands_where_its_author_put_it(host: LabHost) -> None:
    wrong = {}
    for name, (of_lab, workload) in host.workloads.items():
        expected = expected_rung(of_lab, host.name)
        verdict = host.assessment.workloads[workload.id].verdicts[HW_I]
        if expected is not None and not verdict.low <= expected <= verdict.high:
            wrong[name] = (sorted(of_lab.tags), expected, verdict.low, verdict.high)
    assert wrong == {}


def test_each_guest_has_a_label_of_its_own_unless_it_was_taken_away(host: LabHost) -> None:
    """AppArmor's libvirt-UUID, or SELinux's categories; a permissive module confines nobody."""
    guests = [name for name, (of_lab, _) in host.workloads.items() if of_lab.runtime == "libvirt"]
    assert len(guests) == 10
    for name in guests:
        confined = "libvirt" not in NO_LABEL_CONFINES.get(host.name, ()) and name != "v-nolabel"
        found = host.findings(name)
        assert (found["vmm-mac-label"].state is FindingState.PRESENT) is confined, name
        assert found["shared-mcs-categories"].state is not FindingState.PRESENT, name


@pytest.mark.parametrize("exposure", SHARING)
def test_what_two_tenants_share_names_the_other(host: LabHost, exposure: str) -> None:
    wrong = [
        (one, other) for one, other in SHARING[exposure] if not host.names(one, exposure, other)
    ]
    assert wrong == []


@pytest.mark.parametrize("exposure", APART)
def test_what_two_tenants_do_not_share_names_nobody(host: LabHost, exposure: str) -> None:
    wrong = [(one, other) for one, other in APART[exposure] if host.names(one, exposure, other)]
    assert wrong == []


def test_nothing_is_shared_within_one_tenant(host: LabHost) -> None:
    tenants = {w.id: claimed.tenant.tenant for w, claimed in _claimed(host)}
    for workload, claimed in _claimed(host):
        for finding in host.assessment.findings(workload.id):
            same = [o for o in finding.others if tenants.get(o) == claimed.tenant.tenant]
            assert not same, (finding.id, workload.name, same)


def _claimed(host: LabHost) -> list[tuple[Workload, AssessedWorkload]]:
    return [
        (workload, host.assessment.workloads[workload.id])
        for workload in host.assessment.inventory.workloads
    ]


def test_every_workload_and_tenant_has_nine_verdicts(host: LabHost) -> None:
    assessed = host.assessment
    verdicts = [workload.verdicts for workload in assessed.workloads.values()]
    verdicts += [tenant.verdicts for tenant in assessed.tenants]
    assert all(set(each) == set(ASPECTS) for each in verdicts)


def test_no_value_of_an_environment_was_kept(host: LabHost) -> None:
    """``d-env`` was started with a password in its environment."""
    assert "d-env" in host.workloads
    kept = [
        reading
        for place in hosts()
        for reading in load((place / "snapshot.json.gz").read_bytes()).readings.values()
        if b"lab-not-a-secret" in (reading.content or b"")
    ]
    assert kept == []


def test_nothing_else_is_found_and_nothing_may_hide(host: LabHost) -> None:
    found = {workload.id for workload in host.assessment.inventory.workloads}
    assert found == {workload.id for _, workload in host.workloads.values()}
    assert [hole.what for hole in host.assessment.inventory.holes if hole.hides_workloads] == []


def test_managers_and_kernel_disagree_only_where_they_do(host: LabHost) -> None:
    """Docker 20.10 calls privileged what lacks three capabilities of this kernel."""
    inventory = host.assessment.inventory
    found = [
        (workload.name, disagreement.key)
        for workload in (*inventory.workloads, *inventory.stopped)
        for disagreement in workload.disagreements
    ]
    assert found == [("d-priv", "privileged")]
